"""What a run chart shows, without saying how it is drawn."""

import math
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, NamedTuple

from ccperf.core.numbers import format_value

State = Literal["normal", "better", "worse", "changed"]
"""``changed``: beyond normal variation on a measure without a better side."""
NEVER_NEGATIVE = frozenset({"percent", "per_thousand", "seconds", "currency", "count"})


class ChartPoint(NamedTuple):
    """One period: its first day, its value (None where n is too small to show), n and its state."""

    x: date
    value: float | None
    n: int | None = None
    state: State = "normal"
    label: str = ""


@dataclass(frozen=True)
class Limits:
    """Mean and natural limits that hold for points from ``start`` to ``end``, both included.

    ``is_trial``: of so few points that nothing is judged by them.
    """

    start: date
    end: date
    mean: float
    lower: float
    upper: float
    is_trial: bool = False


@dataclass(frozen=True)
class TargetStep:
    """A target from ``start`` to ``end``; a band has both ``low`` and ``high``."""

    start: date
    end: date
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Marker:
    """Something that happened: our ``action`` or another ``change``."""

    day: date
    kind: Literal["action", "change"]
    label: str = ""
    url: str = ""


@dataclass(frozen=True)
class PeerBand:
    """The middle half of others alike in the period that begins on ``x``."""

    x: date
    low: float
    high: float


@dataclass(frozen=True)
class RunChart:
    """Everything a run chart draws. ``unit`` is one of ``core.numbers``; values are in that unit."""

    title: str
    description: str
    unit: str
    points: tuple[ChartPoint, ...]
    limits: tuple[Limits, ...] = ()
    targets: tuple[TargetStep, ...] = ()
    markers: tuple[Marker, ...] = ()
    comparison: tuple[ChartPoint, ...] = ()
    comparison_label: str = "Others"
    peers: tuple[PeerBand, ...] = ()
    minimum_n: int | None = field(default=None)

    @property
    def possible(self) -> tuple[float, float]:
        """The least and the greatest value that makes sense; limits beyond them are drawn at them."""
        known = [point.value for point in self.points if point.value is not None]
        low = 0.0 if self.unit in NEVER_NEGATIVE and min(known, default=0.0) >= 0 else -math.inf
        high = 1.0 if self.unit == "percent" and max(known, default=2.0) <= 1 else math.inf
        return low, high

    @property
    def shown_limits(self) -> list[Limits]:
        """The limits without what cannot be."""
        low, high = self.possible
        return [replace(one, lower=max(one.lower, low), upper=min(one.upper, high)) for one in self.limits]

    def values(self) -> list[float]:
        """Every value that must fit on the vertical axis."""
        found = [point.value for point in (*self.points, *self.comparison)]
        found += [bound for band in self.peers for bound in (band.low, band.high)]
        for limits in self.shown_limits:
            found += [limits.lower, limits.upper]
        for target in self.targets:
            found += [target.low, target.high]
        return [value for value in found if value is not None]

    def latest(self) -> ChartPoint | None:
        """The last point that has a value."""
        return next((point for point in reversed(self.points) if point.value is not None), None)

    def text(self, value: float | None, n: int | None = None) -> str:
        return format_value(value, self.unit, n)
