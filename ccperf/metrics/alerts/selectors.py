"""Alerts as a home page shows them: several teams that moved alike together, with what may have caused it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Case, F, JSONField, When, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.safestring import SafeString

from ccperf.core.addresses import record_address
from ccperf.core.charts import ChartPoint, Limits, RunChart, spark_svg
from ccperf.metrics.alerts.models import Alert, Cell, TeamWatch
from ccperf.people.models import User

SHOWN = 5
NAMED = 6
CAUSES_SHOWN = 3
ORDER = {"worse": 0, "better": 1}


@dataclass(frozen=True)
class Cause:
    """An action or a change shortly before a signal: a candidate, no proof."""

    day: date
    label: str
    url: str


class Told(NamedTuple):
    """An open alert as a home page needs it: a large span has hundreds, of which a few are shown.

    ``chart`` is that of the first team by name of each measure and kind of signal, else None.
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
    onset: date
    causes: list[dict[str, str]]
    chart: dict[str, Any] | None
    is_put_aside: bool


TOLD = (
    *("pk", "team_id", "team__name", "metric_id", "metric__name", "metric__key", "metric__unit"),
    *("metric__direction", "state", "words", "sentence", "value_words", "onset", "causes", "line"),
    "is_put_aside",
)


@dataclass(frozen=True)
class Finding:
    """One thing that moved: a measure in one team, or the same way in several at once."""

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
        return f"{reverse('metrics:team-list')}?metric={self.first.metric_key}"

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

    @property
    def causes(self) -> list[Cause]:
        """What happened to these teams shortly before, the nearest first."""
        told = {
            (cause["day"], cause["label"], cause["url"]) for alert in self.alerts for cause in alert.causes
        }
        newest = sorted(told, reverse=True)[:CAUSES_SHOWN]
        return [Cause(date.fromisoformat(day), label, url) for day, label, url in newest]

    @property
    def onset(self) -> date:
        """The first period of the signal; of several teams the one by which half of them showed it."""
        known = sorted(alert.onset for alert in self.alerts)
        return known[(len(known) - 1) // 2]


@dataclass(frozen=True)
class Signals:
    """What waits for one reader on the home page."""

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
    """What was last seen of some teams: the cells of each that was looked at, by the team's id."""

    cells: dict[int, tuple[Cell, ...]]
    week: date | None

    @property
    def all(self) -> list[Cell]:
        return [cell for cells in self.cells.values() for cell in cells]


@lru_cache(maxsize=32)
def watched(seen: tuple[tuple[int, datetime | None], ...]) -> Watched:
    """Of teams and when each was last looked at; one query, none while a process knows them."""
    found = list(TeamWatch.objects.filter(team__in=[pk for pk, at in seen if at]).order_by("team__name"))
    weeks = [watch.week for watch in found if watch.week]
    return Watched({watch.team_id: tuple(watch.readings) for watch in found}, max(weeks, default=None))


def signals_of(user: User, seen: Watched) -> Signals:
    """Open alerts of the teams this user leads or manages, concerns first; one query.

    ``seen`` are the same teams.
    """
    rows = Alert.objects.visible_to(user).open().with_dismissal_of(user)
    rows = rows.order_by("metric__position", "team__name")
    alike = Window(RowNumber(), [F("metric"), F("words"), F("is_put_aside")], order_by="team__name")
    line = Case(When(place=1, then=F("chart")), output_field=JSONField())
    alerts = [Told(*row) for row in rows.annotate(place=alike).annotate(line=line).values_list(*TOLD)]
    waiting = [alert for alert in alerts if not alert.is_put_aside]
    cells = seen.all
    return Signals(
        findings=tuple(_alike(waiting)),
        judged=len(cells),
        quiet=sum(cell.state == "noise" for cell in cells),
        changed=sum(cell.state == "changed" for cell in cells),
        week=seen.week,
        put_aside=len(alerts) - len(waiting),
    )


def _alike(alerts: Iterable[Told]) -> list[Finding]:
    """Alerts of one measure that went the same way as one finding, concerns first."""
    alike: dict[tuple[int, str], list[Told]] = {}
    for alert in alerts:
        alike.setdefault((alert.metric_id, alert.words), []).append(alert)
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
