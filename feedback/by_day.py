"""Narrow columns of feedback in the memory of a process, day by day, for counting without the database.

A page counts tens of thousands of rows; the database needs a hundred milliseconds and more to gather them,
and they are mostly the same as on the visit before. So each process keeps the few numbers that are counted,
as one array a column, and asks in one short query whether the days still stand as it knows them
(``feedback.changes``). Only days that changed are read again. Nothing is kept of who may read what: rights
are applied to the columns on every visit (``feedback.reach``).
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from threading import Lock
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from ccperf.core.listing import FieldsAsWords, listed
from feedback.models import DayChange

Columns = Mapping[str, np.ndarray]
Version = str
DAY = "day"
"""The column of the day, as its ordinal; rows come in its order."""

UNWATCHED = date.min
"""A note on this day says that changes are not noted at present."""

FEW_DAYS = 40
SPANS_KEPT = 4


class ByDay:
    """The rows that ``read`` finds, kept by day. ``read`` takes (first day, day after the last, days or None
    for all of them) and returns columns in order of their day.
    """

    def __init__(self, read: Callable[[date, date, Sequence[date] | None], Columns], *, days_kept: int):
        self._read = read
        self._days_kept = days_kept
        self._days: OrderedDict[date, tuple[Version, Columns]] = OrderedDict()
        self._spans: OrderedDict[tuple, tuple[str, Columns]] = OrderedDict()
        self._lock = Lock()

    def between(self, first: date | None, end: date | None, notes: str | None = None) -> Columns:
        """All rows of ``[first, end)`` as they stand in the database; None is without a bound.

        One query while nothing changed, else two; one less where ``notes`` were asked for already.
        """
        if notes is None:
            notes = dict(notes_of(first, end))["notes"]
        notes = notes or ""
        with self._lock:
            known = self._spans.get((first, end))
            if known and known[0] == notes:
                self._spans.move_to_end((first, end))
                return known[1]
            if not are_trusted(notes):
                return self._read(first or date.min, end or date.max, None)
            versions = _versions(notes)
            self._bring_current(versions)
            columns = _joined([self._days[day][1] for day in versions]) if versions else self._nothing()
            self._spans[first, end] = (notes, columns)
            while len(self._spans) > SPANS_KEPT:
                self._spans.popitem(last=False)
            while len(self._days) > max(self._days_kept, len(versions)):
                self._days.popitem(last=False)
            return columns

    def _bring_current(self, versions: Mapping[date, Version]) -> None:
        stale = []
        for day, version in versions.items():
            if day in self._days and self._days[day][0] == version:
                self._days.move_to_end(day)
            else:
                stale.append(day)
        if not stale:
            return
        after = stale[-1] + timedelta(days=1)
        columns = self._read(stale[0], after, stale if len(stale) <= FEW_DAYS else None)
        starts = np.searchsorted(columns[DAY], [day.toordinal() for day in stale])
        ends = np.searchsorted(columns[DAY], [day.toordinal() for day in stale], side="right")
        for day, start, stop in zip(stale, starts, ends, strict=True):
            part = {name: column[start:stop].copy() for name, column in columns.items()}
            self._days[day] = (versions[day], part)
            self._days.move_to_end(day)

    def _nothing(self) -> Columns:
        return self._read(date.min, date.min, None)


def ids_in(rows: QuerySet, field: str = "pk") -> np.ndarray:
    """The ids in a field of any rows, in one query."""
    return numbers_in(words or "" for _, words in listed("ids", rows, Cast(field, TextField())))


def numbers_in(texts: Iterable[str]) -> np.ndarray:
    """The numbers of ``listed`` words."""
    numbers = ",".join(text for text in texts if text)
    return np.fromstring(numbers, dtype=np.int64, sep=",") if numbers else np.zeros(0, dtype=np.int64)


def notes_of(first: date | None, end: date | None) -> QuerySet:
    """``notes``: for each day of ``[first, end)`` that has any, how often and how it changed."""
    within = Q(day__gte=first or date.min)
    if end:
        within &= Q(day__lt=end)
    notes = DayChange.objects.filter(within | Q(day=UNWATCHED))
    return listed("notes", notes, FieldsAsWords("day", "token"))


def are_trusted(notes: str) -> bool:
    """Whether what was read under these notes stands as long as they do."""
    return UNWATCHED.isoformat() not in notes


def _versions(notes: str) -> dict[date, Version]:
    """The notes of each day, in order of days."""
    found: dict[str, list[str]] = defaultdict(list)
    for note in notes.split(",") if notes else ():
        day, _, token = note.partition(" ")
        found[day].append(token)
    return {date.fromisoformat(day): " ".join(sorted(found[day])) for day in sorted(found)}


def plain_rows(rows: QuerySet) -> list[tuple]:
    """The rows of a ``values_list`` as the driver hands them over; Django would look at each value."""
    statement, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def by_column(names: Iterable[str], rows: Sequence[tuple]) -> dict[str, Sequence[Any]]:
    """The values of each column, also where there is no row."""
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())


def _joined(parts: Sequence[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


class Words:
    """Texts of few kinds, such as the names of processes, as small numbers; 0 is the empty one."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": 0}
        self.texts: list[str] = [""]

    def number(self, text: str) -> int:
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return found
