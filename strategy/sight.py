"""The line of sight: from an objective to what is measured, aimed at, reached and done (D6)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from django.db.models import Exists, OuterRef

from ccperf.core.dates import today, week_start
from ccperf.core.numbers import format_value
from ccperf.metrics.analysis import Assurance, Direction, assurance, xmr
from ccperf.metrics.models import MetricDefinition, Rollup
from ccperf.metrics.selectors import TargetBook, metrics_with_data, target_book
from ccperf.people.models import User
from strategy.models import Objective, ObjectiveMeasure

_SERVING = [Objective.Status.CONFIRMED, Objective.Status.TO_CONFIRM]
WEEKS_READ = 26
WEEKS_JUDGED = 12
WEEKS_NOW = 4
ACTIONS_NAMED = 2

Week = tuple[date, float, float, int]
"""First day, numerator, denominator and n of one week."""


@dataclass(frozen=True, slots=True)
class Link:
    """One action that works on a measure; without an address for a reader who may not open it."""

    title: str
    url: str
    state: str


@dataclass(frozen=True, slots=True)
class SightLine:
    """One measure of one objective, read from left to right; what is missing is a gap."""

    measure: ObjectiveMeasure
    target: str
    now: str
    n: int | None
    assurance: str
    assurance_words: str
    actions: tuple[Link, ...]
    action_count: int

    @property
    def metric(self) -> MetricDefinition | None:
        return self.measure.metric

    @property
    def name(self) -> str:
        return self.metric.name if self.metric else self.measure.wanted

    @property
    def has_no_measure(self) -> bool:
        return self.metric is None

    @property
    def has_no_target(self) -> bool:
        return self.metric is not None and not self.target

    @property
    def has_no_action(self) -> bool:
        return self.metric is not None and not self.action_count

    @property
    def hidden_actions(self) -> int:
        return self.action_count - len(self.actions)


@dataclass(frozen=True, slots=True)
class Sight:
    """One objective with its lines; an objective nobody measures has none."""

    objective: Objective
    lines: tuple[SightLine, ...]

    @property
    def is_unmeasured(self) -> bool:
        return not any(line.metric for line in self.lines)

    @property
    def has_no_guard(self) -> bool:
        """Measured, but nothing says what must not suffer: the way a target is gamed."""
        parts = {line.measure.part for line in self.lines if line.metric}
        return bool(parts) and ObjectiveMeasure.Part.GUARD not in parts


@dataclass(frozen=True, slots=True)
class SightMap:
    """All objectives a user may read, what is missing, and the measures that serve none."""

    sights: tuple[Sight, ...]
    idle_metrics: tuple[MetricDefinition, ...]

    @property
    def measure_count(self) -> int:
        return len({line.metric.pk for sight in self.sights for line in sight.lines if line.metric})

    @property
    def gaps(self) -> list[str]:
        """Every missing link in words, the most basic first."""
        lines = [line for sight in self.sights for line in sight.lines]
        unmeasured = [f"nobody measures {s.objective.reference}" for s in self.sights if s.is_unmeasured]
        wanted = [f"no measure of {_inner(line.name)}" for line in lines if line.has_no_measure]
        targets = [f"no target for {_inner(line.name)}" for line in lines if line.has_no_target]
        actions = [f"no action under {_inner(line.name)}" for line in lines if line.has_no_action]
        return list(dict.fromkeys(unmeasured + wanted + targets + actions))


def sight_map(user: User, objectives: Sequence[Objective]) -> SightMap:
    """Read what hangs on ``objectives`` in five queries, whatever their number."""
    measures: dict[int, list[ObjectiveMeasure]] = defaultdict(list)
    rows = ObjectiveMeasure.objects.filter(objective__in=[o.pk for o in objectives])
    for measure in rows.select_related("metric"):
        measures[measure.objective_id].append(measure)
    metric_ids = {m.metric_id for found in measures.values() for m in found if m.metric_id}
    actions, counts = _actions(user, metric_ids)
    known = _Known(target_book(metric_ids), _weekly(metric_ids, objectives), actions, counts)
    sights = tuple(
        Sight(
            objective,
            tuple(_line(user, objective, measure, known) for measure in measures[objective.pk]),
        )
        for objective in objectives
    )
    serving = ObjectiveMeasure.objects.filter(metric__isnull=False, objective__status__in=_SERVING)
    return SightMap(sights, tuple(metrics_with_data().exclude(pk__in=serving.values("metric_id"))))


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read once for all lines."""

    targets: TargetBook
    weeks: dict[tuple[int, str, int], list[Week]]
    actions: dict[int, list[Link]]
    counts: dict[int, int]


