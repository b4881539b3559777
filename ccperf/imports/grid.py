"""The cells of a table, column by column, each different cell kept once: a large file in little memory."""

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, overload

from ccperf.imports.cells import keys_of


class Grid(Sequence):
    """Rows of equal width. Reads like a list of lists; ``column`` is quick."""

    __slots__ = ("_columns", "_length")

    def __init__(self, rows: Sequence[Sequence[Any]] = ()) -> None:
        self._length = len(rows)
        self._columns = [_column(cells) for cells in zip(*rows, strict=True)]

    def column(self, number: int, most: int | None = None) -> list[Any]:
        """The cells of one column, or its first ones."""
        different, places = self._columns[number]
        return different[:most] if places is None else [different[place] for place in places[:most]]

    def picked(self, positions: Sequence[int]) -> "Grid":
        """Some of the rows."""
        return Grid([self[position] for position in positions])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Grid, list)) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, at: int) -> list[Any]: ...

    @overload
    def __getitem__(self, at: slice) -> list[list[Any]]: ...

    def __getitem__(self, at: int | slice) -> list[Any]:
        if isinstance(at, slice):
            return [self[position] for position in range(*at.indices(self._length))]
        if not -self._length <= at < self._length:
            raise IndexError(at)
        return [cells[at] if places is None else cells[places[at]] for cells, places in self._columns]

    def __iter__(self) -> Iterator[list[Any]]:
        return (self[position] for position in range(self._length))


def _column(cells: Sequence[Any]) -> tuple[list[Any], array | None]:
    """The different cells, and which of them stands in each row; all cells where few are alike."""
    keys = keys_of(cells)
    different = dict(zip(keys, cells, strict=True))
    if len(different) * 2 > len(cells):
        return list(cells), None
    places = {key: place for place, key in enumerate(different)}
    return list(different.values()), array("I", [places[key] for key in keys])
