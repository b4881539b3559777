"""The half hours of a local day: 48, but 46 when clocks go forward and 50 when they go back. No Django."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from statistics import quantiles
from zoneinfo import ZoneInfo

HALF_HOUR = timedelta(minutes=30)
FEWEST_DAYS = 4
"""Fewer earlier days of the same weekday have no middle half worth the name."""


@dataclass(frozen=True)
class Slot:
    """Half an hour: when it begins, its hour on the wall, and how to say it without doubt."""

    at: datetime
    wall: str
    label: str


@dataclass
class Counts:
    """What was taken in half an hour. ``known`` are the contacts of those with a service level."""

    records: int = 0
    offered: float = 0.0
    answered: float = 0.0
    abandoned: float = 0.0
    within: float = 0.0
    known: float = 0.0
    told: set[str] = field(default_factory=set)

    def add(
        self,
        offered: float | None,
        answered: float | None,
        abandoned: float | None,
        within: float | None,
    ) -> None:
        """Add one record; a figure that it does not give stays unknown, never nought."""
        self.records += 1
        for name, value in (("offered", offered), ("answered", answered), ("abandoned", abandoned)):
            if value is not None:
                self.told.add(name)
                setattr(self, name, getattr(self, name) + value)
        if within is not None and offered is not None:
            self.told.add("within")
            self.within += within
            self.known += offered

    @property
    def service_level(self) -> float | None:
        """Answered within the target over offered, of the records that give both."""
        return self.within / self.known if self.known else None

    def given(self, name: str) -> float | None:
        """A count, or None where no record gives it."""
        return getattr(self, name) if name in self.told else None


@dataclass(frozen=True)
class Usual:
    """What the same half hour of earlier days showed: mean, and the middle half; None with too few days."""

    mean: float
    low: float | None
    high: float | None
    days: int


def is_ambiguous(at: datetime, zone: ZoneInfo) -> bool:
    """Whether a time on the wall comes twice, because clocks go back."""
    first, second = at.replace(tzinfo=zone, fold=0), at.replace(tzinfo=zone, fold=1)
    return first.astimezone(UTC) < second.astimezone(UTC)


def wall_label(at: datetime, zone: ZoneInfo) -> str:
    """The time on the wall; within an hour that comes twice with its zone."""
    local = at.astimezone(zone)
    twice = is_ambiguous(local.replace(tzinfo=None), zone)
    return f"{local:%H:%M %Z}" if twice else f"{local:%H:%M}"


@lru_cache(maxsize=400)
def slots_of(day: date, zone: ZoneInfo) -> tuple[Slot, ...]:
    """The half hours from midnight to midnight as they pass; an hour that comes twice names its zone.

    A page of one day needs those of the twelve before it too, so a year of them is kept.
    """
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    slots = []
    while start < end:
        slots.append(Slot(start, f"{start.astimezone(zone):%H:%M}", wall_label(start, zone)))
        start += HALF_HOUR
    return tuple(slots)


def position_of(at: datetime, slots: Sequence[Slot]) -> int | None:
    """In which half hour a moment lies; None outside the day."""
    index = (at - slots[0].at) // HALF_HOUR
    return index if 0 <= index < len(slots) else None


def usual(values: Iterable[float]) -> Usual | None:
    """Mean and middle half of earlier values; None without any."""
    found = list(values)
    if not found:
        return None
    mean = sum(found) / len(found)
    if len(found) < FEWEST_DAYS:
        return Usual(mean, None, None, len(found))
    low, _, high = quantiles(found, n=4, method="inclusive")
    return Usual(mean, low, high, len(found))
