# ruff: noqa: DTZ001, SIM905 - what a file says carries no zone
"""Dates out of any export. The order of day and month is decided over a whole column, or asked about.

A value that can only be read one way (a spreadsheet date, ``2021-03-05``, ``5 March 2021``) is simply read.
A value like ``03/05/2021`` has several readings; only what the whole column allows decides among them.
"""

import calendar
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ccperf.imports.cells import distinct, read_each, text_of
from ccperf.imports.clocktimes import ISO, TIME_TEXT, end_of_period, seconds_of_day
from ccperf.imports.problems import Problem, UndecidedDates, Unreadable
from ccperf.imports.ranges import are_periods, ends_of, with_half, without_end

ORDERS = ("dmy", "mdy", "ymd")
ORDER_WORDS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
PRECISIONS = ("year", "month", "day", "second")
EARLIEST_YEAR, SERIAL_EPOCH = 1900, datetime(1899, 12, 30)
MONTHS = {
    name: number
    for number, names in enumerate(
        """jan january janvier januar enero janv ene gennaio
        |feb february fevrier février februar febrero fév fev febbraio
        |mar march mars märz maerz marzo mrz|apr april avril abril avr abr aprile
        |may mai mayo maggio
        |jun june juin juni junio giugno|jul july juillet juli julio juil luglio
        |aug august août aout agosto ago
        |sep sept september septembre septiembre settembre|oct october octobre oktober octubre okt ottobre
        |nov november novembre noviembre
        |dec december décembre decembre dezember diciembre dez dic déc dicembre""".split("|"),
        1,
    )
    for name in names.split()
}
WEEKDAY = re.compile(
    r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]?\s+|\s+\(?(mon|tue|wed|thu|fri|sat|sun)[a-z]*\)?$",
    re.IGNORECASE,
)
THREE = re.compile(r"^(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})\.?$")
YEAR_FIRST = re.compile(r"^(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})$")
YEAR_MONTH = re.compile(r"^(\d{4})[-/. ](\d{1,2})$")
MONTH_YEAR = re.compile(r"^(\d{1,2})[-/. ](\d{4})$")
NAME_FIRST = re.compile(r"^([^\W\d_]+)\.?[-/. ,]*(\d{1,2})(?:st|nd|rd|th)?[-/. ,]+(\d{4}|\d{2})$")
NAME_MIDDLE = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)?[-/. ,]*(?:of )?([^\W\d_]+)\.?[-/. ,]*(\d{4}|'?\d{2})$")
NAME_YEAR = re.compile(r"^([^\W\d_]+)\.?[-/. ,']*(\d{4}|\d{2})$")
NAME_LATE = re.compile(r"^(\d{4})[-/. ]*([^\W\d_]+)\.?(?:[-/. ]*(\d{1,2}))?$")
NO_YEAR = re.compile(r"^(\d{1,2})[-/. ]*([^\W\d_]+)\.?$")
WEEK = re.compile(r"^(\d{4})[- ]?W(\d{1,2})(?:-?(\d))?$", re.IGNORECASE)
QUARTER = re.compile(r"^(?:(\d{4})[-/ ]?Q([1-4])|Q([1-4])[-/ ]?(\d{4}))$", re.IGNORECASE)
EPOCH = re.compile(r"^1\d{9}(\d{3})?$")
NUMBER = re.compile(r"\d+(\.\d+)?")
DAY_AND_MONTH = re.compile(r"\d{1,2}\.\d{1,4}")
BEGINS_ISO = re.compile(r"\d{4}-\d\d-\d\d")
DATE_AND_TIME = re.compile(rf"^(.*?\d)(?:\s*T\s*|,?\s+)({TIME_TEXT.pattern.strip('^$')})$", re.IGNORECASE)


class Moment(NamedTuple):
    """A date or date and time, and how much of it the file really said."""

    at: datetime
    precision: str


Reading = Moment | dict[str, Moment]


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A column of dates as it was read, and in which order."""

    values: list[Moment | None]
    problems: dict[int, Problem]
    order: str
    note: str


def read_dates(
    cells: Sequence[Any],
    *,
    order: str = "auto",
    column: str = "",
    zone: str = "UTC",
    today: date | None = None,
) -> DateColumn:
    """Read a column of dates. With ``order="auto"`` an undecidable column raises UndecidedDates."""
    different = distinct(cells)
    has_periods = are_periods(text_of(cell) for cell in different if isinstance(cell, str))
    reader = _Reader(ZoneInfo(zone), has_periods=has_periods)
    readings = {(cell.__class__, cell): _try(reader.readings, cell) for cell in different}
    open_readings = [value for value in readings.values() if isinstance(value, dict)]
    chosen, note = order, ""
    if order == "auto":
        chosen, note = _decide(readings, column, (today or datetime.now(ZoneInfo(zone)).date()).year + 1)
    elif open_readings:
        note = f"Read {ORDER_WORDS[order]}, as told."

    def choose(cell: Any) -> Moment:
        reading = readings[(cell.__class__, cell)]
        if isinstance(reading, Unreadable):
            raise reading
        return reading if isinstance(reading, Moment) else _in_order(cell, reading, chosen)

    values, problems = read_each(cells, choose)
    return DateColumn(values, problems, chosen, note)


def _try(parse: Any, cell: Any) -> Reading | Unreadable:
    try:
        return parse(cell)
    except Unreadable as unreadable:
        return unreadable


def _in_order(cell: Any, readings: dict[str, Moment], order: str) -> Moment:
    if order in readings:
        return readings[order]
    moments = set(readings.values())
    if order == "auto" and len(moments) == 1:
        return moments.pop()
    only = " or ".join(ORDER_WORDS[other] for other in readings)
    raise Unreadable(
        "date_order", f"“{text_of(cell)}” can only be {only}, while the column is {ORDER_WORDS[order]}."
    )


def _decide(readings: dict[Any, Reading | Unreadable], column: str, latest_year: int) -> tuple[str, str]:
    """The one order that every value of the column allows."""
    open_values = {
        key[1]: value
        for key, value in readings.items()
        if isinstance(value, dict) and len(set(value.values())) > 0
    }
    if not open_values:
        return "auto", ""
    plausible = {
        cell: {o: m for o, m in value.items() if m.at.year <= latest_year} or value
        for cell, value in open_values.items()
    }
    candidates = [o for o in ORDERS if all(o in value for value in plausible.values())]
    where = f"column “{column}”" if column else "the date column"
    if len(candidates) == 1:
        proof = next((c for c, value in plausible.items() if list(value) == candidates), None)
        shown = f": {text_of(proof)} can only be {ORDER_WORDS[candidates[0]]}" if proof is not None else ""
        return candidates[0], f"Read {ORDER_WORDS[candidates[0]]}{shown}."
    if not candidates:
        examples = [
            f"“{text_of(cell)}” ({ORDER_WORDS[o]})"
            for o in ORDERS
            if (cell := next((c for c, value in plausible.items() if list(value) == [o]), None)) is not None
        ]
        raise UndecidedDates(
            f"The dates in {where} are written in more than one order: {' and '.join(examples)}. "
            "Say which order is right; rows that do not fit it are set aside.",
            column=column,
            option="--date-order dmy, mdy or ymd",
        )
    if all(len({value[o] for o in candidates}) == 1 for value in plausible.values()):
        return candidates[0], ""
    example = next(c for c, value in plausible.items() if len({value[o] for o in candidates}) > 1)
    meanings = " or ".join(f"{_long(plausible[example][o].at)} ({o})" for o in candidates)
    raise UndecidedDates(
        f"The dates in {where} are ambiguous: “{text_of(example)}” can be {meanings}. Say which "
        "order is right.",
        column=column,
        option=f"--date-order {' or '.join(candidates)}",
    )


def _long(at: datetime) -> str:
    return f"{at.day} {calendar.month_name[at.month]} {at.year}"


class _Reader:
    """Reads single cells; everything a cell alone cannot decide comes back as readings by order."""

    def __init__(self, zone: ZoneInfo, *, has_periods: bool = False) -> None:
        self.zone = zone
        self.has_periods = has_periods

    def readings(self, cell: Any) -> Reading:
        if isinstance(cell, datetime):
            return Moment(cell.replace(tzinfo=None), "day" if cell.time() == time(0) else "second")
        if isinstance(cell, date):
            return Moment(datetime(cell.year, cell.month, cell.day), "day")
        if isinstance(cell, (time, timedelta, bool)):
            raise Unreadable("not_a_date", f"“{text_of(cell)}” is a time, not a date.")
        if isinstance(cell, (int, float)):
            return self._number(float(cell))
        text = text_of(cell)
        if NUMBER.fullmatch(text) and not DAY_AND_MONTH.fullmatch(text):
            return self._number(float(text))
        if self.has_periods:
            text = without_end(text)
        try:
            return self._text(text)
        except Unreadable as unreadable:
            if unreadable.code == "not_a_date" and (start := self._start(text)) is not None:
                return start
            raise

    def _start(self, text: str) -> Reading | None:
        """The start of a period: a date or date and time before another one, or before a time of day. An
        order in which the end would come first is none.
        """
        for start, end in ends_of(text):
            try:
                last = self._end(end)
                firsts = [self._text(reading) for reading in with_half(start, end)]
            except Unreadable:
                continue
            first = _chosen(firsts, last)
            if isinstance(first, dict) and isinstance(last, dict):
                possible = {o: at for o, at in first.items() if o in last and at.at <= last[o].at}
                return possible or first
            return first
        return None

    def _end(self, text: str) -> Reading | float:
        """What ends a period: a date, or a time of day in seconds; infinite for a length of time."""
        if ISO.match(text):
            return math.inf
        try:
            return end_of_period(text)
        except Unreadable:
            return self._text(text)

    def _number(self, number: float) -> Moment:
        if abs(number) > 1e14:
            raise Unreadable("not_a_date", f"“{text_of(number)}” is not a date.")
        whole = int(number)
        if number == whole and EARLIEST_YEAR <= whole <= 2100:
            return Moment(datetime(whole, 1, 1), "year")
        if number == whole and len(str(whole)) == 6 and 190001 <= whole <= 210012 and 1 <= whole % 100 <= 12:
            return Moment(datetime(whole // 100, whole % 100, 1), "month")
        if number == whole and len(str(whole)) == 8:
            return Moment(_date(whole // 10000, whole // 100 % 100, whole % 100, str(whole)), "day")
        if EPOCH.match(str(whole)):
            seconds = number / 1000 if len(str(whole)) == 13 else number
            return Moment(
                datetime.fromtimestamp(seconds, UTC).astimezone(self.zone).replace(tzinfo=None), "second"
            )
        if 10_000 <= number < 80_000:
            at = SERIAL_EPOCH + timedelta(days=whole, seconds=round((number - whole) * 86400))
            return Moment(at, "day" if number == whole else "second")
        raise Unreadable("not_a_date", f"“{text_of(number)}” is not a date.")

    def _text(self, text: str) -> Reading:
        plain = WEEKDAY.sub("", text).strip()
        try:
            at = datetime.fromisoformat(plain) if BEGINS_ISO.match(plain) else None
        except ValueError:
            at = None
        if at is not None:
            if at.tzinfo is not None:
                at = at.astimezone(self.zone).replace(tzinfo=None)
            return Moment(at, "day" if len(plain) == 10 else "second")
        if found := DATE_AND_TIME.match(plain):
            seconds = _time_of_day(found.group(2))
            reading = _day(found.group(1).rstrip(", "))
            if isinstance(reading, Moment):
                return Moment(reading.at + seconds, "second")
            return {order: Moment(moment.at + seconds, "second") for order, moment in reading.items()}
        return _day(plain)


@lru_cache(maxsize=86_400)
def _time_of_day(text: str) -> timedelta:
    return timedelta(seconds=seconds_of_day(text))


@lru_cache(maxsize=4096)
def _day(text: str) -> Reading:
    """A date without a time of day; files name few days many times."""
    if match := THREE.match(text):
        return _three(int(match[1]), int(match[3]), match[4], text)
    if match := YEAR_FIRST.match(text):
        return Moment(_date(int(match[1]), int(match[3]), int(match[4]), text), "day")
    if match := YEAR_MONTH.match(text):
        return Moment(_date(int(match[1]), int(match[2]), 1, text), "month")
    if match := MONTH_YEAR.match(text):
        return Moment(_date(int(match[2]), int(match[1]), 1, text), "month")
    if match := QUARTER.match(text):
        year, quarter = int(match[1] or match[4]), int(match[2] or match[3])
        return Moment(datetime(year, 3 * quarter - 2, 1), "month")
    if match := WEEK.match(text):
        try:
            return Moment(datetime.fromisocalendar(int(match[1]), int(match[2]), int(match[3] or 1)), "day")
        except ValueError:
            raise Unreadable("no_such_date", f"“{text}” is a week that does not exist.") from None
    return _named(text)


def _chosen(starts: list[Reading], last: Reading | float) -> Reading:
    """The first of the starts that lies before the time of day at which the period ends."""
    for reading in starts if isinstance(last, float) else ():
        at = (reading if isinstance(reading, Moment) else next(iter(reading.values()))).at
        if (at - datetime.combine(at, time.min)).total_seconds() < last:
            return reading
    return starts[0]


def _three(first: int, second: int, last: str, text: str) -> Reading:
    """``a/b/c``: every order in which it is a date that exists."""
    tries = {"dmy": (_year(last), second, first), "mdy": (_year(last), first, second)}
    if len(last) == 2:
        tries["ymd"] = (_year(f"{first:02}"), second, int(last))
    readings = {}
    for order, (year, month, day) in tries.items():
        try:
            readings[order] = Moment(datetime(year, month, day), "day")
        except ValueError:
            continue
    if not readings:
        raise Unreadable("no_such_date", f"“{text}” is a date that does not exist.")
    return readings


def _named(text: str) -> Moment:
    """Dates with the month in words: ``5 Mar 2021``, ``March 5, 2021``, ``Apr-15`` (April 2015)."""
    if (match := NAME_MIDDLE.match(text)) and (month := MONTHS.get(match[2].casefold())):
        return Moment(_date(_year(match[3].lstrip("'")), month, int(match[1]), text), "day")
    if (match := NAME_FIRST.match(text)) and (month := MONTHS.get(match[1].casefold())):
        return Moment(_date(_year(match[3]), month, int(match[2]), text), "day")
    if (match := NAME_YEAR.match(text)) and (month := MONTHS.get(match[1].casefold())):
        return Moment(_date(_year(match[2]), month, 1, text), "month")
    if (match := NAME_LATE.match(text)) and (month := MONTHS.get(match[2].casefold())):
        return Moment(_date(int(match[1]), month, int(match[3] or 1), text), "day" if match[3] else "month")
    if (match := NO_YEAR.match(text)) and match[2].casefold() in MONTHS:
        raise Unreadable("date_without_year", f"“{text}” has no year. Write the year into the file.")
    raise Unreadable("not_a_date", f"“{text[:40]}” is not a date.")


def _year(text: str) -> int:
    """Two digits mean 1950 to 2049."""
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 50 else 1900)


def _date(year: int, month: int, day: int, text: str) -> datetime:
    try:
        if not EARLIEST_YEAR <= year <= 2200:
            raise ValueError
        return datetime(year, month, day)
    except ValueError:
        raise Unreadable("no_such_date", f"“{text}” is a date that does not exist.") from None
