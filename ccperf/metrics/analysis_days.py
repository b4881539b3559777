"""Daily series: what the weekday explains is taken out before a day is judged.

A measure that differs between Mondays and Saturdays has limits that differ too. Shares and rates have a
multiplicative factor for each weekday and the limits of a p' or u' chart, which follow the size of the day;
other values have an additive one and the limits of an individuals chart. Sources as in ``analysis`` and
``analysis_charts``.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ccperf.metrics.analysis import TREND_LENGTH, Run, Signal, Stretch, Xmr, phases, signals, xmr
from ccperf.metrics.analysis_charts import Chart, is_widened, laney_p_chart, laney_u_chart, p_chart, u_chart

FEWEST_WEEKS = 4
FEWEST_DAYS = 20
BASELINE_DAYS = 42

Kind = Literal["share", "rate", "value"]
RANGE_OF_ONE = 1.128


@dataclass(frozen=True)
class Day:
    """One day of a series in its parts."""

    day: date
    numerator: float
    denominator: float

    @property
    def value(self) -> float:
        return self.numerator / self.denominator


Days = Sequence[Day | None]


@dataclass(frozen=True)
class Rhythm:
    """What a weekday leads one to expect, by weekday from Monday (0); a weekday seldom seen is absent.

    ``factors`` are relative to the whole: times it for shares and rates, added to it for other values.
    """

    centre: float
    expected: dict[int, float]
    kind: Kind

    @property
    def factors(self) -> dict[int, float]:
        if self.kind == "value":
            return {weekday: value - self.centre for weekday, value in self.expected.items()}
        return {weekday: value / self.centre for weekday, value in self.expected.items()}


def rhythm(days: Sequence[Day], kind: Kind) -> Rhythm | None:
    """The rhythm of the week in a baseline; None below 20 days of weekdays seen four times at least."""
    by_weekday: dict[int, list[Day]] = defaultdict(list)
    for day in days:
        by_weekday[day.day.weekday()].append(day)
    known = {weekday: found for weekday, found in by_weekday.items() if len(found) >= FEWEST_WEEKS}
    together = [day for found in known.values() for day in found]
    if len(together) < FEWEST_DAYS:
        return None
    centre = _level(together, kind)
    if kind != "value" and centre <= 0:
        return None
    return Rhythm(centre, {weekday: _level(found, kind) for weekday, found in known.items()}, kind)


def _level(days: Sequence[Day], kind: Kind) -> float:
    """Pooled for shares and rates, the mean of the days for other values."""
    if kind == "value":
        return sum(day.value for day in days) / len(days)
    return sum(day.numerator for day in days) / sum(day.denominator for day in days)


@dataclass(frozen=True)
class _Judged:
    """A stretch on one scale: scores, their limits, and the way back: value = base + scale * score."""

    scores: list[float | None]
    limits: Xmr
    base: list[float]
    scale: list[float]
    spread: float | None = None


def work_out_days(
    days: Days,
    kind: Kind,
    *,
    resets: Sequence[int] = (),
    breaks: Sequence[int] = (),
    floor: float | None = None,
    ceiling: float | None = None,
    trend: int = TREND_LENGTH,
) -> Run:
    """Limits of every day and the days beyond noise; a run without limits where days are too few.

    The first six weeks of days set the limits for good. ``resets`` and ``breaks`` as in
    ``analysis.work_out``, resets once six weeks follow.
    """
    known = [day.value if day else None for day in days]
    stretches: list[Stretch] = []
    marks: list[Signal | None] = []
    method = ""
    parts = phases(known, resets, breaks, after=BASELINE_DAYS)
    for start, end in parts:
        judged = _judged(days[start:end], kind)
        if judged is None:
            stretches.append(Stretch(start, end, None))
            marks += [None] * (end - start)
            continue
        marks += signals(judged.scores, judged.limits, trend=trend)
        for index, score in enumerate(judged.scores):
            limits = _of_day(judged, index, floor, ceiling) if score is not None else None
            stretches.append(Stretch(start + index, start + index + 1, limits))
        method = _method(kind, judged.spread)
    return Run(tuple(stretches), tuple(marks), method, parts[-1][0])


def _judged(days: Days, kind: Kind) -> _Judged | None:
    baseline = [day for day in days if day][:BASELINE_DAYS]
    week = rhythm(baseline, kind)
    if week is None:
        return None
    if kind == "value":
        return _judged_values(days, week, len(baseline))
    return _judged_parts(days, week, baseline)


def _judged_values(days: Days, week: Rhythm, baseline: int) -> _Judged | None:
    factors = week.factors
    base = [factors.get(day.day.weekday(), 0.0) if day else 0.0 for day in days]
    scores = [
        day.value - offset if day and day.day.weekday() in factors else None
        for day, offset in zip(days, base, strict=True)
    ]
    limits = xmr([score for score in scores if score is not None][:baseline])
    return _Judged(scores, limits, base, [1.0] * len(days)) if limits else None


def _judged_parts(days: Days, week: Rhythm, baseline: Sequence[Day]) -> _Judged | None:
    base, scale, scores = [], [], []
    for day in days:
        expected = week.expected.get(day.day.weekday()) if day else None
        base.append(expected or 0.0)
        scale.append(_sigma(week, base[-1], day.denominator) if day else 1.0)
        scores.append((day.value - expected) / scale[-1] if day and expected is not None else None)
    first = [score for score in scores if score is not None][: len(baseline)]
    found = xmr(first)
    if found is None:
        return None
    spread = max(1.0, found.sigma)
    spread = spread if is_widened(spread, [day.denominator for day in baseline]) else 1.0
    limits = Xmr(0.0, -3 * spread, 3 * spread, RANGE_OF_ONE * spread, len(first), screened=found.screened)
    return _Judged(scores, limits, base, scale, spread)


def _sigma(week: Rhythm, expected: float, size: float) -> float:
    """The standard deviation that chance alone gives a day of this size."""
    ceiling = 1.0 if week.kind == "share" else math.inf
    level = expected if 0 < expected < ceiling else min(week.centre, 0.999 * ceiling)
    return math.sqrt(level * (1 - level if week.kind == "share" else 1.0) / size)


def _of_day(judged: _Judged, index: int, floor: float | None, ceiling: float | None) -> Xmr:
    base, scale, limits = judged.base[index], judged.scale[index], judged.limits
    return Xmr(
        base + scale * limits.mean,
        base + scale * limits.lower,
        base + scale * limits.upper,
        scale * limits.mean_range,
        limits.points,
        floor,
        ceiling,
        limits.screened,
    )


def _method(kind: Kind, spread: float | None) -> str:
    if spread is None:
        return "XmR with weekday effects"
    letter = "p" if kind == "share" else "u"
    if spread == 1:
        return f"{letter} chart with weekday factors"
    return f"{letter}\u2032 chart with weekday factors, \u03c3z {spread:.2f}"


@dataclass(frozen=True)
class DayCheck:
    """What each chart would say of a whole daily history: how many days it puts outside its limits."""

    days: int
    plain: int
    widened: int
    spread: float
    letter: Literal["p", "u"]
    adjusted: int | None = None
    adjusted_spread: float | None = None

    @property
    def words(self) -> str:
        """One sentence for a page."""
        said = (
            f"{self.widened} of {self.days} days outside limits (Laney {self.letter}\u2032, \u03c3z "
            f"{self.spread:.2f}); a plain {self.letter} chart would call {self.plain}."
        )
        if self.adjusted is None:
            return said
        return (
            f"{said} With the rhythm of the week taken out: {self.adjusted} (\u03c3z "
            f"{self.adjusted_spread:.2f})."
        )


def check_days(days: Sequence[Day], kind: Kind) -> DayCheck | None:
    """How plain limits, widened ones, and widened ones by weekday judge a history of shares or rates.

    All days stand behind all limits. None for other values, below 20 days, or where nothing happened.
    """
    if kind == "value" or len(days) < FEWEST_DAYS or not any(day.numerator for day in days):
        return None
    events, sizes = [day.numerator for day in days], [day.denominator for day in days]
    plain: Chart = (p_chart if kind == "share" else u_chart)(events, sizes)
    wide: Chart = (laney_p_chart if kind == "share" else laney_u_chart)(events, sizes)
    letter: Literal["p", "u"] = "p" if kind == "share" else "u"
    week = rhythm(days, kind)
    judged = _judged_parts(days, week, days) if week else None
    if judged is None:
        return DayCheck(len(days), len(plain.outside), len(wide.outside), wide.spread, letter)
    outside = sum(abs(score) > judged.limits.upper for score in judged.scores if score is not None)
    return DayCheck(
        len(days), len(plain.outside), len(wide.outside), wide.spread, letter, outside, judged.spread
    )
