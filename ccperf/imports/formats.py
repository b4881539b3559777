"""Which format a file really is, whatever its name says."""

import re
import zipfile
from pathlib import Path

from ccperf.imports.problems import UnusableFile

MAX_UNPACKED_BYTES = 600 * 1024 * 1024
MAX_RATIO = 250
TEXT_SUFFIXES = {".csv", ".txt", ".tsv", ".tab", ".dat", ""}
ZIP_SUFFIXES = {".xlsx", ".xlsm", ".xlsb", ".ods"}
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAGIC = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file",
    b"7z\xbc\xaf": "a compressed file",
    b"Rar!": "a compressed file",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
    b"{\\rtf": "a text document",
}


def form_of(head: bytes, path: Path) -> str:
    """What a file is by its first bytes: text, xlsx, xls, ods, or words for what cannot be read."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_form(path)
    if head.startswith(OLE_MAGIC):
        return _ole_form(path)
    for magic, word in MAGIC.items():
        if head.startswith(magic):
            return word
    start = head.lstrip(b"\xef\xbb\xbf\r\n\t ")[:400].lower()
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<workbook", b"<head", b"<meta")):
        return "a web page or XML text"
    if start[:1] in (b"{", b"[") and re.match(rb"[\[{]\s*(\"|\{|\[|\]|\}|\d)", start):
        return "JSON text"
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and _looks_binary(head):
        return "a binary file"
    return "text"


def _looks_binary(head: bytes) -> bool:
    if head.count(0) > len(head) // 4 and utf16_without_mark(head):
        return False
    control = sum(byte < 32 and byte not in (9, 10, 11, 12, 13, 26, 27, 31) for byte in head)
    return control > max(3, len(head) // 100)


def _zip_form(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except zipfile.BadZipFile:
        return "a damaged workbook"
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED_BYTES or (
        unpacked > 50_000_000 and unpacked > MAX_RATIO * path.stat().st_size
    ):
        raise UnusableFile(
            "The workbook unpacks to far more data than it should hold, so it was not opened. Save "
            "the one sheet as CSV."
        )
    names = {info.filename for info in infos}
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "mimetype" in names and "content.xml" in names:
        return "ods"
    if "[Content_Types].xml" in names:
        return "a document that is not a workbook"
    return "a compressed file"


def _ole_form(path: Path) -> str:
    with path.open("rb") as handle:
        content = handle.read(20_000_000)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise UnusableFile(
            "The workbook is protected by a password. Save a copy without the password, then choose "
            "that copy."
        )
    if any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book")):
        return "xls"
    return "a document that is not a workbook"


def refuse_wrong_form(form: str, suffix: str, name: str) -> None:
    """Refuse what is no table, and a table whose name says that it is another kind."""
    allowed = {"text": TEXT_SUFFIXES, "xlsx": ZIP_SUFFIXES - {".ods"}, "ods": {".ods"}, "xls": {".xls"}}
    if form in allowed and suffix in allowed[form]:
        return
    what = {
        "text": "plain text",
        "xlsx": "an Excel workbook",
        "xls": "an old Excel workbook",
        "ods": "OpenDocument",
    }
    said = f"“{name}”"
    if form not in allowed:
        raise UnusableFile(
            f"{said} is {form}, not a table. Save the data as CSV or as an Excel workbook (.xlsx)."
        )
    known = set().union(*allowed.values())
    if suffix not in known:
        raise UnusableFile(
            f"{said} does not have the name of a table. Name it .csv, .txt, .xlsx, .xls or .ods."
        )
    right = {"text": ".csv", "xlsx": ".xlsx", "xls": ".xls", "ods": ".ods"}[form]
    raise UnusableFile(
        f"{said} is {what[form]}, although its name ends in {suffix}. Check that it is the right file, "
        f"then give it the ending {right}."
    )


def utf16_without_mark(head: bytes) -> str:
    """The codec of UTF-16 that carries no mark, told by where its zero bytes stand; empty for other text."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = max(1, len(head) // 2)
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.6 and odd < half * 0.1:
        return "utf-16-be"
    return ""
