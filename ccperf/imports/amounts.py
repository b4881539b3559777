"""Numbers and shares: thousands marks, decimal commas, currency, brackets for minus, percent or fraction."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from ccperf.imports.cells import distinct, read_each, text_of
from ccperf.imports.problems import Problem, Unreadable

CURRENCY = re.compile(r"[£$€¥]|\b(GBP|EUR|USD|CHF|AUD|CAD|INR|kr|Rs)\b\.?", re.IGNORECASE)
PLAIN = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$", re.IGNORECASE)
GROUPED_DOT = re.compile(r"^[+-]?\d{1,3}(\.\d{3})+$")
GROUPED_COMMA = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
TWOFOLD = re.compile(r"^[+-]?\d{1,3}[.,]\d{3}$")
FIGURE = re.compile(r"^[\d.,]+$")
INDIAN = re.compile(r"^[+-]?\d{1,3}(,\d{2})*,\d{3}(\.\d*)?$")

LARGEST_FRACTION = 1.5
"""A share above it is a percentage: adherence of 1.03 exists, of 1.6 does not."""


SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of numbers, with the decimal mark and the scale that were used to read it."""

    values: list[float | None]
    problems: dict[int, Problem]
    decimal: str
    scale: float
    note: str
    doubtful: float = 0.0


def decimal_mark(cells: Sequence[Any], *, file: str = "", whole: bool = False) -> str:
    """The decimal mark of a column: what its own values prove, else what the ``file`` shows elsewhere.

    ``1.200`` proves nothing. Where nothing else does, it is twelve hundred among ``whole`` numbers (unless
    all have three zeros behind the mark, as some databases write), else the dot is the decimal mark.
    """
    votes = sum(map(_vote, cells))
    if votes:
        return "," if votes > 0 else "."
    if file or not whole:
        return file or "."
    return "," if proves_dot_groups(cells) else "."


def proves_dot_groups(cells: Sequence[Any]) -> bool:
    """Whether whole numbers are written with a dot at their thousands."""
    texts = [text for cell in cells if FIGURE.match(text := text_of(cell))]
    grouped = [text for text in texts if _is_twofold(text) and "." in text]
    return bool(grouped) and not (len(grouped) == len(texts) and all(t.endswith(".000") for t in grouped))


def file_mark(columns: Iterable[tuple[Sequence[Any], bool]]) -> str:
    """The decimal mark that most columns of a file prove, each given with whether it holds whole numbers;
    nothing when none proves any.
    """
    proofs = 0
    for cells, whole in columns:
        votes = sum(map(_vote, cells)) or (whole and proves_dot_groups(cells))
        proofs += (votes > 0) - (votes < 0)
    return "," if proofs > 0 else "." if proofs < 0 else ""


def _vote(cell: Any) -> int:
    """1 where the comma must be the decimal mark, -1 where it must be the dot."""
    if not isinstance(cell, str) or cell.isdigit():
        return 0
    text = _bare(text_of(cell)).strip("+-()%‰ ")
    if not FIGURE.match(text):
        return 0
    comma, dot = text.rfind(","), text.rfind(".")
    if comma >= 0 and dot >= 0:
        return 1 if comma > dot else -1
    if comma >= 0:
        return -_grouping(text, ",", GROUPED_COMMA.match(text) or INDIAN.match(text))
    return _grouping(text, ".", GROUPED_DOT.match(text)) if dot >= 0 else 0


def _grouping(text: str, mark: str, is_grouped: Any) -> int:
    """1 where the mark must part thousands, -1 where it must part decimals, 0 where it can be either."""
    if text.count(mark) > 1:
        return 1 if is_grouped else 0
    return 0 if is_grouped and not text.startswith("0") else -1


def _is_twofold(text: str) -> bool:
    """Whether a text is another number with another decimal mark."""
    return bool(TWOFOLD.match(text)) and not text.lstrip("+-").startswith("0")


def twofold_note(cells: Sequence[Any], mark: str) -> str:
    """How a figure like ``1.200`` was read; nothing about the usual ``1,200``."""
    unusual = "." if mark == "." else ".,"
    shown = next((t for cell in cells if _is_twofold(t := text_of(cell)) and set(t) & set(unusual)), "")
    return f"“{shown}” is read as {number_of(shown, mark):,.10g}." if shown else ""


