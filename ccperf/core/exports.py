"""Tables as files. Cells that a spreadsheet would run as a formula are made plain text."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils import timezone
from django.utils.text import slugify

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def safe_cell(value: Any) -> Any:
    """``value`` for a spreadsheet: text that looks like a formula gets a leading apostrophe."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value).replace(tzinfo=None)
    return "" if value is None else value


def wanted_format(request) -> str:
    """``csv`` or ``xlsx`` when the address asks for a file, else an empty string."""
    wanted = request.GET.get("format", "")
    return wanted if wanted in CONTENT_TYPES else ""


def table_response(
    kind: str, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> HttpResponse:
    """The table as a download of ``kind`` csv or xlsx, named after ``name`` and today."""
    return download(kind, name, csv_of(header, rows) if kind == "csv" else _xlsx(header, rows))


def download(kind: str, name: str, content: bytes) -> HttpResponse:
    """A finished table as a download."""
    response = HttpResponse(content, content_type=CONTENT_TYPES[kind])
    filename = f"{slugify(name)}-{timezone.localdate():%Y-%m-%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def csv_of(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The table as CSV with safe cells."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(map(safe_cell, header))
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def _xlsx(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    formats = {
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    sheet.write_row(0, 0, map(safe_cell, header), bold)
    sheet.freeze_panes(1, 0)
    for line, row in enumerate(rows, start=1):
        for column, value in enumerate(map(safe_cell, row)):
            sheet.write(line, column, value, formats.get(type(value)))
    book.close()
    return buffer.getvalue()
