"""Feedback items as columns in memory: what lists of them and the register of routes count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from django.db.models import Case, CharField, F, IntegerField, Q, TextField, Value, When
from django.db.models.functions import Cast

from ccperf.core.dates import today
from ccperf.core.listing import listed
from ccperf.people.models import Person, User
from feedback.by_day import (
    DAY,
    ByDay,
    Columns,
    are_trusted,
    by_column,
    ids_in,
    numbers_in,
    plain_rows,
)
from feedback.clock import subtract_working_days
from feedback.models import SHARE_WITHIN_WORKING_DAYS, FeedbackItem
from feedback.reach import NOBODY, reach_of
from feedback.registry import theme_source

YEARS_KEPT = 20
RECENT_DAYS = 30
SEARCHES_KEPT = 16
FEW = 1_000
FLAGS = {
    "shared": Q(shared_at__isnull=False),
    "read": Q(acknowledged_at__isnull=False),
    "unanswered": Q(replied_at__isnull=False)
    & (Q(answered_at__isnull=True) | Q(answered_at__lt=F("replied_at"))),
    "withdrawn": Q(withdrawn_at__isnull=False),
    "to_share": Q(share_with_subject=True),
}
"""Answered by the database: to make five moments of each row in Python would take most of the reading."""
STRENGTHS = ("", *FeedbackItem.Strength.values)


def ids(values: Iterable[int | None]) -> np.ndarray:
    """A column of ids, 0 where there is none."""
    return np.fromiter((value or 0 for value in values), dtype=np.int32)


def flag(condition: Q) -> Case:
    """1 where it holds, else 0."""
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def ordinals(days: Iterable[str]) -> np.ndarray:
    """A column of days from their ISO words."""
    known: dict[str, int] = {}
    return np.fromiter(
        (known.get(day) or known.setdefault(day, date.fromisoformat(day).toordinal()) for day in days),
        dtype=np.int32,
    )


DAY_WORDS = Cast("received_on", CharField())


FIELDS = {
    "id": "pk",
    DAY: DAY_WORDS,
    "person": "about_person_id",
    "team": "team_id",
    "site": "site_id",
    "route": "route_id",
    "strength": "strength",
    **{name: flag(condition) for name, condition in FLAGS.items()},
}


def _read(first: date, end: date, days: Sequence[date] | None) -> Columns:
    rows = FeedbackItem.objects.filter(received_on__gte=first, received_on__lt=end)
    if days is not None:
        rows = rows.filter(received_on__in=days)
    ordered = rows.order_by("received_on", "pk")
    found = by_column(FIELDS, plain_rows(ordered.values_list(*FIELDS.values())))
    code = {name: number for number, name in enumerate(STRENGTHS)}
    return {
        "id": np.array(found["id"], dtype=np.int64),
        DAY: ordinals(found[DAY]),
        **{name: ids(found[name]) for name in ("person", "team", "site", "route")},
        "strength": np.fromiter((code.get(one, 0) for one in found["strength"]), dtype=np.int8),
        **{name: np.array(found[name], dtype=bool) for name in FLAGS},
    }


_items = ByDay(_read, days_kept=366 * YEARS_KEPT)


@dataclass(frozen=True)
class Items:
    """All items that a reader may read, as columns in order of day and number."""

    columns: Columns
    may: np.ndarray
    own: int
    """The reader's person: their own notes never wait for them. -1 for nobody."""
    notes: str = ""
    """Under which the columns were read."""

    def in_state(self, state: str) -> np.ndarray:
        """Which rows a saved view of the list holds; the conditions of ``selectors.state_conditions``."""
        c = self.columns
        standing, others = ~c["withdrawn"], c["person"] != self.own
        if state == "shared":
            return self.may & c["shared"]
        if state == "withdrawn":
            return self.may & c["withdrawn"]
        if state == "unread":
            return self.may & c["shared"] & ~c["read"] & standing
        replied = self.may & others & c["unanswered"] & standing
        if state == "replied":
            return replied
        unshared = self.may & others & (c["person"] != NOBODY) & ~c["shared"] & standing & c["to_share"]
        if state == "late":
            late_before = subtract_working_days(today(), SHARE_WITHIN_WORKING_DAYS)
            return unshared & (c["day"] < late_before.toordinal())
        return {"unshared": unshared, "waiting": unshared | replied}.get(state, self.may)

    def narrowed(self, filters: Any) -> np.ndarray:
        """Which rows match these ``selectors.Filters``; a query for names, one for words and two for a theme,
        of which one is saved when the same is asked again.
        """
        c, rows = self.columns, self.in_state(filters.state)
        if filters.about:
            rows = rows & self._about(filters.about)
        if filters.theme_id is not None:
            rows = rows & self._among(of_themes, theme_source().with_parts(filters.theme_id))
        for column, value in (
            ("person", filters.person_id), ("team", filters.team_id), ("route", filters.route_id),
        ):  # fmt: skip
            rows = rows if value is None else rows & (c[column] == value)
        if filters.strength:
            wanted = "" if filters.strength == "none" else filters.strength
            rows = rows & (c["strength"] == STRENGTHS.index(wanted))
        if filters.start:
            rows = rows & (c["day"] >= filters.start.toordinal())
        if filters.end:
            rows = rows & (c["day"] <= filters.end.toordinal())
        return rows & self._holding(filters.words, rows) if filters.words else rows

    def _about(self, name: str) -> np.ndarray:
        """Which rows are about a person, process, tool, policy or product called so; one query.

        Whose items those of many people are, the columns know: the database would go through all items.
        """
        pk = Cast("pk", TextField())
        people = listed("people", Person.objects.filter(name__icontains=name), pk)
        items = listed("items", FeedbackItem.objects.about_process_called(name), pk)
        found = {kind: numbers_in([words]) for kind, words in people.union(items, all=True)}
        c = self.columns
        return np.isin(c["person"], found["people"]) | np.isin(c["id"], found["items"])

    def _holding(self, words: str, rows: np.ndarray) -> np.ndarray:
        """Which rows hold these words; where few ``rows`` are wanted, only those are looked into."""
        few = self.if_few(rows)
        if few is None:
            return self._among(holding_words, words)
        found = ids_in(FeedbackItem.objects.filter(pk__in=few).naming(words))
        return np.isin(self.columns["id"], found)

    def if_few(self, rows: np.ndarray) -> list[int] | None:
        """The items at these rows, where they are few enough to be named in a query."""
        return self.columns["id"][rows].tolist() if np.count_nonzero(rows) <= FEW else None

    def _among(self, find: Any, what: Any) -> np.ndarray:
        """Which rows ``find`` finds, as it was kept if the columns may be."""
        found = (find if are_trusted(self.notes) else find.__wrapped__)(what, self.notes)
        return np.isin(self.columns["id"], found)

    def counts(self) -> dict[str, int]:
        """How many items each view holds, and the strengths and improvements of 30 days."""
        c = self.columns
        recent = self.may & ~c["withdrawn"] & (c["day"] > today().toordinal() - RECENT_DAYS)
        found = {
            "all": self.may,
            "recent": recent,
            "recent_strengths": recent & (c["strength"] == STRENGTHS.index("strength")),
            "recent_improvements": recent & (c["strength"] == STRENGTHS.index("improvement")),
            **{name: self.in_state(name) for name in ("waiting", "unshared", "late", "replied", "unread")},
        }
        return {name: int(np.count_nonzero(rows)) for name, rows in found.items()}

    def newest(self, rows: np.ndarray) -> "NewestFirst":
        return NewestFirst(self.columns["id"], np.flatnonzero(rows))

    def by_route(self, first: date, middle: date, end: date) -> dict[int, tuple[date, int, int]]:
        """By route: the last day, and the standing items of ``[middle, end)`` and of ``[first, middle)``."""
        rows = self.may & ~self.columns["withdrawn"]
        route, day = self.columns["route"][rows], self.columns["day"][rows]
        size = int(route.max(initial=0)) + 1
        last = np.zeros(size, dtype=np.int64)
        last[route] = day  # In order of days: the last one stays.
        starts = [limit.toordinal() for limit in (first, middle, end)]
        earlier, recent = (
            np.bincount(route[(day >= start) & (day < stop)], minlength=size)
            for start, stop in pairwise(starts)
        )
        return {
            int(one): (date.fromordinal(int(last[one])), int(recent[one]), int(earlier[one]))
            for one in np.flatnonzero(last)
        }


