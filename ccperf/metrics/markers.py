"""What happened when: marks on charts, brought by the rooms above that know of actions and changes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import Literal

from django.db.models import QuerySet
from django.urls import reverse

from ccperf.metrics.scopes import Scope
from ccperf.people.models import User


@dataclass(frozen=True)
class Happening:
    """An action of ours or another change. ``metric_id`` None concerns every measure of the subject.

    A documented action on the very measure is where limits start anew, once enough points follow it.
    """

    day: date
    kind: Literal["action", "change"]
    label: str
    url: str = ""
    metric_id: int | None = None
    is_new_formula: bool = False

    @property
    def resets(self) -> bool:
        """Whether limits start anew here, on the measure it concerns."""
        return self.kind == "action" or self.is_new_formula


NAMES = ("day", "kind", "label", "page", "id", "metric", "person", "team", "site")
COLUMNS = tuple(f"mark_{name}" for name in NAMES)
# A provider answers for the user who looks with rows of ``COLUMNS``: day, kind, label, name of the address
# and id, measure or none, and whom it reached: one person, or a team and its site, or everybody when all are
# empty. A mark that reached several teams has several rows. One query asks all rooms.
Provider = Callable[[User, Collection[Scope], date, date], QuerySet]
PROVIDERS: dict[str, Provider] = {}


def register_markers(name: str, provider: Provider) -> None:
    """Let a room put its marks on charts; called in ``AppConfig.ready()``."""
    PROVIDERS[name] = provider


def happenings(user: User, scopes: Collection[Scope], start: date, end: date) -> dict[Scope, list[Happening]]:
    """Everything that every room knows about the subjects in ``[start, end)``, oldest first; one query."""
    found: dict[Scope, list[Happening]] = {scope: [] for scope in scopes}
    parts = [
        provider(user, scopes, start, end).order_by().values_list(*COLUMNS) for provider in PROVIDERS.values()
    ]
    rows = parts[0].union(*parts[1:], all=True).order_by("mark_day", "mark_page", "mark_id") if parts else ()
    for (day, kind, label, page, pk, metric_id), group in groupby(rows, key=lambda row: row[:6]):
        mark = Happening(day, kind, label, _address(page, pk), metric_id)
        reached = {scope for row in group for scope in _reached(*row[6:])}
        for scope in reached & found.keys() if reached else found:
            found[scope].append(mark)
    return found


@lru_cache(maxsize=4096)
def _address(page: str, pk: int) -> str:
    return reverse(page, args=[pk])


def _reached(person_id: int | None, team_id: int | None, site_id: int | None) -> list[Scope]:
    """The subjects of one row of a mark."""
    if person_id:
        return [Scope.agent(person_id)]
    teams = [Scope.team(team_id)] if team_id else []
    return [*teams, Scope.site(site_id)] if site_id else teams
