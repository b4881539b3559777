"""What a step in the tree would move, for the page that asks before it is taken. Loads no engine.

Merging and retiring are counted exactly. What changed words would move is tried out by a job (``what_if``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Exists, OuterRef

from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.people.models import User
from feedback.models import FeedbackItem
from feedback.themes.kinds import WHAT_IF
from feedback.themes.models import Assignment, Correction, Theme
from feedback.themes.quotes import Piece, known_names, pieces_of

SAMPLES = 5

Sample = tuple[FeedbackItem, list[Piece]]


@dataclass
class Moving:
    """Comments of the whole centre that a merge or a retirement touches; ``samples`` the reader may read."""

    comments: int
    confirmed: int
    already_there: int = 0
    opposed: int = 0
    children: list[Theme] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)


@dataclass
class Change:
    """One theme of a tried-out taxonomy, with comments that would come and go."""

    name: str
    before: int
    after: int
    gained: int
    lost: int
    came: list[Sample]
    went: list[Sample]


def moved_by_leaving(user: User, theme: Theme, into: Theme | None = None) -> Moving:
    """What goes along when ``theme`` is merged into another one, or stays behind when it is retired."""
    mine = Assignment.objects.filter(theme=theme, item__withdrawn_at__isnull=True)
    newest = mine.visible_to(user).order_by("-item__received_on", "-item")
    shown = newest.values_list("item", flat=True)[:SAMPLES]
    found = Moving(
        comments=mine.count(),
        confirmed=mine.by_people().count(),
        children=list(theme.children.live()),
        samples=samples_of(user, shown),
    )
    if into:
        there = Assignment.objects.filter(theme=into).values("item")
        found.already_there = mine.filter(item__in=there).count()
        said = Correction.objects.filter(theme=into, item=OuterRef("item"), by=OuterRef("by"))
        found.opposed = Correction.objects.filter(Exists(said), theme=theme).count()
    return found


def try_draft(*, by: User, draft: list[dict[str, Any]], step: dict[str, Any]) -> Job:
    """Have a changed taxonomy tried out; ``step`` is what is done with it once it is confirmed."""
    return enqueue(WHAT_IF, {"draft": draft, "step": step}, by=by)


def tried(user: User, job: Job) -> list[Change]:
    """The themes that would gain or lose comments, those that change most first."""
    rows = {key: row for key, row in job.result.get("rows", {}).items() if row["gained"] or row["lost"]}
    names = {str(pk): name for pk, name in Theme.objects.values_list("pk", "name")}
    names |= {str(entry["key"]): entry["name"] for entry in job.params["draft"]}
    ids = [pk for row in rows.values() for pk in (*row["came"], *row["went"])]
    samples = {item.pk: (item, pieces) for item, pieces in samples_of(user, ids)}
    changes = [
        Change(
            name=names.get(key, key),
            came=[samples[pk] for pk in row["came"] if pk in samples],
            went=[samples[pk] for pk in row["went"] if pk in samples],
            **{part: row[part] for part in ("before", "after", "gained", "lost")},
        )
        for key, row in rows.items()
    ]
    return sorted(changes, key=lambda change: -(change.gained + change.lost))


def samples_of(user: User, ids: Iterable[int]) -> list[Sample]:
    """These comments as quotes, as far as the user may read them."""
    items = FeedbackItem.objects.visible_to(user).standing().filter(pk__in=list(ids))
    names = known_names()
    return [(item, pieces_of(item.text, (), names)) for item in items.select_related("route", "team")]
