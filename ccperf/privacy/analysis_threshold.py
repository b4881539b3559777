"""Which cells of a table of group sizes must be hidden so that no small group can be worked out.

Pure numbers: no Django. A table publishes cells and their totals, so each row and each column is an
equation that every reader can solve. Hiding the small cells alone is therefore not enough: the rest
of the equation gives them away. The functions here hide as little more as is needed:

* a cell of 1 to ``minimum`` − 1 people is hidden; nobody (0) is not a group and stays, unless hidden cells
  would otherwise be known to hold one person each;
* the next-smallest neighbour is hidden as long as some hidden cell could be computed from what is shown;
* hidden cells whose sum is known never form a small group together;
* counts inside the groups (leavers of an intake) are protected in the same way.

Seen as a network, rows and columns are nodes, hidden cells are edges and a hidden value is certain
exactly when no circular shift of people through hidden cells can change it. That is checked by search
and is exact for whole numbers, also for tables with totals on both sides.

What a reader is assumed to know: every shown value, that hidden cells hold at least one person (unless one of
nobody is hidden, too), and for the counts inside groups even the hidden sizes. Hidden cells carry one and the
same mark; which of them was small and which only protects another is not said, because that difference is
information.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOTAL = "total"
Key = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class _Edge:
    """A cell as an edge between its two equations; ``sign`` is −1 for a total, which is subtracted."""

    start: Hashable
    end: Hashable
    sign: int
    is_total: bool


@dataclass
class _Network:
    """Cells, their sizes and the counts inside them, with the set that is hidden so far."""

    edges: Mapping[Key, _Edge]
    sizes: Mapping[Key, int]
    counts: Sequence[Mapping[Key, int]]
    minimum: int
    hidden: set[Key] = field(default_factory=set)
    keep: frozenset[Key] = frozenset()
    _fewest: int = 1
    """What a reader knows a hidden cell to hold at least."""
    _near: dict[Hashable, list[Key]] = field(default_factory=lambda: defaultdict(list))

    def protect(self) -> None:
        """Hide small cells, then the next-smallest neighbours until nothing hidden can be recovered."""
        small = {key for key, size in self.sizes.items() if 0 < size < self.minimum}
        self.hidden |= small - self.keep
        for hidden in self.hidden:
            self._connect(hidden)
        while extra := next(
            (key for nodes in self._weak_spots() if (key := self._next_smallest(nodes))), None
        ):
            self.hidden.add(extra)
            self._connect(extra)
        # A total that is published anyway may be as many people as cells are hidden: then nobody hides, too.
        while (nodes := next(self._certain_spots(), None)) and (extra := self._empty_near(nodes)):
            self._fewest = 0
            self.hidden.add(extra)
            self._connect(extra)

    def _connect(self, key: Key) -> None:
        for node in {self.edges[key].start, self.edges[key].end}:
            self._near[node].append(key)

    def _weak_spots(self) -> Iterable[set[Hashable]]:
        """The equations that give something away, the first one that can be mended first."""
        yield from self._certain_spots()
        yield from ({node} for node in self._nodes() if self._reveals_small_union(node))

    def _certain_spots(self) -> Iterator[set[Hashable]]:
        """The equations of hidden cells that can be worked out."""
        for key in sorted(self.hidden, key=str):
            levels = [level for level in range(len(self.counts) + 1) if not self._is_told(key, level)]
            if any(self._is_certain(key, level) for level in levels):
                edge = self.edges[key]
                yield {edge.start, edge.end}

    def _is_told(self, key: Key, level: int) -> bool:
        """Whether a kept total says this figure itself: it is the only part, or all parts are alike."""
        edge = self.edges[key]
        for total in self.keep:
            other = self.edges[total]
            if not {edge.start, edge.end} & {other.start, other.end}:
                continue
            if level == 0 and self.sizes[total] == self.sizes[key]:
                return True
            if level and self.counts[level - 1][total] in (0, self.sizes[total]):
                return True
        return False

    def _nodes(self) -> list[Hashable]:
        nodes = {node for edge in self.edges.values() for node in (edge.start, edge.end)}
        return sorted(nodes, key=str)

    def _reveals_small_union(self, node: Hashable) -> bool:
        """Whether the hidden cells of one equation, whose sum anyone can compute, are few people together."""
        hidden = [key for key in self.hidden if node in (self.edges[key].start, self.edges[key].end)]
        if not hidden or any(self.edges[key].sign != self.edges[hidden[0]].sign for key in hidden):
            return False
        return sum(self.sizes[key] for key in hidden) < self.minimum

    def _next_smallest(self, nodes: set[Hashable]) -> Key | None:
        """The smallest shown cell that shares an equation, inner cells before totals, then any cell."""
        closed = self.hidden | self.keep
        shown = [key for key, size in self.sizes.items() if size > 0 and key not in closed]
        near = [key for key in shown if nodes & {self.edges[key].start, self.edges[key].end}]
        return min(near or shown, key=self._order, default=None)

    def _empty_near(self, nodes: set[Hashable]) -> Key | None:
        """A shown cell of nobody, of these equations if there is one."""
        closed = self.hidden | self.keep
        empty = [key for key, size in self.sizes.items() if size == 0 and key not in closed]
        near = [key for key in empty if nodes & {self.edges[key].start, self.edges[key].end}]
        return min(near or empty, key=self._order, default=None)

    def _order(self, key: Key) -> tuple[bool, int, str]:
        return self.edges[key].is_total, self.sizes[key], str(key)

    def _is_certain(self, key: Key, level: int) -> bool:
        return not (self._can_move(key, 1, level) or self._can_move(key, -1, level))

    def _can_move(self, key: Key, step: int, level: int) -> bool:
        """Whether this cell can be one higher (or lower) with every published equation still true."""
        if not self._has_room(key, step, level):
            return False
        edge = self.edges[key]
        upward = step * edge.sign > 0
        source, goal = (edge.end, edge.start) if upward else (edge.start, edge.end)
        seen, queue = {source}, [source]
        while queue:
            node = queue.pop()
            if node == goal:
                return True
            for other in self._reachable(node, key, level):
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
        return False

    def _reachable(self, node: Hashable, without: Key, level: int) -> Iterable[Hashable]:
        for key in self._near[node]:
            edge = self.edges[key]
            if key == without:
                continue
            if edge.start == node and self._has_room(key, edge.sign, level):
                yield edge.end
            if edge.end == node and self._has_room(key, -edge.sign, level):
                yield edge.start

    def _has_room(self, key: Key, step: int, level: int) -> bool:
        if level == 0:
            return step > 0 or self.sizes[key] > self._fewest
        count = self.counts[level - 1][key]
        return count < self.sizes[key] if step > 0 else count > 0


@dataclass(frozen=True, slots=True)
class ListGuard:
    """Which positions of a list of groups are hidden, and whether its total is."""

    hidden: frozenset[int]
    total_hidden: bool


@dataclass(frozen=True, slots=True)
class TableGuard:
    """Which cells of a two-way table are hidden; totals are cells named TOTAL."""

    hidden: frozenset[Key]

    def hides(self, row: Hashable, column: Hashable = TOTAL) -> bool:
        return (row, column) in self.hidden


def guard_list(
    sizes: Sequence[int],
    *,
    minimum: int,
    counts: Sequence[Sequence[int]] = (),
    also_hide: Iterable[int] = (),
    total_published: bool = True,
) -> ListGuard:
    """Guard groups that stand in one list, with the total below it unless that is not published.

    ``counts`` are numbers inside each group, such as leavers of an intake, with the same total row.
    """
    _check(sizes, counts)
    if not total_published:
        small = frozenset(i for i, size in enumerate(sizes) if 0 < size < minimum)
        return ListGuard(small | frozenset(also_hide), total_hidden=False)
    figures = [np.array([*column, sum(column)]) for column in (sizes, *counts)]
    hidden = (figures[0] > 0) & (figures[0] < minimum)
    hidden[[i for i in also_hide if sizes[i] > 0]] = True
    more = _smallest_first(sizes, hidden.copy())
    while _list_tells(figures, hidden, minimum) and (extra := next(more, None)) is not None:
        hidden[extra] = True
    return ListGuard(frozenset(np.flatnonzero(hidden[:-1]).tolist()), total_hidden=bool(hidden[-1]))


def _smallest_first(sizes: Sequence[int], hidden: NDArray[np.bool_]) -> Iterator[int]:
    """Which groups are hidden for the sake of others, one after the other; the total, behind them, is last.

    Of groups alike it is always the same one, so that a table never shows what it hid before.
    """
    shown = [i for i, size in enumerate(sizes) if size > 0 and not hidden[i]]
    yield from sorted(shown, key=lambda i: (sizes[i], str(i)))
    yield len(sizes)


def _list_tells(figures: Sequence[NDArray[np.int_]], hidden: NDArray[np.bool_], minimum: int) -> bool:
    """Whether a hidden figure of a list can be worked out, or its hidden groups are few people together.

    There is one equation, so a figure is open as soon as any other hidden one can move against it.
    """
    sizes = figures[0]
    if not hidden[-1] and 0 < sizes[hidden].sum() < minimum:
        return True
    rooms = [(hidden.copy(), hidden & (sizes > 1))]
    rooms += [(hidden & (count < sizes), hidden & (count > 0)) for count in figures[1:]]
    for up, down in rooms:
        up[-1], down[-1] = down[-1], up[-1]  # The total stands on the other side of the equation.
        is_open = (up & (down.sum() > down)) | (down & (up.sum() > up))
        if (hidden & ~is_open).any():
            return True
    return False


def guard_table(
    sizes: Mapping[Key, int],
    *,
    minimum: int,
    counts: Sequence[Mapping[Key, int]] = (),
    also_hide: Iterable[Key] = (),
    keep: Iterable[Key] = (),
) -> TableGuard:
    """Guard a two-way table published with its totals, in whole or in slices (one site at a time).

    Guarding the whole table once is what keeps filters safe: "all sites" minus "site A" is site B, so a
    slice must hide whatever another slice would give away. Missing combinations count as nobody.
    ``also_hide`` names cells that are hidden for another reason and need the same protection; ``keep``
    names totals that are published anyway, so that other cells must give way. What such a total says about
    every part alike ("nobody of these left") it goes on saying.
    """
    rows = sorted({row for row, _ in sizes}, key=str)
    columns = sorted({column for _, column in sizes}, key=str)
    if len(columns) == 1:
        return _guard_single_column(sizes, rows, columns[0], minimum, counts, also_hide)
    full = [_with_totals(values, rows, columns) for values in (sizes, *counts)]
    _check(list(full[0].values()), [list(values.values()) for values in full[1:]])
    edges: dict[Key, _Edge] = {}
    for row in (*rows, TOTAL):
        for column in (*columns, TOTAL):
            is_total = row == TOTAL or column == TOTAL
            sign = -1 if (row == TOTAL) != (column == TOTAL) else 1
            edges[row, column] = _Edge(("row", row), ("column", column), sign, is_total=is_total)
    network = _Network(edges=edges, sizes=full[0], counts=full[1:], minimum=minimum, keep=frozenset(keep))
    network.hidden |= {key for key in also_hide if full[0].get(key, 0) > 0}
    network.protect()
    return TableGuard(frozenset(network.hidden))


def _guard_single_column(
    sizes: Mapping[Key, int],
    rows: Sequence[Hashable],
    column: Hashable,
    minimum: int,
    counts: Sequence[Mapping[Key, int]],
    also_hide: Iterable[Key],
) -> TableGuard:
    """With one column its cells and the row totals are the same figures: guard them as one list."""
    guard = guard_list(
        [sizes.get((row, column), 0) for row in rows],
        minimum=minimum,
        counts=[[values.get((row, column), 0) for row in rows] for values in counts],
        also_hide=[rows.index(row) for row, _ in also_hide if row in rows],
    )
    names = [rows[position] for position in guard.hidden] + ([TOTAL] if guard.total_hidden else [])
    return TableGuard(frozenset((name, where) for name in names for where in (column, TOTAL)))


def _with_totals(
    values: Mapping[Key, int], rows: Sequence[Hashable], columns: Sequence[Hashable]
) -> dict[Key, int]:
    full: dict[Key, int] = {(row, column): values.get((row, column), 0) for row in rows for column in columns}
    for row in rows:
        full[row, TOTAL] = sum(full[row, column] for column in columns)
    for column in (*columns, TOTAL):
        full[TOTAL, column] = sum(full[row, column] for row in rows)
    return full


def _check(sizes: Sequence[int], counts: Sequence[Sequence[int]]) -> None:
    if any(size < 0 for size in sizes):
        raise ValueError("A group cannot have fewer than 0 people.")
    for column in counts:
        if len(column) != len(sizes):
            raise ValueError("Every group needs its count.")
        if any(not 0 <= value <= size for value, size in zip(column, sizes, strict=True)):
            raise ValueError("A count inside a group lies between 0 and the size of the group.")