def number_of(cell: Any, decimal: str = ".") -> float:
    """One number. A trailing percent sign is left to the caller."""
    if isinstance(cell, (bool, date, time, timedelta)):
        raise Unreadable("not_a_number", f"“{text_of(cell)}” is not a number.")
    if isinstance(cell, (int, float)) and abs(cell) < 1e300:
        return float(cell)
    shown = text_of(cell)
    if shown.isascii() and shown.isdigit() and len(shown) < 300:
        return float(shown)
    text = _bare(shown)
    negative = text.startswith("(") and text.endswith(")")
    text = text.strip("()")
    if text.endswith("-"):
        text = "-" + text[:-1]
    if decimal == ",":
        text = text.replace(".", "").replace(",", ".")
    elif "," in text:
        if not (GROUPED_COMMA.match(text) or INDIAN.match(text)):
            raise Unreadable("not_a_number", f"“{shown[:40]}” is not a number.")
        text = text.replace(",", "")
    if not PLAIN.match(text):
        raise Unreadable("not_a_number", f"“{shown[:40]}” is not a number.")
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise Unreadable("not_a_number", f"“{shown[:40]}” is too large to be a figure.")
    return -number if negative else number


def _bare(text: str) -> str:
    text = CURRENCY.sub("", text.replace("\u2212", "-").replace("\u2019", "'"))
    return re.sub(r"(?<=\d)['\s](?=\d{3})", "", text).strip()


def read_numbers(
    cells: Sequence[Any], *, decimal: str | None = None, minimum: float | None = None, whole: bool = False
) -> NumberColumn:
    """Read a column of figures; one below ``minimum``, or a fraction where only ``whole`` ones can be, is a
    problem of its row.
    """
    mark = decimal or decimal_mark(distinct(cells), whole=whole)

    def parse(cell: Any) -> float:
        number = number_of(cell, mark)
        if minimum is not None and number < minimum:
            raise Unreadable("too_low", f"“{text_of(cell)}” is below {minimum:g}, the lowest this can be.")
        if whole and abs(number - round(number)) > SLACK:
            raise Unreadable("not_whole", f"“{text_of(cell)}” is not a whole number, as a count must be.")
        return number

    values, problems = read_each(cells, parse)
    has_comma = mark == "," and any(isinstance(cell, str) and "," in cell for cell in distinct(cells))
    return NumberColumn(
        values, problems, mark, 1.0, "The comma is read as decimal mark." if has_comma else ""
    )


def read_shares(
    cells: Sequence[Any],
    *,
    scale: float | None = None,
    decimal: str | None = None,
    doubtful: float | None = None,
) -> NumberColumn:
    """Read a column of shares as fractions: ``78%``, ``0.78`` and ``78`` alike.

    Figures without a sign are fractions when none is above 1.5, else percentages; the column decides. Where
    it has both kinds, the fractions, up to ``doubtful``, are problems of their rows.
    """
    different = distinct(cells)
    mark = decimal or decimal_mark(different)
    note = ""
    if scale is None:
        plain = [abs(value) for cell in different if (value := _plain_share(cell, mark)) is not None]
        scale = 0.01 if plain and max(plain) > LARGEST_FRACTION else 1.0
        note = "Figures are read as percentages." if scale != 1 else ""
        has_signs = any(isinstance(cell, str) and cell.rstrip().endswith("%") for cell in different)
        is_mixed = _has_both_kinds(plain, has_signs=has_signs)
        doubtful = LARGEST_FRACTION if is_mixed else 0.0

    def parse(cell: Any) -> float:
        text = text_of(cell)
        for sign, factor in (("%", 0.01), ("‰", 0.001)):
            if isinstance(cell, str) and text.endswith(sign):
                return round(number_of(text[:-1], mark) * factor, 12)
        number = number_of(cell, mark)
        if doubtful and 0 < abs(number) <= doubtful:
            said = f"“{text}” may be {number:g} % or {100 * number:g} %: the column has both kinds."
            raise Unreadable("ambiguous", said)
        return round(number * scale, 15)

    values, problems = read_each(cells, parse)
    return NumberColumn(values, problems, mark, scale, note, doubtful or 0.0)


def _has_both_kinds(plain: Sequence[float], *, has_signs: bool) -> bool:
    """Whether figures without a sign are partly fractions and partly percentages.

    They are when some look like the others once taken times a hundred, and either a gap of a decade parts
    the two, or percentages are written with a sign as well.
    """
    small = [value for value in plain if 0 < value <= LARGEST_FRACTION]
    large = [value for value in plain if value > LARGEST_FRACTION]
    if not small or not large:
        return False
    is_apart = has_signs or min(large) >= 10 * max(small)
    return is_apart and any(min(large) / 2 <= 100 * value <= 1.5 * max(large) for value in small)


def _plain_share(cell: Any, mark: str) -> float | None:
    if isinstance(cell, str) and text_of(cell).endswith(("%", "‰")):
        return None
    try:
        return number_of(cell, mark)
    except Unreadable:
        return None
