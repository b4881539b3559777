"""Did it work? The statistics of change before and after a start, in a sentence a supervisor understands.

A change counts when two things hold at once: the run chart rules see a signal after the start against the
limits of the time before, and the interval of the change excludes what would have happened anyway: nothing,
or the drift of a group that was chosen for being worst, or the change of comparison teams.

Sources: individuals chart as in ``ccperf.metrics.analysis``; difference in differences, Card and Krueger
1994; regression to the mean, Barnett, van der Pols and Dobson 2005.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from ccperf.core.numbers import format_change, format_value
from ccperf.metrics.analysis import Direction, Signal, Xmr, signals, xmr

LEAST_BEFORE = 12
LEAST_AFTER = 6
LEAST_COMPARISONS = 2
Z95 = 1.959963984540054
# The mean moving range carries about 0.62 of the information of a standard deviation of the same points.
RANGE_EFFICIENCY = 0.62

Band = tuple[float | None, float | None]
NO_BAND: Band = (None, None)


class Point(Protocol):
    """A period of a series, as ``ccperf.metrics.selectors`` returns them."""

    @property
    def start(self) -> date: ...
    @property
    def numerator(self) -> float: ...
    @property
    def denominator(self) -> float: ...
    @property
    def n(self) -> int: ...
    @property
    def value(self) -> float | None: ...


class Kind(StrEnum):
    """The five verdicts."""

    IMPROVED = "improved"
    NO_CHANGE = "no_detectable_change"
    WORSE = "worse"
    GUARD_BREACHED = "guard_breached"
    NOT_ENOUGH_DATA = "not_enough_data"


WORDS = {
    Kind.IMPROVED: "Improved",
    Kind.NO_CHANGE: "No detectable change",
    Kind.WORSE: "Worse",
    Kind.GUARD_BREACHED: "Guard breached",
    Kind.NOT_ENOUGH_DATA: "Not enough data",
}


@dataclass(frozen=True)
class Series:
    """A measure before and after the start."""

    name: str
    unit: str
    direction: Direction
    before: Sequence[Point]
    after: Sequence[Point]
    minimum_n: int = 0
    band: Band = NO_BAND
    step: str = "period"


@dataclass(frozen=True)
class Verdict:
    """The finding. ``change`` and ``interval`` are in the unit of the measure, after minus before.

    ``is_early`` marks a verdict that waiting will complete. ``net_change`` is what remains of the change
    after that of the comparison teams is taken off.
    """

    kind: Kind
    sentence: str
    basis: str
    change: float | None = None
    interval: tuple[float, float] | None = None
    before: float | None = None
    after: float | None = None
    net_change: float | None = None
    is_early: bool = False
    notes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return "Too early to tell" if self.is_early else WORDS[self.kind]

    @property
    def state(self) -> str:
        """Class for shape and colour: better, worse, or noise."""
        if self.kind == Kind.IMPROVED:
            return "better"
        return "worse" if self.kind in {Kind.WORSE, Kind.GUARD_BREACHED} else "noise"


@dataclass(frozen=True)
class Change:
    """A difference with its interval."""

    size: float
    error: float
    freedom: float

    @property
    def interval(self) -> tuple[float, float]:
        reach = t_95(self.freedom) * self.error
        return self.size - reach, self.size + reach


def judge(  # noqa: PLR0913  One judgement has these parts, all but the first two by keyword.
    before: Sequence[Point],
    after: Sequence[Point],
    *,
    direction: Direction,
    name: str = "The measure",
    unit: str = "percent",
    minimum_n: int = 0,
    band: Band = NO_BAND,
    step: str = "period",
    expected_change: float | None = None,
    expected_drift: float = 0.0,
    guard: Series | None = None,
    comparison: Sequence[Series] = (),
    confounders: Sequence[str] = (),
) -> Verdict:
    """The verdict on a measure whose periods ``before`` and ``after`` a start are given.

    ``expected_drift`` is the improvement to be expected without any action (see ``regression_to_mean``), as a
    positive size. A guard measure that got worse outweighs any improvement. Comparison series take part from
    two with enough points on. ``step`` is what one period is called: week or month. Raises ValueError for a
    measure without a better side or expected change.
    """
    series = Series(name, unit, _way(direction, band, expected_change), before, after, minimum_n, band, step)
    main = _judge_alone(series, expected_drift, comparison)
    notes = [*main.notes]
    if expected_change is not None and main.change is not None:
        notes.append(f"Hoped for: {format_change(expected_change, unit)}.")
    if confounders:
        notes.append(
            f"In the same weeks also: {'; '.join(confounders)}. Part of the change may be due to that."
        )
    verdict = replace(main, notes=tuple(notes))
    return _guarded(verdict, guard) if guard else verdict


def _way(direction: Direction, band: Band, expected_change: float | None) -> Direction:
    """The better side; where the measure has none, or a band nobody set, the expected change names it."""
    if direction in {"higher", "lower"} or (direction == "band" and (band != NO_BAND or not expected_change)):
        return direction
    if not expected_change:
        raise ValueError("This measure has no better side. Say which change is expected.")
    return "higher" if expected_change > 0 else "lower"


def _judge_alone(series: Series, drift: float, comparison: Sequence[Series]) -> Verdict:
    before, after = _usable(series.before, series.minimum_n), _usable(series.after, series.minimum_n)
    if len(before) < LEAST_BEFORE or len(after) < LEAST_AFTER:
        return _too_little(series, before, after)
    values = [_scaled(point.value, series) for point in before]
    later = [_scaled(point.value, series) for point in after]
    limits, change = xmr(values), _change(before, after, series)
    found = _signals_after(values, later, limits)
    net, used, notes = _net(change, series, comparison)
    kind = _kind(net, found, drift)
    if kind == Kind.IMPROVED and series.direction == "band" and series.band == NO_BAND:
        kind = Kind.WORSE  # Both sides are bad, and nobody said where good begins.
    levels = _level(before), _level(after)
    shown = levels[1] - levels[0]
    reach = t_95(change.freedom) * change.error
    interval = (shown - reach, shown + reach)
    return Verdict(
        kind=kind,
        sentence=_sentence(kind, series, levels, shown, interval, drift, used),
        basis=_basis(series, before, after, found, used),
        change=shown,
        interval=(interval[0], interval[1]),
        before=levels[0],
        after=levels[1],
        net_change=(-net.size if series.direction == "lower" else net.size) if used else None,
        notes=tuple(notes + _drift_note(drift, series)),
    )


def _usable(points: Sequence[Point], minimum_n: int) -> list[Point]:
    return [point for point in points if point.value is not None and point.n >= minimum_n]


def _too_little(series: Series, before: Sequence[Point], after: Sequence[Point]) -> Verdict:
    """Name what is missing, and whether waiting brings it."""
    thin = f" with n of {series.minimum_n:,} or more" if series.minimum_n else ""
    is_early = len(before) >= LEAST_BEFORE
    if is_early:
        missing = LEAST_AFTER - len(after)
        sentence = (
            f"Too early to tell: {len(after)} of the {LEAST_AFTER} {series.step}s needed after the start "
            f"have data{thin}. {missing} more will do."
        )
    else:
        sentence = (
            f"Not enough data: {len(before)} of the {LEAST_BEFORE} {series.step}s needed before the "
            f"start have data{thin}. A verdict from so few would be chance; describe what you saw instead."
        )
    basis = f"{len(before)} {series.step}s before, {len(after)} after."
    return Verdict(Kind.NOT_ENOUGH_DATA, sentence, basis, is_early=is_early)


def _scaled(value: float | None, series: Series) -> float:
    """The value such that higher is better: for a band, minus the distance from it."""
    if value is None:
        raise ValueError("A point without a value cannot be judged.")
    if series.direction == "band":
        if series.band == NO_BAND:
            return value
        low, high = series.band
        if low is not None and value < low:
            return value - low
        return high - value if high is not None and value > high else 0.0
    return value if series.direction == "higher" else -value


def _level(points: Sequence[Point]) -> float:
    """The pooled value of several periods: sum over sum, or the mean where no parts are known."""
    total = sum(point.denominator for point in points)
    if total:
        return sum(point.numerator for point in points) / total
    values = [point.value for point in points if point.value is not None]
    return sum(values) / len(values)


def _change(before: Sequence[Point], after: Sequence[Point], series: Series) -> Change:
    """Mean of the scaled values after minus before, with an error from the moving ranges of both sides."""
    sides = [[_scaled(point.value, series) for point in part] for part in (before, after)]
    means = [sum(side) / len(side) for side in sides]
    ranges = [abs(b - a) for side in sides for a, b in pairwise(side)]
    sigma = sum(ranges) / len(ranges) / 1.128
    error = sigma * math.sqrt(1 / len(sides[0]) + 1 / len(sides[1]))
    freedom = RANGE_EFFICIENCY * (len(sides[0]) + len(sides[1]) - 2)
    return Change(means[1] - means[0], error, freedom)


def _signals_after(before: list[float], after: list[float], limits: Xmr | None) -> list[Signal]:
    """Signals among the points after the start, against the limits of the time before."""
    if limits is None:
        return []
    return [signal for signal in signals([*before, *after], limits)[len(before) :] if signal]


def _net(change: Change, series: Series, comparison: Sequence[Series]) -> tuple[Change, int, list[str]]:
    """The change less that of the comparison series, how many took part, and what to say about them."""
    changes = []
    for other in comparison:
        before, after = _usable(other.before, other.minimum_n), _usable(other.after, other.minimum_n)
        if len(before) >= LEAST_BEFORE and len(after) >= LEAST_AFTER and _parallel(series, before):
            aligned = replace(other, direction=series.direction, band=series.band)
            changes.append(_change(before, after, aligned))
    if len(changes) < LEAST_COMPARISONS:
        note = (
            f"Compared with nobody: that takes {LEAST_COMPARISONS} teams with data that moved alike before."
        )
        return change, 0, [note] if comparison else []
    count = len(changes)
    mean = sum(item.size for item in changes) / count
    between = sum((item.size - mean) ** 2 for item in changes) / (count - 1)
    within = sum(item.error**2 for item in changes) / count
    error = math.sqrt(change.error**2 + max(between, within) / count)
    return Change(change.size - mean, error, change.freedom), count, []


def _parallel(series: Series, other_before: Sequence[Point]) -> bool:
    """Whether the difference of two series had no trend before the start (two-sided, 5%)."""
    values = {point.start: point.value for point in other_before}
    gaps = [
        point.value - other
        for point in _usable(series.before, series.minimum_n)
        if point.value is not None and (other := values.get(point.start)) is not None
    ]
    if len(gaps) < LEAST_BEFORE:
        return False
    slope, error = trend(gaps)
    return abs(slope) <= t_95(len(gaps) - 2) * error or math.isclose(slope, 0, abs_tol=1e-12)


def trend(values: Sequence[float]) -> tuple[float, float]:
    """Least-squares slope per period and its standard error."""
    count = len(values)
    middle, mean = (count - 1) / 2, sum(values) / count
    square = sum((index - middle) ** 2 for index in range(count))
    slope = sum((index - middle) * value for index, value in enumerate(values)) / square
    residual = sum((v - mean - slope * (i - middle)) ** 2 for i, v in enumerate(values))
    return slope, math.sqrt(residual / (count - 2) / square)


def _kind(net: Change, found: Sequence[Signal], drift: float) -> Kind:
    low, high = net.interval
    if low > drift and any(signal.is_high for signal in found):
        return Kind.IMPROVED
    if high < 0 and any(not signal.is_high for signal in found):
        return Kind.WORSE
    return Kind.NO_CHANGE


def _sentence(
    kind: Kind,
    series: Series,
    levels: tuple[float, float],
    change: float,
    interval: Sequence[float],
    drift: float,
    used: int,
) -> str:
    before, after = (format_value(level, series.unit) for level in levels)
    moved = "rose" if change > 0 else "fell"
    size = f"{format_change(change, series.unit)}, 95% interval {_span(interval, series.unit)}"
    others = f" and the {used} comparison teams explain" if used else " explains"
    if kind == Kind.NO_CHANGE:
        why = "what chance alone does"
        if drift:
            why += " or what was to be expected without any action"
        if used:
            why += ", or what the comparison teams did too"
        return f"{series.name} went from {before} to {after} ({size}). That is not more than {why}."
    tail = "an improvement" if kind == Kind.IMPROVED else "a change for the worse"
    return (
        f"{series.name} {moved} from {before} to {after} ({size}). That is more than chance{others}: {tail}."
    )


def _span(interval: Sequence[float], unit: str) -> str:
    """An interval with its unit once: 4.8 to 7.4 points."""
    low, high = (format_change(end, unit).lstrip("+") for end in interval)
    if unit == "percent":
        low = low.removesuffix("\u00a0points")
    return f"{low} to {high}"


def _basis(
    series: Series, before: Sequence[Point], after: Sequence[Point], found: Sequence[Signal], used: int
) -> str:
    count = sum(point.n for point in [*before, *after])
    parts = [
        f"{len(before)} {series.step}s before, {len(after)} after, n\u00a0=\u00a0{count:,}",
        f"{len(found)} of {len(after)} later points beyond the limits or in a run"
        if found
        else "no later point beyond the limits and no run",
    ]
    if used:
        parts.append(f"compared with {used} teams over the same weeks")
    return f"{'; '.join(parts)}."


def _drift_note(drift: float, series: Series) -> list[str]:
    if not drift:
        return []
    return [
        "Chosen because the figure was bad: an improvement of about "
        f"{format_change(drift, series.unit).lstrip('+')} was to be expected without any action."
    ]


def _guarded(verdict: Verdict, guard: Series) -> Verdict:
    """The verdict after a look at what must not suffer."""
    if guard.direction == "none":
        return verdict
    watched = _judge_alone(guard, 0.0, ())
    if watched.kind == Kind.NOT_ENOUGH_DATA:
        note = f"Guard measure {guard.name}: {watched.words.lower()}."
        return replace(verdict, notes=(*verdict.notes, note))
    if watched.kind == Kind.WORSE:
        level = f"{format_value(watched.before, guard.unit)} to {format_value(watched.after, guard.unit)}"
        sentence = f"The guard measure {guard.name} moved from {level}, more than chance. {verdict.sentence}"
        return replace(verdict, kind=Kind.GUARD_BREACHED, sentence=sentence, is_early=False)
    return replace(verdict, notes=(*verdict.notes, f"Guard measure {guard.name}: not hurt."))


def difference_in_differences(treated: tuple[float, float], comparison: tuple[float, float]) -> float:
    """What the treated gained beyond the others: (after - before) less (after - before)."""
    return (treated[1] - treated[0]) - (comparison[1] - comparison[0])


def regression_to_mean(mean: float, between: float, within: float, cut: float, measures: int = 1) -> float:
    """The improvement to expect, without any action, from units chosen because they lay beyond ``cut``.

    ``between`` is the standard deviation of true levels, ``within`` that of one measurement around its own
    level; choosing on the mean of several ``measures`` shrinks the drift.
    """
    noise = within**2 / measures
    total = math.sqrt(between**2 + noise)
    if total == 0:
        return 0.0
    z = abs(cut - mean) / total
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    tail = math.erfc(z / math.sqrt(2)) / 2
    return noise / total * density / tail


def t_95(freedom: float) -> float:
    """The two-sided 95% point of Student's t, expanded around the normal; good to 0.01 from four up."""
    z, v = Z95, max(freedom, 3.0)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )
