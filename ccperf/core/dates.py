"""Calendar periods: weeks start on Monday, every period is half-open ``[start, end)``."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from ccperf.core.numbers import NBSP

YEARS_AHEAD = 5
FIRST_YEAR = 1930


def today() -> date:
    """Today in the centre's time zone."""
    return timezone.localdate()


def refuse_implausible_day(day: date) -> None:
    """A validator: raises ValidationError for a day nobody can mean, a slip in the year."""
    latest = add_months(month_start(today()), 12 * YEARS_AHEAD + 1)
    if day >= latest:
        raise ValidationError(
            f"{day:%-d %B} {day.year} is more than {YEARS_AHEAD} years ahead. Check the year."
        )
    if day.year < FIRST_YEAR:
        raise ValidationError(f"{day:%-d %B} {day.year} is before {FIRST_YEAR}. Check the year.")


def week_start(day: date) -> date:
    """The Monday on or before ``day``."""
    return day - timedelta(days=day.weekday())


def month_start(day: date) -> date:
    """The first day of the month of ``day``."""
    return day.replace(day=1)


def add_months(day: date, months: int) -> date:
    """The first day of the month ``months`` after the month of ``day``."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def day_words(day: date) -> str:
    """17 Aug within this year, 17 Aug 2025 otherwise, with spaces that do not break."""
    return f"{day.day}{NBSP}{day:%b}" if day.year == today().year else full_day_words(day)


def full_day_words(day: date) -> str:
    """17 Aug 2026, with spaces that do not break."""
    return f"{day.day}{NBSP}{day:%b}{NBSP}{day.year}"


@dataclass(frozen=True)
class Period:
    """Days from ``start`` up to and without ``end``."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError("A period ends before it starts.")

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day inside the period, for people who read *to* as inclusive."""
        return self.end - timedelta(days=1)

    @classmethod
    def last_days(cls, count: int, *, before: date) -> "Period":
        """The ``count`` days that end on the day before ``before``."""
        return cls(before - timedelta(days=count), before)

    @classmethod
    def last_weeks(cls, count: int, *, before: date) -> "Period":
        """The ``count`` complete weeks before the week of ``before``."""
        end = week_start(before)
        return cls(end - timedelta(weeks=count), end)
