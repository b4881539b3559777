"""The verdict on an action: its figures before the verdict engine, its guard held to the agreed limit."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import cast

from ccperf.core.numbers import format_value
from ccperf.metrics.analysis import Direction
from ccperf.metrics.models import MetricDefinition
from ccperf.verdicts.analysis import LEAST_AFTER, Kind, Series, Verdict, judge
from improvement.analysis import DIP_WEEKS, has_dip
from improvement.measures import WEEK, Figures, Week, figures_of, pooled
from improvement.models import ImprovementAction

DIPPED = (
    f"It began in {DIP_WEEKS} weeks that were worse than usual. Coming back from those was to be expected "
    "without any action, so it is compared with the weeks before them."
)


def verdict_of(action: ImprovementAction, figures: Figures | None = None) -> Verdict | None:
    """What the data of today say about the action; None without a measure that has a better side."""
    if action.status not in (ImprovementAction.Status.AGREED, ImprovementAction.Status.CLOSED):
        return None
    figures = figures or figures_of(action)
    metric, hoped = figures.metric, _hoped_for(action)
    if metric is None:
        return None
    if metric.direction == MetricDefinition.Direction.NONE and not hoped:
        return None
    before, dipped = _before_any_dip(metric, figures)
    verdict = judge(
        before,
        figures.after,
        direction=_way(metric),
        name=metric.name,
        unit=metric.unit,
        minimum_n=_fewest_n((*figures.before, *figures.after)),
        step="week",
        band=(metric.usual_low, metric.usual_high) if metric.direction == "band" else (None, None),
        expected_change=hoped,
        guard=_guard_series(figures.guard, figures) if figures.guard else None,
        comparison=[
            Series(other.name, metric.unit, _way(metric), other.before, other.after)
            for other in figures.others
        ],
        confounders=_other_formulas(metric, figures),
    )
    if dipped:
        verdict = replace(verdict, notes=(*verdict.notes, DIPPED))
    return _held_to_limit(verdict, action, figures)


def _before_any_dip(metric: MetricDefinition, figures: Figures) -> tuple[Sequence[Week], bool]:
    """The weeks before, without the last four when the action began in them because they were bad."""
    usable = [week for week in figures.before if week.value is not None]
    if metric.direction not in (MetricDefinition.Direction.HIGHER, MetricDefinition.Direction.LOWER):
        return figures.before, False
    higher = metric.direction == MetricDefinition.Direction.HIGHER
    if not has_dip([week.value or 0.0 for week in usable], higher_is_better=higher):
        return figures.before, False
    return usable[:-DIP_WEEKS], True


def _fewest_n(weeks: Sequence[Week]) -> int:
    """The fewest n of any of these weeks, for words: those with too few by their own day have no value."""
    return min((week.least_n for week in weeks), default=0)


def _other_formulas(metric: MetricDefinition, figures: Figures) -> list[str]:
    """Where another formula began among the weeks that are compared."""
    weeks = (*figures.before, *figures.after)
    return [
        f"version {new.number} of the definition, with another formula from {new.starts_on:%-d %B %Y}"
        for old, new in pairwise(metric.history)
        if weeks and old.parts != new.parts and weeks[0].start < new.starts_on < weeks[-1].start + WEEK
    ]


def _way(metric: MetricDefinition) -> Direction:
    """The better side of a measure as the engine names it."""
    return cast("Direction", metric.direction)


def _hoped_for(action: ImprovementAction) -> float | None:
    """The change from the baseline to the target."""
    start = action.baseline_value
    return action.target_value - start if action.target_value is not None and start is not None else None


def _guard_series(metric: MetricDefinition, figures: Figures) -> Series:
    return Series(
        metric.name,
        metric.unit,
        _way(metric),
        figures.guard_before,
        figures.guard_after,
    )


def limit_is_ceiling(metric: MetricDefinition, limit: float, figures: Figures) -> bool:
    """Whether the guard must stay below its limit; inside a band the limit lies on the side it was set."""
    if metric.direction == MetricDefinition.Direction.LOWER:
        return True
    if metric.direction == MetricDefinition.Direction.HIGHER:
        return False
    before = pooled(figures.guard_before)
    return before is None or before.value is None or limit >= before.value


def is_beyond(value: float, limit: float, *, is_ceiling: bool) -> bool:
    """Whether a value has passed its limit."""
    return value > limit if is_ceiling else value < limit


def _held_to_limit(verdict: Verdict, action: ImprovementAction, figures: Figures) -> Verdict:
    """A guard with an agreed limit is breached when the weeks since the start, pooled, lie beyond it."""
    metric, limit = figures.guard, action.guard_limit
    if metric is None or limit is None or verdict.kind == Kind.GUARD_BREACHED:
        return verdict
    usable = [week for week in figures.guard_after if week.value is not None]
    level = pooled(usable)
    if level is None or level.value is None or len(usable) < LEAST_AFTER:
        return verdict
    if not is_beyond(level.value, limit, is_ceiling=limit_is_ceiling(metric, limit, figures)):
        return verdict
    sentence = (
        f"{metric.name} is {format_value(level.value, metric.unit)} since the start, beyond the agreed limit "
        f"of {format_value(limit, metric.unit)}. {verdict.sentence}"
    )
    return replace(verdict, kind=Kind.GUARD_BREACHED, sentence=sentence, is_early=False)
