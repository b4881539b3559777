"""A person's own page: what is new, strengths first, own trend, what was agreed, who looked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Max, Q
from django.utils import timezone

from ccperf.agreements.models import AgreementParty
from ccperf.audit.models import AuditEvent
from ccperf.core.charts import ChartPoint, Limits, RunChart
from ccperf.core.dates import today, week_start
from ccperf.metrics.analysis import meaning, variation, work_out
from ccperf.metrics.models import MetricDefinition, Rollup
from ccperf.metrics.selectors import STATE_BESIDE, catalogue, freshness_of, with_freshness
from ccperf.people.models import Leadership, Person, User
from feedback.models import FeedbackItem
from improvement.models import ImprovementAction
from improvement.selectors import own_promises

WEEKS = 26
TRENDS = 3
ACTIONS = 6
LOOKED_DAYS = 30
ITEM_FIELDS = (
    "text", "rating", "rating_scale", "strength", "received_on", "shared_at", "acknowledged_at",
    "route__name", "recorded_by__person__name",
)  # fmt: skip
# Measures that are better one way only: what is best inside a band needs a talk, not a chart on its own.
JUDGED = (MetricDefinition.Direction.HIGHER, MetricDefinition.Direction.LOWER)


class Week(NamedTuple):
    """The sums of one of one's own weeks."""

    starts_on: date
    numerator: float
    denominator: float
    n: int


@dataclass(frozen=True)
class Trend:
    """One measure of one's own, week by week, with the state of the newest."""

    chart: RunChart
    state: str
    words: str
    least_n: int
    most_n: int


@dataclass(frozen=True)
class Viewer:
    """Somebody who opened this person's pages."""

    name: str
    times: int
    last: Any


@dataclass(frozen=True)
class Kept:
    """One promise, with the day it is due and the day it was kept."""

    text: str
    due_on: date | None
    done_on: date | None


@dataclass(frozen=True)
class OwnAction:
    """An action with what each side promised."""

    action: ImprovementAction
    mine: list[Kept]
    theirs: list[Kept]


@dataclass(frozen=True)
class OwnPage:
    person: Person | None
    leaders: list[Leadership]
    new: list[FeedbackItem]
    strengths: list[FeedbackItem]
    trends: list[Trend]
    waiting: list[ImprovementAction]
    actions: list[OwnAction]
    viewers: list[Viewer]

    @property
    def team_words(self) -> str:
        return ", ".join(sorted({f"Team {leadership.team.name}" for leadership in self.leaders}))

    @property
    def leader_words(self) -> str:
        return ", ".join(sorted({leadership.person.name for leadership in self.leaders}))


def own_page(user: User) -> dict[str, Any]:
    """Everything on one's own page; five queries."""
    access = user.access
    leaders = Leadership.objects.on().filter(team_id__in=access.own_team_ids).select_related("team", "person")
    shared = _shared_with(user)
    waiting, actions = _actions(user)
    page = OwnPage(
        person=getattr(user, "person", None),
        leaders=list(leaders),
        new=[item for item in shared if item.acknowledged_at is None][:5],
        strengths=[item for item in shared if item.acknowledged_at and item.strength == "strength"][:5],
        trends=own_trends(access.person_id),
        waiting=waiting,
        actions=actions,
        viewers=_viewers(access.person_id),
    )
    return {"page": page, "looked_days": LOOKED_DAYS}


def _shared_with(user: User) -> list[FeedbackItem]:
    """What was shared with this user in a year, newest first; one query."""
    since = today() - timedelta(days=365)
    items = FeedbackItem.objects.visible_to(user).standing().shared()
    own = items.filter(about_person_id=user.access.person_id or 0, received_on__gte=since)
    lines = own.select_related("route", "recorded_by__person").only(*ITEM_FIELDS)
    return list(lines.order_by("-shared_at", "-pk")[:60])


def _actions(user: User) -> tuple[list[ImprovementAction], list[OwnAction]]:
    """Texts that wait for this user's answer, and the other open actions this user is named in, with the
    promises of both sides; one query.
    """
    waiting: list[ImprovementAction] = []
    others: dict[int, OwnAction] = {}
    for row in own_promises(user, most=2 * ACTIONS):
        if row.is_asked:
            if row not in waiting:
                waiting.append(row)
            continue
        own = others.setdefault(row.pk, OwnAction(row, [], []))
        if row.promise is not None:
            side = own.mine if row.side == AgreementParty.Side.TEAM else own.theirs
            side.append(Kept(row.promise, row.promised_by, row.kept_on))
    return waiting[:ACTIONS], list(others.values())[:ACTIONS]


