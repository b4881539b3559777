"""What happened when: marks on charts, brought by the rooms above that know of actions and changes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Literal

from django.db.models import Q, QuerySet
from django.urls import reverse

from ccperf.metrics.scopes import Scope
from ccperf.people.models import User


@dataclass(frozen=True)
class Happening:
    """An action of ours or another change. ``metric_id`` None concerns every measure of the subject.

    Limits of the measures in ``expected_on`` start anew here, once enough points follow it: a documented
    action on the very measure, a change that says it moves it, another formula.
    """

    day: date
    kind: Literal["action", "change"]
    label: str
    url: str = ""
    metric_id: int | None = None
    expected_on: frozenset[int] = frozenset()


NAMES = ("day", "kind", "label", "page", "id", "metric", "person", "team", "site")
COLUMNS = tuple(f"mark_{name}" for name in NAMES)
# A provider answers for the user who looks with rows of ``COLUMNS``: day, kind, label, name of the address
# and id, measure or none, and whom it reached: one person, or a team and its site, or everybody when all are
# empty. A mark has a row for every team it reached and every measure it moves. One query asks all rooms.
# Without a user, for work that nobody reads, it answers with all that is on record.
Provider = Callable[[User | None, Collection[Scope], date, date], QuerySet]
PROVIDERS: dict[str, Provider] = {}


def register_markers(name: str, provider: Provider) -> None:
    """Let a room put its marks on charts; called in ``AppConfig.ready()``."""
    PROVIDERS[name] = provider


def happenings(
    user: User | None, scopes: Collection[Scope], start: date, end: date
) -> dict[Scope, list[Happening]]:
    """Everything that every room knows about the subjects in ``[start, end)``, oldest first; one query."""
    found: dict[Scope, list[Happening]] = {scope: [] for scope in scopes}
    parts = [
        provider(user, scopes, start, end).order_by().values_list(*COLUMNS) for provider in PROVIDERS.values()
    ]
    rows = parts[0].union(*parts[1:], all=True).order_by("mark_day", "mark_page", "mark_id") if parts else ()
    for (day, kind, label, page, pk), group in groupby(rows, key=lambda row: row[:5]):
        told = list(group)
        expected_on = frozenset(row[5] for row in told if row[5])
        # An action is on one measure; a change concerns all of them, whichever it says it moves.
        metric_id = told[0][5] if kind == "action" else None
        mark = Happening(day, kind, label, _address(page, pk), metric_id, expected_on)
        reached = {scope for row in told for scope in _reached(*row[6:])}
        for scope in reached & found.keys() if reached else found:
            found[scope].append(mark)
    return found


def resets_of_agent(person_id: int, end: date) -> list[QuerySet]:
    """Of every room, the marks before ``end`` at which limits of this person start anew, with ``COLUMNS``:
    days and measures alone are for everybody, as limits are alike on all pages.

    For a page that asks for them together with its figures. Marks of no team are the person's or everybody's.
    """
    reached = Q(mark_team__isnull=True, mark_metric__isnull=False)
    return [
        provider(None, [Scope.agent(person_id)], date.min, end).filter(reached).order_by()
        for provider in PROVIDERS.values()
    ]


@lru_cache(maxsize=4096)
def _address(page: str, pk: int) -> str:
    return reverse(page, args=[pk])


def _reached(person_id: int | None, team_id: int | None, site_id: int | None) -> list[Scope]:
    """The subjects of one row of a mark."""
    if person_id:
        return [Scope.agent(person_id)]
    teams = [Scope.team(team_id)] if team_id else []
    return [*teams, Scope.site(site_id)] if site_id else teams
