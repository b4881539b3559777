"""The cells of a table, column by column, each different cell kept once: a large file in little memory."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import Any, overload

from ccperf.imports.cells import keys_of, numbering

# Fewer rows than would set off the garbage collector, which then walks over everything again and again.
BLOCK = 500
MANY = 100_000


class Column:
    """Cells one under the other. While many are alike, each different one is kept once."""

    __slots__ = ("_index", "_places", "different")

    def __init__(self) -> None:
        self.different: list[Any] = []
        self._places: array | None = array("I")
        self._index = numbering()

    def extend(self, cells: Sequence[Any]) -> None:
        """Add some cells at the end."""
        if self._places is None:
            self.different.extend(cells)
            return
        keys = keys_of(cells)
        index = self._index
        known = len(index)
        self._places.extend(map(index.__getitem__, keys))
        fresh = list(islice(reversed(index), len(index) - known))[::-1]
        self.different.extend(fresh if keys is cells else [cell for _, cell in fresh])
        if len(index) > MANY and 2 * len(index) > len(self._places):
            self.different, self._places = self.cells(), None
            self._index.clear()

    def cells(self, start: int = 0, end: int | None = None) -> list[Any]:
        """The cells from ``start`` on."""
        if self._places is None:
            return self.different[start:end]
        return list(map(self.different.__getitem__, self._places[start:end]))

    def __getitem__(self, at: int) -> Any:
        return self.different[at] if self._places is None else self.different[self._places[at]]

    def without(self, start: int, dropped: set[int]) -> "Column":
        """The cells from ``start`` on, less those of some rows."""
        rest = Column()
        rest.different = self.different
        rest._index = self._index
        if self._places is None:
            cells = islice(enumerate(self.different), start, None)
            rest.different = [cell for at, cell in cells if at not in dropped]
            rest._places = None
        elif dropped:
            places = islice(enumerate(self._places), start, None)
            rest._places = array("I", [place for at, place in places if at not in dropped])
        else:
            rest._places = self._places[start:]
        return rest


class Grid(Sequence):
    """Rows of equal width. Reads like a list of lists; a whole column is quick."""

    __slots__ = ("_columns", "_length")

    def __init__(self, rows: Iterable[Sequence[Any]] = ()) -> None:
        self._length = 0
        self._columns: list[Column] = []
        rows = iter(rows)
        while block := list(islice(rows, BLOCK)):
            self._add(block)

    def _add(self, block: list[Sequence[Any]]) -> None:
        columns = list(zip_longest(*block, fillvalue=""))
        while len(self._columns) < len(columns):
            self._columns.append(Column())
            self._columns[-1].extend([""] * self._length)
        for number, column in enumerate(self._columns):
            column.extend(columns[number] if number < len(columns) else [""] * len(block))
        self._length += len(block)

    @property
    def width(self) -> int:
        return len(self._columns)

    def column(self, number: int, start: int = 0, end: int | None = None) -> list[Any]:
        """The cells of one column, all or some rows."""
        return self._columns[number].cells(start, end)

    def different(self, number: int) -> list[Any]:
        """The cells of one column, equal ones not all repeated; also such as stand in no row any more."""
        return self._columns[number].different

    def part(self, start: int, columns: Sequence[int], dropped: set[int]) -> "Grid":
        """Some columns of the rows from ``start`` on, less ``dropped`` ones after it."""
        rest = Grid()
        rest._columns = [self._columns[number].without(start, dropped) for number in columns]
        rest._length = self._length - start - len(dropped)
        return rest

    def picked(self, positions: Sequence[int]) -> "Grid":
        """Some of the rows."""
        return Grid(self[position] for position in positions)

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
        return [column[at] for column in self._columns]

    def __iter__(self) -> Iterator[list[Any]]:
        return (self[position] for position in range(self._length))
