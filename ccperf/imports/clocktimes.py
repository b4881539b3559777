# ruff: noqa: DTZ001 - what a file says carries no zone
"""Times of day and lengths of time: ``09:12:58``, ``2:23``, ``143``, ``2m 23s``, fractions of a day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from ccperf.imports.amounts import number_of
from ccperf.imports.cells import distinct, read_each, text_of
from ccperf.imports.problems import Problem, Unreadable
from ccperf.imports.ranges import ends_of, with_half

TIME_TEXT = re.compile(
    r"^\d{1,2}[:.h]\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
CLOCK = re.compile(
    r"^(\d{1,2})[:.h](\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(?:([ap])\.?m\.?)?\s*(?:Z|UTC|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
HOUR_AND_HALF = re.compile(r"^(\d{1,2})\s*([ap])\.?m\.?$", re.IGNORECASE)
COLONS = re.compile(r"^(?:(\d+)[. d]+)?(\d+):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?$")
WORDS = re.compile(
    r"^(?:(?P<d>\d+(?:[.,]\d+)?)\s*(?:days?|d))?\s*(?:(?P<h>\d+(?:[.,]\d+)?)\s*(?:hours?|hrs?|h))?[\s,]*"
    r"(?:(?P<m>\d+(?:[.,]\d+)?)\s*(?:minutes?|mins?|min|m))?[\s,]*"
    r"(?:(?P<s>\d+(?:[.,]\d+)?)\s*(?:seconds?|secs?|sec|s))?\.?$",
    re.IGNORECASE,
)
HOURS = re.compile(r"hour|\bhr\b|stunde", re.IGNORECASE)
MIDNIGHT = re.compile(r"^(24|0?0)[:.h]?00(:00)?$")
ISO = re.compile(r"^PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$", re.IGNORECASE)
HEADING_UNITS = (
    (re.compile(r"\b(ms|millisec(ond)?s?)\b", re.IGNORECASE), 0.001, "milliseconds"),
    (re.compile(r"\b(s|secs?|seconds?|sekunden)\b", re.IGNORECASE), 1.0, "seconds"),
    (re.compile(r"\b(mins?|minutes?|minuten)\b", re.IGNORECASE), 60.0, "minutes"),
    (re.compile(r"\b(hrs?|hours?|stunden)\b", re.IGNORECASE), 3600.0, "hours"),
)
SPREADSHEET_DAYS = (datetime(1899, 12, 30), datetime(1904, 1, 1))


@dataclass(frozen=True, slots=True)
class DurationColumn:
    """A column of durations in seconds, and what one plain number in it was taken to mean."""

    values: list[float | None]
    problems: dict[int, Problem]
    unit_seconds: float
    note: str


def seconds_of_day(cell: Any) -> float:
    """A time of day as seconds since midnight; of a period its start."""
    if isinstance(cell, datetime):
        cell = cell.time()
    if isinstance(cell, time):
        return cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
    if isinstance(cell, timedelta) and timedelta(0) <= cell < timedelta(days=1):
        return cell.total_seconds()
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and 0 <= cell < 1:
        return round(cell * 86400, 3)
    text = text_of(cell)
    if match := re.fullmatch(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d)?", text):
        return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    match = CLOCK.match(HOUR_AND_HALF.sub(r"\1:00 \2m", text))
    if not match:
        if (start := _start(text)) is not None:
            return start
        raise Unreadable("not_a_time", f"“{text[:40]}” is not a time of day. Write it like 14:05.")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    half = (match[5] or "").lower()
    if hour > (12 if half else 23) or minute > 59 or second > 59 or (half and hour == 0):
        raise Unreadable("no_such_time", f"“{text}” is a time that does not exist.")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 3600 + minute * 60 + second + (float(f"0.{match[4]}") if match[4] else 0.0)


def _start(text: str) -> float | None:
    """The start of a period of which both ends are times of day."""
    for start, end in ends_of(text):
        try:
            until = end_of_period(end)
            starts = [seconds_of_day(reading) for reading in with_half(start, end)]
        except Unreadable:
            continue
        return next((at for at in starts if at < until), starts[0])
    return None


def end_of_period(text: str) -> float:
    """The time of day at which a period ends; midnight is the end of its day."""
    return 86400.0 if MIDNIGHT.match(text) else float(seconds_of_day(text))


def read_times(cells: Sequence[Any], *, heading: str = "") -> tuple[list[float | None], dict[int, Problem]]:
    """Read a column of times of day. Under a heading of hours, 9 is nine o'clock."""
    if HOURS.search(heading):
        cells = [_on_the_hour(cell) for cell in cells]
    return read_each(cells, seconds_of_day)


