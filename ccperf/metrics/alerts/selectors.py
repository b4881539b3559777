"""Alerts as pages show them: several teams that moved alike together, with what may have caused it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, cast

from django.db.models import Case, F, JSONField, When, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.safestring import SafeString

from ccperf.core.addresses import record_address
from ccperf.core.charts import ChartPoint, Limits, RunChart, spark_svg
from ccperf.core.dates import full_day_words
from ccperf.metrics.alerts.models import Alert, Cell, TeamWatch
from ccperf.metrics.selectors import Grain, following
from ccperf.people.models import Team, User

SHOWN = 5
NAMED = 6
CAUSES_SHOWN = 3
LEAD = timedelta(weeks=3)
"""How long before the first period of a signal a change or an action may have begun to be its cause."""
FEWEST_COUNTED = 4
ORDER = {"worse": 0, "better": 1}


@dataclass(frozen=True)
class Cause:
    """An action or a change shortly before a signal: a candidate, no proof.

    Of the centre's teams with the measure it ``reached`` some, ``alike`` of them have the signal; so have
    ``elsewhere`` of the ``others``.
    """

    day: date
    label: str
    url: str
    onset: date
    by: str
    reached: int = 0
    alike: int = 0
    others: int = 0
    elsewhere: int = 0

    @property
    def timing(self) -> str:
        days = (self.onset - self.day).days
        if days <= 0:
            return f"in the {self.by} it began"
        return f"{days} day{'s' if days > 1 else ''} before the {self.by} it began"

    @property
    def counts(self) -> str:
        """How well teams with and without it agree; of a handful of teams the count would tell each apart."""
        if self.reached + self.others < FEWEST_COUNTED:
            return ""
        words = f"{self.alike} of {self.reached} team{'s' if self.reached > 1 else ''} that it reached"
        if not self.others:
            return f"{words}; there is none without it to compare"
        return f"{words}, {self.elsewhere} of {self.others} other{'s' if self.others > 1 else ''}"

    @property
    def contrast(self) -> float:
        """Share of teams with the signal among those reached, less that among the others."""
        reached = self.alike / self.reached if self.reached else 0
        return reached - (self.elsewhere / self.others if self.others else 0)


class Told(NamedTuple):
    """An open alert as a home page needs it: a large span has hundreds, of which a few are shown.

    ``chart`` is that of the first team by name of each measure, grain and kind of signal, else None.
    """

    pk: int
    team_id: int
    team: str
    metric_id: int
    metric: str
    metric_key: str
    unit: str
    direction: str
    state: str
    words: str
    sentence: str
    value_words: str
    grain: str
    onset: date
    causes: list[dict[str, Any]]
    chart: dict[str, Any] | None
    is_put_aside: bool


TOLD = (
    *("pk", "team_id", "team__name", "metric_id", "metric__name", "metric__key", "metric__unit"),
    *("metric__direction", "state", "words", "sentence", "value_words", "grain", "onset", "causes", "line"),
    "is_put_aside",
)


@dataclass(frozen=True)
class Finding:
    """One thing that moved: a measure in one team, or the same way in several at once.

    Weeks and months are told apart: their values and their first periods do not compare.
    """

    alerts: tuple[Told, ...]

    @property
    def first(self) -> Told:
        return self.alerts[0]

    @property
    def ids(self) -> str:
        return ",".join(str(alert.pk) for alert in self.alerts)

    @property
    def title(self) -> str:
        many = len(self.alerts)
        whom = f"team {self.first.team}" if many == 1 else f"{many} teams"
        return f"{self.first.metric}, {whom}"

    @property
    def url(self) -> str:
        if len(self.alerts) == 1:
            return record_address("metrics:team-detail", self.first.team_id)
        return f"{reverse('alerts:span')}?metric={self.first.metric_key}"

    @property
    def sentence(self) -> str:
        if len(self.alerts) == 1:
            return self.first.sentence
        teams = ", ".join(f"{alert.team} {alert.value_words}" for alert in self.alerts[:NAMED])
        more = f" and {len(self.alerts) - NAMED} more" if len(self.alerts) > NAMED else ""
        return f"{teams}{more}. Several teams at once: look at the system before the people."

    @property
    def spark(self) -> SafeString:
        return spark_svg(_chart(self.first))

    @cached_property
    def onset(self) -> date:
        """The first period of the signal; of several teams the one by which half of them showed it."""
        known = sorted(alert.onset for alert in self.alerts)
        return known[(len(known) - 1) // 2]

    @property
    def since(self) -> str:
        """When it began, in words."""
        grain = self.first.grain
        when = f"{self.onset:%B %Y}" if grain == "month" else f"the {grain} of {full_day_words(self.onset)}"
        return f"Since {when}." if len(self.alerts) == 1 else f"Half of them show it since {when}."

    @cached_property
    def causes(self) -> list[Cause]:
        """What began shortly before, or in the first period; the best contrast first, then the nearest."""
        by = cast("Grain", self.first.grain)
        told = {tuple(cause.items()): cause for alert in self.alerts for cause in alert.causes}
        every = [
            Cause(**{**cause, "day": date.fromisoformat(cause["day"])}, onset=self.onset, by=by)
            for cause in told.values()
        ]
        near = [cause for cause in every if self.onset - LEAD <= cause.day < following(self.onset, by)]
        near.sort(key=lambda cause: (-cause.contrast, self.onset - cause.day, cause.label))
        return near[:CAUSES_SHOWN]


@dataclass(frozen=True)
class Signals:
    """What stands out in the teams of one reader, and how much of what was judged does not."""

    findings: tuple[Finding, ...]
    judged: int
    quiet: int
    changed: int
    week: date | None
    put_aside: int

    @property
    def shown(self) -> tuple[Finding, ...]:
        return self.findings[:SHOWN]

    @property
    def others(self) -> int:
        """How many findings find no room in the list."""
        return max(0, len(self.findings) - SHOWN)


@dataclass(frozen=True)
class Watched:
    """What was last seen of some teams: the judged cells of each that was looked at, by the team's id, and
    the measures with figures, also those too early to judge.
    """

    cells: dict[int, tuple[Cell, ...]]
    measured: frozenset[int]
    week: date | None

    @property
    def all(self) -> list[Cell]:
        return [cell for cells in self.cells.values() for cell in cells]


def watched(teams: Iterable[Team]) -> Watched:
    """Of teams with ``looked_at``, when each was last looked at; one query, none for what a process knows."""
    return kept_watches(tuple((team.pk, team.looked_at) for team in teams))  # type: ignore[attr-defined]


@lru_cache(maxsize=32)
def kept_watches(seen: tuple[tuple[int, datetime | None], ...]) -> Watched:
    """The same by the teams' ids; what was seen at a moment never changes."""
    found = list(TeamWatch.objects.filter(team__in=[pk for pk, at in seen if at]).order_by("team__name"))
    weeks = [watch.week for watch in found if watch.week]
    return Watched(
        cells={watch.team_id: tuple(watch.readings) for watch in found},
        measured=frozenset(metric_id for watch in found for metric_id in watch.measured),
        week=max(weeks, default=None),
    )


