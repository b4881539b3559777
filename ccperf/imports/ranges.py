"""Periods that are written with both their ends (``09:00-09:30``): what counts is their start."""

import re
from collections.abc import Iterable, Iterator

SEPARATOR = re.compile(r"\s*[-–—~/]\s*|\s+(?:to|until|till|bis)\s+", re.IGNORECASE)
HALF = re.compile(r"\s*([ap])\.?m\.?$", re.IGNORECASE)
END_OR_OFFSET = re.compile(r"^\d{4}-\d\d-\d\d (\d\d):?(\d\d)-(\d\d):?(\d\d)$")
HALF_DAY = 12 * 60


def ends_of(text: str) -> Iterator[tuple[str, str]]:
    """The ways to cut a text into start and end of a period, at each separator."""
    for found in SEPARATOR.finditer(text):
        start, end = text[: found.start()], text[found.end() :]
        if start and end:
            yield start, end


def with_half(start: str, end: str) -> list[str]:
    """The readings of a start whose half of the day only the end tells: ``11:30 - 12:00 PM`` begins before
    noon, ``9:00 - 9:30 PM`` after it. The later one comes first.
    """
    said = HALF.search(end)
    if said is None or HALF.search(start):
        return [start]
    return [f"{start} PM", f"{start} AM"] if said[1].lower() == "p" else [f"{start} AM", f"{start} PM"]


def are_periods(texts: Iterable[str]) -> bool:
    """Whether ``2026-01-05 09:00-09:30`` in a column means a period, not nine o'clock in a zone nine and a
    half hours behind: each end lies after its start, and there are not one or two ends for many starts.
    """
    found = [
        tuple(map(int, match.groups())) for text in texts if (match := END_OR_OFFSET.match(text)) is not None
    ]
    starts = {hour * 60 + minute for hour, minute, _, _ in found}
    ends = {hour * 60 + minute for _, _, hour, minute in found}
    if any(0 < end <= start for start, end in ((a * 60 + b, c * 60 + d) for a, b, c, d in found)):
        return False
    return bool(found) and (len(ends) > 2 or len(starts) <= len(ends) or max(ends) > HALF_DAY)


def without_end(text: str) -> str:
    """``2026-01-05 09:00-09:30`` as ``2026-01-05 09:00``."""
    return text.rpartition("-")[0] if END_OR_OFFSET.match(text) else text
