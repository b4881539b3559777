"""A person's own page: what is new, strengths first, own trend, what was agreed, who looked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, DateField, FloatField, IntegerField, Max, Q, Value
from django.utils import timezone

from ccperf.agreements.models import AgreementParty
from ccperf.audit.models import AuditEvent
from ccperf.core.charts import RunChart
from ccperf.core.dates import today
from ccperf.metrics import scopes
from ccperf.metrics.analysis import TRIAL_POINTS
from ccperf.metrics.markers import Happening, resets_of_agent
from ccperf.metrics.models import MetricDefinition, Rollup, RollupState
from ccperf.metrics.readings import Place, Reading, read
from ccperf.metrics.selectors import (
    STATE,
    SeriesPoint,
    TargetBook,
    Window,
    catalogue,
    freshness_of,
    window,
)
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


@dataclass(frozen=True)
class Trend:
    """One measure of one's own, week by week, with the state of the newest."""

    chart: RunChart
    state: str
    words: str
    limits_words: str
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
        trends=own_trends(access.person_id) if access.person_id else [],
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


def own_trends(person_id: int) -> list[Trend]:
    """The measures with most weeks of data, each against one's own history only; one query.

    They read as on the page of one's figures: limits are those of the first weeks since an agreed action on
    the very measure, or since the first figure.
    """
    span = window("week", WEEKS)
    weeks = Rollup.objects.filter(
        scope=scopes.AGENT, grain="week", scope_id=person_id, starts_on__lt=span.end
    ).order_by()
    # The state of the sums is a row of its own: beside each of hundreds it would cost more than they do.
    # Fields of the first part say how the columns of all are read.
    nothing, no_day, no_sum = (Value(None, field) for field in (IntegerField(), DateField(), FloatField()))
    rows = RollupState.objects.filter(pk=1).values_list(
        nothing, no_day, no_sum, no_sum, "generation", "refreshed_at"
    )
    rows = rows.union(
        weeks.values_list("metric_id", "starts_on", "numerator", "denominator", "n", nothing),
        *(
            mark.values_list("mark_metric", "mark_day", *4 * [nothing])
            for mark in resets_of_agent(person_id, span.end)
        ),
        all=True,
    )
    series: dict[int, list[SeriesPoint]] = defaultdict(list)
    resets: list[Happening] = []
    fresh = freshness_of((None,) * len(STATE))
    for metric_id, day, numerator, denominator, n, refreshed_at in rows:
        if metric_id is None:
            fresh = replace(fresh, generation=n, refreshed_at=refreshed_at)
        elif n is None:
            resets.append(Happening(day, "action", "", "", metric_id, frozenset({metric_id})))
        else:
            series[metric_id].append(SeriesPoint(day, numerator, denominator, n))
    in_use = catalogue(fresh).on(span.last_day) if series else ()
    judged = {
        metric: _weeks_known(metric, series[metric.pk], span)
        for metric in in_use
        if metric.direction in JUDGED and metric.reads_at(scopes.AGENT)
    }
    most = sorted(judged, key=lambda metric: (-judged[metric], metric.position, metric.pk))
    place = Place(scopes.Scope.agent(person_id), "")
    return [
        _trend(read(metric, place, sorted(series[metric.pk]), span, TargetBook([]), resets))
        for metric in most[:TRENDS]
        if judged[metric] >= TRIAL_POINTS
    ]


def _weeks_known(metric: MetricDefinition, weeks: Sequence[SeriesPoint], span: Window) -> int:
    """How many weeks of the window hold as many cases as the measure needed then."""
    inside = [week for week in weeks if week.start >= span.start and week.denominator]
    return sum(week.n >= metric.definition_on(span.last_of(week.start)).minimum_n for week in inside)


def _trend(reading: Reading) -> Trend:
    name = reading.metric.name
    sizes = [point.n or 0 for point in reading.chart.points if point.value is not None]
    words = reading.words.replace("Within normal", "Within your normal")
    chart = replace(reading.chart, title=f"My {name[0].lower()}{name[1:]}", markers=())
    return Trend(chart, reading.state, words, reading.limits_words, min(sizes), max(sizes))
