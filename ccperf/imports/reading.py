"""Read any table a person can export: which format it really is, which sheet, and the rows with their line
numbers.

Nothing here knows what the columns mean, and nothing is ever guessed in silence: what was decided
(encoding, delimiter, sheet) is kept on the result so that it can be shown.
"""

import csv
import io
import re
import zipfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress, islice, repeat
from operator import attrgetter
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ccperf.core.identifiers import as_id
from ccperf.imports.cells import text_of
from ccperf.imports.formats import form_of, refuse_wrong_form, utf16_without_mark
from ccperf.imports.grid import Grid
from ccperf.imports.problems import UnusableFile

MAX_ROWS = 2_000_000
MAX_COLUMNS = 2_000
SAMPLE_CHARACTERS = 200_000
BLOCK = 100_000
ROWS_AT_ONCE = 500
HEAD_BYTES = 400_000
HEAD_ROWS = 2_000
"""What the page of columns needs of a file: its heading, and enough rows to see what the columns hold."""
DELIMITERS = [",", ";", "\t", "|", "\x1f"]


@dataclass(slots=True)
class RawSheet:
    """One sheet as it stands: every row that holds anything, with its line in the file."""

    name: str
    rows: Grid
    lines: Sequence[int]
    delimiter: str = ""
    height: int = 0
    """How many rows the whole sheet holds, at a guess when only its head was read."""
    first_column: int = 0
    """How many empty columns stand before these."""

    @property
    def is_head(self) -> bool:
        return self.height > len(self.rows)


@dataclass(slots=True)
class RawFile:
    """What a file holds, and how it had to be read."""

    sheets: list[RawSheet]
    form: str
    encoding: str = ""
    notes: list[str] = field(default_factory=list)

    def sheet(self, wanted: str) -> RawSheet:
        """The sheet of that name, or of that number counted from one."""
        for sheet in self.sheets:
            if sheet.name.strip().casefold() == wanted.strip().casefold():
                return sheet
        number = as_id(wanted.strip())
        if number and number <= len(self.sheets):
            return self.sheets[number - 1]
        names = ", ".join(f"“{sheet.name}”" for sheet in self.sheets) or "none"
        raise UnusableFile(f"The file has no sheet “{wanted}”. Its sheets are: {names}.")


def read_file(path: Path, *, filename: str | None = None, head_only: bool = False) -> RawFile:
    """Read a file by what it is, and refuse one that is not what its name says. ``head_only`` reads no more
    than the page of columns needs.
    """
    name = filename or path.name
    suffix = Path(name).suffix.lower()
    size = path.stat().st_size
    if size == 0:
        raise UnusableFile(f"“{name}” is empty. Export it again, then choose the new file.")
    with path.open("rb") as handle:
        head = handle.read(8192)
    form = form_of(head, path)
    refuse_wrong_form(form, suffix, name)
    if form in {"xlsx", "xls", "ods"}:
        raw = _read_workbook(path, name, HEAD_ROWS if head_only else None)
    else:
        raw = _read_text(path, name, head_only=head_only and size > HEAD_BYTES)
    if not any(sheet.rows for sheet in raw.sheets):
        raise UnusableFile(f"“{name}” holds no rows. Export it again, then choose the new file.")
    return raw


def _read_workbook(path: Path, name: str, most: int | None) -> RawFile:
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = []
        for meta in book.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = _read_sheet(book, meta.name, most)
            if sheet.rows and meta.visible != SheetVisibleEnum.Visible:
                sheets.append((1, sheet))
            else:
                sheets.append((0, sheet))
    except UnusableFile:
        raise
    except (CalamineError, OSError, ValueError, zipfile.BadZipFile) as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise UnusableFile(
                "The workbook is protected by a password. Save a copy without the password, then "
                "choose that copy."
            ) from error
        raise UnusableFile(
            f"“{name}” is damaged and cannot be opened. Open it in a spreadsheet program and save it again."
        ) from error
    ordered = [sheet for _, sheet in sorted(sheets, key=lambda pair: pair[0])]
    return RawFile(ordered, form=path.suffix.lower().lstrip(".") or "xlsx")


def _read_sheet(book: CalamineWorkbook, name: str, most: int | None) -> RawSheet:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_width > MAX_COLUMNS * 10 or sheet.height > MAX_ROWS:
        raise UnusableFile(
            f"The sheet “{name}” is larger than this program reads at once. Split it into parts."
        )
    first, first_column = sheet.start or (0, 0)
    rows, lines = [], []
    cells = sheet.to_python(skip_empty_area=True, nrows=most)
    _fill_merged(cells, sheet.merged_cell_ranges or [], (first, first_column))
    for offset, row in enumerate(cells):
        if any(cell != "" and (not isinstance(cell, str) or cell.strip()) for cell in row):
            rows.append(row)
            lines.append(first + offset + 1)
    is_cut = most is not None and sheet.height > most
    height = sheet.height if is_cut else len(rows)
    return RawSheet(name, Grid(rows), lines, height=height, first_column=first_column)


def _fill_merged(cells: list[list[Any]], ranges: Sequence[Any], first: tuple[int, int]) -> None:
    """Let a cell that is merged downwards say the same in each of its rows, as it does to whoever looks."""
    for (top, left), (bottom, right) in ranges:
        at, column = top - first[0], left - first[1]
        if left == right and 0 <= at < len(cells) and 0 <= column < len(cells[at]):
            for row in cells[at + 1 : bottom - first[0] + 1]:
                row[column] = cells[at][column]


