"""Comments in files, for the two commands that work without the database."""

import codecs
import csv
import os
import resource
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ccperf.imports.cells import text_of
from ccperf.imports.formats import form_of, utf16_without_mark
from ccperf.imports.problems import UnusableFile
from feedback.themes.engine.text import language_of

SHEETS = {".xlsx", ".xlsm", ".xls", ".ods"}
TEXT = {"text", "a binary file"}
"""How files that may be read as text look by their first bytes; zero bytes alone are looked at once more."""
DELIMITERS = ",;\t|"
PEEK = 20_000
# A file with one zero byte in so many is no text; a stray one is left out.
NULS_OF_NO_TEXT = 10


def columns(path: Path, names: Sequence[str], optional: Sequence[str] = ()) -> list[list[str]]:
    """The texts of these columns of a CSV or XLSX file, in file order; an optional one may be missing.

    Only they are kept, so a file may be larger than memory. A blank line is a row, too, unless no other
    follows. Raises UnusableFile.
    """
    if path.is_dir():
        raise UnusableFile(f"{path} is a folder, not a file.")
    if not path.is_file():
        raise UnusableFile(f"{path} does not exist.")
    reader = _sheet(path) if _is_workbook(path) else _csv(path)
    head = [name.strip() for name in next(filter(None, reader), ())]
    if not head:
        raise UnusableFile(f"{path.name} is empty. It needs a line of column names.")
    places = [_place(path, head, name) for name in names]
    places += [_place(path, head, name) if _named(head, name) else len(head) for name in optional]
    found: list[list[str]] = [[] for _ in places]
    blank = 0
    for row in reader:
        if not row:
            blank += 1
            continue
        for values, place in zip(found, places, strict=True):
            values.extend([""] * blank)
            values.append(row[place] if place < len(row) else "")
        blank = 0
    return found


def _place(path: Path, head: Sequence[str], name: str) -> int:
    """Where the column of this name is. Raises UnusableFile when there is none, or more than one."""
    places = _named(head, name)
    if not places:
        raise UnusableFile(f"{path.name} has no column {name!r}. It has: {', '.join(head)}.")
    if len(places) > 1:
        raise UnusableFile(f"{path.name} has {len(places)} columns {name!r}. Give each its own name.")
    return places[0]


def _named(head: Sequence[str], name: str) -> list[int]:
    """The columns of this name; where there is none, those that are spelt so but for capitals."""
    wanted = name.strip()
    exact = [place for place, other in enumerate(head) if other == wanted]
    return exact or [place for place, other in enumerate(head) if other.casefold() == wanted.casefold()]


def _is_workbook(path: Path) -> bool:
    """By what the file is, whatever it is called. Raises UnusableFile for what is no table at all."""
    with path.open("rb") as file:
        form = form_of(file.read(PEEK), path)
    if f".{form}" in SHEETS or path.suffix.lower() in SHEETS:
        return True
    if form not in TEXT:
        raise UnusableFile(f"{path.name} is {form}, not a table. Save it as CSV or XLSX.")
    return False


def ensure_writable(out: Path, inputs: Iterable[Path | None]) -> None:
    """Raise UnusableFile where the answer could not be written, or would replace a file that was given."""
    if out.is_dir():
        raise UnusableFile(f"{out} is a folder. Name a file for the answer.")
    if not out.parent.is_dir():
        raise UnusableFile(f"The folder {out.parent} does not exist. Make it first, or name another file.")
    if not os.access(out if out.exists() else out.parent, os.W_OK):
        raise UnusableFile(f"{out} cannot be written. Name another file.")
    for path in inputs:
        if path is not None and out.exists() and path.exists() and out.samefile(path):
            raise UnusableFile(f"The answer would replace {path}. Name another file.")


def other_languages(texts: Sequence[str]) -> dict[int, str]:
    """The rows that are not in English, each with its language: the engine leaves them alone."""
    return {row: code for row, text in enumerate(texts) if text and (code := language_of(text)) != "en"}


def marked(language: str | None) -> str:
    """What stands beside a row that was left alone because of its language; nothing for English."""
    return f"language: {language}" if language else ""


def shortened(text: str, letters: int) -> str:
    """The text in one line, of at most so many letters."""
    line = " ".join(text[: 4 * letters].split())
    return line if len(line) <= letters else line[: letters - 1].rstrip() + "\u2026"


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The answer as UTF-8 CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


class Meter:
    """CPU seconds and peak memory of this process, for saying what an analysis cost."""

    def __init__(self) -> None:
        self._started = time.process_time()

    def figures(self, comments: int) -> dict[str, float]:
        seconds = time.process_time() - self._started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "comments": comments,
            "cpu_seconds": round(seconds, 3),
            "comments_per_second": round(comments / seconds, 1) if seconds else 0,
            "peak_memory_mb": round(peak, 1),
        }


def _csv(path: Path) -> Iterator[list[str]]:
    """The rows of a text file, a blank one empty; what is not UTF-8 in it is read as Windows-1252."""
    with path.open("rb") as file:
        start = file.read(PEEK)
    marked_wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    wide = "utf-16" if marked_wide else utf16_without_mark(start)
    if start.count(b"\x00") * NULS_OF_NO_TEXT > len(start) and not wide:
        raise UnusableFile(f"{path.name} is not a CSV file. Save it as CSV or XLSX.")
    encoding = wide or "utf-8-sig"
    csv.field_size_limit(10_000_000)
    begun = line = 0
    with path.open(encoding=encoding, errors="windows-1252", newline="") as file:
        delimiter = _delimiter(file.read(PEEK))
        file.seek(0)
        reader = csv.reader(_without_nuls(file), delimiter=delimiter)
        try:
            for row in reader:
                begun, line = line, reader.line_num
                yield row
        except csv.Error as error:
            raise UnusableFile(f"{path.name} cannot be read as CSV: {error}.") from error
        if line - begun > 1:
            file.seek(0)
            _refuse_open_quote(path, list(islice(_without_nuls(file), begun, None)), delimiter, begun + 1)


def _without_nuls(lines: Iterable[str]) -> Iterator[str]:
    return (line.replace("\x00", "") for line in lines)


def _refuse_open_quote(path: Path, last: Sequence[str], delimiter: str, line: int) -> None:
    """Refuse a file whose last row has swallowed the rows under it, because a quotation mark stays open."""
    try:
        next(csv.reader(last, delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise UnusableFile(
                f"{path.name}: a quotation mark that opens on line {line} is never closed, so the rows under "
                "it cannot be told apart. Close or delete it."
            ) from error


def _delimiter(text: str) -> str:
    head = text.split("\n", 1)[0]
    try:
        delimiter = csv.Sniffer().sniff(text, delimiters=DELIMITERS).delimiter
    except csv.Error:
        delimiter = ","
    return delimiter if delimiter in head else max(DELIMITERS, key=head.count)


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("windows-1252", _as_windows_1252)


def _sheet(path: Path) -> Iterator[list[str]]:
    """The rows of the first sheet that has any, a blank one empty."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = (book.get_sheet_by_index(number) for number in range(len(book.sheet_names)))
        rows = next((sheet.to_python() for sheet in sheets if sheet.total_height), [])
    except (CalamineError, OSError, IndexError) as error:
        raise UnusableFile(f"{path.name} cannot be opened as a spreadsheet.") from error
    for row in rows:
        cells = [cell if isinstance(cell, str) else text_of(cell) for cell in row]
        yield cells if any(cells) else []
