"""Which themes rise or fall beyond chance. Pure numbers.

Each theme's share of comments is compared with its share in the period before (Newcombe's interval). Many
themes are tested together, so Benjamini and Hochberg's rule keeps false alarms below one in twenty of those
shown.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ccperf.metrics.analysis_rates import newcombe_difference

FALSE_ALARMS = 0.05
FEWEST_ITEMS, FEWEST_AGENTS = 5, 3

Direction = Literal["rising", "falling", "steady", "few"]


@dataclass(frozen=True)
class Counted:
    """A theme's comments and all comments, in the period and in the one before.

    ``agents`` are those named in the period; a comment about nobody counts as one, because it cannot be one
    agent's doing.
    """

    now: int
    all_now: int
    before: int
    all_before: int
    agents: int


@dataclass(frozen=True)
class Movement:
    """The change of a share with its 95% interval, and whether it is more than chance."""

    direction: Direction
    change: float | None = None
    low: float | None = None
    high: float | None = None


def movements(rows: Sequence[Counted]) -> list[Movement]:
    """The movement of each theme, tested together."""
    testable = [index for index, row in enumerate(rows) if _has_enough(row)]
    real = set(beyond_chance([p_value(rows[index]) for index in testable]))
    found = []
    for index, row in enumerate(rows):
        if index not in testable:
            found.append(Movement("few"))
            continue
        change, low, high = newcombe_difference(row.now, row.all_now, row.before, row.all_before)
        beyond = testable.index(index) in real
        direction: Direction = ("rising" if change > 0 else "falling") if beyond else "steady"
        found.append(Movement(direction, change, low, high))
    return found


def p_value(row: Counted) -> float:
    """Two-sided p of the difference of two shares, pooled."""
    pooled = (row.now + row.before) / (row.all_now + row.all_before)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / row.all_now + 1 / row.all_before))
    if spread == 0:
        return 1.0
    z = abs(row.now / row.all_now - row.before / row.all_before) / spread
    return math.erfc(z / math.sqrt(2))


def beyond_chance(p_values: Sequence[float], level: float = FALSE_ALARMS) -> list[int]:
    """Positions that Benjamini and Hochberg's rule keeps."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    last = 0
    for rank, index in enumerate(order, start=1):
        if p_values[index] <= level * rank / len(p_values):
            last = rank
    return sorted(order[:last])


def is_praise(positive: int, negative: int) -> bool:
    """Whether praise outweighs complaint beyond chance (sign test, two deviations)."""
    return positive - negative > 2 * math.sqrt(positive + negative)


def _has_enough(row: Counted) -> bool:
    comments = max(row.now, row.before) >= FEWEST_ITEMS and row.agents >= FEWEST_AGENTS
    return comments and row.all_now > 0 and row.all_before > 0
