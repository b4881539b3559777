"""How much more a group speaks of a theme than others, and whether it rose or fell there. Pure numbers.

The share in the group is compared with the share elsewhere (Newcombe 1998, hybrid interval). All cells of a
table are tested together by Benjamini and Hochberg's rule, and none with fewer than five comments or three
agents.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ccperf.metrics.analysis_rates import newcombe_difference
from feedback.themes.analysis_trends import (
    FEWEST_AGENTS,
    FEWEST_ITEMS,
    Counted,
    Movement,
    beyond_chance,
    movements,
    p_value,
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
class GroupCount:
    """A theme in one group: comments with it and all, there and elsewhere, now; and there before."""

    here: int
    all_here: int
    elsewhere: int
    all_elsewhere: int
    agents: int
    before: int = 0
    all_before: int = 0
    agents_elsewhere: int = 0


def lifts(cells: Sequence[GroupCount]) -> list[Lift]:
    """The lift of each cell, tested together."""
    testable = [index for index, cell in enumerate(cells) if _has_enough(cell)]
    odds = [p_value(_against_elsewhere(cells[index])) for index in testable]
    real = {testable[position] for position in beyond_chance(odds)}
    return [_lift(cell, index in testable, index in real) for index, cell in enumerate(cells)]


def movements_of(cells: Sequence[GroupCount]) -> list[Movement]:
    """The movement of each cell against its own period before, tested together."""
    return movements(
        [Counted(cell.here, cell.all_here, cell.before, cell.all_before, cell.agents) for cell in cells]
    )


def _lift(cell: GroupCount, is_tested: bool, is_real: bool) -> Lift:
    if not cell.all_here or not cell.all_elsewhere:
        return Lift("few", cell.here / cell.all_here if cell.all_here else None)
    share, elsewhere = cell.here / cell.all_here, cell.elsewhere / cell.all_elsewhere
    ratio = share / elsewhere if elsewhere else None
    if not is_tested:
        return Lift("few", share, elsewhere, ratio)
    difference, low, high = newcombe_difference(cell.here, cell.all_here, cell.elsewhere, cell.all_elsewhere)
    signal: Signal = ("more" if difference > 0 else "less") if is_real else "alike"
    return Lift(signal, share, elsewhere, ratio, difference, low, high)


def _has_enough(cell: GroupCount) -> bool:
    """Enough comments of enough agents here, or elsewhere to miss them here."""
    if not cell.all_here or not cell.all_elsewhere:
        return False
    expected = cell.all_here * cell.elsewhere / cell.all_elsewhere
    here = cell.here >= FEWEST_ITEMS and cell.agents >= FEWEST_AGENTS
    return here or (cell.here < expected >= FEWEST_ITEMS and cell.agents_elsewhere >= FEWEST_AGENTS)


def _against_elsewhere(cell: GroupCount) -> Counted:
    return Counted(cell.here, cell.all_here, cell.elsewhere, cell.all_elsewhere, cell.agents)
