"""Which themes rise or fall beyond chance. Pure numbers.

Each theme's share of comments is compared with its share in the period before (Newcombe's interval). Many
themes are tested together, so Benjamini and Hochberg's rule keeps false alarms below one in twenty of those
shown.
"""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Literal

import numpy as np

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
    columns = np.array([astuple(row) for row in rows], dtype=np.int64).reshape(-1, 5).T
    tested, real = tested_moves(*columns)
    return [
        movement(row.now, row.all_now, row.before, row.all_before, tested=bool(one), real=bool(beyond))
        for row, one, beyond in zip(rows, tested, real, strict=True)
    ]


def tested_moves(
    now: np.ndarray, all_now: np.ndarray, before: np.ndarray, all_before: np.ndarray, agents: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which of these, in the parts of ``Counted``, have enough comments of enough agents to be tested, and
    which of those moved beyond chance.
    """
    tested = (np.maximum(now, before) >= FEWEST_ITEMS) & (agents >= FEWEST_AGENTS)
    tested &= (all_now > 0) & (all_before > 0)
    return tested, beyond_chance_of(tested, now, all_now, before, all_before)


def movement(now: int, all_now: int, before: int, all_before: int, *, tested: bool, real: bool) -> Movement:
    """One movement in words and numbers."""
    if not tested:
        return Movement("few")
    change, low, high = newcombe_difference(now, all_now, before, all_before)
    direction: Direction = ("rising" if change > 0 else "falling") if real else "steady"
    return Movement(direction, change, low, high)


def beyond_chance_of(
    tested: np.ndarray, part: np.ndarray, whole: np.ndarray, other: np.ndarray, other_whole: np.ndarray
) -> np.ndarray:
    """Which of the tested shares ``part / whole`` differ from the other share beyond chance."""
    odds = p_values(*(np.broadcast_to(n, tested.shape)[tested] for n in (part, whole, other, other_whole)))
    real = np.zeros(len(odds), dtype=bool)
    real[beyond_chance(odds)] = True
    found = np.zeros(tested.shape, dtype=bool)
    found[tested] = real
    return found


def p_values(part: np.ndarray, whole: np.ndarray, other: np.ndarray, other_whole: np.ndarray) -> list[float]:
    """Two-sided p of the difference of two shares, pooled."""
    pooled = (part + other) / (whole + other_whole)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / whole + 1 / other_whole))
    apart = np.abs(part / whole - other / other_whole)
    z = np.divide(apart, spread, out=np.zeros_like(spread), where=spread > 0)
    return [math.erfc(value / math.sqrt(2)) for value in z.tolist()]


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
