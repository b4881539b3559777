"""Comments in files, for the two commands that work without the database."""

import codecs
import csv
import resource
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

SHEETS = {".xlsx", ".xlsm", ".xls", ".ods"}
DELIMITERS = ",;\t|"
PEEK = 20_000


class UnusableFile(Exception):
    """The file cannot be read as a table, or lacks a column; the message says what to do."""


def columns(path: Path, names: Sequence[str], optional: Sequence[str] = ()) -> list[list[str]]:
    """The texts of these columns of a CSV or XLSX file, in file order; an optional one may be missing.

    Only they are kept, so a file may be larger than memory. Raises UnusableFile.
    """
    if not path.is_file():
        raise UnusableFile(f"{path} does not exist.")
    reader = _sheet(path) if path.suffix.lower() in SHEETS else _csv(path)
    head = next(reader, None)
    if head is None:
        raise UnusableFile(f"{path.name} is empty. It needs a line of column names.")
    for name in names:
        if name not in head:
            raise UnusableFile(f"{path.name} has no column {name!r}. It has: {', '.join(head)}.")
    places = [head.index(name) if name in head else len(head) for name in (*names, *optional)]
    found: list[list[str]] = [[] for _ in places]
    for row in reader:
        for values, place in zip(found, places, strict=True):
            values.append(row[place] if place < len(row) else "")
    return found


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
    """The rows of a text file that are not blank; what is not UTF-8 in it is read as Windows-1252."""
    with path.open("rb") as file:
        start = file.read(PEEK)
    wide = start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\x00" in start and not wide:
        raise UnusableFile(f"{path.name} is not a CSV file. Save it as CSV or XLSX.")
    encoding = "utf-16" if wide else "utf-8-sig"
    csv.field_size_limit(10_000_000)
    with path.open(encoding=encoding, errors="windows-1252", newline="") as file:
        delimiter = _delimiter(file.read(PEEK))
        file.seek(0)
        try:
            yield from (row for row in csv.reader(file, delimiter=delimiter) if row)
        except csv.Error as error:
            raise UnusableFile(f"{path.name} cannot be read as CSV: {error}.") from error


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
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, IndexError) as error:
        raise UnusableFile(f"{path.name} cannot be opened as a spreadsheet.") from error
    yield from (["" if cell is None else str(cell) for cell in row] for row in rows)
