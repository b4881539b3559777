"""The kinds of job, each with the function that does its work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class JobKind:
    """A kind of work: its stable name, its title for people, and its handler."""

    name: str
    title: str
    handler: Callable[..., dict[str, Any] | None]


@dataclass(frozen=True)
class Panel:
    """A panel that a room above puts on the page of jobs: its template, and what it shows a user."""

    template: str
    content: Callable[[Any], Any]


KINDS: dict[str, JobKind] = {}
PANELS: dict[str, Panel] = {}


def register_panel(name: str, template: str, content: Callable[[Any], Any]) -> None:
    """Put a panel on the page of jobs; called in ``AppConfig.ready()``. Nothing is shown for no content."""
    PANELS[name] = Panel(template, content)


def job_kind(name: str, *, title: str) -> Callable:
    """Register ``handler(run: JobRun) -> dict | None`` as the work of kind ``name``.

    A handler may run again after a crash at any point, so it must be safe to repeat.
    Raises ValueError when the name is taken.
    """

    def decorate(handler: Callable) -> Callable:
        if name in KINDS and KINDS[name].handler.__qualname__ != handler.__qualname__:
            raise ValueError(f"Job kind {name} is registered twice.")
        KINDS[name] = JobKind(name, title, handler)
        return handler

    return decorate
