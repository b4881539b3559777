"""The half hours of a day of a queue, as plain data: they add up to the day exactly."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ccperf.demo.series import QueueDay

OPENS = 8
# From eight to eight: a morning peak, a dip at noon, a lower peak in the afternoon.
SHAPE = np.array(
    [4, 6, 8, 10, 12, 12, 11, 10, 8, 7, 7, 8, 9, 9, 9, 8, 8, 7, 6, 5, 4, 3, 3, 2], dtype=float
)  # fmt: skip


@dataclass(frozen=True)
class HalfHour:
    """What a queue took in half an hour; ``index`` counts from opening."""

    index: int
    offered: int
    answered: int
    abandoned: int
    within_target: int
    wait_seconds: int
    handle_seconds: int


def half_hours(row: QueueDay, rng: np.random.Generator) -> Iterator[HalfHour]:
    """The day by half hour; who waits too long or gives up does so mostly at the peaks."""
    crowded = SHAPE**2
    abandoned = rng.multinomial(row.abandoned, crowded / crowded.sum())
    answered = rng.multinomial(row.answered, SHAPE / SHAPE.sum())
    late = _within(row.answered - row.within_target, crowded, answered, rng)
    waited = rng.multinomial(round(row.wait_seconds), (late + 1) / (late + 1).sum())
    share = answered / max(1, row.answered)
    handled = rng.multinomial(round(row.handle_seconds), share) if row.answered else 0 * answered
    columns = (answered + abandoned, answered, abandoned, answered - late, waited, handled)
    for index, values in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        yield HalfHour(index, *values)


def _within(total: int, weights: np.ndarray, most: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """``total`` shared out by ``weights``, nowhere more than ``most``."""
    given = np.zeros_like(most)
    while (left := total - int(given.sum())) > 0:
        room = most - given
        open_weights = np.where(room > 0, weights, 0.0)
        given += np.minimum(rng.multinomial(left, open_weights / open_weights.sum()), room)
    return given