def signals_of(user: User, seen: Watched, *, with_put_aside: bool = False) -> Signals:
    """Open alerts of the teams this user leads or manages, concerns first; one query.

    ``seen`` are the same teams. Unless told, what the user put aside is only counted.
    """
    rows = Alert.objects.visible_to(user).open().with_dismissal_of(user)
    rows = rows.order_by("metric__position", "team__name")
    group = [F("metric"), F("words"), F("grain"), F("is_put_aside")]
    alike = Window(RowNumber(), group, order_by="team__name")
    line = Case(When(place=1, then=F("chart")), output_field=JSONField())
    alerts = [Told(*row) for row in rows.annotate(place=alike).annotate(line=line).values_list(*TOLD)]
    waiting = [alert for alert in alerts if not alert.is_put_aside]
    cells = seen.all
    return Signals(
        findings=tuple(_alike(alerts if with_put_aside else waiting)),
        judged=len(cells),
        quiet=sum(cell.state == "noise" for cell in cells),
        changed=sum(cell.state == "changed" and not cell.is_news for cell in cells),
        week=seen.week,
        put_aside=len(alerts) - len(waiting),
    )


def _alike(alerts: Iterable[Told]) -> list[Finding]:
    """Alerts of one measure, all by week or all by month, that went the same way as one finding, concerns
    first.
    """
    alike: dict[tuple[int, str, str], list[Told]] = {}
    for alert in alerts:
        alike.setdefault((alert.metric_id, alert.words, alert.grain), []).append(alert)
    found = [Finding(tuple(group)) for group in alike.values()]
    in_band = ("band", "none")
    return sorted(found, key=lambda one: (ORDER.get(one.first.state, 2), one.first.direction in in_band))


def _chart(alert: Told) -> RunChart:
    """The small line of an alert as it was last worked out."""
    kept = alert.chart or {}
    points = tuple(
        ChartPoint(date.fromisoformat(day), value, n, state)
        for day, value, n, state in kept.get("points", ())
    )
    limits = tuple(
        Limits(date.fromisoformat(start), date.fromisoformat(end), *levels)
        for start, end, *levels in kept.get("limits", ())
    )
    return RunChart(
        title=f"{alert.metric}, {alert.team}",
        description=kept.get("description", ""),
        unit=alert.unit,
        points=points,
        limits=limits,
    )
