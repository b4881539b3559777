"""Reading figures: series of pooled values, targets by day, and how fresh the sums are."""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache, reduce
from operator import or_
from typing import Any, Literal, NamedTuple

from django.db.models import Max, Min, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from ccperf.core.dates import add_months, month_start, today, week_start
from ccperf.metrics import scopes
from ccperf.metrics.models import MetricDefinition, MetricTarget, Observation, Rollup, RollupState
from ccperf.metrics.scopes import Scope

Grain = Literal["day", "week", "month"]
Bounds = tuple[float | None, float | None]
NAMED_PERIODS = 100
"""More periods than these are not named one by one: a database takes only so many values."""
SPANS: dict[str, int] = {"day": 60, "week": 26, "month": 24}
FIRST_DAY = date.min
"""Before every figure."""


class SeriesPoint(NamedTuple):
    """One period of a series: its first day and its pooled parts."""

    start: date
    numerator: float
    denominator: float
    n: int

    @property
    def value(self) -> float | None:
        """Sum over sum; no denominator is no data, never nought."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Freshness:
    """Up to which day data are in, and whether sums wait to be brought up to date."""

    generation: int
    data_up_to: date | None
    refreshed_at: datetime | None
    is_working: bool

    @property
    def version(self) -> str:
        """Names what was worked out from these sums; another database never has the same."""
        return f"{self.generation}-{self.refreshed_at.timestamp() if self.refreshed_at else 0}"


STATE = ("generation", "data_up_to", "refreshed_at", "status")
STATE_BESIDE = tuple(f"state_{name}" for name in STATE)


def freshness() -> Freshness:
    """The state of the sums; everything empty before the first import."""
    state = RollupState.objects.filter(pk=1).values_list(*STATE).first()
    return freshness_of(state or (None,) * len(STATE))


def with_freshness(rows: QuerySet) -> QuerySet:
    """Rows with the state of the sums beside each, as ``STATE_BESIDE``: one query for both."""
    state = RollupState.objects.filter(pk=1)
    return rows.annotate(
        **{beside: Subquery(state.values(name)) for name, beside in zip(STATE, STATE_BESIDE, strict=True)}
    )


def freshness_of(state: Sequence[Any]) -> Freshness:
    """From the columns of ``STATE``, which are all None before the first import."""
    generation, data_up_to, refreshed_at, status = state
    is_working = status == RollupState.Status.STARTED
    return Freshness(generation or 0, data_up_to, refreshed_at, is_working=is_working)


@dataclass(frozen=True)
class Window:
    """Complete periods of one grain, ``[start, end)``. The running period is never part of it."""

    by: Grain
    start: date
    end: date

    @cached_property
    def starts(self) -> list[date]:
        """The first day of every period."""
        found, day = [], self.start
        while day < self.end:
            found.append(day)
            day = following(day, self.by)
        return found

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    def last_of(self, start: date) -> date:
        """The last day of the period that begins on ``start``."""
        return following(start, self.by) - timedelta(days=1)


def following(start: date, by: Grain) -> date:
    """The first day of the period after the one that begins on ``start``."""
    if by == "month":
        return add_months(start, 1)
    return start + timedelta(days=7 if by == "week" else 1)


def window(by: Grain, count: int | None = None, *, before: date | None = None) -> Window:
    """The last ``count`` complete periods before the day ``before``, today unless told.

    Of days, today is among them for who asks for it by name, as far as it has come.
    """
    count = count or SPANS[by]
    before = min(before or today(), today() + timedelta(days=by == "day"))
    if by == "week":
        end = week_start(before)
        return Window(by, end - timedelta(weeks=count), end)
    if by == "month":
        end = month_start(before)
        return Window(by, add_months(end, -count), end)
    return Window(by, before - timedelta(days=count), before)


def whole_history(span: Window) -> Window:
    """All that is known up to the end of a window: limits come from the first periods. Its periods are not
    to be listed.
    """
    return Window(span.by, FIRST_DAY, span.end)


def usual_end(fresh: Freshness) -> date:
    """The day before which periods are complete: today, or the end of the week of the newest data.

    A centre closed at weekends has no Sunday figures, so the week of the newest data counts as complete once
    it has passed.
    """
    if fresh.data_up_to is None:
        return today()
    return min(today(), week_start(fresh.data_up_to) + timedelta(days=7))


SeriesByKey = dict[tuple[Scope, int], list[SeriesPoint]]


def series_for(
    wanted: Iterable[Scope],
    *,
    by: Grain,
    start: date,
    end: date,
    metric_ids: Collection[int] | None = None,
) -> SeriesByKey:
    """Series of many subjects and measures (all unless told), one query per kind of subject."""
    return series_over(wanted, [Window(by, start, end)], metric_ids=metric_ids)[by]


def series_over(
    wanted: Iterable[Scope], windows: Sequence[Window], *, metric_ids: Collection[int] | None = None
) -> dict[str, SeriesByKey]:
    """Series over windows of different grains at once, one query per kind of subject.

    The days of agents are no sums but the observations themselves.
    """
    ids: dict[str, set[int]] = defaultdict(set)
    for scope in wanted:
        ids[scope.kind].add(scope.id)
    found: dict[str, SeriesByKey] = {span.by: defaultdict(list) for span in windows}
    for kind, members in ids.items():
        known = {member: Scope(kind, member) for member in members}
        sums = [span for span in windows if not (kind == scopes.AGENT and span.by == "day")]
        days = [span for span in windows if span not in sums]
        exact = metric_ids is not None
        for rows in (_sums(kind, members, sums, exact), *(_agent_days(members, span) for span in days)):
            rows = rows if metric_ids is None else rows.filter(metric_id__in=metric_ids)
            for grain, member, metric_id, *parts in rows:
                found[grain][known[member], metric_id].append(SeriesPoint(*parts))
    return found


def series_of_agents(members: QuerySet, windows: Sequence[Window], own: int) -> dict[str, SeriesByKey]:
    """Series of the agents whose ids a subquery gives; one query for weeks and months, one for days.

    Of the one with the id ``own`` also all that came before.
    Periods go through a function, so that a database starts from the few people and not from the periods.
    """
    found: dict[str, SeriesByKey] = {span.by: defaultdict(list) for span in windows}
    parts = ("numerator", "denominator", "n")
    for span in windows:
        if span.by == "day":
            days = Observation.objects.filter(person_id__in=members).alias(at=Coalesce("day", "day"))
            days = days.filter(Q(at__gte=span.start) | Q(person_id=own), at__lt=span.end).order_by("day")
            _collect(found["day"], days.values_list("person_id", "metric_id", "day", *parts))
    sums = [span for span in windows if span.by != "day"]
    if sums:
        ranges = reduce(
            or_,
            (Q(Q(at__gte=span.start) | Q(scope_id=own), grain=span.by, at__lt=span.end) for span in sums),
        )
        grains = [span.by for span in sums]
        rows = Rollup.objects.filter(scope=scopes.AGENT, grain__in=grains, scope_id__in=members)
        rows = rows.alias(at=Coalesce("starts_on", "starts_on")).filter(ranges).order_by("starts_on")
        for grain, *row in rows.values_list("grain", "scope_id", "metric_id", "starts_on", *parts):
            _collect(found[grain], [row])
    return found


def _collect(series: SeriesByKey, rows: Iterable[Sequence[Any]]) -> None:
    for member, metric_id, *parts in rows:
        series[Scope.agent(member), metric_id].append(SeriesPoint(*parts))


def _sums(kind: str, members: set[int], windows: Sequence[Window], exact: bool) -> QuerySet:
    """Sums of some subjects; ``exact`` when few measures are wanted.

    Then the periods are named one by one, so that the whole key leads to the rows instead of past every
    measure of the range.
    """
    if not windows:
        return Rollup.objects.none()
    ranges = Q()
    for span in windows:
        named = exact and span.start > FIRST_DAY and len(span.starts) <= NAMED_PERIODS
        ranges |= Q(grain=span.by, **({"starts_on__in": span.starts} if named else _range_of(span)))
    # The grains are said once more, so that SQLite finds the subject by the key instead of reading all.
    rows = Rollup.objects.filter(
        ranges, scope=kind, grain__in=[span.by for span in windows], scope_id__in=members
    )
    rows = rows.order_by("scope_id", "starts_on")
    return rows.values_list("grain", "scope_id", "metric_id", "starts_on", "numerator", "denominator", "n")


def _range_of(span: Window) -> dict[str, date]:
    return {"starts_on__gte": span.start, "starts_on__lt": span.end}


def sums_of(metric_ids: Collection[int], windows: Sequence[Window]) -> dict[str, SeriesByKey]:
    """Series of a few measures of every team and site and the organisation, in one query."""
    ranges = Q()
    for span in windows:
        ranges |= Q(grain=span.by, starts_on__gte=span.start, starts_on__lt=span.end)
    rows = Rollup.objects.filter(
        ranges,
        grain__in=[span.by for span in windows],
        scope__in=[scopes.TEAM, scopes.SITE, scopes.ORGANISATION],
        metric_id__in=metric_ids,
    )
    parts = ("grain", "scope", "scope_id", "metric_id", "starts_on", "numerator", "denominator", "n")
    found: dict[str, SeriesByKey] = {span.by: defaultdict(list) for span in windows}
    for grain, kind, member, metric_id, *point in rows.order_by("starts_on").values_list(*parts):
        found[grain][Scope(kind, member), metric_id].append(SeriesPoint(*point))
    return found


def _agent_days(members: set[int], span: Window) -> QuerySet:
    rows = Observation.objects.filter(person_id__in=members, day__gte=span.start, day__lt=span.end)
    parts = ("person_id", "metric_id", "day", "numerator", "denominator", "n")
    return rows.order_by("day").annotate(grain=Value("day")).values_list("grain", *parts)


def metric_series(
    metric: MetricDefinition, *, scope: Scope, by: Grain, start: date, end: date
) -> list[SeriesPoint]:
    """One measure of one subject over ``[start, end)``; periods without data are absent."""
    found = series_for([scope], by=by, start=start, end=end, metric_ids=[metric.pk])
    return found.get((scope, metric.pk), [])


def day_history(metric: MetricDefinition, scope: Scope) -> list[SeriesPoint]:
    """Every day of one measure of one subject, the oldest first; one query."""
    return metric_series(metric, scope=scope, by="day", start=FIRST_DAY, end=date.max)


def first_and_last_month(scope: Scope) -> tuple[date, date] | None:
    """The oldest and the newest month with figures of a subject, to lead a reader to where data are."""
    months = Rollup.objects.filter(scope=scope.kind, scope_id=scope.id, grain="month")
    span = months.aggregate(first=Min("starts_on"), newest=Max("starts_on"))
    return (span["first"], span["newest"]) if span["first"] else None


class TargetBook:
    """Dated targets of measures: a team's goes before its site's, that before the one for all."""

    def __init__(self, targets: Iterable[MetricTarget]) -> None:
        self._by_metric: dict[int, list[MetricTarget]] = defaultdict(list)
        for target in targets:
            self._by_metric[target.metric_id].append(target)

    def of(self, metric_id: int) -> list[MetricTarget]:
        """Every target of a measure, the oldest first."""
        return self._by_metric[metric_id]

    def on(
        self, metric_id: int, day: date, *, team_id: int | None = None, site_id: int | None = None
    ) -> Bounds:
        """Least and greatest wanted value on ``day``."""
        best = self.source(metric_id, day, team_id=team_id, site_id=site_id)
        return (best.low, best.high) if best else (None, None)

    def source(
        self, metric_id: int, day: date, *, team_id: int | None = None, site_id: int | None = None
    ) -> MetricTarget | None:
        """The target that counts on ``day``: the team's own, else the site's, else the one for all."""
        best: MetricTarget | None = None
        rank = 0
        for target in self._by_metric[metric_id]:
            holds = target.starts_on <= day and (target.ends_before is None or day < target.ends_before)
            level = _rank(target, team_id, site_id)
            newer = best is None or target.starts_on > best.starts_on
            if holds and (level > rank or (level == rank and level and newer)):
                best, rank = target, level
        return best

    def steps(
        self,
        metric_id: int,
        start: date,
        end: date,
        *,
        team_id: int | None = None,
        site_id: int | None = None,
    ) -> list[tuple[date, date, Bounds]]:
        """The target as steps ``[from, to)`` over a range; stretches without target are left out."""
        edges = {start, end}
        for target in self._by_metric[metric_id]:
            edges |= {day for day in (target.starts_on, target.ends_before) if day and start < day < end}
        ordered = sorted(edges)
        found: list[tuple[date, date, Bounds]] = []
        for left, right in itertools.pairwise(ordered):
            bounds = self.on(metric_id, left, team_id=team_id, site_id=site_id)
            if found and found[-1][1] == left and found[-1][2] == bounds:
                found[-1] = (found[-1][0], right, bounds)
            elif bounds != (None, None):
                found.append((left, right, bounds))
        return found


def _rank(target: MetricTarget, team_id: int | None, site_id: int | None) -> int:
    """How closely a target fits: 3 its team, 2 its site, 1 everybody, 0 somebody else."""
    if target.team_id:
        return 3 if target.team_id == team_id else 0
    if target.site_id:
        return 2 if target.site_id == site_id else 0
    return 1


def target_book(metric_ids: Collection[int] | None = None) -> TargetBook:
    """All targets, or those of some measures, in one query."""
    targets = MetricTarget.objects.order_by("starts_on")
    if metric_ids is not None:
        targets = targets.filter(metric_id__in=metric_ids)
    return TargetBook(targets)


@dataclass(frozen=True)
class Catalogue:
    """Active measures in their order with today's terms, every target, and every measure there ever was."""

    metrics: tuple[MetricDefinition, ...]
    targets: TargetBook
    every: tuple[MetricDefinition, ...]

    def on(self, day: date) -> tuple[MetricDefinition, ...]:
        """The measures that pages of ``day`` show, with the terms of that day."""
        return tuple(metric.definition_on(day) for metric in self.every if metric.in_use_on(day))

    def known(self, metric: MetricDefinition) -> MetricDefinition:
        """The same measure with its versions at hand."""
        return next((item for item in self.every if item.pk == metric.pk), metric)

    def metric(self, key: str) -> MetricDefinition | None:
        """The measure of that key with its versions at hand, also one that is no longer used."""
        return next((metric for metric in self.every if metric.key == key), None)


def catalogue(fresh: Freshness) -> Catalogue:
    """What is measured and aimed at, kept until the day, sums, a definition or a target change."""
    return _kept_catalogue(fresh.version, today()) if fresh.refreshed_at else _read_catalogue()


def _read_catalogue() -> Catalogue:
    every = tuple(MetricDefinition.objects.select_related("owner", "guard").with_history())
    in_use = tuple(metric.definition_on(today()) for metric in every if metric.is_active)
    return Catalogue(in_use, target_book(), every)


@lru_cache(maxsize=2)
def _kept_catalogue(version: str, day: date) -> Catalogue:
    return _read_catalogue()


def metrics_with_data() -> QuerySet[MetricDefinition]:
    """Active measures of which the organisation has any figure, by name, in the order of the catalogue."""
    with_data = Rollup.objects.filter(scope=scopes.ORGANISATION, grain="month").values("metric_id")
    return MetricDefinition.objects.active().filter(Q(pk__in=with_data)).only("key", "name")