@lru_cache(maxsize=SEARCHES_KEPT)
def holding_words(words: str, notes: str) -> np.ndarray:
    """Ids of the items that hold these words, whoever may read them; kept for the next page of a search.

    The database answers that in a tenth of the time it takes for rights, order and number as well.
    """
    return ids_in(FeedbackItem.objects.naming(words))


@lru_cache(maxsize=SEARCHES_KEPT)
def of_themes(themes: frozenset[int], notes: str) -> np.ndarray:
    """Ids of the items that carry one of these themes, kept likewise."""
    return ids_in(theme_source().items_of(themes), "item_id")


class NewestFirst(Sequence[int]):
    """Numbers of items, the newest first, for the pages of a list."""

    def __init__(self, ids: np.ndarray, places: np.ndarray):
        self._ids, self._places = ids, places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, key: Any) -> Any:
        return self._ids[self._places[::-1][key]].tolist()


def read_ahead() -> None:
    """Have every item in memory before the first list asks for them."""
    _items.between(None, None)


def items_of(user: User) -> Items:
    """What this user may read; one query while nothing changed, else two."""
    reach, notes = reach_of(user.access, None, None)
    columns = _items.between(None, None, notes)
    may = reach.readable(columns) if reach else np.zeros(len(columns["id"]), dtype=bool)
    return Items(columns, may, user.access.person_id or -1, notes)