def _on_the_hour(cell: Any) -> Any:
    hour = re.fullmatch(r"([01]?\d|2[0-3])(?:\s*[-–]\s*\d{1,2})?", text_of(cell))
    return f"{hour[1]}:00" if hour else cell


def read_durations(
    cells: Sequence[Any], *, heading: str = "", unit_seconds: float | None = None, decimal: str = "."
) -> DurationColumn:
    """Read a column of durations. The heading may name the unit; figures below one can be parts of a day."""
    note = ""
    if unit_seconds is None:
        unit_seconds, note = _unit(distinct(cells), heading)

    def parse(cell: Any) -> float:
        seconds = _seconds(cell, unit_seconds, decimal)
        if seconds < 0:
            raise Unreadable(
                "negative_duration", f"“{text_of(cell)}” is less than nothing. A duration cannot be negative."
            )
        return round(seconds, 3)

    values, problems = read_each(cells, parse)
    return DurationColumn(values, problems, unit_seconds, note)


def _unit(cells: list[Any], heading: str) -> tuple[float, str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|[_\W]+", " ", heading)
    numbers = [float(cell) for cell in cells if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
    clocks = any(isinstance(cell, (time, timedelta, datetime)) for cell in cells)
    if (
        numbers
        and all(0 <= number < 1 for number in numbers)
        and any(numbers)
        and (clocks or len(numbers) > 1)
    ):
        return 86400.0, "Figures below one are read as parts of a day, as a spreadsheet stores times."
    for pattern, seconds, word in HEADING_UNITS:
        if pattern.search(spaced):
            return seconds, "" if seconds == 1 else f"Plain figures are read as {word}, as the heading says."
    if any(isinstance(cell, str) and re.fullmatch(r"\d+:\d{2}", cell.strip()) for cell in cells):
        return 1.0, "Two parts, as in 2:23, are read as minutes and seconds."
    return 1.0, ""


def _seconds(cell: Any, unit_seconds: float, decimal: str) -> float:
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, datetime):
        base = next(
            (day for day in SPREADSHEET_DAYS if timedelta(0) <= cell - day < timedelta(days=60)), None
        )
        if base is None:
            raise Unreadable("not_a_duration", f"“{text_of(cell)}” is a date, not a duration.")
        return (cell - base).total_seconds()
    if isinstance(cell, time):
        return seconds_of_day(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return cell * unit_seconds
    text = text_of(cell)
    if text.isascii() and text.isdigit():
        return float(text) * unit_seconds
    negative, plain = text.startswith("-"), text.lstrip("-").strip()
    if re.fullmatch(r":\d\d", plain):
        plain = f"0{plain}"  # Some telephone systems write seconds alone so.
    if match := COLONS.match(plain):
        return (-1 if negative else 1) * _colons(match, text)
    if match := ISO.match(plain):
        return int(match[1] or 0) * 3600 + int(match[2] or 0) * 60 + float(match[3] or 0)
    if (match := WORDS.match(plain)) and any(match.groups()):
        parts = {key: float(value.replace(",", ".")) for key, value in match.groupdict().items() if value}
        return sum(
            parts[key] * factor
            for key, factor in {"d": 86400, "h": 3600, "m": 60, "s": 1}.items()
            if key in parts
        )
    try:
        return number_of(text, decimal) * unit_seconds
    except Unreadable:
        raise Unreadable(
            "not_a_duration", f"“{text[:40]}” is not a duration. Write seconds, or hours:minutes:seconds."
        ) from None


def _colons(match: re.Match[str], text: str) -> float:
    days, first, second, third, fraction = match.groups()
    if third is None:
        hours, minutes, seconds = 0, int(first), int(second)
    else:
        hours, minutes, seconds = int(first), int(second), int(third)
        if minutes > 59:
            raise Unreadable("no_such_time", f"“{text}” has more than 59 minutes beside its hours.")
    if seconds > 59:
        raise Unreadable("no_such_time", f"“{text}” has more than 59 seconds beside its minutes.")
    total = int(days or 0) * 86400 + hours * 3600 + minutes * 60 + seconds
    return total + (float(f"0.{fraction}") if fraction else 0.0)
