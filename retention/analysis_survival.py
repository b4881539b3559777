"""Kaplan–Meier survival of tenure and the log-rank test. Pure numbers: no Django, no Celery.

The estimators are written out here rather than called from statsmodels because pages compute
them inside a request, where importing that package costs seconds and some hundred megabytes.
The tests hold every figure against published data sets and against statsmodels itself.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ccperf.metrics.analysis_rates import Z95


@dataclass(frozen=True, slots=True)
class Tenure:
    """One employment spell on the clock of its own start.

    It was watched from day ``entered`` (above 0 when recording began after the person had started:
    left truncation) until day ``days``, when the person left (``left``) or was still here.
    """

    days: int
    left: bool
    entered: int = 0

    def __post_init__(self) -> None:
        if self.entered < 0 or self.days <= self.entered:
            raise ValueError("A spell must be watched for at least one day.")


@dataclass(frozen=True, slots=True)
class SurvivalStep:
    """What happened on one day on which somebody left."""

    day: int
    at_risk: int
    events: int
    survival: float
    se: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Survival:
    """A Kaplan–Meier estimate with Greenwood errors and pointwise log-log bands."""

    n: int
    events: int
    followed_until: int
    steps: tuple[SurvivalStep, ...]
    tenures: tuple[Tenure, ...]

    def at(self, day: int) -> SurvivalStep | None:
        """The estimate that holds on ``day``; None before the first event or beyond the last person seen."""
        if day > self.followed_until:
            return None
        position = bisect_right([step.day for step in self.steps], day)
        return self.steps[position - 1] if position else None

    def at_risk(self, day: int) -> int:
        """People still followed on ``day``: begun to be watched before it and not gone before it."""
        return sum(1 for tenure in self.tenures if tenure.entered < max(day, 1) <= tenure.days)

    @property
    def median(self) -> int | None:
        """First day on which at most half are still here; None when the curve never gets there."""
        return next((step.day for step in self.steps if step.survival <= 0.5 + 1e-12), None)

    @property
    def median_interval(self) -> tuple[int | None, int | None]:
        """95 % interval of the median: where the lower and the upper band cross one half."""
        low = next((step.day for step in self.steps if step.lower <= 0.5), None)
        high = next((step.day for step in self.steps if step.upper <= 0.5), None)
        return low, high


def kaplan_meier(tenures: Sequence[Tenure]) -> Survival:
    """S(t) = Π(1 − d/n) over the days with leavers; the risk set respects late entry.

    A day on which everyone at risk leaves while others have yet to enter would pin the curve at zero
    for good; this can only happen with late entry and is kept, as in every standard program.
    """
    steps: list[SurvivalStep] = []
    survival, greenwood = 1.0, 0.0
    for day, at_risk, events in event_table(tenures):
        survival *= 1 - events / at_risk
        greenwood = greenwood + events / (at_risk * (at_risk - events)) if at_risk > events else math.inf
        se = survival * math.sqrt(greenwood) if survival > 0 else 0.0
        lower, upper = log_log_band(survival, se)
        steps.append(SurvivalStep(day, at_risk, events, survival, se, lower, upper))
    return Survival(
        n=len(tenures),
        events=sum(tenure.left for tenure in tenures),
        followed_until=max((tenure.days for tenure in tenures), default=0),
        steps=tuple(steps),
        tenures=tuple(tenures),
    )


def event_table(tenures: Sequence[Tenure]) -> list[tuple[int, int, int]]:
    """(day, people at risk, leavers) for every day on which somebody left, in one sweep."""
    leavers: dict[int, int] = {}
    for tenure in tenures:
        if tenure.left:
            leavers[tenure.days] = leavers.get(tenure.days, 0) + 1
    entries = sorted(tenure.entered for tenure in tenures)
    exits = sorted(tenure.days for tenure in tenures)
    table, entered, gone = [], 0, 0
    for day in sorted(leavers):
        while entered < len(entries) and entries[entered] < day:
            entered += 1
        while gone < len(exits) and exits[gone] < day:
            gone += 1
        table.append((day, entered - gone, leavers[day]))
    return table


def log_log_band(survival: float, se: float, z: float = Z95) -> tuple[float, float]:
    """Interval S^exp(±z·se / (S·ln S)): stays within 0 and 1 and is asymmetric as it should be."""
    if survival <= 0.0:
        return 0.0, 0.0
    if survival >= 1.0 or se == 0.0:
        return survival, survival
    width = abs(z * se / (survival * math.log(survival)))
    return survival ** math.exp(width), survival ** math.exp(-width)


@dataclass(frozen=True, slots=True)
class LogRank:
    """Outcome of a log-rank test between two or more groups."""

    chi2: float
    degrees: int
    p: float
    observed: Mapping[str, int]
    expected: Mapping[str, float]


def log_rank(groups: Mapping[str, Sequence[Tenure]]) -> LogRank:
    """Test whether the groups leave at the same rate (Mantel–Cox), with late entry respected.

    Raises ValueError for fewer than two groups with anybody in them. Without any leaver there is
    nothing to compare and p is 1.
    """
    import numpy as np

    names = [name for name, members in groups.items() if members]
    if len(names) < 2:
        raise ValueError("A log-rank test needs at least two groups with people in them.")
    days = sorted({tenure.days for name in names for tenure in groups[name] if tenure.left})
    at_risk = np.array([_risk_on(groups[name], days) for name in names], dtype=float)
    events = np.array([_events_on(groups[name], days) for name in names], dtype=float)
    all_risk, all_events = at_risk.sum(axis=0), events.sum(axis=0)
    share = np.divide(at_risk, all_risk, out=np.zeros_like(at_risk), where=all_risk > 0)
    expected = (share * all_events).sum(axis=1)
    spread = np.where(all_risk > 1, all_events * (all_risk - all_events) / np.maximum(all_risk - 1, 1), 0.0)
    covariance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    difference = (events.sum(axis=1) - expected)[:-1]
    covariance = covariance[:-1, :-1]
    chi2 = float(difference @ np.linalg.pinv(covariance) @ difference) if days else 0.0
    degrees = len(names) - 1
    return LogRank(
        chi2=chi2,
        degrees=degrees,
        p=chi2_tail(chi2, degrees),
        observed={name: int(row.sum()) for name, row in zip(names, events, strict=True)},
        expected={name: float(value) for name, value in zip(names, expected, strict=True)},
    )


def _risk_on(tenures: Sequence[Tenure], days: Sequence[int]) -> list[int]:
    entries = sorted(tenure.entered for tenure in tenures)
    exits = sorted(tenure.days for tenure in tenures)
    return [bisect_right(entries, day - 1) - bisect_right(exits, day - 1) for day in days]


def _events_on(tenures: Sequence[Tenure], days: Sequence[int]) -> list[int]:
    leavers: dict[int, int] = {}
    for tenure in tenures:
        if tenure.left:
            leavers[tenure.days] = leavers.get(tenure.days, 0) + 1
    return [leavers.get(day, 0) for day in days]


def chi2_tail(value: float, degrees: int) -> float:
    """Probability of a χ² above ``value``; one degree of freedom needs no special functions."""
    if value <= 0:
        return 1.0
    if degrees == 1:
        return math.erfc(math.sqrt(value / 2))
    from scipy.special import gammaincc

    return float(gammaincc(degrees / 2, value / 2))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """p values corrected for how many were tried (Holm), so that one odd intake in twelve is not news."""
    adjusted: dict[str, float] = {}
    running = 0.0
    ordered = sorted(p_values.items(), key=lambda pair: pair[1])
    for position, (name, p) in enumerate(ordered):
        running = max(running, min(1.0, p * (len(ordered) - position)))
        adjusted[name] = running
    return adjusted
