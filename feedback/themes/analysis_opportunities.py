"""Where a change would help most: an order of themes that can be explained. Pure numbers.

Points = negative comments × trend × what ratings say × linked measure × how far we can change it. Every
factor is 1 where nothing is known, and all of them are shown beside the order.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ccperf.metrics.analysis_rates import Z95, ratio_error

RISING, FALLING = 1.5, 0.75
METRIC_WORSE = 1.25
RATING_POINTS_TO_DOUBLE = 50
FEWEST_RATED = 10
CONTROL = {
    "process": (1.0, "We can change it ourselves."),
    "policy": (0.9, "We can change it ourselves, with approval."),
    "management": (1.0, "Its managers can change it."),
    "agent": (0.9, "Coaching and training can change it."),
    "tool": (0.7, "It takes the owner of the tool; a workaround may be possible now."),
    "product": (0.6, "It takes the owner of the product."),
    "external": (0.25, "Others decide; we can only prepare for it."),
}


@dataclass(frozen=True)
class Rated:
    """Ratings from 0 to 100 of some comments: how many, their sum and the sum of their squares."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def without(self, part: "Rated") -> "Rated":
        return Rated(self.n - part.n, self.total - part.total, self.squares - part.squares)

    @property
    def mean(self) -> float:
        return self.total / self.n

    @property
    def error(self) -> float:
        """The squared standard error of the mean."""
        return max(0.0, self.squares - self.n * self.mean**2) / (self.n - 1) / self.n


UNRATED = Rated()


def rated(ratings: Iterable[float]) -> Rated:
    """The sums of some ratings."""
    values = list(ratings)
    return Rated(len(values), sum(values), sum(value * value for value in values))


@dataclass(frozen=True)
class Shift:
    """How much lower or higher comments that name a theme are rated, in points, with the 95% interval."""

    points: float
    low: float
    high: float
    n: int

    @property
    def is_certain(self) -> bool:
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Score:
    """The points of a theme and what they are made of."""

    points: float
    negative: int
    trend: float
    rating: float
    metric: float
    control: float


def shift_of(named: Rated, everyone: Rated) -> Shift | None:
    """Ratings where the theme is named against all others (Welch); None with too few of either."""
    others = everyone.without(named)
    if min(named.n, others.n) < FEWEST_RATED:
        return None
    points = named.mean - others.mean
    reach = Z95 * math.sqrt(named.error + others.error)
    return Shift(points, points - reach, points + reach, named.n)


def ratio_shift(now: Sequence[tuple[float, float]], before: Sequence[tuple[float, float]]) -> Shift | None:
    """A measure now against before, each from (numerator, denominator) of teams and weeks; None with too few.

    The error of each pooled ratio is linearised over the teams' weeks.
    """
    if min(len(now), len(before)) < FEWEST_RATED:
        return None
    (value, error), (earlier, earlier_error) = (
        ratio_error([top for top, _ in rows], [bottom for _, bottom in rows]) for rows in (now, before)
    )
    reach = Z95 * math.hypot(error, earlier_error)
    return Shift(value - earlier, value - earlier - reach, value - earlier + reach, len(now))


def score_of(
    negative: int, direction: str, shift: Shift | None, attribution: str, *, metric_is_worse: bool = False
) -> Score:
    """Only a shift beyond chance counts, and only one for the worse."""
    trend = {"rising": RISING, "falling": FALLING}.get(direction, 1.0)
    lower = -shift.points if shift and shift.high < 0 else 0.0
    rating = 1 + min(1.0, lower / RATING_POINTS_TO_DOUBLE)
    control = CONTROL[attribution][0]
    metric = METRIC_WORSE if metric_is_worse else 1.0
    return Score(negative * trend * rating * metric * control, negative, trend, rating, metric, control)
