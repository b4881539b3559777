"""Intervals of single figures and of differences.

Sources: R. G. Newcombe 1998 (Wilson's interval; the hybrid interval of a difference); Breslow and Day 1987
(Byar's limits of a count); W. G. Cochran, Sampling Techniques (linearised variance of a ratio).
"""

import math
from collections.abc import Sequence

Z95 = 1.959963984540054
# Byar's approximation is published with the rounded 1.96; keeping it reproduces printed tables exactly.
BYAR_Z = 1.96


def wilson(events: float, size: float, z: float = Z95) -> tuple[float, float]:
    """The interval of a share. Raises ValueError when nothing was counted."""
    if size <= 0:
        raise ValueError("A share needs at least one case.")
    share = events / size
    middle = share + z * z / (2 * size)
    reach = z * math.sqrt(max(share * (1 - share), 0.0) / size + z * z / (4 * size * size))
    scale = 1 + z * z / size
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


def byar_interval(events: float, exposure: float) -> tuple[float, float]:
    """95 % interval of ``events`` per ``exposure`` by Byar's approximation to the Poisson limits."""
    if events < 0 or exposure <= 0:
        raise ValueError("A rate needs events of 0 or more and an exposure above 0.")
    low = 0.0
    if events:
        low = events * (1 - 1 / (9 * events) - BYAR_Z / (3 * math.sqrt(events))) ** 3
    above = events + 1
    high = above * (1 - 1 / (9 * above) + BYAR_Z / (3 * math.sqrt(above))) ** 3
    return max(0.0, low) / exposure, high / exposure


def newcombe_difference(
    events_1: float, size_1: float, events_2: float, size_2: float, z: float = Z95
) -> tuple[float, float, float]:
    """Difference of two shares, first minus second, with its hybrid score interval."""
    share_1, share_2 = events_1 / size_1, events_2 / size_2
    low_1, high_1 = wilson(events_1, size_1, z)
    low_2, high_2 = wilson(events_2, size_2, z)
    difference = share_1 - share_2
    below = math.hypot(share_1 - low_1, high_2 - share_2)
    above = math.hypot(high_1 - share_1, share_2 - low_2)
    return difference, difference - below, difference + above


def ratio_error(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, float]:
    """A ratio of sums and its standard error, by linearisation over units (an agent's days, say).

    Raises ValueError below two units or without any denominator.
    """
    units = len(numerators)
    total = sum(denominators)
    if units < 2 or total <= 0:
        raise ValueError("A standard error needs two units and something in the denominator.")
    ratio = sum(numerators) / total
    residual = sum((y - ratio * x) ** 2 for y, x in zip(numerators, denominators, strict=True))
    return ratio, math.sqrt(residual / (units * (units - 1))) / (total / units)


def ratio_interval(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[float, float]:
    """The 95 % interval of a ratio of sums over few units: Student's t around ``ratio_error``."""
    from scipy.special import stdtrit  # Heavy; only pages that compare need it.

    ratio, error = ratio_error(numerators, denominators)
    reach = float(stdtrit(len(numerators) - 1, 0.975)) * error
    return ratio - reach, ratio + reach


def net_promoter(promoters: float, detractors: float, responses: float) -> tuple[float, float]:
    """Net promoter score in points and its standard error.

    Raises ValueError when nobody answered.
    """
    if responses <= 0:
        raise ValueError("A score needs at least one answer.")
    p, d = promoters / responses, detractors / responses
    return 100 * (p - d), 100 * math.sqrt(max(p + d - (p - d) ** 2, 0.0) / responses)


def detectable_change(sigma: float, points: float) -> float:
    """The least change that two periods of ``points`` each will show at 5% error and 80% power."""
    return (Z95 + 0.8416212335729143) * math.sqrt(2 * sigma * sigma / points)
