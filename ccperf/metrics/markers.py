"""What happened when: marks on charts, brought by the rooms above that know of actions and changes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

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


# A provider answers for the user who looks, with one query however many subjects are asked for.
Provider = Callable[[User, Collection[Scope], date, date], dict[Scope, list[Happening]]]
PROVIDERS: dict[str, Provider] = {}


def register_markers(name: str, provider: Provider) -> None:
    """Let a room put its marks on charts; called in ``AppConfig.ready()``."""
    PROVIDERS[name] = provider


def happenings(user: User, scopes: Collection[Scope], start: date, end: date) -> dict[Scope, list[Happening]]:
    """Everything that every room knows about the subjects in ``[start, end)``, oldest first."""
    found: dict[Scope, list[Happening]] = {scope: [] for scope in scopes}
    for provider in PROVIDERS.values():
        for scope, items in provider(user, scopes, start, end).items():
            found[scope] += [item for item in items if start <= item.day < end]
    return {scope: sorted(items, key=lambda item: item.day) for scope, items in found.items()}
