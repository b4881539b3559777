"""Narrow columns of feedback in the memory of a process, day by day, for counting without the database.

A page counts tens of thousands of rows; the database needs a hundred milliseconds and more to gather them,
and they are mostly the same as on the visit before. So each process keeps the few numbers that are counted,
as one array a column, and asks in one short query whether the days still stand as it knows them
(``feedback.changes``). Only days that changed are read again. Nothing is kept of who may read what: rights
are applied to the columns on every visit (``feedback.reach``).
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from threading import Lock

import numpy as np
from django.db import connection
from django.db.models import Count, QuerySet, Sum

from feedback.models import DayChange

Columns = Mapping[str, np.ndarray]
Version = tuple[int, int]
DAY = "day"
"""The column of the day, as its ordinal; rows come in its order."""

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
        self._spans: OrderedDict[tuple, tuple[Version, Columns]] = OrderedDict()
        self._lock = Lock()

    def between(self, first: date | None, end: date | None) -> Columns:
        """All rows of ``[first, end)`` as they stand in the database; None is without a bound.

        One query while nothing changed, else three.
        """
        notes = DayChange.objects.all()
        if first:
            notes = notes.filter(day__gte=first)
        if end:
            notes = notes.filter(day__lt=end)
        found = notes.aggregate(n=Count("pk"), total=Sum("token"))
        now = (found["n"], int(found["total"] or 0))
        with self._lock:
            known = self._spans.get((first, end))
            if known and known[0] == now:
                self._spans.move_to_end((first, end))
                return known[1]
            rows = notes.values_list("day").annotate(n=Count("pk"), total=Sum("token")).order_by("day")
            versions = {day: (n, int(total)) for day, n, total in rows}
            self._bring_current(versions)
            columns = _joined([self._days[day][1] for day in versions]) if versions else self._nothing()
            version = (sum(n for n, _ in versions.values()), sum(total for _, total in versions.values()))
            self._spans[first, end] = (version, columns)
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


def plain_rows(rows: QuerySet) -> list[tuple]:
    """The rows of a ``values_list`` as the database's driver hands them over; Django would look at each value."""
    statement, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


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
