"""Alerts as a home page shows them: several teams that moved alike together, with what may have caused it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Max, Sum
from django.urls import reverse
from django.utils.safestring import SafeString

from ccperf.core.charts import ChartPoint, Limits, RunChart, spark_svg
from ccperf.metrics.alerts.models import Alert, TeamWatch
from ccperf.metrics.markers import Happening, happenings
from ccperf.metrics.scopes import Scope
from ccperf.people.models import User

SHOWN = 5
CAUSE_BEFORE = timedelta(weeks=3)
CAUSES_SHOWN = 3
ORDER = {"worse": 0, "better": 1}


@dataclass(frozen=True)
class Finding:
    """One thing that moved: a measure in one team, or the same way in several at once."""

    alerts: tuple[Alert, ...]
    causes: tuple[Happening, ...] = ()
    spark: SafeString = field(default_factory=SafeString, compare=False)

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
    def onset(self) -> date:
        return min(alert.onset for alert in self.alerts)


@dataclass(frozen=True)
class Signals:
    """What waits for one reader on the home page."""

    findings: tuple[Finding, ...]
    judged: int
    quiet: int
    week: date | None
    put_aside: int

    @property
    def shown(self) -> tuple[Finding, ...]:
        return self.findings[:SHOWN]

    @property
    def others(self) -> int:
        """How many findings find no room in the list."""
        return max(0, len(self.findings) - SHOWN)


def signals_of(user: User) -> Signals:
    """Open alerts of the teams this user leads or manages, concerns first; two queries.

    Where there are any, one more for their small charts, and one for each room that knows of causes.
    """
    rows = Alert.objects.visible_to(user).open().with_dismissal_of(user).defer("chart")
    alerts = list(rows.select_related("team", "metric").order_by("metric__position", "team__name"))
    waiting = [alert for alert in alerts if not alert.is_put_aside]
    watched = TeamWatch.objects.filter(team_id__in=user.access.scope_team_ids).aggregate(
        judged=Sum("judged"), signals=Sum("signals"), week=Max("week")
    )
    judged = watched["judged"] or 0
    return Signals(
        findings=tuple(_completed(user, _alike(waiting))),
        judged=judged,
        quiet=judged - (watched["signals"] or 0),
        week=watched["week"],
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


def _completed(user: User, findings: list[Finding]) -> list[Finding]:
    """The findings that are shown with their charts and what happened in the three weeks before."""
    shown = findings[:SHOWN]
    if not shown:
        return findings
    first_ids = [finding.first.pk for finding in shown]
    charts = dict(Alert.objects.filter(pk__in=first_ids).order_by().values_list("pk", "chart"))
    first = min(finding.onset for finding in shown) - CAUSE_BEFORE
    last = max(alert.onset for finding in shown for alert in finding.alerts) + timedelta(days=7)
    scopes = {Scope.team(alert.team_id) for finding in shown for alert in finding.alerts}
    marks = happenings(user, scopes, first, last)
    return [
        replace(
            one, causes=tuple(_causes(one, marks)), spark=spark_svg(_chart(one.first, charts[one.first.pk]))
        )
        for one in shown
    ] + findings[SHOWN:]


def _causes(finding: Finding, marks: dict[Scope, list[Happening]]) -> list[Happening]:
    """What happened to these teams shortly before, nearest first; an action on another measure is none."""
    found = {
        mark
        for alert in finding.alerts
        for mark in marks[Scope.team(alert.team_id)]
        if alert.onset - CAUSE_BEFORE <= mark.day < alert.onset + timedelta(days=7)
        and mark.metric_id in (None, alert.metric_id)
    }
    return sorted(found, key=lambda mark: mark.day, reverse=True)[:CAUSES_SHOWN]


def _chart(alert: Alert, kept: dict[str, Any]) -> RunChart:
    """The small line of an alert as it was last worked out."""
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
