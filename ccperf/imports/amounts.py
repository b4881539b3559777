"""Numbers and shares: thousands marks, decimal commas, currency, brackets for minus, percent or fraction."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from ccperf.imports.cells import distinct, read_each, text_of
from ccperf.imports.problems import Problem, Unreadable

CURRENCY = re.compile(r"[£$€¥]|\b(GBP|EUR|USD|CHF|AUD|CAD|INR|kr|Rs)\b\.?", re.IGNORECASE)
PLAIN = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$", re.IGNORECASE)
GROUPED_DOT = re.compile(r"^[+-]?\d{1,3}(\.\d{3})+$")
GROUPED_COMMA = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$")
INDIAN = re.compile(r"^[+-]?\d{1,3}(,\d{2})*,\d{3}(\.\d*)?$")

LARGEST_FRACTION = 1.5
"""A share above it is a percentage: adherence of 1.03 exists, of 1.6 does not."""


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of numbers, with the decimal mark and the scale that were used to read it."""

    values: list[float | None]
    problems: dict[int, Problem]
    decimal: str
    scale: float
    note: str
    doubtful: float = 0.0


def decimal_mark(cells: Sequence[Any]) -> str:
    """The decimal mark of a column of texts: a comma only where some value cannot be read otherwise."""
    comma = dot = 0
    for cell in cells:
        if not isinstance(cell, str) or cell.isdigit():
            continue
        text = _bare(text_of(cell)).rstrip("%").strip()
        last_comma, last_dot = text.rfind(","), text.rfind(".")
        if last_comma >= 0 and last_dot >= 0:
            comma += last_comma > last_dot
            dot += last_dot > last_comma
        elif (
            text.count(",") == 1 and (not GROUPED_COMMA.match(text) or text.lstrip("+-").startswith("0,"))
        ) or text.count(".") > 1:
            comma += 1
        elif text.count(".") == 1 and not GROUPED_DOT.match(text):
            dot += 1
    return "," if comma > dot else "."


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
    cells: Sequence[Any], *, decimal: str | None = None, minimum: float | None = None
) -> NumberColumn:
    """Read a column of figures; below ``minimum`` a figure is a problem of its row."""
    mark = decimal or decimal_mark(distinct(cells))

    def parse(cell: Any) -> float:
        number = number_of(cell, mark)
        if minimum is not None and number < minimum:
            raise Unreadable("too_low", f"“{text_of(cell)}” is below {minimum:g}, the lowest this can be.")
        return number

    values, problems = read_each(cells, parse)
    return NumberColumn(
        values, problems, mark, 1.0, "The comma is read as decimal mark." if mark == "," else ""
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
