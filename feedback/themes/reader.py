"""Reading comments one after another, and those about which people disagree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from ccperf.people.models import User
from feedback.item_columns import items_of
from feedback.models import FeedbackItem, may_read_item
from feedback.themes.models import Assignment, Correction, Reading, Theme
from feedback.themes.quotes import COMMENTS_SHOWN, Piece, Quote, known_names, pieces_of, quoted

WAITING, NOWHERE, UNCERTAIN = "waiting", "nowhere", "uncertain"


@dataclass(frozen=True)
class Choice:
    """Which comments are read: waiting for a check, fitting nowhere, or of uncertain mood."""

    what: str = WAITING
    theme: Theme | None = None


@dataclass
class ReaderPage:
    """Comments with a theme as ``quotes``, those without one as ``loose``."""

    quotes: list[Quote]
    loose: list[tuple[FeedbackItem, list[Piece]]]
    page: int
    has_more: bool


def reader_page(user: User, choice: Choice, page: int) -> ReaderPage:
    """One page of the queue; saying something of a comment takes it out."""
    start, end = (page - 1) * COMMENTS_SHOWN, page * COMMENTS_SHOWN
    if choice.what == NOWHERE:
        loose = list(_nowhere(user)[start : end + 1])
        names = known_names()
        shown = [(item, pieces_of(item.text, (), names)) for item in loose[:COMMENTS_SHOWN]]
        return ReaderPage([], shown, page, len(loose) > COMMENTS_SHOWN)
    chosen = list(_waiting(user, choice).values_list("pk", flat=True)[start : end + 1])
    return ReaderPage(quoted(user, chosen[:COMMENTS_SHOWN]), [], page, len(chosen) > COMMENTS_SHOWN)


def disagreements(user: User) -> QuerySet[Correction, dict[str, Any]]:
    """(item, theme) of comments this user may read where people differ and nobody has settled it."""
    right, wrong = (Q(verdict=verdict) for verdict in Correction.Verdict.values)
    return (
        Correction.objects.filter(may_read_item(user), theme__status=Theme.Status.ACTIVE)
        .values("item_id", "theme_id")
        .annotate(
            right=Count("pk", filter=right),
            wrong=Count("pk", filter=wrong),
            last=Max("at"),
            ruled=Max("at", filter=Q(is_ruling=True)),
        )
        .filter(right__gt=0, wrong__gt=0)
        .exclude(ruled=F("last"), ruled__isnull=False)
        .order_by("-last", "item_id", "theme_id")
    )


@dataclass(frozen=True)
class Dispute:
    """A comment and a theme with what each person said, in order of time."""

    item: FeedbackItem
    theme: Theme
    pieces: list[Piece]
    voices: list[Correction]


def disputes_of(user: User, rows: Iterable[Mapping[str, Any]]) -> list[Dispute]:
    """These disagreements with their words, in three queries."""
    pairs = [(row["item_id"], row["theme_id"]) for row in rows]
    items = (
        FeedbackItem.objects.visible_to(user)
        .standing()
        .select_related("route", "team")
        .in_bulk([item for item, _ in pairs])
    )
    themes = Theme.objects.visible_to(user).in_bulk([theme for _, theme in pairs])
    said: dict[tuple[int, int], list[Correction]] = {}
    for voice in Correction.objects.filter(item__in=items):
        said.setdefault((voice.item_id, voice.theme_id), []).append(voice)
    names = known_names()
    return [
        Dispute(items[item], themes[theme], pieces_of(items[item].text, (), names), said[item, theme])
        for item, theme in pairs
        if item in items and theme in themes
    ]


@dataclass(frozen=True)
class Part:
    """One sentence or clause, masked, with its mood: from -1 to 1, or uncertain."""

    pieces: list[Piece]
    mood: str
    score: float | None
    themes: list[str]


@dataclass
class ItemReading:
    """What the engine made of one comment; ``stored`` is None before it was read."""

    stored: Reading | None
    parts: list[Part]
    quotes: list[Quote]


def reading_of(user: User, item: FeedbackItem) -> ItemReading:
    """The parts, moods and themes of a comment that the user may read."""
    rows = list(
        Assignment.objects.filter(item=item, theme__status=Theme.Status.ACTIVE)
        .order_by("-confidence", "pk")
        .values_list("pk", "segment_id", "theme__name")
    )
    names = known_names()
    whole = _words_of(pieces_of(item.text, (), names))
    parts = []
    for segment in item.segments.defer("vector"):
        pieces = pieces_of(item.text[segment.start : segment.end], (), names)
        # What is hidden in the comment as a whole, such as a number cut in two, stays hidden in its parts.
        if _words_of(pieces).strip() not in whole:
            pieces = [Piece("part hidden", is_mask=True)]
        own = [name for _, at, name in rows if at == segment.pk]
        parts.append(Part(pieces, segment.get_sentiment_label_display(), segment.sentiment, own))
    stored = Reading.objects.filter(item=item).first()
    return ItemReading(stored, parts, quoted(user, [pk for pk, _, _ in rows]))


# ---- inside


def _words_of(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def _waiting(user: User, choice: Choice) -> QuerySet[Assignment]:
    rows = Assignment.objects.visible_to(user).filter(
        source=Assignment.Source.ENGINE, theme__status=Theme.Status.ACTIVE
    )
    readable = items_of(user)
    few = readable.if_few(readable.may)
    if few is not None:  # Among all comments, in order of confidence, theirs would be far apart.
        rows = rows.filter(item__in=few)
    if choice.theme:
        rows = rows.filter(Q(theme=choice.theme) | Q(theme__parent=choice.theme))
    if choice.what == UNCERTAIN:
        rows = rows.filter(sentiment_label="uncertain")
    return rows.order_by("confidence", "pk")


def _nowhere(user: User) -> QuerySet[FeedbackItem]:
    """Comments in English without any theme, the newest first."""
    read = Reading.objects.filter(item=OuterRef("pk"), is_comment=True, language="en")
    placed = Assignment.objects.filter(item=OuterRef("pk"))
    return (
        FeedbackItem.objects.visible_to(user)
        .standing()
        .filter(Exists(read), ~Exists(placed))
        .select_related("route", "team")
        .order_by("-received_on", "-pk")
    )
