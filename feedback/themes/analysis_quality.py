"""How good the engine is on a stratified check sample. Pure numbers.

Every case stands for ``weight`` comments (comments of its stratum over cases drawn from it; Cochran, Sampling
Techniques, chapter 5). ``said`` is the share of its checkers who found the theme in it.

precision   of the comments the engine put in the theme, the weighted share in which checkers found it
recall      of the comments in which checkers found the theme, the weighted share that the engine put in it

Comments that the engine left out count in recall because cases are drawn from every stratum, also from the
comments without a theme. Intervals are Wilson's at the effective number of cases (Kish 1965: the squared sum
of the weights over the sum of their squares).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ccperf.metrics.analysis_rates import wilson

GOOD_ENOUGH = 0.8
FEWEST_CASES = 5


@dataclass(frozen=True)
class Case:
    """One checked comment as far as one theme is concerned."""

    weight: float
    by_engine: bool
    said: float


@dataclass(frozen=True)
class Measured:
    """A share with its 95% interval; ``n`` are the cases behind it."""

    share: float
    low: float
    high: float
    n: int


def precision(cases: Iterable[Case]) -> Measured | None:
    """None when no checked comment was put in the theme."""
    return _share([(case.weight, case.said) for case in cases if case.by_engine])


def recall(cases: Iterable[Case]) -> Measured | None:
    """None when no checker found the theme."""
    return _share([(case.weight * case.said, float(case.by_engine)) for case in cases if case.said > 0])


def kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa of two checkers; None without pairs, or where both always said the same one thing."""
    if not pairs:
        return None
    n = len(pairs)
    agreed = sum(first == second for first, second in pairs) / n
    first, second = (sum(pair[side] for pair in pairs) / n for side in (0, 1))
    by_chance = first * second + (1 - first) * (1 - second)
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def agreement_words(value: float | None) -> str:
    """Landis and Koch 1977, in words for people."""
    if value is None:
        return "not measured yet"
    for least, words in ((0.81, "almost perfect"), (0.61, "substantial"), (0.41, "moderate"), (0.21, "fair")):
        if value >= least:
            return words
    return "slight" if value >= 0 else "worse than by chance"


def weakness(found: Measured | None, caught: Measured | None) -> str:
    """What is weak beyond doubt; empty when nothing is."""
    if found and found.n >= FEWEST_CASES and found.high < GOOD_ENOUGH:
        return "takes in too much"
    if caught and caught.n >= FEWEST_CASES and caught.high < GOOD_ENOUGH:
        return "misses much"
    return ""


def reading(found: Measured | None, caught: Measured | None) -> str:
    """What the figures say, in words."""
    if max((part.n for part in (found, caught) if part), default=0) < FEWEST_CASES:
        return "too few checked to tell"
    return weakness(found, caught) or "not weak beyond doubt"


def _share(rows: Sequence[tuple[float, float]]) -> Measured | None:
    """The weighted mean of shares."""
    total = sum(weight for weight, _ in rows)
    if total <= 0:
        return None
    share = sum(weight * value for weight, value in rows) / total
    effective = total * total / sum(weight * weight for weight, _ in rows)
    low, high = wilson(share * effective, effective)
    return Measured(share, low, high, len(rows))
