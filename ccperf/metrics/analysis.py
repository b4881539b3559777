"""Run charts: limits of individual values, rules that tell a signal from noise, and what they say in words.

Sources: NIST/SEMATECH e-Handbook 6.3.2.2 (individuals chart); L. S. Nelson 1982 (screened moving ranges);
NHS England, Making data count, and the NHSRplotthedots package (rules, variation and assurance).
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

TO_LIMIT = 2.66
RANGE_LIMIT = 3.267
TRIAL_POINTS = 5
LOCKED_POINTS = 12
PREFERRED_POINTS = 20
RUN_LENGTH = 7
TREND_LENGTH = 7

Values = Sequence[float | None]
Direction = Literal["higher", "lower", "band", "none"]


@dataclass(frozen=True)
class Xmr:
    """Limits of an individuals chart. ``trial`` while fewer than twelve points stand behind them.

    ``screened`` is how many wild moving ranges were left out of ``mean_range``.
    """

    mean: float
    lower: float
    upper: float
    mean_range: float
    points: int
    floor: float | None = None
    ceiling: float | None = None
    screened: int = 0

    @property
    def trial(self) -> bool:
        return self.points < LOCKED_POINTS

    @property
    def sigma(self) -> float:
        """The standard deviation of the common cause, from the moving ranges."""
        return self.mean_range / 1.128

    @property
    def range_limit(self) -> float:
        return RANGE_LIMIT * self.mean_range

    @property
    def shown_lower(self) -> float:
        """The lower limit for a chart: never below what the measure can be."""
        return self.lower if self.floor is None else max(self.lower, self.floor)

    @property
    def shown_upper(self) -> float:
        return self.upper if self.ceiling is None else min(self.upper, self.ceiling)


def xmr(
    values: Values, *, screen: bool = True, floor: float | None = None, ceiling: float | None = None
) -> Xmr | None:
    """Mean and natural limits of ``values``; None below five points. Missing values are passed over.

    ``screen`` drops, once, the moving ranges beyond 3.267 times their mean, so that one wild value does not
    widen the limits that should reveal it.
    """
    known = [value for value in values if value is not None]
    if len(known) < TRIAL_POINTS:
        return None
    ranges = [abs(b - a) for a, b in itertools.pairwise(known)]
    mean_range = sum(ranges) / len(ranges)
    kept = [size for size in ranges if size < RANGE_LIMIT * mean_range] if screen else ranges
    dropped = len(ranges) - len(kept) if kept else 0
    mean_range = sum(kept) / len(kept) if kept else mean_range
    mean = sum(known) / len(known)
    reach = TO_LIMIT * mean_range
    return Xmr(mean, mean - reach, mean + reach, mean_range, len(known), floor, ceiling, dropped)


class Rule(StrEnum):
    """Why a point is a signal, the strongest reason first."""

    OUTSIDE = "outside"
    TREND = "trend"
    TWO_OF_THREE = "two_of_three"
    SHIFT = "shift"


@dataclass(frozen=True)
class Signal:
    """A point beyond noise: by which rule, and whether on the high side (or rising)."""

    rule: Rule
    is_high: bool


def sides(values: Sequence[float], mean: float) -> list[int]:
    """1 above the mean, -1 below, 0 on it."""
    return [(value > mean) - (value < mean) for value in values]


def shift_reached(side: Sequence[int], length: int = RUN_LENGTH) -> list[bool]:
    """True from the point at which ``length`` consecutive points lie on one side; the mean breaks a run."""
    reached, run = [], 0
    for index, current in enumerate(side):
        run = run + 1 if current and index and current == side[index - 1] else int(bool(current))
        reached.append(run >= length)
    return reached


def trend_reached(values: Sequence[float], length: int = TREND_LENGTH) -> list[bool]:
    """True where ``length`` consecutive points rise or fall strictly; a tie breaks the run."""
    steps = [0, *((b > a) - (b < a) for a, b in itertools.pairwise(values))]
    return shift_reached(steps, length - 1)


def two_of_three_reached(is_outer: Sequence[bool], side: Sequence[int]) -> list[bool]:
    """True for every point of three in a row on one side of which at least two are in the outer third."""
    found = [False] * len(side)
    for start in range(len(side) - 2):
        one_side = side[start] and side[start] == side[start + 1] == side[start + 2]
        if one_side and is_outer[start] + is_outer[start + 1] + is_outer[start + 2] >= 2:
            found[start : start + 3] = True, True, True
    return found


def signals(
    values: Values, limits: Xmr, *, run: int = RUN_LENGTH, trend: int = TREND_LENGTH
) -> list[Signal | None]:
    """The signal of each point, or None where it is common cause. All points of a run are marked.

    Missing values are passed over: the points beside a gap count as consecutive.
    """
    at = [index for index, value in enumerate(values) if value is not None]
    known = [value for value in values if value is not None]
    side = sides(known, limits.mean)
    outside = [not limits.lower <= value <= limits.upper for value in known]
    third = 2 * TO_LIMIT * limits.mean_range / 3
    outer = [abs(value - limits.mean) > third and not out for value, out in zip(known, outside, strict=True)]
    pairs = two_of_three_reached(outer, side)
    shifts = _marked_back(shift_reached(side, run), run)
    trends = _marked_back(trend_reached(known, trend), trend)
    found: list[Signal | None] = [None] * len(values)
    for place, index in enumerate(at):
        if outside[place]:
            found[index] = Signal(Rule.OUTSIDE, side[place] > 0)
        elif (end := trends[place]) is not None:
            found[index] = Signal(Rule.TREND, known[end] > known[end - 1])
        elif pairs[place] and outer[place]:
            found[index] = Signal(Rule.TWO_OF_THREE, side[place] > 0)
        elif shifts[place] is not None:
            found[index] = Signal(Rule.SHIFT, side[place] > 0)
    return found


def _marked_back(reached: Sequence[bool], length: int) -> list[int | None]:
    """For each point, the last point of the run it belongs to, or None."""
    marked: list[int | None] = [None] * len(reached)
    for end, is_reached in enumerate(reached):
        if is_reached:
            for index in range(end - length + 1, end + 1):
                marked[index] = end
    return marked


def baseline_length(points: int) -> int:
    """How many of the first points set the limits: all up to twenty, then the first twenty for good."""
    return min(points, PREFERRED_POINTS)


@dataclass(frozen=True)
class Stretch:
    """Points ``[start, end)`` of a run chart judged by one set of limits (None: too few points)."""

    start: int
    end: int
    limits: Xmr | None


@dataclass(frozen=True)
class Run:
    """A run chart worked out: its stretches, the signal of every point, and which chart it is in words."""

    stretches: tuple[Stretch, ...]
    signals: tuple[Signal | None, ...]
    method: str = "XmR"
    since: int = 0
    """The place from which the newest limits hold: the last documented change, or the start."""

    @property
    def limits(self) -> Xmr | None:
        """The limits that hold at the newest point that has any, none of those before the last change."""
        newest = (stretch for stretch in reversed(self.stretches) if stretch.start >= self.since)
        return next((stretch.limits for stretch in newest if stretch.limits), None)


def phases(
    values: Values,
    resets: Sequence[int] = (),
    breaks: Sequence[int] = (),
    *,
    after: int = LOCKED_POINTS,
) -> list[tuple[int, int]]:
    """``[start, end)`` stretches between documented changes, which stand at the places ``resets``, and
    ``breaks``, after which another time begins at once.

    A change with fewer than ``after`` known points behind it waits: the earlier limits go on, so that an
    effect is seen before it becomes the new normal. However few points stand before it, they are not mixed
    with those after it.
    """
    places = [0, *sorted({place for place in (*resets, *breaks) if 0 < place < len(values)}), len(values)]
    cuts = [0]
    for place, following in itertools.pairwise(places):
        enough = place in breaks or sum(value is not None for value in values[place:following]) >= after
        if place and enough:
            cuts.append(place)
    return list(itertools.pairwise([*cuts, len(values)]))


def work_out(
    values: Values,
    *,
    resets: Sequence[int] = (),
    breaks: Sequence[int] = (),
    floor: float | None = None,
    ceiling: float | None = None,
    trend: int = TREND_LENGTH,
) -> Run:
    """Limits and signals of a series; ``resets`` are the places where something documented changed,
    ``breaks`` those where figures begin again after a long time without.

    Trial limits are there to be seen and judge nothing.
    """
    stretches: list[Stretch] = []
    marks: list[Signal | None] = []
    parts = phases(values, resets, breaks)
    for start, end in parts:
        part = values[start:end]
        limits = _settled_limits(part, floor, ceiling, trend)
        stretches.append(Stretch(start, end, limits))
        is_judged = limits and not limits.trial
        marks += signals(part, limits, trend=trend) if limits and is_judged else [None] * len(part)
    return Run(tuple(stretches), tuple(marks), since=parts[-1][0])


def _settled_limits(part: Values, floor: float | None, ceiling: float | None, trend: int) -> Xmr | None:
    """Limits from the first points; where later ones follow, from as many as show no signal themselves.

    A shift that falls among the first twenty would otherwise move the mean and hide itself. Twelve at least.
    """
    known = [index for index, value in enumerate(part) if value is not None]
    longest = baseline_length(len(known))
    if longest == len(known):
        return xmr(part, floor=floor, ceiling=ceiling)
    limits = None
    for count in range(longest, LOCKED_POINTS - 1, -1):
        base = part[: known[count - 1] + 1]
        limits = xmr(base, floor=floor, ceiling=ceiling)
        if limits is None:
            break
        # Most often a point outside the limits settles it, and no run has to be looked for.
        beyond = any(value is not None and not limits.lower <= value <= limits.upper for value in base)
        if not beyond and not any(signals(base, limits, trend=trend)):
            break
    return limits


@dataclass(frozen=True)
class Reading:
    """A finding with its class for shape and colour, and its words."""

    state: str
    words: str


@dataclass(frozen=True)
class Assurance:
    """Whether the process can be relied on to meet its target."""

    state: Literal["meet", "hit", "miss", "none"]
    words: str


def meaning(
    signal: Signal | None,
    direction: Direction,
    value: float | None = None,
    mean: float | None = None,
    band: tuple[float | None, float | None] = (None, None),
) -> Literal["noise", "better", "worse", "changed"]:
    """Whether a signal is an improvement. Towards a band is; without a band there is no better side."""
    if signal is None:
        return "noise"
    if direction == "none":
        return "changed"
    if direction == "band":
        if value is None or mean is None or band == (None, None):
            return "changed"
        before, now = _distance(mean, band), _distance(value, band)
        return "better" if now < before else "worse" if now > before else "changed"
    return "better" if signal.is_high == (direction == "higher") else "worse"


def _distance(value: float, band: tuple[float | None, float | None]) -> float:
    """How far ``value`` lies outside ``band``."""
    low, high = band
    if low is not None and value < low:
        return low - value
    return value - high if high is not None and value > high else 0.0


def variation(state: str, signal: Signal | None) -> Reading:
    """The state of the newest point in words."""
    if signal is None:
        return Reading("noise", "Within normal variation")
    name = {"better": "Improvement", "worse": "Concern"}.get(state, "Changed")
    way = "rising" if signal.is_high else "falling"
    return Reading(state, f"{name}, {way}")


def assurance(
    limits: Xmr | None, direction: Direction, low: float | None = None, high: float | None = None
) -> Assurance:
    """What the limits say about a target: met whatever happens, by luck, or not without other work.

    ``low`` is the least value wanted, ``high`` the greatest; a band has both.
    """
    if (low is None and high is None) or direction == "none":
        return Assurance("none", "No target")
    if limits is None:
        return Assurance("none", "Too few points to say whether the target will be met")
    misses = (low is not None and limits.shown_upper < low) or (
        high is not None and limits.shown_lower > high
    )
    meets = (low is None or limits.shown_lower >= low) and (high is None or limits.shown_upper <= high)
    if meets and not misses:
        return Assurance("meet", "Will keep meeting the target")
    if misses:
        return Assurance("miss", "Will miss the target unless the work changes")
    inside = (low is None or limits.mean >= low) and (high is None or limits.mean <= high)
    if inside:
        return Assurance("hit", "Meets the target most of the time, not reliably")
    return Assurance("hit", "Meets the target now and then, not reliably")