def _viewers(person_id: int | None) -> list[Viewer]:
    """Who opened pages about this person lately; one query."""
    since = timezone.now() - timedelta(days=LOOKED_DAYS)
    seen = AuditEvent.objects.filter(Q(event__endswith=".viewed"), about_id=person_id or 0, at__gte=since)
    rows = seen.order_by().values("by_name").annotate(times=Count("pk"), last=Max("at")).order_by("-last")
    return [Viewer(row["by_name"], row["times"], row["last"]) for row in rows[:8]]


def own_trends(person_id: int | None) -> list[Trend]:
    """The measures with most weeks of data, each against one's own history only; one query.

    Measures have the terms of the last week, and each week the fewest n of its own last day.
    """
    before = week_start(today())
    rows = Rollup.objects.filter(
        scope="agent",
        grain="week",
        scope_id=person_id or 0,
        starts_on__gte=before - timedelta(weeks=WEEKS),
        starts_on__lt=before,
    ).order_by("starts_on")
    series: dict[int, list[Week]] = defaultdict(list)
    state: Sequence[Any] = ()
    # Hundreds of rows: tuples take a tenth of the time that records take.
    for metric_id, *row in with_freshness(rows).values_list("metric_id", *Week._fields, *STATE_BESIDE):
        series[metric_id].append(Week(*row[: len(Week._fields)]))
        state = row[len(Week._fields) :]
    in_use = catalogue(freshness_of(state)).on(before - timedelta(days=1)) if state else ()
    metrics = {metric.pk: metric for metric in in_use if metric.direction in JUDGED}
    known = {
        pk: sum(_value(metric, week) is not None for week in series[pk]) for pk, metric in metrics.items()
    }
    judged = sorted((-weeks, metrics[pk].position, pk) for pk, weeks in known.items() if weeks >= 5)
    return [_trend(metrics[pk], series[pk]) for _, _, pk in judged[:TRENDS]]


def _value(metric: MetricDefinition, week: Week) -> float | None:
    """None where the week holds fewer cases than the measure needed then."""
    last_day = week.starts_on + timedelta(days=6)
    enough = week.denominator and week.n >= metric.definition_on(last_day).minimum_n
    return week.numerator / week.denominator if enough else None


def _trend(metric: MetricDefinition, weeks: Sequence[Week]) -> Trend:
    values = [_value(metric, week) for week in weeks]
    run = work_out(values, floor=metric.lower_bound, ceiling=metric.upper_bound)
    known = [index for index, value in enumerate(values) if value is not None]
    last = known[-1]
    signal = run.signals[last]
    state = meaning(signal, metric.direction, values[last], run.limits.mean if run.limits else None)
    points = tuple(
        ChartPoint(week.starts_on, value, week.n, _mark(metric, value, run, index))
        for index, (week, value) in enumerate(zip(weeks, values, strict=True))
    )
    limits: tuple[Limits, ...] = ()
    if run.limits and not run.limits.trial:
        found = run.limits
        limits = (
            Limits(weeks[0].starts_on, weeks[-1].starts_on, found.mean, found.shown_lower, found.shown_upper),
        )
    words = variation(state, signal).words.replace("Within normal", "Within your normal")
    chart = RunChart(
        title=f"My {metric.name[0].lower()}{metric.name[1:]}",
        description=f"My own weeks from {_day(weeks[0].starts_on)} to {_day(weeks[-1].starts_on)}. {words}.",
        unit=metric.unit,
        points=points,
        limits=limits,
    )
    sizes = [weeks[index].n for index in known]
    return Trend(chart, "normal" if state in {"noise", "changed"} else state, words, min(sizes), max(sizes))


def _mark(metric: MetricDefinition, value: float | None, run: Any, index: int) -> str:
    signal = run.signals[index]
    if value is None or signal is None:
        return "normal"
    state = meaning(signal, metric.direction, value, run.limits.mean if run.limits else None)
    return state if state in {"better", "worse"} else "normal"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"
