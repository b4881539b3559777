"""Is this group different from the others, is this year different from the last? Pure numbers."""

import math
from dataclasses import dataclass

from ccperf.metrics.analysis_rates import Z95
from retention.analysis_turnover import Rate, Share


def fisher_p(first: Share, second: Share) -> float:
    """Two-sided exact p that two groups share one proportion: right for small groups and rare events."""
    part, whole = first.part + second.part, first.whole + second.whole
    if not first.whole or not second.whole:
        return 1.0
    possible = range(max(0, part - second.whole), min(part, first.whole) + 1)
    log_total = _log_choose(whole, first.whole)
    weight = {
        k: math.exp(_log_choose(part, k) + _log_choose(whole - part, first.whole - k) - log_total)
        for k in possible
    }
    limit = weight[first.part] * (1 + 1e-7)
    return min(1.0, sum(value for value in weight.values() if value <= limit))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


@dataclass(frozen=True, slots=True)
class RateChange:
    """One rate against an earlier one, as a ratio with its 95 % interval."""

    ratio: float
    lower: float
    upper: float

    @property
    def is_clear(self) -> bool:
        """Whether chance alone would rarely give this much difference."""
        return self.lower > 1 or self.upper < 1


def rate_change(now: Rate, earlier: Rate) -> RateChange | None:
    """Ratio of two rates of disjoint periods; None when either has no leaver or nobody to leave."""
    if not (now.events and earlier.events and now.person_years and earlier.person_years):
        return None
    ratio = (now.events / now.person_years) / (earlier.events / earlier.person_years)
    spread = math.exp(Z95 * math.sqrt(1 / now.events + 1 / earlier.events))
    return RateChange(ratio, ratio / spread, ratio * spread)
