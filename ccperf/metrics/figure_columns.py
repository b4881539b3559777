"""Figures of a whole file at once: parts of ratios as columns of numbers instead of objects row by row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
SLACK = 1e-9
LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Parts:
    """What the rows say of one measure, NaN where they say nothing; the bounds are ±inf where there is none.

    ``n`` is what the row gives; without it a ratio counts as its denominator, a bare value as one.
    """

    value: Floats
    numerator: Floats
    denominator: Floats
    n: Floats
    lower: Floats | float
    upper: Floats | float


@dataclass(frozen=True, slots=True)
class Worked:
    """Numerator, denominator and n of every row. ``good`` rows have a figure; ``empty`` ones say that nothing
    was counted; ``wrong`` ones have an impossible figure, ``lacking`` ones a numerator without its
    denominator. The others say nothing.
    """

    numerator: Floats
    denominator: Floats
    n: Floats
    good: NDArray[np.bool_]
    empty: NDArray[np.bool_]
    wrong: NDArray[np.bool_]
    lacking: NDArray[np.bool_]

    def forget(self, rows: NDArray[np.bool_]) -> None:
        """Take what these rows say for nothing."""
        for found in (self.good, self.empty, self.wrong, self.lacking):
            found[rows] = False


def worked_out(parts: Parts) -> Worked:
    """The figures of rows: the ratio itself, or a value that weighs as much as its denominator, n, or one."""
    given = ~np.isnan(parts.numerator) & ~np.isnan(parts.denominator)
    weight = np.where(
        np.isnan(parts.denominator), np.where(np.isnan(parts.n), 1.0, parts.n), parts.denominator
    )
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        numerator = np.where(given, parts.numerator, parts.value * weight)
        value = np.where(given, parts.numerator / parts.denominator, parts.value)
        n = np.where(np.isnan(parts.n), weight, parts.n)
        said = given | ~np.isnan(parts.value)
        top = np.where(given, parts.numerator, parts.value)
        impossible = said & ((weight < 0) | ((weight == 0) & (top != 0)))
        there = ~impossible & ~np.isnan(value) & (weight != 0) & (n >= 0)
        outside = there & ((value < parts.lower - SLACK) | (value > parts.upper + SLACK))
    empty = said & (weight == 0) & ~impossible
    lacking = ~said & ~np.isnan(parts.numerator)
    return Worked(numerator, weight, np.rint(n), there & ~outside, empty, impossible | outside, lacking)


@dataclass(slots=True)
class FigureColumns:
    """All figures of a file in the order of its rows: whose ``row``, which of ``metrics``, and the parts.

    Without a denominator a figure says that nothing was counted.
    """

    metrics: list[str]
    row: Whole
    metric: Whole
    numerator: Floats
    denominator: Floats
    n: Whole

    @classmethod
    def joined(cls, metrics: list[str], found: Sequence[tuple[Whole | int, Worked]]) -> "FigureColumns":
        """From what was worked out: pairs of the place of the measure in ``metrics`` and figures by row."""
        rows = [np.flatnonzero(worked.good | worked.empty) for _, worked in found]
        order = np.argsort(_joined(rows, np.int64), kind="stable")
        places = [
            place[good] if isinstance(place, np.ndarray) else np.full(len(good), place)
            for (place, _), good in zip(found, rows, strict=True)
        ]

        def column(name: str, kind: Any) -> Any:
            cells = [getattr(worked, name)[good] for (_, worked), good in zip(found, rows, strict=True)]
            return _joined(cells, kind)[order]

        return cls(
            metrics,
            _joined(rows, np.int64)[order],
            _joined(places, np.int64)[order],
            column("numerator", np.float64),
            column("denominator", np.float64),
            column("n", np.int64),
        )

    def of(self, row: int) -> list[tuple[str, float, float, int]]:
        """Measure, numerator, denominator and n of each figure of one row."""
        start, end = np.searchsorted(self.row, (row, row + 1))
        return [
            (self.metrics[metric], numerator, denominator, n)
            for metric, numerator, denominator, n in zip(
                self.metric[start:end].tolist(),
                self.numerator[start:end].tolist(),
                self.denominator[start:end].tolist(),
                self.n[start:end].tolist(),
                strict=True,
            )
        ]

    def between(
        self, first: int, last: int
    ) -> tuple[list[int], list[str], list[float], list[float], list[int]]:
        """The figures of the rows ``first`` to ``last``: row, measure, numerator, denominator and n, each a
        column.
        """
        start, end = np.searchsorted(self.row, (first, last + 1))
        part = slice(start, end)
        names = [self.metrics[metric] for metric in self.metric[part].tolist()]
        numbers = (self.numerator[part].tolist(), self.denominator[part].tolist(), self.n[part].tolist())
        return (self.row[part].tolist(), names, *numbers)

    def rows_without(self, length: int) -> list[int]:
        """The rows, of ``length``, that hold no figure."""
        empty = np.ones(length, bool)
        empty[self.row] = False
        return np.flatnonzero(empty).tolist()

    def rows_alike(self, owner: Whole) -> list[int]:
        """Rows whose figure shares its measure and ``owner`` (a number for each row) with another row's."""
        keys = owner[self.row] * max(1, len(self.metrics)) + self.metric
        ordered = np.sort(keys)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        return np.unique(self.row[np.isin(keys, twice)]).tolist() if len(twice) else []


def floats(cells: Sequence[Any]) -> Floats:
    """A column of figures, NaN where one is missing."""
    return np.array(cells, dtype=np.float64)


def numbered(columns: Sequence[Sequence[Any]], length: int) -> Whole:
    """One number for each row, the same for rows that are alike in every column."""
    number = np.zeros(length, np.int64)
    size = 1
    for cells in columns:
        places = {cell: place for place, cell in enumerate(dict.fromkeys(cells))}
        if len(places) < 2:
            continue
        if size * len(places) > LARGEST // 1000:
            number = np.unique(number, return_inverse=True)[1]
            size = int(number.max()) + 1
        number = number * len(places) + np.array([places[cell] for cell in cells], np.int64)
        size *= len(places)
    return number


def _joined(parts: Sequence[Any], kind: Any) -> Any:
    return np.concatenate(parts).astype(kind) if parts else np.zeros(0, kind)
