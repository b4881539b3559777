"""From a raw sheet to a table: where the heading is, what the columns are called, which rows are data."""

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from ccperf.imports.cells import text_of
from ccperf.imports.grid import Grid
from ccperf.imports.problems import UnusableFile
from ccperf.imports.reading import RawSheet
from ccperf.imports.words import NO, YES

SEARCHED_ROWS = 40
SHAPED_ROWS = 400
NUMBERISH = re.compile(r"^[-+(]?[£$€]?\s*[\d.,:'/ ]*\d[\d.,:'/ ]*\s*[%)]?$")
DATEISH = re.compile(r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?$")
SURVEY_KEY = re.compile(r"^\{\s*\"ImportId\"")
SUMMARY = re.compile(
    r"^(grand |sub|sub-|overall |report )?(totals?|summary|sum|average|averages|mean|summe|gesamt)\b[\s:]*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Table:
    """A heading and its rows. ``lines`` are the lines of the file, as a person counts them."""

    sheet: str
    columns: list[str]
    rows: Grid
    lines: Sequence[int]
    header_lines: list[int]
    short_names: dict[str, int] = field(default_factory=dict)
    part_names: dict[int, list[str]] = field(default_factory=dict)
    """The headings of two rows that say alone what their column holds."""
    summaries: dict[int, str] = field(default_factory=dict)
    repeated_headings: int = 0
    height: int = 0
    """How many rows the whole file holds, about, when this is only its head."""

    @property
    def count(self) -> int:
        return max(self.height, len(self.rows))

    @property
    def is_head(self) -> bool:
        return self.height > 0

    def find(self, name: str) -> int | None:
        """The column of that heading, of that place (``#3``), or of that unique one of two headings."""
        wanted = normal_heading(name)
        for position, column in enumerate(self.columns):
            if column == name:
                return position
        matches = [i for i, column in enumerate(self.columns) if normal_heading(column) == wanted]
        if len(matches) >= 1:
            return matches[0]
        if wanted in self.short_names:
            return self.short_names[wanted]
        if re.fullmatch(r"#\d+", name.strip()) and 0 < int(name.strip()[1:]) <= len(self.columns):
            return int(name.strip()[1:]) - 1
        return None


def normal_heading(text: str) -> str:
    """A heading as it is compared: spaces collapsed, case ignored."""
    return " ".join(text_of(text).split()).casefold()


def table_of(sheet: RawSheet) -> Table:
    """Find the heading of a sheet, drop empty columns, join a heading of two rows, keep the data rows."""
    if not sheet.rows:
        raise UnusableFile(f"The sheet “{sheet.name}” is empty. Choose another sheet.")
    rows = sheet.rows
    top = rows[:SHAPED_ROWS]
    head = _heading_row(top)
    depth = 2 if head + 2 < len(top) and _has_second_row(top, head) else 1
    start = head + depth
    if len(rows) <= start:
        raise UnusableFile(
            f"The sheet “{sheet.name}” has a heading but no rows under it. Choose another sheet or file."
        )
    kept = [
        column
        for column in range(rows.width)
        if any(text_of(row[column]) for row in top[head:start]) or _has_cells(rows, column, start)
    ]
    columns, lowers = _names(top[head:start], kept, sheet.first_column)
    repeated = _repeated_headings(rows, start, kept, [text_of(cell) for cell in top[head]])
    dropped = repeated | _survey_keys(rows, start, kept)
    table = Table(
        sheet=sheet.name,
        columns=columns,
        rows=rows.part(start, kept, dropped),
        lines=_lines(sheet.lines, start, dropped),
        header_lines=list(sheet.lines[head:start]),
        short_names=_once(lowers) | _uppers(lowers, top[head], kept),
        part_names=_alone(lowers, top[head], kept),
        repeated_headings=len(repeated),
        height=sheet.height - head - depth if sheet.is_head else 0,
    )
    if not table.lines:
        raise UnusableFile(f"The sheet “{sheet.name}” has a heading but no rows under it.")
    table.summaries = _summaries(table.rows)
    return table


def _lines(lines: Sequence[int], start: int, dropped: set[int]) -> array:
    if not dropped:
        return array("I", lines[start:])
    return array("I", [line for at, line in enumerate(lines) if at >= start and at not in dropped])


def _has_cells(rows: Grid, column: int, start: int) -> bool:
    """Whether a column holds anything from the row ``start`` on."""
    if not any(map(_filled, rows.different(column))):
        return False
    return any(_filled(cell) for cell in rows.column(column, start))


def _repeated_headings(rows: Grid, start: int, kept: list[int], heading: list[str]) -> set[int]:
    """Rows that say the heading again, as exports of several pages do."""
    first = kept[0]
    alike = {
        cell
        for cell in rows.different(first)
        if isinstance(cell, str) and cell != "" and text_of(cell) == heading[first]
    }
    if not alike:
        return set()
    suspects = [at for at, cell in enumerate(rows.column(first, start), start) if cell in alike]
    wanted = [heading[column] for column in kept]
    return {at for at in suspects if [text_of(rows[at][column]) for column in kept] == wanted}


def _survey_keys(rows: Grid, start: int, kept: list[int]) -> set[int]:
    """Rows of a survey system's own keys under the heading, such as ``{"ImportId":"QID1"}``."""
    return {
        at
        for at in range(start, min(start + 2, len(rows)))
        if all(SURVEY_KEY.match(text_of(rows[at][column])) for column in kept)
    }


def _summaries(rows: Grid) -> dict[int, str]:
    """Lines of totals: their first word says so."""
    words = {cell for cell in rows.different(0) if isinstance(cell, str) and SUMMARY.match(cell.strip())}
    found = {}
    if words or "" in rows.different(0):
        for at, lead in enumerate(rows.column(0)):
            if lead == "":
                lead = next((cell for cell in rows[at] if cell != ""), "")
                if isinstance(lead, str) and SUMMARY.match(lead.strip()):
                    found[at] = text_of(lead)
            elif lead in words:
                found[at] = text_of(lead)
    return found


def _filled(cell: Any) -> bool:
    return cell != "" and cell is not None and (not isinstance(cell, str) or not cell.isspace())


def _is_label(cell: Any) -> bool:
    """Whether a cell could be a heading: words, or a year or number standing among words."""
    return (
        isinstance(cell, str)
        and bool(text := text_of(cell))
        and not NUMBERISH.match(text)
        and len(text) <= 300
    )


def _is_value(cell: Any) -> bool:
    if isinstance(cell, str):
        text = text_of(cell)
        return bool(text) and bool(NUMBERISH.match(text) or DATEISH.match(text))
    return isinstance(cell, (int, float, date, datetime, time, timedelta))


def is_prose(table: Table) -> bool:
    """Whether lines of text were cut at their commas: few columns, a heading of many words, and not one cell
    that is a number, a date, or yes or no.
    """
    words = sum(len(column.split()) for column in table.columns)
    if len(table.columns) > 4 or words < 5:
        return False
    cells = [cell for row in table.rows[:200] for cell in row]
    return not any(_is_value(cell) or text_of(cell).casefold() in YES | NO for cell in cells)


def _heading_row(rows: list[list[Any]]) -> int:
    """The first row that is as wide as the table and holds labels, with rows of the same shape under it."""
    widths = [sum(_filled(cell) for cell in row) for row in rows]
    usual = Counter(widths[min(len(widths) - 1, 3) :] or widths).most_common(1)[0][0]
    reach = max(usual, 1)
    for position, row in enumerate(rows[:SEARCHED_ROWS]):
        labels = [text_of(cell) for cell in row if _is_label(cell)]
        filled = widths[position]
        is_narrow = filled < (max(2, reach * 0.5) if reach >= 3 else reach)
        if not labels or (is_narrow and not _is_upper_row(rows, position, reach)):
            continue
        if len(labels) >= filled * 0.5 and _mostly_different(labels, rows, position):
            return position
    raise UnusableFile(
        "No heading row was found: the file needs one line that names the columns, with the data under it."
    )


def _mostly_different(labels: list[str], rows: list[list[Any]], position: int) -> bool:
    """Headings differ from each other, unless they are the upper row of two (merged cells, repeated
    groups).
    """
    different = len({label.casefold() for label in labels})
    return different >= len(labels) * 0.5 or (position + 2 < len(rows) and _has_second_row(rows, position))


def _has_second_row(rows: list[list[Any]], head: int) -> bool:
    """Whether the row under the heading is a part of it: it fills gaps, or names columns that hold
    figures.
    """
    upper, lower, body = rows[head], rows[head + 1], rows[head + 2 : head + 42]
    if any(
        isinstance(cell, (int, float, date, time, timedelta)) and not isinstance(cell, bool) for cell in lower
    ):
        return False
    if any(_is_value(cell) for cell in lower):
        return False
    valued = [
        column
        for column in range(len(upper))
        if sum(_is_value(row[column]) for row in body)
        >= 0.6 * max(1, sum(_filled(row[column]) for row in body))
        and any(_filled(row[column]) for row in body)
    ]
    gaps = [column for column in range(len(upper)) if not _filled(upper[column]) and _filled(lower[column])]
    named = [column for column in valued if _is_label(lower[column])]
    if gaps and valued:
        return len(named) >= len(valued) * 0.6
    return len(valued) >= 2 and len(named) == len(valued)


def _is_upper_row(rows: list[list[Any]], position: int, reach: int) -> bool:
    """Whether a row of few names is the upper one of a heading of two, not a title: with the row under it it
    names the columns, and that row alone leaves some without a name or several with the same one.
    """
    if position + 2 >= len(rows) or sum(map(_is_label, rows[position])) < 2:
        return False
    pairs = list(zip(rows[position], rows[position + 1], strict=True))
    named = sum(_filled(upper) or _filled(lower) for upper, lower in pairs)
    lowers = [normal_heading(lower) for _, lower in pairs if _is_label(lower)]
    completes = any(_filled(upper) and not _filled(lower) for upper, lower in pairs)
    return (
        named >= reach * 0.8
        and (completes or len(set(lowers)) < len(lowers))
        and _has_second_row(rows, position)
    )


def _names(
    heading: list[list[Any]], kept: list[int], first_column: int
) -> tuple[list[str], list[tuple[str, str]]]:
    """Unique column names, and what a heading of two rows says of each: the upper label, carried right over
    merged cells, and the lower one. The name joins both.
    """
    names: list[str] = []
    lowers: list[tuple[str, str]] = []
    carried = ""
    for column in kept:
        upper = " ".join(text_of(heading[0][column]).split())
        lower = " ".join(text_of(heading[1][column]).split()) if len(heading) == 2 else ""
        carried = upper or (carried if len(heading) == 2 and lower else "")
        same = carried.casefold() == lower.casefold()
        name = carried if same or not lower else f"{carried} {lower}".strip()
        names.append(name or f"Column {letter(first_column + column)}")
        lowers.append((carried, lower))
    counts: Counter[str] = Counter()
    for position, name in enumerate(names):
        counts[name.casefold()] += 1
        if counts[name.casefold()] > 1:
            names[position] = f"{name} ({counts[name.casefold()]})"
    return names, lowers


def _once(lowers: list[tuple[str, str]]) -> dict[str, int]:
    """The columns whose lower heading no other column has."""
    counts = Counter(normal_heading(lower) for _, lower in lowers)
    found = ((normal_heading(lower), at) for at, (_, lower) in enumerate(lowers) if lower)
    return {lower: at for lower, at in found if counts[lower] == 1}


def _alone(lowers: list[tuple[str, str]], upper_row: list[Any], kept: list[int]) -> dict[int, list[str]]:
    """Headings that need no other one. Where groups have the same columns, as voice and chat, a lower one
    needs the upper one; an upper one stands alone where each column has its own.
    """
    once = _once(lowers)
    parallel = {upper for upper, lower in lowers if lower and normal_heading(lower) not in once}
    found = {at: [lowers[at][1]] for at in once.values() if lowers[at][0] not in parallel}
    for at in _uppers(lowers, upper_row, kept).values():
        found.setdefault(at, []).append(lowers[at][0])
    return found


def _uppers(lowers: list[tuple[str, str]], upper_row: list[Any], kept: list[int]) -> dict[str, int]:
    """The columns by their upper heading, where a heading of two rows has one for each."""
    if not any(lower for _, lower in lowers) or not all(_filled(upper_row[column]) for column in kept):
        return {}
    return {normal_heading(upper): at for at, (upper, _) in enumerate(lowers)}


def letter(column: int) -> str:
    """The spreadsheet letter of a column counted from zero."""
    word = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        word = chr(65 + rest) + word
    return word
