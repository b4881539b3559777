"""Comments in files, for the two commands that work without the database."""

import csv
import resource
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ENCODINGS = ("utf-8-sig", "cp1252")


class UnusableFile(Exception):
    """The file cannot be read as a table, or lacks a column; the message says what to do."""


def rows_of(path: Path) -> tuple[list[str], list[list[str]]]:
    """Head and rows of a CSV or XLSX file as text. Raises UnusableFile when it is neither."""
    if not path.is_file():
        raise UnusableFile(f"{path} does not exist.")
    rows = _sheet(path) if path.suffix.lower() in {".xlsx", ".xlsm", ".xls", ".ods"} else _text(path)
    if not rows:
        raise UnusableFile(f"{path.name} is empty. It needs a line of column names.")
    return rows[0], rows[1:]


def column(path: Path, name: str) -> list[str]:
    """The texts of one column, in file order."""
    head, rows = rows_of(path)
    if name not in head:
        raise UnusableFile(f"{path.name} has no column {name!r}. It has: {', '.join(head)}.")
    place = head.index(name)
    return [row[place] if place < len(row) else "" for row in rows]


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


def _text(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    if b"\x00" in content[:4096]:
        raise UnusableFile(f"{path.name} is not a CSV file. Save it as CSV or XLSX.")
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = content.decode("utf-8", "replace")
    csv.field_size_limit(10_000_000)
    try:
        sample = csv.Sniffer().sniff(text[:20_000], delimiters=",;\t|")
        delimiter = sample.delimiter
    except csv.Error:
        delimiter = ","
    head = text.split("\n", 1)[0]
    if delimiter not in head:
        delimiter = max(",;\t|", key=head.count)
    try:
        return [row for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if row]
    except csv.Error as error:
        raise UnusableFile(f"{path.name} cannot be read as CSV: {error}.") from error


def _sheet(path: Path) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_path(str(path))
        rows = book.get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, IndexError) as error:
        raise UnusableFile(f"{path.name} cannot be opened as a spreadsheet.") from error
    return [["" if cell is None else str(cell) for cell in row] for row in rows]
