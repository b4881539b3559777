# ruff: noqa: SIM905
"""Cells as they come out of a file: their text, and the many ways of saying that nothing is known."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any

from ccperf.imports.problems import Problem, Unreadable

MISSING = frozenset(
    phrase.strip()
    for phrase in """
    na | n/a | n.a. | n.a | #n/a | #n/a! | #null! | #ref! | #value! | #div/0! | #name? | #num! | nan | nat
    | null
    | nil | none | - | -- | --- | – | — | . | ? | not stated | not known | not available | not applicable
    | not recorded | not given | not provided | not specified | not answered | did not answer | no answer
    | no response | no data | missing | unknown
    | undefined | (blank) | blank | (empty) | empty | (null) | <na>
    | <null> | tbc | tbd | prefer not to say
    """.split("|")
)
# In free text only the spellings that programs write, and the answers that say that nobody answered. What
# somebody
# typed, such as "none." or "N/a", is their comment.
WRITTEN_BY_PROGRAMS = frozenset({"None", "NULL", "null", "NaN", "nan", "NA", "N/A", "n/a", "#N/A", "<NA>"})
MISSING_TEXT = frozenset({"not stated", "did not answer", "not answered", "no answer given", "no response"})
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\ufeff\u2060\x00"), None) | {
    0xA0: " ",
    0x202F: " ",
    0x2009: " ",
}


def text_of(cell: Any) -> str:
    """The cell as a person would read it: no invisible characters, no ``.0`` on whole numbers."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        if cell.isascii() and "\x00" not in cell:
            return cell.strip()
        return cell.translate(INVISIBLE).strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if cell != cell:
            return ""
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ")
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell).strip()


def is_missing(cell: Any) -> bool:
    """Whether a cell of anything but free text says that the value is not known."""
    if cell is None or cell == "":
        return True
    if not isinstance(cell, str):
        return isinstance(cell, float) and cell != cell
    text = text_of(cell)
    return not text or text.casefold() in MISSING


def is_missing_text(cell: Any) -> bool:
    """Whether a free text cell holds no text at all."""
    text = text_of(cell)
    return not text or text in WRITTEN_BY_PROGRAMS or text.casefold().rstrip(".") in MISSING_TEXT


def read_each(
    cells: Sequence[Any], parse: Callable[[Any], Any], missing: Callable[[Any], bool] = is_missing
) -> tuple[list[Any], dict[int, Problem]]:
    """Parse each distinct cell once. Missing cells become None, unreadable ones a problem by position."""
    keys = keys_of(cells)
    seen = {key: _read_one(cell, parse, missing) for key, cell in dict(zip(keys, cells, strict=True)).items()}
    read = {key: value for key, (value, _) in seen.items()}
    values = list(map(read.__getitem__, keys))
    wrong = {key: problem for key, (_, problem) in seen.items() if problem is not None}
    if not wrong:
        return values, {}
    return values, {position: wrong[key] for position, key in enumerate(keys) if key in wrong}


def keys_of(cells: Sequence[Any]) -> Sequence[Any]:
    """What tells cells apart: texts themselves, anything else with its type, since 1 equals True and 1.0."""
    if set(map(type, cells)) <= {str}:
        return cells
    return [(cell.__class__, cell) for cell in cells]


def numbering() -> dict[Any, int]:
    """Numbers what is looked up in it from 0 on, each different key once."""
    return defaultdict(count().__next__)


def _read_one(
    cell: Any, parse: Callable[[Any], Any], missing: Callable[[Any], bool]
) -> tuple[Any, Problem | None]:
    if missing(cell):
        return None, None
    try:
        return parse(cell), None
    except Unreadable as unreadable:
        return None, Problem(unreadable.code, unreadable.message)


def distinct(cells: Iterable[Any]) -> list[Any]:
    """The different cells of a column that are not missing, in the order in which they first appear."""
    cells = list(cells)
    different = dict(zip(keys_of(cells), cells, strict=True))
    return [cell for cell in different.values() if not is_missing(cell)]


def shortened(text: str, length: int = 60) -> str:
    """Text short enough to stand inside a sentence."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"
