"""Whether an action began in a measure's worst weeks. Pure: no Django.

People act when a figure is bad. Part of a bad month is chance, and chance does not last: the figure comes
back whatever is done. Economists know it as Ashenfelter's dip (O. Ashenfelter 1978, *Review of Economics and
Statistics* 60: 47), a special case of regression to the mean.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

DIP_WEEKS = 4
LEAST_EARLIER = 12
BEYOND = 2.0
TINY = 1e-9


def has_dip(values: Sequence[float], *, higher_is_better: bool) -> bool:
    """Whether the last four values lie worse than the earlier ones by more than chance usually makes.

    Compared in units of the standard error of the difference of two means, the spread taken from the moving
    ranges of the earlier values. Fewer than twelve earlier values say nothing.
    """
    earlier, last = values[:-DIP_WEEKS], values[-DIP_WEEKS:]
    if len(earlier) < LEAST_EARLIER:
        return False
    ranges = [abs(b - a) for a, b in pairwise(earlier)]
    sigma = sum(ranges) / len(ranges) / 1.128
    fall = sum(earlier) / len(earlier) - sum(last) / len(last)
    if not higher_is_better:
        fall = -fall
    if sigma < TINY:
        return fall > TINY
    return fall / (sigma * math.sqrt(1 / len(earlier) + 1 / len(last))) > BEYOND
