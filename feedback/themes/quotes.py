"""Words of comments as a page may quote them: masked, with what put them in a theme marked."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.core.cache import cache
from django.utils.text import Truncator

from ccperf.people.models import Person, User
from ccperf.privacy.masking import fold, mask_for_quote, split_masks
from feedback.models import FeedbackItem
from feedback.themes.columns import Said
from feedback.themes.models import Assignment, Correction
from feedback.themes.versions import name_in, renamed

COMMENTS_SHOWN = 8
NAMES_KEPT = 300
EXCERPT_WORDS = 30
_WORD = re.compile(r"[^\W\d_]{2,}")

Names = Mapping[str, Sequence[str]]
"""Whole names by each word of theirs, so that a text is not compared with everybody."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a quote: plain, explaining the theme, or hidden."""

    text: str
    is_mark: bool = False
    is_mask: bool = False


@dataclass(frozen=True)
class Example:
    """A confirmed comment that another one is like, from 0 to 1; its words only for who may read them."""

    item: int
    likeness: float
    words: str

    @property
    def percent(self) -> int:
        return round(100 * self.likeness)


@dataclass(frozen=True)
class Quote:
    """A comment with the words that put it here, and what people said about it."""

    assignment: Assignment
    pieces: list[Piece]
    like: list[Example]
    voices: list[Correction]
    then: str = ""
    """What its theme was called on the day of the comment, where that was another name."""

    @property
    def percent(self) -> int:
        return round(100 * self.assignment.confidence)

    @property
    def has_marks(self) -> bool:
        return any(piece.is_mark for piece in self.pieces)

    @property
    def is_disputed(self) -> bool:
        """People say different things, and nobody has settled it since. The voices come in order of time."""
        return len({voice.verdict for voice in self.voices}) > 1 and not self.voices[-1].is_ruling


def quotes_of(user: User, said: Said, page: int) -> tuple[list[Quote], bool]:
    """Comments that wait for a check first, the surest before; then what people confirmed.

    ``said`` are the lines of a theme that the reader may read.
    """
    order = np.lexsort((said["assignment"], -said["day"], -said["confidence"], said["confirmed"]))
    start, end = (page - 1) * COMMENTS_SHOWN, page * COMMENTS_SHOWN
    return quoted(user, said["assignment"][order[start:end]].tolist()), len(order) > end


def quoted(user: User, chosen: Sequence[int]) -> list[Quote]:
    """These assignments, of comments that the user may read, with all that explains them; in four queries."""
    rows = (
        Assignment.objects.select_related("item__route", "item__team", "theme")
        .only(
            "confidence", "source", "sentiment_label", "why", "theme__name",
            "item__text", "item__received_on", "item__route__name", "item__team__name",
        )
        .in_bulk(chosen)
    )  # fmt: skip
    shown = [rows[pk] for pk in chosen if pk in rows]
    said: dict[tuple[int, int], list[Correction]] = {}
    for voice in Correction.objects.filter(item__in=[row.item_id for row in shown]):
        said.setdefault((voice.item_id, voice.theme_id), []).append(voice)
    names, examples, other_names = known_names(), _examples(user, shown), renamed()
    quotes = []
    for row in shown:
        then = other_names.get(row.theme_id)
        called = name_in(then, row.item.received_on) if then else row.theme.name
        quotes.append(
            Quote(
                row,
                pieces_of(row.item.text, row.why.get("words", []), names),
                [
                    Example(pk, likeness, excerpt(examples[pk], names))
                    for pk, likeness in row.why.get("like", [])
                    if pk in examples and pk != row.item_id
                ],
                said.get((row.item_id, row.theme_id), []),
                called if called != row.theme.name else "",
            )
        )
    return quotes


def _examples(user: User, rows: Iterable[Assignment]) -> dict[int, str]:
    """Texts of the confirmed comments that these are like, as far as the user may read them."""
    ids = {pk for row in rows for pk, _ in row.why.get("like", [])}
    if not ids:
        return {}
    readable = FeedbackItem.objects.visible_to(user).standing().filter(pk__in=ids)
    return dict(readable.values_list("pk", "text"))


def excerpt(text: str, names: Names) -> str:
    """The beginning of a masked quote, cut between words."""
    words = "".join(piece.text for piece in pieces_of(text, (), names)).split()
    return Truncator(" ".join(words)).words(EXCERPT_WORDS, truncate=" …")


def known_names() -> Names:
    """The names of all people the system knows, for masking quotes."""
    names = cache.get("themes.names.by_word")
    if names is None:
        names = by_word(Person.objects.values_list("name", flat=True))
        cache.set("themes.names.by_word", names, NAMES_KEPT)
    return names


def by_word(names: Iterable[str]) -> Names:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        for word in _words(name):
            found[word].append(name)
    return dict(found)


def pieces_of(text: str, spans: Iterable[Sequence[int]], names: Names) -> list[Piece]:
    """The quote masked, with the explaining words marked where they can still be seen."""
    masked = mask_for_quote(text, {name for word in _words(text) for name in names.get(word, ())})
    marks: list[tuple[int, int]] = []
    position = 0
    for start, end in spans:
        words = text[start:end]
        found = masked.find(words, position) if words else -1
        if found >= 0:
            marks.append((found, found + len(words)))
            position = found + len(words)
    pieces: list[Piece] = []
    position = 0
    for start, end in [*marks, (len(masked), len(masked))]:
        pieces += [Piece(part, is_mask=hidden) for part, hidden in split_masks(masked[position:start])]
        if end > start:
            pieces.append(Piece(masked[start:end], is_mark=True))
        position = end
    return pieces


def _words(text: str) -> set[str]:
    return set(_WORD.findall(fold(unicodedata.normalize("NFC", text)).lower()))
