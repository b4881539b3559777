# ruff: noqa: SIM905
"""Words in a table: yes and no, choices, names, identifiers, and raw values given a meaning by a person."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ccperf.imports.cells import is_missing, read_each, shortened, text_of
from ccperf.imports.problems import Problem, Unreadable

YES = frozenset("y yes true t 1 x ja j oui si sì sí ok on ✓ ✔ yep checked selected ticked done".split())
NO = frozenset("n no false f 0 nein non off ✗ ✘ nope unchecked".split()) | {"not selected"}
DAMAGED = re.compile(r"^\d(?:[.,]\d+)?E\+\d{1,3}$", re.IGNORECASE)
LINE_BREAK = re.compile(r"[\r\n\v\f\u2028\u2029]")
MISSING_WORDS = frozenset({"", "missing", "(missing)"})


def fold(text: str) -> str:
    """Text as it is compared: case, accents' composition and runs of spaces do not count."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def with_meanings(cells: Sequence[Any], meanings: Mapping[str, str]) -> list[Any]:
    """Replace raw values by what the person said they mean; an empty meaning makes the cell missing."""
    if not meanings:
        return list(cells)
    folded = {fold(raw): "" if fold(value) in MISSING_WORDS else value for raw, value in meanings.items()}
    seen: dict[Any, Any] = {}
    result = []
    for cell in cells:
        key = (cell.__class__, cell)
        if key not in seen:
            seen[key] = folded.get(fold(text_of(cell)), cell)
        result.append(seen[key])
    return result


def read_booleans(
    cells: Sequence[Any],
    *,
    yes: frozenset[str] = frozenset(),
    no: frozenset[str] = frozenset(),
) -> tuple[list[bool | None], dict[int, Problem]]:
    """Read yes and no in the usual spellings and in those of the field; anything else is asked about."""

    def parse(cell: Any) -> bool:
        if isinstance(cell, bool):
            return cell
        word = fold(text_of(cell))
        if word in yes or (word in YES and word not in no):
            return True
        if word in no or word in NO:
            return False
        raise Unreadable(
            "not_yes_or_no",
            f"“{shortened(text_of(cell), 30)}” is neither yes nor no. Say what it means.",
        )

    own = yes | no
    return read_each(cells, parse, missing=lambda cell: is_missing(cell) and fold(text_of(cell)) not in own)


def read_choices(
    cells: Sequence[Any],
    choices: Mapping[str, str],
    *,
    synonyms: Mapping[str, str] | None = None,
    label: str = "Value",
    unknown: str = "unknown_choice",
) -> tuple[list[str | None], dict[int, Problem]]:
    """Read a choice by its key, its name or a known synonym; the sentence for any other names what is
    allowed, as the pages call it.
    """
    keys = {fold(key): key for key in choices}
    keys |= {fold(label): key for key, label in choices.items()}
    keys |= {fold(word): key for word, key in (synonyms or {}).items()}
    keys |= {word.replace("_", " "): key for word, key in list(keys.items())}
    allowed = "; ".join(list(choices.values())[:12]) + ("; …" if len(choices) > 12 else "")

    def parse(cell: Any) -> str:
        word = fold(text_of(cell))
        found = keys.get(word) or keys.get(re.sub(r"[\s/_-]+", " ", word))
        if found is None:
            shown = shortened(text_of(cell), 40)
            near = "; ".join(choices[key] for key in _near(word, keys))
            listed = f"near it is {near}" if near and len(choices) > 12 else f"it can be: {allowed}"
            raise Unreadable(unknown, f"{label} “{shown}” is not known; {listed}. Say what it means.")
        return found

    def missing(cell: Any) -> bool:
        return is_missing(cell) and fold(text_of(cell)) not in keys

    return read_each(cells, parse, missing=missing)


def _near(word: str, keys: Mapping[str, str]) -> list[str]:
    """The choices that share a word with what was written, or are spelled much like it; three at most."""
    said = {part for part in re.split(r"[\W_]+", word) if len(part) > 2}
    sharing = [key for known, key in keys.items() if said & set(re.split(r"[\W_]+", known))]
    alike = [keys[known] for known in get_close_matches(word, keys, n=3, cutoff=0.8)]
    return list(dict.fromkeys([*alike, *sharing]))[:3]


def is_damaged_identifier(cell: Any) -> bool:
    """Whether a spreadsheet has rounded an identifier, so that different ones may now look alike
    (6.3E+17).
    """
    if isinstance(cell, float):
        return abs(cell) >= 1e15
    return isinstance(cell, str) and bool(DAMAGED.match(cell.strip()))


def read_texts(
    cells: Sequence[Any], *, maximum: int, field: str = "", missing: Any = is_missing, one_line: bool = True
) -> tuple[list[str | None], dict[int, Problem]]:
    """Read text no longer than the place that keeps it. A name or identifier of several lines is none: most
    often a quotation mark is open, and rows have run together.
    """

    def parse(cell: Any) -> str:
        text = text_of(cell)
        if one_line and LINE_BREAK.search(text):
            raise Unreadable(
                "line_break",
                f"“{shortened(text, 30)}” goes over several lines, which {field or 'it'} cannot. Look for a "
                "quotation mark that is not closed.",
            )
        if len(text) > maximum:
            raise Unreadable(
                "too_long",
                f"“{shortened(text, 30)}” has {len(text):,} characters; {field} holds at most {maximum:,}.",
            )
        return text

    return read_each(cells, parse, missing=missing)
