"""Working days, for the clocks that feedback runs against. Pure: no Django."""

from datetime import date, timedelta


def add_working_days(day: date, count: int) -> date:
    """The day ``count`` working days (Monday to Friday) after ``day``; public holidays are not known here."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day


def subtract_working_days(day: date, count: int) -> date:
    """The latest day from which ``count`` working days have passed by ``day``."""
    while count > 0:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day
