"""Words of comments as a page may quote them: masked, with what put them in a theme marked."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.cache import cache

from ccperf.people.models import Person
from ccperf.privacy.masking import fold, mask_for_quote, split_masks
from feedback.themes.counting import Said
from feedback.themes.models import Assignment, Correction

COMMENTS_SHOWN = 10
NAMES_KEPT = 300
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
class Quote:
    """A comment with the words that put it here, and what people said about it."""

    assignment: Assignment
    pieces: list[Piece]
    like: int
    voices: list[Correction]

    @property
    def percent(self) -> int:
        return round(100 * self.assignment.confidence)

    @property
    def has_marks(self) -> bool:
        return any(piece.is_mark for piece in self.pieces)

    @property
    def is_disputed(self) -> bool:
        return len({voice.verdict for voice in self.voices}) > 1


def quotes_of(lines: Iterable[Said], page: int) -> tuple[list[Quote], bool]:
    """Comments that wait for a check first, the surest before; then what people confirmed.

    ``lines`` are those of a theme that the reader may read.
    """
    order = sorted(lines, key=_waiting_first)
    start, end = (page - 1) * COMMENTS_SHOWN, page * COMMENTS_SHOWN
    chosen = [line.assignment for line in order[start:end]]
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
    names = known_names()
    quotes = [
        Quote(
            row,
            pieces_of(row.item.text, row.why.get("words", []), names),
            len(row.why.get("like", [])),
            said.get((row.item_id, row.theme_id), []),
        )
        for row in shown
    ]
    return quotes, len(order) > end


def _waiting_first(line: Said) -> tuple:
    return line.source, -(line.confidence or 0), -line.day.toordinal(), line.assignment


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
