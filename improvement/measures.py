"""The figures of an action: its weeks before and after, its guard, and the teams it is compared with."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property, reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from ccperf.core.dates import today, week_start
from ccperf.metrics.models import MetricDefinition, Rollup
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import catalogue, freshness
from ccperf.people.models import Person, Team
from improvement.models import ImprovementAction

BASELINE_WEEKS = 20
RECENT_WEEKS = 12
WEEK = timedelta(days=7)


class Week(NamedTuple):
    """One week of a measure; its value follows from its parts, None with fewer cases than ``least_n``."""

    start: date
    numerator: float
    denominator: float
    n: int
    least_n: int = 0

    @property
    def value(self) -> float | None:
        enough = self.denominator and self.n >= self.least_n
        return self.numerator / self.denominator if enough else None

    def as_json(self) -> list:
        return [self.start.isoformat(), self.numerator, self.denominator, self.n]

    @classmethod
    def from_json(cls, row: Sequence) -> "Week":
        return cls(date.fromisoformat(row[0]), row[1], row[2], row[3])


def pooled(weeks: Iterable[Week]) -> Week | None:
    """The sum of the weeks as if they were one, or None without any."""
    weeks = list(weeks)
    if not weeks:
        return None
    return Week(
        weeks[0].start,
        sum(week.numerator for week in weeks),
        sum(week.denominator for week in weeks),
        sum(week.n for week in weeks),
    )


@dataclass(frozen=True)
class Other:
    """One team the action is compared with, over the same weeks."""

    name: str
    before: tuple[Week, ...]
    after: tuple[Week, ...]


@dataclass(frozen=True)
class Figures:
    """Everything the page and the verdict of an action need.

    ``metric`` and ``guard`` have the terms of the last week, each week the fewest n of its own last day.
    """

    metric: MetricDefinition | None = None
    guard: MetricDefinition | None = None
    before: tuple[Week, ...] = ()
    after: tuple[Week, ...] = ()
    guard_before: tuple[Week, ...] = ()
    guard_after: tuple[Week, ...] = ()
    between: tuple[Week, ...] = ()
    others: tuple[Other, ...] = ()

    @cached_property
    def others_together(self) -> list[Week]:
        """The compared teams as one series, for the chart."""
        by_week: dict[date, list[Week]] = defaultdict(list)
        for other in self.others:
            for week in (*other.before, *other.after):
                by_week[week.start].append(week)
        together = [pooled(weeks) for _, weeks in sorted(by_week.items())]
        return [week for week in together if week is not None]


def scope_of(action: ImprovementAction) -> Scope:
    """Whose figures the action is measured by."""
    return Scope.agent(action.person_id) if action.person_id else Scope.team(action.team_id or 0)


def first_full_week(day: date) -> date:
    """The first Monday on or after ``day``."""
    start = week_start(day)
    return start if start == day else start + WEEK


def baseline_window(action: ImprovementAction) -> tuple[date, date]:
    """The full weeks before the action begins, and before today when it begins later."""
    end = week_start(min(action.starts_on, today()))
    return end - BASELINE_WEEKS * WEEK, end


def read_weeks(
    wanted: Iterable[tuple[Scope, int]], start: date, end: date
) -> dict[tuple[Scope, int], list[Week]]:
    """The weeks of each (scope, metric id) that begin in ``[start, end)``; one query for all."""
    keys = {(scope.kind, scope.id, metric_id): (scope, metric_id) for scope, metric_id in wanted}
    places: dict[int, set[int]] = defaultdict(set)
    for _, place, metric_id in keys:
        places[metric_id].add(place)
    named = [Q(metric_id=metric_id, scope_id__in=ids) for metric_id, ids in places.items()]
    # Conditions and order follow the key of the table, so that it answers; what is too much is dropped here.
    rows = Rollup.objects.filter(
        reduce(or_, named, Q()),
        scope__in={kind for kind, _, _ in keys},
        scope_id__in={place for _, place, _ in keys},
        grain="week",
        starts_on__gte=start,
        starts_on__lt=end,
    )
    found: dict[tuple[str, int, int], list[Week]] = defaultdict(list)
    columns = ("scope", "scope_id", "metric_id", "starts_on", "numerator", "denominator", "n")
    for kind, place, metric_id, *week in rows.order_by("scope", "scope_id", "starts_on").values_list(
        *columns
    ):
        found[kind, place, metric_id].append(Week(*week))
    return {key: found[plain] for plain, key in keys.items()}


def baseline_of(action: ImprovementAction, metric: MetricDefinition) -> Week | None:
    """The measure pooled over the weeks of the baseline, as the data stand now."""
    start, end = baseline_window(action)
    key = (scope_of(action), metric.pk)
    return pooled(read_weeks([key], start, end)[key])


def thin_measure(person: Person | None, metric: MetricDefinition | None) -> str:
    """A warning where no recent week of one person has the cases a measure needs; empty where one has."""
    if person is None or metric is None or not metric.minimum_n:
        return ""
    end, key = week_start(today()), (Scope.agent(person.pk), metric.pk)
    most = max((week.n for week in read_weeks([key], end - RECENT_WEEKS * WEEK, end)[key]), default=None)
    if most is None or most >= metric.minimum_n:
        return ""
    return (
        f"{metric.name} has at most {most:,} cases a week for {person.name}, and {metric.minimum_n:,} are "
        "needed to compare: there may never be a verdict. Another measure, or the whole team, shows more."
    )


def measured_lately(scopes: Iterable[Scope]) -> set[int]:
    """The measures that have cases of any of these subjects in recent months; one query."""
    scopes = list(scopes)
    rows = Rollup.objects.filter(
        scope__in={scope.kind for scope in scopes},
        scope_id__in={scope.id for scope in scopes},
        grain="month",
        starts_on__gte=today() - RECENT_WEEKS * WEEK,
        n__gt=0,
    )
    return set(rows.values_list("metric_id", flat=True).distinct())


def freeze_baseline(action: ImprovementAction) -> None:
    """Write the baseline into the action, where no later correction of the data moves it. Does not save."""
    start, end = baseline_window(action)
    keys = [(scope_of(action), pk) for pk in (action.metric_id, action.guard_metric_id) if pk]
    found = read_weeks(keys, start, end)
    weeks = found[scope_of(action), action.metric_id] if action.metric_id else []
    guard = found[scope_of(action), action.guard_metric_id] if action.guard_metric_id else []
    whole = pooled(weeks)
    action.baseline_start, action.baseline_end = start, end
    action.baseline_numerator = whole.numerator if whole else None
    action.baseline_denominator = whole.denominator if whole else None
    action.baseline_n = whole.n if whole else None
    action.baseline_points = [week.as_json() for week in weeks]
    action.guard_points = [week.as_json() for week in guard]
    action.baseline_frozen_at = timezone.now()


def latest_week(action: ImprovementAction, *, before: date) -> Week | None:
    """The last full week before ``before``, for a check-in."""
    if not action.metric_id:
        return None
    end = week_start(before)
    key = (scope_of(action), action.metric_id)
    weeks = read_weeks([key], end - WEEK, end)[key]
    return weeks[0] if weeks else None


def figures_of(action: ImprovementAction) -> Figures:
    """Before, after, guard and comparison of an action as of today.

    After the agreement the weeks before are the frozen ones. The comparison is every other open team of the
    site that did nothing about the same measure meanwhile, pooled. Three queries, and the kept catalogue.
    """
    if not action.metric:
        return Figures()
    frozen = action.baseline_frozen_at is not None
    start, end = baseline_window(action)
    if action.baseline_start and action.baseline_end:
        start, end = action.baseline_start, action.baseline_end
    began = first_full_week(action.starts_on)
    until = week_start(min(today(), action.closed_on or today()))
    own = scope_of(action)
    others = list(_comparison_teams(action, start))
    keys = [(own, pk) for pk in (action.metric_id, action.guard_metric_id) if pk]
    keys += [(Scope.team(team.pk), action.metric_id) for team in others]
    found = read_weeks(keys, start, max(until, end))
    known, last = catalogue(freshness()), max(until, end) - timedelta(days=1)
    metric = known.known(action.metric).definition_on(last)
    guard = known.known(action.guard_metric).definition_on(last) if action.guard_metric else None
    least_n = _least_n(metric)
    mine = _by_its_day(found[own, metric.pk], least_n)
    guarded = _by_its_day(found[own, guard.pk], _least_n(guard)) if guard else []
    return Figures(
        metric=metric,
        guard=guard,
        before=_frozen(action.baseline_points, metric) if frozen else _between(mine, start, end),
        after=_between(mine, began, until),
        guard_before=_frozen(action.guard_points, guard) if frozen else _between(guarded, start, end),
        guard_after=_between(guarded, began, until),
        between=_between(mine, end, min(began, until)),
        others=tuple(
            Other(team.name, _between(weeks, start, end), _between(weeks, began, until))
            for team in others
            if (weeks := _by_its_day(found[Scope.team(team.pk), metric.pk], least_n))
        ),
    )


def _least_n(metric: MetricDefinition) -> Callable[[date], int]:
    """The fewest n that the measure asked for on the last day of a week, looked up once for all teams."""
    return cache(lambda start: metric.definition_on(start + WEEK - timedelta(days=1)).minimum_n)


def _by_its_day(weeks: Iterable[Week], least_n: Callable[[date], int]) -> list[Week]:
    """The weeks with the fewest n of their own day."""
    return [Week(*week[:4], least_n(week.start)) for week in weeks]


def _comparison_teams(action: ImprovementAction, start: date) -> Iterable[Team]:
    """Teams of the site without an action on this measure since ``start``; none for one person's action."""
    if action.person_id or action.team is None:
        return []
    acted = ImprovementAction.objects.filter(
        metric_id=action.metric_id, person__isnull=True, agreed_on__isnull=False, due_on__gte=start
    ).exclude(pk=action.pk)
    return (
        Team.objects.open()
        .filter(site_id=action.team.site_id)
        .exclude(pk=action.team_id)
        .exclude(pk__in=acted.values("team_id"))
    )


def _frozen(rows: Sequence[Sequence], metric: MetricDefinition | None) -> tuple[Week, ...]:
    return tuple(_by_its_day(map(Week.from_json, rows), _least_n(metric))) if metric else ()


def _between(weeks: Sequence[Week], start: date, end: date) -> tuple[Week, ...]:
    return tuple(week for week in weeks if start <= week.start < end)
