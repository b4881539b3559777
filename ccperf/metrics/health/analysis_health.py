"""What can be said of a measure itself: is it complete, does it tell units apart, is it steered.

A panel is the values of units alike (teams, or agents) by period, weeks as a rule and months where weeks have
too few cases; None where a period has too few. Noise is the standard deviation of the common cause, from the
moving ranges of each unit, so a change of level does not count as noise. What is said of weeks here holds for
whichever period the panel has. Sources: reliability as the share of variance between units (J. L. Adams
2009, The Reliability of Provider Profiling); Fisher's interval of a correlation; heaping as a peak beside a
limit that its neighbours do not explain (J. McCrary 2008).
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ccperf.metrics.analysis import xmr

Z95 = 1.959963984540054
Z99 = 2.5758293035489004
FEWEST_WEEKS = 6
FEWEST_VALUES = 40
HEAP = 1.5
Unit = TypeVar("Unit", bound=Hashable)
Panel = Mapping[Unit, Sequence[float | None]]


@dataclass(frozen=True)
class Complete:
    """How many of the weeks that were to be expected have figures, and enough cases."""

    expected: int
    present: int
    enough: int

    @property
    def share(self) -> float:
        return self.present / self.expected

    @property
    def enough_share(self) -> float:
        return self.enough / self.expected


def completeness(sizes: Mapping[Unit, Sequence[int | None]], minimum_n: int) -> Complete | None:
    """Weeks from a unit's first figure on, up to the newest week; None where no unit has any."""
    expected = present = enough = 0
    for weeks in sizes.values():
        first = next((index for index, n in enumerate(weeks) if n), None)
        if first is None:
            continue
        known = [n for n in weeks[first:] if n]
        expected += len(weeks) - first
        present += len(known)
        enough += sum(n >= minimum_n for n in known)
    return Complete(expected, present, enough) if expected else None


@dataclass(frozen=True)
class Level:
    """A unit's mean, its weekly noise, and how many weeks stand behind them."""

    mean: float
    noise: float
    weeks: int

    @property
    def error(self) -> float:
        """The squared standard error of the mean."""
        return self.noise**2 / self.weeks


def levels(panel: Panel[Unit]) -> dict[Unit, Level]:
    """The level of every unit with six weeks or more."""
    found = {}
    for unit, weeks in panel.items():
        limits = xmr(weeks)
        if limits and limits.points >= FEWEST_WEEKS:
            found[unit] = Level(limits.mean, limits.sigma, limits.points)
    return found


@dataclass(frozen=True)
class Apart:
    """How many pairs of units differ by more than noise, over all periods of the panel and within one."""

    units: int
    pairs: int
    differing: int
    differing_in_one: int

    @property
    def share(self) -> float:
        return self.differing / self.pairs

    @property
    def single_share(self) -> float:
        return self.differing_in_one / self.pairs


def tells_apart(panel: Panel[Unit], groups: Mapping[Unit, Hashable] | None = None) -> Apart | None:
    """Pairs of units whose levels differ at 95%; about one in twenty would by chance alone.

    ``groups`` limits the pairs to units of one group, an agent's team for instance. None without a pair.
    """
    found = levels(panel)
    by_group: dict[Hashable, list[Level]] = defaultdict(list)
    for unit, level in found.items():
        by_group[groups.get(unit) if groups else None].append(level)
    pairs = differing = in_one = 0
    for members in by_group.values():
        for one, other in itertools.combinations(members, 2):
            gap = abs(one.mean - other.mean)
            pairs += 1
            differing += gap > Z95 * math.sqrt(one.error + other.error)
            in_one += gap > Z95 * math.hypot(one.noise, other.noise)
    return Apart(len(found), pairs, differing, in_one) if pairs else None


def noise_share(panel: Panel[Unit]) -> float | None:
    """The share of the differences between units' weeks that is noise: 1 less the reliability of a week.

    None below three units, or where nothing varies.
    """
    found = list(levels(panel).values())
    if len(found) < 3:
        return None
    noise = sum(level.noise**2 for level in found) / len(found)
    mean = sum(level.mean for level in found) / len(found)
    spread = sum((level.mean - mean) ** 2 for level in found) / (len(found) - 1)
    between = max(0.0, spread - sum(level.error for level in found) / len(found))
    return noise / (noise + between) if noise + between > 0 else None


