"""Whose feedback a reader may read, applied to columns in memory.

The rule is the one of ``FeedbackItem.objects.visible_to``; tests hold the two against each other. What it
depends on – members, leaders and sites of today – is asked anew by every request, in one query.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from ccperf.core.dates import today
from ccperf.core.listing import listed
from ccperf.people.models import Leadership, Membership, Team
from ccperf.people.scope import Access
from feedback.by_day import Columns, notes_of, numbers_in

LARGEST_TABLE = 5_000_000
NOBODY = 0
"""Stands in a column where an item names no person, team or site."""


@dataclass(frozen=True)
class Reach:
    """The ids that decide what a reader may read today. ``employed`` are all who are in some team today."""

    access: Access
    people: np.ndarray
    sites: np.ndarray
    employed: np.ndarray

    def readable(self, columns: Columns) -> np.ndarray:
        """Which rows the reader may read: columns ``person``, ``team``, ``site`` and ``shared``."""
        access = self.access
        person, team = columns["person"], columns["team"]
        own, none = access.person_id or -1, person == NOBODY
        may = (person == own) & columns["shared"]
        if access.scope_team_ids:
            nowhere = (team == NOBODY) & ((columns["site"] == NOBODY) | _in(columns["site"], self.sites))
            may |= _in(person, self.people) & (person != own)
            may |= none & (_in(team, access.scope_team_ids) | nowhere)
        if access.managed_team_ids:
            left = ~none & ~_in(person, self.employed) & (person != own)
            may |= left & _in(team, access.managed_team_ids)
        return may


def reach_of(access: Access, first: date | None, end: date | None) -> tuple[Reach | None, str]:
    """What decides on these rights today, None where nothing may be read; and the notes of changed days of
    ``[first, end)``; in one query.
    """
    statement, values = _statement(access, first, end, today(), connection.vendor)
    found: dict[str, list[str]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        for kind, words in cursor.fetchall():
            found[kind].append(words or "")
    may = access.can("feedback.read") and (access.person_id or access.scope_team_ids)
    reach = (
        Reach(access, *(numbers_in(found[kind]) for kind in ("people", "sites", "employed"))) if may else None
    )
    return reach, found["notes"][0]


# ---- inside


@lru_cache(maxsize=512)
def _statement(
    access: Access, first: date | None, end: date | None, day: date, vendor: str
) -> tuple[str, tuple]:
    """The SQL that lists the ids, as it is kept for these rights, days and database (``vendor``)."""
    members, person = Membership.objects.on(day), Cast("person_id", TextField())
    legs = []
    if access.scope_team_ids:
        teams = Team.objects.filter(pk__in=access.scope_team_ids)
        legs += [
            listed("people", members.filter(team_id__in=access.scope_team_ids), person),
            listed("sites", teams, Cast("site_id", TextField())),
        ]
    if access.managed_team_ids:
        leaders = Leadership.objects.on(day).filter(team_id__in=access.managed_team_ids)
        legs += [listed("people", leaders, person), listed("employed", members, person)]
    statement, values = notes_of(first, end).union(*legs, all=True).query.sql_with_params()
    return statement, tuple(values)


def _in(column: np.ndarray, ids: Iterable[int] | np.ndarray) -> np.ndarray:
    """Which values are among the ids: looked up in a table of all ids, while those are not too many."""
    wanted = ids if isinstance(ids, np.ndarray) else np.fromiter(ids, dtype=np.int64)
    size = int(column.max(initial=0)) + 1
    if size > LARGEST_TABLE:
        return np.isin(column, wanted)
    table = np.zeros(size, dtype=bool)
    table[wanted[wanted < size]] = True
    return table[column]
