"""Which build of the program a process runs, so that nothing kept by one is shown by another."""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings

ROOMS = ("ccperf", "feedback", "improvement", "retention", "strategy", "templates")
WRITES_PAGES = {".py", ".html", ".svg"}


@cache
def build() -> str:
    """A value that changes with the program and its templates; read once in the life of a process."""
    return digest_of([settings.BASE_DIR / room for room in ROOMS])


def digest_of(folders: list[Path]) -> str:
    """A value that changes with the name or content of any file in the folders that has a part in pages."""
    seen = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in WRITES_PAGES):
            content = path.read_bytes()
            seen.update(f"{path.relative_to(folder.parent)}\0{len(content)}\0".encode() + content)
    return seen.hexdigest()[:16]


def cache_key(key: str, prefix: str, version: int) -> str:
    """Where Django's cache keeps ``key`` for this build: parts of pages, and figures as it lays them out."""
    return f"{prefix}:{version}:{build()}:{key}"