@dataclass(frozen=True)
class Correlation:
    """How two measures move together within units, with its 95% interval."""

    r: float
    low: float
    high: float
    weeks: int


def moves_together(one: Panel[Unit], other: Panel[Unit]) -> Correlation | None:
    """The correlation of the weeks of two measures, each unit about its own mean; None below 40 weeks."""
    xs, ys, units = [], [], 0
    for unit in one.keys() & other.keys():
        pairs = [
            (x, y) for x, y in zip(one[unit], other[unit], strict=True) if x is not None and y is not None
        ]
        if len(pairs) < FEWEST_WEEKS:
            continue
        units += 1
        mean_x, mean_y = (sum(part) / len(pairs) for part in zip(*pairs, strict=True))
        xs += [x - mean_x for x, _ in pairs]
        ys += [y - mean_y for _, y in pairs]
    free = len(xs) - units + 1
    size = math.sqrt(sum(x * x for x in xs) * sum(y * y for y in ys))
    if len(xs) < FEWEST_VALUES or size == 0 or free <= 3:
        return None
    r = max(-0.999999, min(0.999999, sum(x * y for x, y in zip(xs, ys, strict=True)) / size))
    middle, reach = math.atanh(r), Z95 / math.sqrt(free - 3)
    return Correlation(r, math.tanh(middle - reach), math.tanh(middle + reach), len(xs))


def shared_movement(panel: Panel[Unit]) -> float | None:
    """The share of the movement from week to week that all units make together: the system, not the unit.

    Variance of the weeks' common effect over all movement within units, one-way random effects. None below
    three units or six weeks.
    """
    rows = []
    for weeks in panel.values():
        known = [value for value in weeks if value is not None]
        if len(known) >= FEWEST_WEEKS:
            mean = sum(known) / len(known)
            rows.append([None if value is None else value - mean for value in weeks])
    if len(rows) < 3:
        return None
    columns = [[value for value in week if value is not None] for week in zip(*rows, strict=True)]
    columns = [week for week in columns if len(week) >= 3]
    if len(columns) < FEWEST_WEEKS:
        return None
    means = [sum(week) / len(week) for week in columns]
    total = sum(len(week) for week in columns)
    inside = sum((value - mean) ** 2 for week, mean in zip(columns, means, strict=True) for value in week)
    inside /= max(1, total - len(columns))
    typical = total / len(columns)
    common = max(0.0, sum(mean**2 for mean in means) / (len(means) - 1) - inside / typical)
    return common / (common + inside) if common + inside > 0 else None


@dataclass(frozen=True)
class Heaping:
    """How many values lie just on the good side of a target, and how many their neighbours would explain."""

    values: int
    found: int
    expected: float
    is_heaped: bool


def heaping(values: Sequence[float], target: float, *, is_least: bool) -> Heaping | None:
    """Whether values crowd just past a target: a peak beyond chance (99%) in a strip a fifth of a sigma wide.

    The top of an ordinary distribution is a little higher than what lies around it, so a heap must be half as
    high again. ``is_least`` says that the target is the least wanted value. None below 40 values, or where
    fewer than ten lie near the target.
    """
    if len(values) < FEWEST_VALUES:
        return None
    ordered = sorted(values)
    width = (ordered[int(0.84 * len(ordered))] - ordered[int(0.16 * len(ordered))]) / 2 / 5
    if width <= 0:
        return None
    sign = 1 if is_least else -1
    places = [math.floor(sign * (value - target) / width + 1e-9) for value in values]
    # The strip just past the target is 0; the two before and the two after it show what is usual there.
    found = places.count(0)
    around = [places.count(place) for place in (-2, -1, 1, 2)]
    expected = sum(around) / 4
    if found + sum(around) < 10:
        return None
    error = math.sqrt(max(found, 1) + expected / 4)
    is_heaped = found - expected > Z99 * error and found > HEAP * expected
    return Heaping(len(values), found, expected, is_heaped)
