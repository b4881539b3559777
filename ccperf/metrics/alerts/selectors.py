"""Alerts as a home page shows them: several teams that moved alike together, with what may have caused it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.safestring import SafeString

from ccperf.core.charts import ChartPoint, Limits, RunChart, spark_svg
from ccperf.metrics.alerts.models import Alert, TeamWatch
from ccperf.people.models import User

SHOWN = 5
CAUSES_SHOWN = 3
ORDER = {"worse": 0, "better": 1}


@dataclass(frozen=True)
class Cause:
    """An action or a change shortly before a signal: a candidate, no proof."""

    day: date
    label: str
    url: str


@dataclass(frozen=True)
class Finding:
    """One thing that moved: a measure in one team, or the same way in several at once."""

    alerts: tuple[Alert, ...]

    @property
    def first(self) -> Alert:
        return self.alerts[0]

    @property
    def ids(self) -> str:
        return ",".join(str(alert.pk) for alert in self.alerts)

    @property
    def title(self) -> str:
        many = len(self.alerts)
        whom = f"team {self.first.team.name}" if many == 1 else f"{many} teams"
        return f"{self.first.metric.name}, {whom}"

    @property
    def url(self) -> str:
        if len(self.alerts) == 1:
            return self.first.team.get_absolute_url()
        return f"{reverse('metrics:team-list')}?metric={self.first.metric.key}"

    @property
    def sentence(self) -> str:
        if len(self.alerts) == 1:
            return self.first.sentence
        teams = ", ".join(f"{alert.team.name} {alert.value_words}" for alert in self.alerts)
        return f"{teams}. Several teams at once: look at the system before the people."

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


def signals_of(user: User, watches: Iterable[TeamWatch]) -> Signals:
    """Open alerts of the teams this user leads or manages, concerns first; one query.

    ``watches`` are those of the same teams.
    """
    rows = Alert.objects.visible_to(user).open().with_dismissal_of(user).select_related("team", "metric")
    alerts = list(rows.order_by("metric__position", "team__name"))
    waiting = [alert for alert in alerts if not alert.is_put_aside]  # type: ignore[attr-defined]
    known = list(watches)
    readings = [cell for watch in known for cell in watch.readings]
    return Signals(
        findings=tuple(_alike(waiting)),
        judged=len(readings),
        quiet=sum(cell.state == "noise" for cell in readings),
        changed=sum(cell.state == "changed" for cell in readings),
        week=max((watch.week for watch in known if watch.week), default=None),
        put_aside=len(alerts) - len(waiting),
    )


def _alike(alerts: Iterable[Alert]) -> list[Finding]:
    """Alerts of one measure that went the same way as one finding, concerns first."""
    alike: dict[tuple[int, str], list[Alert]] = {}
    for alert in alerts:
        alike.setdefault((alert.metric_id, alert.words), []).append(alert)
    found = [Finding(tuple(group)) for group in alike.values()]
    in_band = ("band", "none")
    return sorted(
        found, key=lambda one: (ORDER.get(one.first.state, 2), one.first.metric.direction in in_band)
    )


def _chart(alert: Alert) -> RunChart:
    """The small line of an alert as it was last worked out."""
    kept = alert.chart
    points = tuple(
        ChartPoint(date.fromisoformat(day), value, n, state)
        for day, value, n, state in kept.get("points", ())
    )
    limits = tuple(
        Limits(date.fromisoformat(start), date.fromisoformat(end), *levels)
        for start, end, *levels in kept.get("limits", ())
    )
    return RunChart(
        title=f"{alert.metric.name}, {alert.team.name}",
        description=kept.get("description", ""),
        unit=alert.metric.unit,
        points=points,
        limits=limits,
    )
