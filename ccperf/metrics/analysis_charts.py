"""Charts of counts and shares: limits that follow the size of each sample.

Sources: NIST/SEMATECH e-Handbook 6.3.3 (p, c and u charts); D. B. Laney 2002 (p' and u' for large samples);
D. J. Spiegelhalter 2005 (funnel plots and their overdispersion).
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054
Z998 = 3.090232306167813
WINSORISED = 0.1
WIDE_SPREAD = 1.2
LARGE_SAMPLE = 1000


@dataclass(frozen=True)
class Chart:
    """Centre line, limits of every point, and the points outside them (from 0)."""

    centre: float
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    outside: tuple[int, ...]
    spread: float = 1.0


def _chart(
    values: Sequence[float],
    centre: float,
    reach: Sequence[float],
    ceiling: float = math.inf,
    spread: float = 1.0,
) -> Chart:
    lower = tuple(max(0.0, centre - size) for size in reach)
    upper = tuple(min(ceiling, centre + size) for size in reach)
    outside = tuple(
        index
        for index, (value, low, high) in enumerate(zip(values, lower, upper, strict=True))
        if not low <= value <= high
    )
    return Chart(centre, lower, upper, outside, spread)


def p_chart(events: Sequence[float], sizes: Sequence[float]) -> Chart:
    """Shares: the centre is pooled, each point has three standard deviations of its own size."""
    centre = sum(events) / sum(sizes)
    reach = [3 * math.sqrt(centre * (1 - centre) / size) for size in sizes]
    return _chart([x / n for x, n in zip(events, sizes, strict=True)], centre, reach, ceiling=1.0)


def laney_p_chart(events: Sequence[float], sizes: Sequence[float], *, least_spread: float = 1.0) -> Chart:
    """Shares with the spread that the samples really show between them (p').

    ``least_spread`` keeps a few lucky points from narrowing the limits below those of a plain p chart; 0
    gives the published form.
    """
    centre = sum(events) / sum(sizes)
    sigma = [math.sqrt(centre * (1 - centre) / size) for size in sizes]
    return _laney(events, sizes, centre, sigma, least_spread, ceiling=1.0)


def _laney(
    events: Sequence[float],
    sizes: Sequence[float],
    centre: float,
    sigma: Sequence[float],
    least_spread: float,
    ceiling: float = math.inf,
) -> Chart:
    values = [x / n for x, n in zip(events, sizes, strict=True)]
    scores = [(value - centre) / size if size else 0.0 for value, size in zip(values, sigma, strict=True)]
    moves = [abs(b - a) for a, b in itertools.pairwise(scores)]
    spread = max(sum(moves) / len(moves) / 1.128 if moves else 1.0, least_spread)
    return _chart(values, centre, [3 * size * spread for size in sigma], ceiling=ceiling, spread=spread)


def is_widened(spread: float, sizes: Sequence[float]) -> bool:
    """Whether chance alone draws the limits too tight: samples are large, or spread more than it explains."""
    return spread > WIDE_SPREAD or sum(sizes) / len(sizes) > LARGE_SAMPLE


def laney_u_chart(counts: Sequence[float], sizes: Sequence[float], *, least_spread: float = 1.0) -> Chart:
    """Events per unit with the spread that the samples really show between them (u')."""
    centre = sum(counts) / sum(sizes)
    return _laney(counts, sizes, centre, [math.sqrt(centre / size) for size in sizes], least_spread)


def u_chart(counts: Sequence[float], sizes: Sequence[float]) -> Chart:
    """Events per unit where the number of units differs; of one unit each it is the c chart."""
    centre = sum(counts) / sum(sizes)
    reach = [3 * math.sqrt(centre / size) for size in sizes]
    return _chart([x / n for x, n in zip(counts, sizes, strict=True)], centre, reach)


@dataclass(frozen=True)
class FunnelPoint:
    """A unit in a funnel: ``state`` is ``noise`` inside 95%, ``beyond_95``, or ``beyond_998``."""

    value: float
    size: float
    z: float
    state: str


@dataclass(frozen=True)
class Funnel:
    """A funnel plot: limits widened by ``spread`` where units alike differ more than chance explains.

    Of shares, or with ``is_rate`` of events per unit, which have no ceiling.
    """

    centre: float
    spread: float
    points: tuple[FunnelPoint, ...]
    is_rate: bool = False

    def limits(self, size: float, z: float = Z95) -> tuple[float, float]:
        """The range in which a unit of ``size`` lies when it is like the others."""
        reach = z * self.spread * _error(self.centre, size, is_rate=self.is_rate)
        return max(0.0, self.centre - reach), min(math.inf if self.is_rate else 1.0, self.centre + reach)


def _error(centre: float, size: float, *, is_rate: bool) -> float:
    """What chance alone does to a unit of ``size``: binomial for a share, Poisson for a rate."""
    return math.sqrt((centre if is_rate else centre * (1 - centre)) / size)


def funnel(
    events: Sequence[float], sizes: Sequence[float], centre: float | None = None, *, is_rate: bool = False
) -> Funnel:
    """Units compared by their size instead of in an order; overdispersion is measured and allowed for."""
    centre = sum(events) / sum(sizes) if centre is None else centre
    values = [x / n for x, n in zip(events, sizes, strict=True)]
    errors = [_error(centre, size, is_rate=is_rate) for size in sizes]
    raw = [(v - centre) / e if e else 0.0 for v, e in zip(values, errors, strict=True)]
    phi = overdispersion(raw)
    spread = math.sqrt(phi)
    points = tuple(
        FunnelPoint(value, size, z / spread, _funnel_state(z / spread))
        for value, size, z in zip(values, sizes, raw, strict=True)
    )
    return Funnel(centre, spread, points, is_rate)


def overdispersion(scores: Sequence[float]) -> float:
    """The factor on the variance: the mean squared score, the outer tenths drawn in; 1 unless significant."""
    if len(scores) < 2:
        return 1.0
    ordered = sorted(scores)
    cut = int(WINSORISED * len(ordered))
    low, high = ordered[cut], ordered[-1 - cut]
    phi = sum(min(max(score, low), high) ** 2 for score in scores) / len(scores)
    from scipy.special import chdtri  # Heavy; only pages that compare need it.

    return phi if len(scores) * phi > chdtri(len(scores), 0.05) else 1.0


def _funnel_state(z: float) -> str:
    return "beyond_998" if abs(z) > Z998 else "beyond_95" if abs(z) > Z95 else "noise"