def _weekly(metric_ids: set[int], objectives: Iterable[Objective]) -> dict[tuple[int, str, int], list[Week]]:
    """Complete weeks of every measure in the scopes of the objectives, oldest first."""
    end = week_start(today())
    scopes = {_scope(objective) for objective in objectives}
    rows = Rollup.objects.filter(
        scope__in={kind for kind, _ in scopes},
        scope_id__in={place for _, place in scopes},
        grain=Rollup.Grain.WEEK,
        metric_id__in=metric_ids,
        starts_on__gte=end - timedelta(weeks=WEEKS_READ),
        starts_on__lt=end,
    ).order_by("starts_on")
    found = defaultdict(list)
    for metric_id, scope, place, starts_on, numerator, denominator, n in rows.values_list(
        "metric_id", "scope", "scope_id", "starts_on", "numerator", "denominator", "n"
    ):
        found[metric_id, scope, place].append((starts_on, numerator, denominator, n))
    return found


def _actions(user: User, metric_ids: set[int]) -> tuple[dict[int, list[Link]], dict[int, int]]:
    """Open and judged actions per measure: those the user may open by name, all of them by number.

    The room of actions lies above this one, so its rows are reached through the measure they name.
    """
    model: Any = MetricDefinition._meta.get_field("improvement_actions").related_model
    readable = model.objects.visible_to(user).filter(pk=OuterRef("pk"))
    counted = model.objects.filter(metric_id__in=metric_ids).exclude(status__in=["not_agreed", "withdrawn"])
    counted = counted.only("metric_id", "title", "status", "verdict", "verdict_sentence")
    counts: dict[int, int] = defaultdict(int)
    named: dict[int, list[Link]] = defaultdict(list)
    for action in counted.annotate(is_readable=Exists(readable)).order_by("-starts_on", "-pk"):
        counts[action.metric_id] += 1
        links = named[action.metric_id]
        is_new = action.title not in {link.title for link in links}
        if action.is_readable and is_new and len(links) < ACTIONS_NAMED:
            state = action.verdict_words or action.get_status_display()
            links.append(Link(action.title, action.get_absolute_url(), state.lower()))
    return named, counts


def _scope(objective: Objective) -> tuple[str, int]:
    if objective.level == Objective.Level.TEAM:
        return "team", objective.team_id or 0
    if objective.level == Objective.Level.CENTRE and objective.site_id:
        return "site", objective.site_id
    return "organisation", 0


def _line(user: User, objective: Objective, measure: ObjectiveMeasure, known: _Known) -> SightLine:
    metric, scope = measure.metric, _scope(objective)
    if metric is None:
        return SightLine(measure, "", "", None, "", "", (), 0)
    low, high = known.targets.on(metric.pk, today(), team_id=objective.team_id, site_id=objective.site_id)
    weeks = known.weeks.get((metric.pk, *scope), []) if _may_see_values(user, objective) else []
    now, n = _now(weeks, metric.minimum_n)
    since = week_start(today()) - timedelta(weeks=WEEKS_JUDGED)
    reliance = _assurance(metric, [week for week in weeks if week[0] >= since], low, high)
    return SightLine(
        measure=measure,
        target=_target_words(metric, low, high),
        now="" if now is None else format_value(now, metric.unit, n),
        n=n,
        assurance="" if reliance.state == "none" else reliance.state,
        assurance_words=reliance.words if weeks else "",
        actions=tuple(known.actions.get(metric.pk, ())),
        action_count=known.counts.get(metric.pk, 0),
    )


def _may_see_values(user: User, objective: Objective) -> bool:
    """Figures of a team are for those who lead or manage it; those of a site or the whole name nobody."""
    return objective.level != Objective.Level.TEAM or objective.team_id in user.access.scope_team_ids


def _target_words(metric: MetricDefinition, low: float | None, high: float | None) -> str:
    """Least and greatest wanted value in words, empty without a target."""
    least = None if low is None else format_value(low, metric.unit, 0)
    most = None if high is None else format_value(high, metric.unit, 0)
    if least and most:
        return f"{least} to {most}"
    return f"at least {least}" if least else f"at most {most}" if most else ""


def _now(weeks: Sequence[Week], least: int) -> tuple[float | None, int | None]:
    """The last four weeks with figures pooled: sum over sum, never a mean of weeks.

    A measure with few cases takes as many weeks more as it needs for ``least``; one without any case in
    the last twelve weeks has no present value.
    """
    if not weeks or weeks[-1][0] < week_start(today()) - timedelta(weeks=WEEKS_JUDGED):
        return None, None
    count = WEEKS_NOW
    while count < len(weeks) and sum(week[3] for week in weeks[-count:]) < least:
        count += 1
    recent = weeks[-count:]
    denominator = sum(week[2] for week in recent)
    if not denominator:
        return None, None
    return sum(week[1] for week in recent) / denominator, sum(week[3] for week in recent)


def _assurance(
    metric: MetricDefinition,
    weeks: Sequence[Week],
    low: float | None,
    high: float | None,
) -> Assurance:
    """Whether the weeks can be relied on to meet the target, as the limits of their run chart say."""
    values = [numerator / denominator for _, numerator, denominator, _ in weeks if denominator]
    limits = xmr(values, floor=metric.lower_bound, ceiling=metric.upper_bound)
    return assurance(limits, cast("Direction", metric.direction), low, high)


def _inner(name: str) -> str:
    """A name inside a sentence: first letter small unless the word is an abbreviation."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]
