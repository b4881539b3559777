"""The kinds of import. A room registers its kinds in ``AppConfig.ready()``; the engine knows none of them by
name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from ccperf.core.dates import today
from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field, Plan
from ccperf.imports.matching import Matcher
from ccperf.people.models import User

Progress = Callable[[int, int, str], None]

FIRST_YEAR = 1990
"""Contact centres keep nothing older; an earlier year is a slip or an empty cell of a spreadsheet."""


@dataclass(slots=True)
class Counts:
    """What became of some rows."""

    imported: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.imported + other.imported, self.updated + other.updated, self.unchanged + other.unchanged
        )


@dataclass(slots=True)
class Context:
    """Everything a kind may need about the import it works for."""

    plan: Plan
    user: User | None = None
    batch_id: int = 0
    filename: str = ""
    matcher: Matcher = field(default_factory=Matcher)
    notes: list[str] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)

    def note(self, text: str) -> None:
        if text and text not in self.notes:
            self.notes.append(text)


class ImportKind:
    """One kind of file: its fields, its checks, and how its rows are written and taken back."""

    key = ""
    title = ""
    noun = "rows"
    description = ""
    requires: tuple[tuple[str, ...], ...] = ()
    roles: frozenset[str] = frozenset({"admin"})
    chunk_size = 500
    private_fields: frozenset[str] = frozenset()
    constants: tuple[str, ...] = ()
    needs_people = True
    seen_on = "_day"
    """The column of days on which rows saw their person at work."""
    other_names: Mapping[str, str] = {}
    """What a person may call a field besides its own name, as ``date`` for the kind's one date."""
    ticks_are = ""
    """What a column of yes and no may stand for that nothing else fits."""

    def fields(self) -> list[Field]:
        """The fields in the order in which they are offered."""
        raise NotImplementedError

    def is_open_to(self, user: User) -> bool:
        """Whether this user may bring files of this kind."""
        return user.access.can("imports.run") and bool(user.access.roles & self.roles)

    def lacking(self, plan: Plan) -> tuple[str, ...]:
        """The first fields of which the kind requires one and the plan fills none."""
        return next((group for group in self.requires if not any(map(plan.fills, group))), ())

    def missing(self, plan: Plan) -> str:
        """A sentence about what the plan lacks, or nothing."""
        group = self.lacking(plan)
        if not group:
            return ""
        labels = {field.name: field.label for field in self.fields()}
        wanted = " or ".join(f"“{labels[name]}”" for name in group)
        return f"{wanted} is missing: say which column holds it, or give one value for all rows."

    def rows_at_once(self, rows: Rows) -> int:
        """How many rows one transaction takes: short ones, so that others can write meanwhile."""
        return self.chunk_size

    def examine(self, rows: Rows, context: Context) -> None:
        """Check what one column alone cannot show, and find the people and teams that rows are about."""

    def write(self, rows: Rows, positions: Sequence[int], context: Context) -> Counts:
        """Store some good rows, inside the caller's transaction. The same rows again change nothing."""
        raise NotImplementedError

    def finish(self, context: Context, progress: Progress) -> None:
        """Compute what follows from the stored rows, after all of them."""

    def results(self, batch_id: int, user: User) -> tuple[str, str] | None:
        """Words and address of the page that shows what an import brought; None when there is none."""

    def undo(self, batch_id: int, progress: Progress) -> list[str]:
        """Take back what the import wrote; returns sentences about what had to stay."""
        raise NotImplementedError


KINDS: dict[str, ImportKind] = {}


def register(kind: ImportKind) -> None:
    """Offer a kind of import. Registering a key again replaces it, so that reloading is harmless."""
    KINDS[kind.key] = kind


def zone() -> str:
    return settings.TIME_ZONE


def refuse_wrong_days(rows: Rows, column: str, days: int = 1) -> None:
    """Set aside rows dated later than tomorrow or before ``FIRST_YEAR``: nothing was recorded then."""
    latest = today().toordinal() + days
    given = rows.column(column)
    wrong = {day for day in set(given) if day and (day.toordinal() > latest or day.year < FIRST_YEAR)}
    for position, day in enumerate(given) if wrong else ():
        if day in wrong and day.year < FIRST_YEAR:
            rows.refuse(position, "date_long_ago", f"{day:%-d %B} {day.year} is before {FIRST_YEAR}.")
        elif day in wrong:
            rows.refuse(position, "in_the_future", f"{day:%-d %B %Y} lies in the future.")
