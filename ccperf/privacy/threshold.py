"""The threshold guard: no figure about fewer people than the settings allow, and none that gives one away.

Averages and counts need ``PRIVACY_AVERAGE_MINIMUM`` people, distributions and quotes
``PRIVACY_DISTRIBUTION_MINIMUM``. A selector guards its table once, puts ``HIDDEN`` where a value must not
be seen, and hands that one table to the page, the file and the chart: what is not in it cannot leak.
"""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, Final, TypeVar

from django.conf import settings

from ccperf.privacy.analysis_threshold import (
    TOTAL,
    ListGuard,
    TableGuard,
    guard_list,
    guard_table,
)

__all__ = [
    "HIDDEN",
    "TOTAL",
    "Grain",
    "Hidden",
    "ListGuard",
    "TableGuard",
    "as_json",
    "explanation",
    "guard_list",
    "guard_rows",
    "guard_table",
    "is_large_enough",
    "minimum",
]


Row = TypeVar("Row")


class Grain(StrEnum):
    """How much a figure tells about single people."""

    AVERAGE = "average"
    DISTRIBUTION = "distribution"


class Hidden(str):
    """Stands where a value is suppressed: reads *Hidden* on a page and in a file, and is never a number."""

    __slots__ = ()
    is_hidden: Final = True


HIDDEN: Final = Hidden("Hidden")


def minimum(grain: Grain) -> int:
    """The fewest people a figure of this grain may be about."""
    if grain is Grain.AVERAGE:
        return settings.PRIVACY_AVERAGE_MINIMUM
    return settings.PRIVACY_DISTRIBUTION_MINIMUM


def is_large_enough(n: int, grain: Grain) -> bool:
    """Whether a single group, of which no other figure is published, may be shown."""
    return n >= minimum(grain)


def explanation(grain: Grain) -> str:
    """The sentence that stands under every table with hidden cells, on pages and in files."""
    return (
        f"Hidden: a group of fewer than {minimum(grain)}, or one that would reveal such a group by "
        "subtraction. The same cells are hidden in exports."
    )


def guard_rows(
    rows: Sequence[Row],
    size: Callable[[Row], int],
    *,
    grain: Grain,
    counts: Iterable[Callable[[Row], int]] = (),
) -> ListGuard:
    """Guard rows that are listed with their total, given how to read the size and the counts of each."""
    return guard_list(
        [size(row) for row in rows],
        minimum=minimum(grain),
        counts=[[count(row) for row in rows] for count in counts],
    )


def as_json(value: Any) -> Any:
    """A value for JSON and chart data: what is hidden is null, never a number and never left out."""
    return None if isinstance(value, Hidden) else value
