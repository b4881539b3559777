"""What rooms above tell this one: who wants to know of new items, and where themes come from.

Filled in ``AppConfig.ready()`` of the higher app.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Listener = Callable[[Sequence[int]], Any]
_listeners: list[Listener] = []


def on_items_recorded(listener: Listener) -> Listener:
    """Call ``listener(item_ids)`` in the transaction that stored or reworded these items.

    It must be quick: what takes time is enqueued as a job. Registering twice counts once.
    """
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell_items_recorded(item_ids: Iterable[int]) -> None:
    """Tell every listener; for whoever stores items without ``feedback.services``, such as an import."""
    ids = list(item_ids)
    if not ids:
        return
    for listener in _listeners:
        listener(ids)


@dataclass(frozen=True)
class ThemeLabel:
    """A theme as a list of feedback shows it."""

    id: int
    name: str
    url: str
    attribution: str = ""
    attribution_label: str = ""
    confidence: float | None = None


class ThemeSource(Protocol):
    """What the room of themes offers to pages about feedback."""

    def choices(self) -> Sequence[tuple[int, str]]:
        """Themes to filter by, in one query."""

    def with_parts(self, theme_id: int) -> frozenset[int]:
        """A theme and those under it, in one query."""

    def items_of(self, themes: Iterable[int]) -> Any:
        """Rows of ``item_id`` that carry one of these, as a queryset that can be a subquery."""

    def labels(self, item_ids: Sequence[int]) -> Mapping[int, Sequence[ThemeLabel]]:
        """The themes of each item, surest first, in one query for all."""


class NoThemes:
    """No theme is known: the room of themes is not installed."""

    def choices(self) -> Sequence[tuple[int, str]]:
        return ()

    def with_parts(self, theme_id: int) -> frozenset[int]:
        return frozenset()

    def items_of(self, themes: Iterable[int]) -> Any:
        return ()

    def labels(self, item_ids: Sequence[int]) -> Mapping[int, Sequence[ThemeLabel]]:
        return {}


_theme_source: ThemeSource = NoThemes()


def set_theme_source(source: ThemeSource) -> None:
    """Name the one source of themes."""
    global _theme_source
    _theme_source = source


def theme_source() -> ThemeSource:
    return _theme_source
