"""How much more a group speaks of a theme than others, and whether it rose or fell there. Pure numbers.

The share in the group is compared with the share elsewhere (Newcombe 1998, hybrid interval). All cells of a
table are tested together by Benjamini and Hochberg's rule, and none with fewer than five comments or three
agents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ccperf.metrics.analysis_rates import newcombe_difference
from feedback.themes.analysis_trends import (
    FEWEST_AGENTS,
    FEWEST_ITEMS,
    Movement,
    beyond_chance_of,
    movement,
    tested_moves,
)

Signal = Literal["more", "less", "alike", "few"]


@dataclass(frozen=True)
class Lift:
    """Share in the group and elsewhere, their ratio and difference with its 95% interval."""

    signal: Signal
    share: float | None = None
    elsewhere: float | None = None
    ratio: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class GroupCounts:
    """Themes (rows) in groups (columns): comments with the theme and all, there and elsewhere, now; and there
    before. Whole numbers in arrays that can be broadcast to one shape.
    """

    here: np.ndarray
    all_here: np.ndarray
    elsewhere: np.ndarray
    all_elsewhere: np.ndarray
    agents: np.ndarray
    before: np.ndarray
    all_before: np.ndarray
    agents_elsewhere: np.ndarray


class Comparison:
    """All cells of a table tested together: which are odd, and the figures of any of them.

    A table has thousands of cells of which a page shows some, so intervals are worked out when asked for.
    """

    def __init__(self, counts: GroupCounts):
        shape = np.broadcast(*vars(counts).values()).shape
        self._counts = {name: np.broadcast_to(part, shape) for name, part in vars(counts).items()}
        c = self._counts
        self.tested = _have_enough(c)
        self._odd = beyond_chance_of(
            self.tested, c["here"], c["all_here"], c["elsewhere"], c["all_elsewhere"]
        )
        self._told, self._moved = tested_moves(
            c["here"], c["all_here"], c["before"], c["all_before"], c["agents"]
        )

    def lift(self, row: int, column: int) -> Lift:
        """The lift of one cell."""
        here, whole, elsewhere, others = self._of(
            row, column, "here", "all_here", "elsewhere", "all_elsewhere"
        )
        if not whole or not others:
            return Lift("few", here / whole if whole else None)
        share, other = here / whole, elsewhere / others
        ratio = share / other if other else None
        if not self.tested[row, column]:
            return Lift("few", share, other, ratio)
        difference, low, high = newcombe_difference(here, whole, elsewhere, others)
        signal: Signal = ("more" if difference > 0 else "less") if self._odd[row, column] else "alike"
        return Lift(signal, share, other, ratio, difference, low, high)

    def movement(self, row: int, column: int) -> Movement:
        """How one cell moved against its own period before."""
        return movement(
            *self._of(row, column, "here", "all_here", "before", "all_before"),
            tested=bool(self._told[row, column]),
            real=bool(self._moved[row, column]),
        )

    def _of(self, row: int, column: int, *names: str) -> list[int]:
        return [int(self._counts[name][row, column]) for name in names]


def _have_enough(c: Mapping[str, np.ndarray]) -> np.ndarray:
    """Enough comments of enough agents here, or elsewhere to miss them here."""
    here, elsewhere = c["here"], c["elsewhere"]
    some = (c["all_here"] > 0) & (c["all_elsewhere"] > 0)
    nothing = np.zeros(some.shape)
    expected = np.divide(c["all_here"] * elsewhere, c["all_elsewhere"], out=nothing, where=some)
    said_here = (here >= FEWEST_ITEMS) & (c["agents"] >= FEWEST_AGENTS)
    missed = (here < expected) & (expected >= FEWEST_ITEMS) & (c["agents_elsewhere"] >= FEWEST_AGENTS)
    return some & (said_here | missed)
