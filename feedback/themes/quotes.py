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


def shown_of(text: str, names: Names) -> list[str]:
    """What is left of a comment beside all that a quote of it hides."""
    return [piece.text for piece in pieces_of(text, (), names) if not piece.is_mask]


def pieces_of(text: str, spans: Sequence[Sequence[int]], names: Names) -> list[Piece]:
    """The quote masked; the explaining words, by their places in the text, marked as far as they show."""
    plain = unicodedata.normalize("NFC", text)
    if plain != text:
        spans = [[len(unicodedata.normalize("NFC", text[:place])) for place in span] for span in spans]
    masked = mask_for_quote(plain, {name for word in _words(plain) for name in names.get(word, ())})
    parts = split_masks(masked)
    pieces: list[Piece] = []
    place = 0
    for number, (part, is_mask) in enumerate(parts):
        if is_mask:
            pieces.append(Piece(part, is_mask=True))
            continue
        # What follows something hidden is where it is next found; a quote ends where the text does.
        is_last = number == len(parts) - 1
        place = len(plain) - len(part) if is_last else max(place, plain.find(part, place))
        pieces += _marked(part, place, spans)
        place += len(part)
    return pieces


def _marked(part: str, place: int, spans: Sequence[Sequence[int]]) -> list[Piece]:
    """A stretch that begins at this place of the text, in plain and marked pieces."""
    pieces: list[Piece] = []
    done = 0
    for start, end in spans:
        start, end = max(start - place, done), min(end - place, len(part))
        if start < end:
            pieces += [Piece(part[done:start]), Piece(part[start:end], is_mark=True)]
            done = end
    return [piece for piece in (*pieces, Piece(part[done:])) if piece.text]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(fold(unicodedata.normalize("NFC", text)).lower()))
