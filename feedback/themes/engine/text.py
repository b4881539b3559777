"""From a comment to its clauses and features: what is no comment, where clauses begin, what is negated."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from feedback.themes.engine.sentiment import judgement_of
from feedback.themes.engine.vocabulary import (
    IRREGULAR,
    LANGUAGE_WORDS,
    NEGATORS,
    STOP_WORDS,
    TAKES_BACK,
)

MOST_SEGMENTS = 1_000
SHORTEST_CLAUSE_WORDS = 3
SHORTEST_COMMA_WORDS = 4

WORD = r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*|\d+"
NEGATION_REACH = 3
_WORD = re.compile(WORD)
_SENTENCE_END = re.compile(r"(?<=[.!?\u2026])[\"'\u201d\u2019)]*\s+(?=\S)|\s*\n\s*")
_CLAUSE = re.compile(
    r"\s*[,;:\u2013\u2014-]?\s+(?=(?:but|however|although|though|whereas|yet|except)\b)|\s*;\s+",
    re.IGNORECASE,
)
_COMMA = re.compile(r",\s+")
# Where none of these is, there is one clause.
_BOUNDARY = re.compile(
    r"[.!?\u2026,;\n]|\b(?:but|however|although|though|whereas|yet|except)\b", re.IGNORECASE
)
_STOP = re.compile(r"[.,;!?]")
_TWO_LETTERS = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"[\w.+\-]{1,64}@[\w.\-]+|(?:https?://|www\.)\S+", re.IGNORECASE)
_NO_COMMENT = re.compile(
    r"""^(?:
        n\W?a | nil | none | nope | no | nothing | null | blank | unknown | x+ | test(?:ing)? | ok(?:ay)?
      | not\ (?:applicable|stated|answered|given|provided|sure|known|relevant)
      | (?:did|do|does)(?:n't|\ not)\ (?:answer|know|say|wish\ to\ (?:answer|comment|say))
      | (?:no|none|nothing|not)\ (?:really|at\ all|else|more|further|comments?|answer|reply|response|reason
            |feedback|suggestions?|opinion|idea|thanks?|thank\ you|to\ (?:add|say|report|comment))
            (?:\ (?:at\ all|really|to\ (?:add|say|make|report|comment)|thanks?|thank\ you|at\ present
            |at\ this\ time|given|provided|from\ me|comes\ to\ mind|springs\ to\ mind|i\ can\ think\ of))*
      | nothing\ (?:comes|springs)\ to\ mind | nothing\ i\ can\ think\ of
      | (?:i\ )?can(?:'t|not)\ think\ of\ anything
      | (?:prefer|rather)\ not\ to\ (?:say|answer) | (?:left\ )?blank | no\ comment(?:s)?\ (?:left|made)
      | (?:not\ a|no)\ thing | absolutely\ nothing | nothing,?\ (?:thanks|thank\ you)
      | don't\ know | dont\ know | as\ above | see\ above | same | ditto
    )$""",
    re.VERBOSE,
)
_FEWEST_WORDS_TO_TELL = 4
_ENGLISH_ONLY = LANGUAGE_WORDS["en"] - frozenset().union(
    *(words for code, words in LANGUAGE_WORDS.items() if code != "en")
)


class Clause(NamedTuple):
    """One piece of a comment with its place in it."""

    start: int
    end: int
    text: str


def digest(text: str) -> str:
    """A short fingerprint of a text, to see whether it was read before."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def distinct(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The first place of each different text, whatever its case and spaces, and which of them each one is."""
    places: dict[str, int] = {}
    numbers = [places.setdefault(" ".join(text.lower().split()), len(places)) for text in texts]
    inverse = np.array(numbers, dtype=np.int64)
    return np.unique(inverse, return_index=True)[1], inverse


def plain(text: str) -> str:
    """Lower case, one space, straight quotes, no punctuation at the ends."""
    straight = text.replace("\u2019", "'").replace("\u2018", "'").lower()
    return " ".join(straight.split()).strip(" .,;:!?-\u2013\u2014_*/\\\"'()")


def is_comment(text: str) -> bool:
    """Whether somebody said something: not *nothing*, *n/a*, *Did not answer*, a dot or a smiley."""
    bare = plain(text[:200])
    if not has_words(bare):
        return False
    return len(text) >= 200 or _NO_COMMENT.match(bare) is None


def has_words(text: str) -> bool:
    """Whether there is anything to read: a word of two letters or more."""
    return _TWO_LETTERS.search(text) is not None


def language_of(text: str) -> str:
    """``en``, the code of another language, or ``other`` for another script; short texts count as English."""
    if text.isascii() and len(_ENGLISH_ONLY.intersection(text[:300].lower().split())) >= 2:
        return "en"
    words = [word.lower().replace("\u2019", "'") for word in _WORD.findall(text[:2_000])]
    letters = [word for word in words if not word.isdigit()]
    if not letters:
        return "en"
    foreign_script = sum(1 for word in letters if ord(word[0]) > 0x24F)
    if foreign_script > len(letters) / 2:
        return "other"
    if len(letters) < _FEWEST_WORDS_TO_TELL:
        return "en"
    hits = {code: sum(word in known for word in letters) for code, known in LANGUAGE_WORDS.items()}
    accented = sum(not word.isascii() for word in letters)
    hits = {
        code: number if code == "en" else number + accented * (number > 0) for code, number in hits.items()
    }
    best = max(hits, key=lambda code: (hits[code], code == "en"))
    return best if hits[best] >= 2 and hits[best] > 2 * hits["en"] else "en"


def without_addresses(text: str) -> str:
    """The text with blanks for e-mail and web addresses: they are no words, and places stay."""
    if "@" not in text and "://" not in text and "www." not in text:
        return text
    return _ADDRESS.sub(lambda found: " " * len(found.group()), text)


def clauses(text: str) -> list[Clause]:
    """The sentences and contrasting clauses of a comment; *rude, but fixed it* gives two.

    Of a comment with more than ``MOST_SEGMENTS`` of them, neighbours are read together.
    """
    if _BOUNDARY.search(text) is None:
        return [Clause(start, end, text[start:end]) for start, end in _trimmed(text, 0, len(text))]
    found: list[Clause] = []
    for start, end in _spans(text, 0, len(text), _SENTENCE_END):
        found.extend(_contrasts(text, start, end))
    together = -(-len(found) // MOST_SEGMENTS)
    if together <= 1:
        return found
    runs = [found[first : first + together] for first in range(0, len(found), together)]
    ends = [(run[0].start, run[-1].end) for run in runs]
    return [Clause(start, end, text[start:end]) for start, end in ends]


def _contrasts(text: str, start: int, end: int) -> Iterator[Clause]:
    """The sentence cut where it turns or goes on to something else, unless a piece would be too short."""
    for first, last in _joined(text, _spans(text, start, end, _CLAUSE), SHORTEST_CLAUSE_WORDS):
        if text.find(",", first, last) < 0:
            yield Clause(first, last, text[first:last])
            continue
        for piece in _joined(text, _spans(text, first, last, _COMMA), SHORTEST_COMMA_WORDS, both=True):
            yield Clause(*piece, text[slice(*piece)])


def _joined(
    text: str, pieces: Iterable[tuple[int, int]], shortest: int, *, both: bool = False
) -> list[tuple[int, int]]:
    """Pieces with the too short ones joined to the one before; with ``both`` a short first one counts too."""
    found = list(pieces)
    if len(found) < 2:
        return found
    joined: list[tuple[int, int]] = []
    for piece in found:
        is_short = _words(text, piece) < shortest
        if joined and (is_short or (both and _words(text, joined[-1]) < shortest)):
            joined[-1] = (joined[-1][0], piece[1])
        else:
            joined.append(piece)
    return joined


def _words(text: str, span: tuple[int, int]) -> int:
    return len(_WORD.findall(text[slice(*span)]))


def _spans(text: str, start: int, end: int, boundary: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """The pieces of ``text[start:end]`` between boundaries, trimmed; empty ones left out."""
    position = start
    for match in boundary.finditer(text, start, end):
        yield from _trimmed(text, position, match.start())
        position = match.end()
    yield from _trimmed(text, position, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    end = start + len(piece.rstrip())
    start += len(piece) - len(piece.lstrip())
    if end > start and _WORD.search(text, start, end):
        yield start, end


class Token(NamedTuple):
    """One word: its stem, its place, whether it stands under a negation, and what it says of others.

    ``judges`` is 1 for praise and -1 for blame, as it is meant: *not rude* praises.
    """

    stem: str
    start: int
    end: int
    negated: bool
    judges: int


def tokens(text: str) -> list[Token]:
    """The words of a text, stemmed, with negation marked for the next few words of the clause."""
    found: list[Token] = []
    reach, previous_end = 0, 0
    text = without_addresses(text)
    for match in _WORD.finditer(text):
        start, end = match.span()
        if reach > 0 and start - previous_end > 1 and _STOP.search(text, previous_end, start):
            reach = 0
        root, negates, judges, takes_back = _root(match.group().lower())
        if takes_back and reach == NEGATION_REACH:
            reach = 0
        found.append(Token(root, start, end, reach > 0, -judges if reach > 0 else judges))
        reach = NEGATION_REACH if negates else reach - 1
        previous_end = end
    return found


@lru_cache(maxsize=100_000)
def _root(word: str) -> tuple[str, bool, int, bool]:
    """The stem of a word, whether it negates, how it judges, and whether it takes a negation back."""
    plain = bare(word)
    negates = plain in NEGATORS
    return stem(plain), negates, 0 if negates else judgement_of(word), plain in TAKES_BACK


def bare(word: str) -> str:
    """A word without its apostrophes."""
    return word.replace("\u2019", "").replace("'", "")


def features(text: str) -> list[str]:
    """What two texts can share: stems, pairs of stems, and negated forms.

    The negated form stands beside the plain one, or in its place where the word judges: *no parking* is
    about parking, *not rude* is not about rudeness.
    """
    found: list[str] = []
    before = ""
    for word in tokens(text):
        if word.stem in STOP_WORDS or len(word.stem) < 2:
            continue
        if word.negated and word.stem not in NEGATORS:
            found.append(f"!{word.stem}")
            if word.judges:
                before = ""
                continue
        found.append(word.stem)
        if before:
            found.append(f"{before} {word.stem}")
        before = word.stem
    return found


def stem(word: str) -> str:
    """A light stem: plural, -ing and -ed endings off, a few irregular verbs mapped."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) <= 3 or word.isdigit():
        return word
    for ending, replacement, shortest in (
        ("sses", "ss", 2), ("ies", "y", 2), ("ing", "", 3), ("edly", "", 3), ("ied", "y", 2), ("ed", "", 3),
        ("ly", "", 4), ("es", "", 4), ("s", "", 3),
    ):  # fmt: skip
        if (
            word.endswith(ending)
            and len(word) - len(ending) >= shortest
            and not word.endswith(("ss", "us", "is"))
        ):
            return _undoubled(word[: len(word) - len(ending)] + replacement)
    return _undoubled(word)


def _undoubled(word: str) -> str:
    """*transferr* and *transfer* alike, a silent e off."""
    if word.endswith("ee"):
        return word
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        return word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def phrases_of(value: str | Sequence[str]) -> list[str]:
    """Phrases from a list or from text separated by semicolons, without blanks and repeats."""
    parts = value.split(";") if isinstance(value, str) else value
    return list(dict.fromkeys(part.strip() for part in parts if part and part.strip()))