def _read_text(path: Path, name: str, *, head_only: bool = False) -> RawFile:
    codec, encoding = encoding_of(path)
    with path.open(encoding=codec, errors="replace", newline="") as text:
        sample = text.read(SAMPLE_CHARACTERS)
        delimiter, skipped = _delimiter(sample, cut=bool(text.read(1)))
        text.seek(0)
        # A line that only tells the delimiter counts as a line, but holds nothing.
        head = ["\n"] if text.read(skipped) else []
        if head_only:
            head += islice(text, HEAD_ROWS)
            rest = next(text, "")
            rows, lines = _split(head, delimiter, name)
        else:
            rest = ""
            rows, lines = _split(chain(head, text), delimiter, name)
            _refuse_open_quote(path, codec, delimiter, lines)
    sheet = RawSheet(Path(name).stem, rows, lines, delimiter, height=len(rows))
    if rest:
        # How many there are in all is reckoned from the lengths of these.
        length = sum(len(line.encode(codec, errors="replace")) for line in head)
        sheet.height = max(len(rows) + 1, round(len(rows) * path.stat().st_size / length))
    return RawFile([sheet], form="text", encoding=encoding)


def _refuse_open_quote(path: Path, codec: str, delimiter: str, lines: Sequence[int]) -> None:
    """Refuse a text whose last row has swallowed the lines under it, because a quotation mark stays open."""
    with path.open(encoding=codec, errors="replace", newline="") as text:
        rest = list(islice(text, lines[-1] - 1, None)) if lines else []
    if len(rest) < 2 or '"' not in rest[0]:
        return
    try:
        next(csv.reader(rest, delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise UnusableFile(
                f"A quotation mark that opens on line {lines[-1]} is never closed, so the lines under it "
                "cannot be told apart. Close or delete it, then choose the file again."
            ) from error


def encoding_of(path: Path) -> tuple[str, str]:
    """Codec and name of a text's encoding: marked, UTF-8, UTF-16 by its zero bytes, else Windows."""
    with path.open("rb") as handle:
        head = handle.read(8192)
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig", "UTF-8 with mark"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "UTF-16"
    if unmarked := utf16_without_mark(head):
        return unmarked, "UTF-16"
    for codec, name in (("utf-8", "UTF-8"), ("cp1252", "Windows-1252")):
        if _reads_as(path, codec):
            return codec, name
    return "latin-1", "Latin-1"


def _reads_as(path: Path, codec: str) -> bool:
    try:
        with path.open(encoding=codec, newline="") as text:
            while text.read(BLOCK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(sample: str, *, cut: bool) -> tuple[str, int]:
    """The delimiter that cuts the first lines most evenly, and the length of an Excel ``sep=`` line."""
    hint = re.match(r"\s*\"?sep=(.)\"?\r?\n", sample, re.IGNORECASE)
    if hint:
        return hint.group(1), hint.end()
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        score = _evenness(sample, delimiter, cut=cut)
        if score > best_score:
            best, best_score = delimiter, score
    return " " if best_score == 0.0 and _is_spaced(sample) else best, 0


def _evenness(sample: str, delimiter: str, *, cut: bool) -> float:
    rows = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(cell.strip() for cell in row):
                rows.append(len(row))
            if len(rows) >= 400:
                break
    except csv.Error:
        return 0.0
    if cut and rows:
        rows.pop()
    if not rows:
        return 0.0
    width = max(set(rows), key=lambda value: (rows.count(value), value) if value > 1 else (0, value))
    if width < 2:
        return 0.0
    return rows.count(width) / len(rows) * (1 + min(width, 50) / 100)


def _is_spaced(sample: str) -> bool:
    widths = [len(line.split()) for line in sample.splitlines()[1:40] if line.strip()]
    return (
        len(widths) >= 3 and widths[0] > 1 and len(set(widths)) == 1 and any(map(str.isdigit, sample.split()))
    )


def _split(text: Iterable[str], delimiter: str, name: str) -> tuple[Grid, array]:
    """The rows that hold anything, and their lines."""
    lines = array("I")
    if delimiter == " ":
        numbered = [pair for pair in enumerate("".join(text).splitlines(), 1) if pair[1].strip()]
        return Grid(line.split() for _, line in numbered), array("I", [number for number, _ in numbered])
    csv.field_size_limit(10_000_000)
    return Grid(_filled_rows(csv.reader(text, delimiter=delimiter), lines, name)), lines


def _filled_rows(reader: Any, lines: array, name: str) -> Iterator[list[str]]:
    """Rows that hold anything; their lines go into ``lines``."""
    # With each row the line at which it ends: one row may go over several.
    ending = zip(reader, map(attrgetter("line_num"), repeat(reader)), strict=False)
    start = 1
    more = True
    while more:
        block: list[tuple[list[str], int]] = []
        try:
            block.extend(islice(ending, ROWS_AT_ONCE))
        except csv.Error as error:
            line = block[-1][1] + 1 if block else start
            raise UnusableFile(
                f"The text around line {line} cannot be cut into columns ({error}). Save it again as CSV."
            ) from error
        more = len(block) == ROWS_AT_ONCE
        starts = [start, *(end + 1 for _, end in block)]
        start = starts.pop()
        rows = [row for row, _ in block]
        if not all(row and row[0] and not row[0].isspace() for row in rows):
            holds = ["".join(row).strip() != "" for row in rows]
            rows, starts = list(compress(rows, holds)), list(compress(starts, holds))
        if rows and max(map(len, rows)) > MAX_COLUMNS:
            raise UnusableFile(
                f"“{name}” has more than {MAX_COLUMNS:,} columns. It is not a table this program can read."
            )
        lines.extend(starts)
        if len(lines) > MAX_ROWS:
            raise UnusableFile(f"The file has more than {MAX_ROWS:,} rows. Split it into parts.")
        yield from rows


def first_texts(row: list[Any], count: int = 5) -> str:
    """The first cells of a row that hold anything, for a message."""
    return ", ".join([text for cell in row if (text := text_of(cell))][:count])
