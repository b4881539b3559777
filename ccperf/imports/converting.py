"""From a table and a plan to typed values, every fault tied to its row."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, repeat
from typing import Any

from ccperf.imports.amounts import decimal_mark, file_mark, read_numbers, read_shares, twofold_note
from ccperf.imports.cells import distinct, is_missing, is_missing_text, text_of
from ccperf.imports.clocktimes import read_durations, read_times
from ccperf.imports.dates import PRECISIONS, read_dates
from ccperf.imports.fields import Field, Plan
from ccperf.imports.grid import Grid
from ccperf.imports.problems import MappingNeeded, Problem, UnusableFile
from ccperf.imports.tables import Table
from ccperf.imports.words import (
    fold,
    is_damaged_identifier,
    read_booleans,
    read_choices,
    read_texts,
    with_meanings,
)

FIGURES = frozenset({"number", "share", "duration", "raw"})
LONG = 3 * 3600.0
"""Seconds that hardly any contact lasts or waits."""
MARK_SAMPLE = 2_000
"""Different cells of a column that are looked at for its decimal mark."""

Converted = tuple[list[Any], dict[int, Problem]]


@dataclass(slots=True)
class Rows:
    """The converted rows. A row with a problem stands aside; ``notes`` say how columns were read."""

    values: dict[str, list[Any]]
    lines: Sequence[int]
    raw: Grid
    columns: list[str]
    problems: dict[int, Problem] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    decisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    left_out: int = 0
    file_mark: str = ""
    """The decimal mark that the columns prove together; nothing when none proves any."""

    def __len__(self) -> int:
        return len(self.lines)

    def get(self, name: str, position: int) -> Any:
        column = self.values.get(name)
        return None if column is None else column[position]

    def column(self, name: str) -> list[Any]:
        return self.values.get(name) or [None] * len(self.lines)

    def parts(self, names: Sequence[str], positions: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        """The values of some columns, one tuple a row; None where a column is not filled."""
        columns = (self.values.get(name) for name in names)
        return zip(
            *(
                repeat(None, len(positions)) if column is None else [column[i] for i in positions]
                for column in columns
            ),
            strict=True,
        )

    def refuse(self, position: int, code: str, message: str, *, held: bool = False) -> None:
        """Set a row aside; the first reason found stays."""
        self.problems.setdefault(position, Problem(code, message, held))

    def good(self) -> list[int]:
        return [position for position in range(len(self.lines)) if position not in self.problems]


def convert(
    table: Table, plan: Plan, fields: Sequence[Field], *, zone: str = "UTC", today: date | None = None
) -> Rows:
    """Read the mapped columns of a table. Decisions already on the plan are used instead of being made
    again.
    """
    positions: Sequence[int] = _chosen(table, plan.only) if plan.only else range(len(table.rows))
    rows = Rows(
        values={},
        lines=[table.lines[i] for i in positions] if plan.only else table.lines,
        raw=table.rows.picked(positions) if plan.only else table.rows,
        columns=table.columns,
        left_out=len(table.rows) - len(positions),
    )
    if not positions:
        raise UnusableFile("No row of the file has the value that was asked for.")
    known = {one.name: one for one in fields}
    rows.file_mark = _file_mark(table, plan, known)
    chosen = set(positions)
    for index, label in table.summaries.items():
        if index in chosen:
            rows.refuse(
                positions.index(index), "summary_row", f"A line of totals (“{label}”) is not a row of data."
            )
    for name in list(plan.mapping) + [name for name in plan.constants if name not in plan.mapping]:
        if name not in known:
            continue
        one = known[name]
        columns = [_column(table, heading) for heading in plan.mapping.get(name, [])]
        if one.several:
            parts = [_one(one, rows, table, plan, zone, today, column) for column in columns or [None]]
            rows.values[name] = [list(values) for values in zip(*parts, strict=True)]
        else:
            rows.values[name] = _one(one, rows, table, plan, zone, today, columns[0] if columns else None)
    _join_names(rows, "name" if "name" in known else "agent")
    _require(rows, known)
    return rows


def _join_names(rows: Rows, whole: str) -> None:
    """Make the ``whole`` name of first and last name where the file gives no other."""
    if {"first_name", "last_name"} & rows.values.keys():
        parts = zip(rows.column(whole), rows.column("first_name"), rows.column("last_name"), strict=True)
        rows.values[whole] = [
            name or " ".join(filter(None, (first, last))) or None for name, first, last in parts
        ]


def _file_mark(table: Table, plan: Plan, known: dict[str, Field]) -> str:
    """The decimal mark of the file, as its columns of figures and those that fill nothing show it."""
    owner = {
        table.find(heading): known.get(name) for name, heads in plan.mapping.items() for heading in heads
    }
    columns = [at for at in range(len(table.columns)) if not (one := owner.get(at)) or one.type in FIGURES]
    return file_mark(
        (
            [cell for cell in islice(table.rows.different(at), MARK_SAMPLE) if not is_missing(cell)],
            bool((one := owner.get(at)) and one.whole),
        )
        for at in columns
    )


def _chosen(table: Table, only: dict[str, str]) -> list[int]:
    wanted = [(_column(table, heading), fold(value)) for heading, value in only.items()]
    return [
        i
        for i, row in enumerate(table.rows)
        if all(fold(text_of(row[column])) == value for column, value in wanted)
    ]


def _column(table: Table, heading: str) -> int:
    column = table.find(heading)
    if column is None:
        seen = ", ".join(f"“{name}”" for name in table.columns[:40])
        raise MappingNeeded(f"The file has no column “{heading}”. Its columns are: {seen}.")
    return column


def _one(
    one: Field, rows: Rows, table: Table, plan: Plan, zone: str, today: date | None, column: int | None
) -> list[Any]:
    """Read one column (or the constant alone), fill its gaps with the constant, file its problems."""
    heading = table.columns[column] if column is not None else ""
    cells = rows.raw.column(column) if column is not None else [None] * len(rows)
    cells = with_meanings(cells, plan.meanings.get(one.name, {}))
    key = f"{one.name}={heading}" if one.several else one.name
    reader = READERS[one.type]
    decision = dict(plan.decisions.get(key, {}))
    order = plan.date_orders.get(heading) or plan.date_orders.get(one.name) or plan.date_order
    context = _Context(one, heading, decision, order, zone, today, rows.file_mark)
    values, problems = reader(cells, context)
    for position, problem in problems.items():
        rows.problems.setdefault(position, problem)
    if one.name in plan.constants:
        constant = _constant(one, plan.constants[one.name], context)
        values = [
            constant if value is None and i not in problems else value for i, value in enumerate(values)
        ]
    notes = context.decision.setdefault("notes", context.notes)
    rows.notes += [f"{one.label}: {note}" for note in notes]
    if context.decision:
        rows.decisions[key] = context.decision
    return values


def _constant(one: Field, text: str, context: "_Context") -> Any:
    fresh = _Context(one, "", {}, context.order, context.zone, context.today)
    values, problems = READERS[one.type]([text], fresh)
    if problems:
        raise UnusableFile(f"{one.label} for all rows: {problems[0].message}")
    return values[0]


def _require(rows: Rows, known: dict[str, Field]) -> None:
    for name, values in rows.values.items():
        if known[name].required:
            for position, value in enumerate(values):
                if value is None:
                    rows.refuse(position, f"no_{name}", f"{known[name].label} is missing.")


@dataclass(slots=True)
class _Context:
    """What a reader may need besides the cells; readers leave their decisions and notes here."""

    field: Field
    heading: str
    decision: dict[str, Any]
    order: str
    zone: str
    today: date | None
    file_mark: str = ""
    notes: list[str] = field(default_factory=list)

    def note(self, *texts: str) -> None:
        self.notes += [text for text in texts if text]


def _dates(cells: list[Any], context: _Context) -> Converted:
    order = context.decision.get("order") or context.order
    read = read_dates(cells, order=order, column=context.heading, zone=context.zone, today=context.today)
    context.decision["order"] = read.order
    context.note(read.note)
    wanted = PRECISIONS.index(context.field.precision)
    coarse = set(PRECISIONS[:wanted])
    if coarse.isdisjoint({moment.precision for moment in set(read.values) if moment is not None}):
        return read.values, read.problems
    for position, moment in enumerate(read.values):
        if moment is not None and moment.precision in coarse:
            read.problems[position] = Problem(
                "imprecise_date",
                f"“{text_of(cells[position])}” says only the {moment.precision}; a day is needed.",
            )
    return read.values, read.problems


def _decimal(cells: list[Any], context: _Context) -> str:
    """The decimal mark of the column, decided once."""
    if "decimal" not in context.decision:
        different = distinct(cells)
        mark = decimal_mark(different, file=context.file_mark, whole=context.field.whole)
        context.note(twofold_note(different, mark))
        context.decision["decimal"] = mark
    return context.decision["decimal"]


def _numbers(cells: list[Any], context: _Context) -> Converted:
    read = read_numbers(
        cells, decimal=_decimal(cells, context), minimum=context.field.minimum, whole=context.field.whole
    )
    context.note(read.note)
    return read.values, read.problems


def _shares(cells: list[Any], context: _Context) -> Converted:
    kept = {name: context.decision.get(name) for name in ("scale", "doubtful")}
    read = read_shares(cells, decimal=_decimal(cells, context), **kept)
    context.decision |= {"scale": read.scale, "doubtful": read.doubtful}
    context.note(read.note)
    return read.values, read.problems


def _durations(cells: list[Any], context: _Context) -> Converted:
    read = read_durations(
        cells,
        heading=context.heading,
        unit_seconds=context.decision.get("unit_seconds"),
        decimal=_decimal(cells, context),
    )
    context.decision["unit_seconds"] = read.unit_seconds
    context.note(read.note)
    known = sorted(value for value in read.values if value is not None)
    if (
        known
        and known[len(known) // 2] > LONG
        and read.unit_seconds == 1
        and not context.field.label.startswith("Total")
    ):
        context.note(
            f"Half of the figures are above {LONG / 3600:g} hours. If they are milliseconds, write “ms” into "
            "the heading of the column."
        )
    return read.values, read.problems


def _identifiers(cells: list[Any], context: _Context) -> Converted:
    spoilt = {cell for cell in set(cells) if is_damaged_identifier(cell)}
    damaged = [i for i, cell in enumerate(cells) if cell in spoilt] if spoilt else []
    if damaged:
        shown = text_of(cells[damaged[0]])
        context.note(
            f"{len(damaged):,} identifiers were damaged by a spreadsheet (“{shown}”) and are not "
            f"used as keys. "
            "Export the column as text."
        )
        gone = set(damaged)
        cells = [None if i in gone else cell for i, cell in enumerate(cells)]
    return read_texts(cells, maximum=context.field.maximum, field=context.field.label)


def _texts(cells: list[Any], context: _Context) -> Converted:
    return read_texts(cells, maximum=context.field.maximum, field=context.field.label)


def _comments(cells: list[Any], context: _Context) -> Converted:
    return read_texts(
        cells,
        maximum=context.field.maximum,
        field=context.field.label,
        missing=is_missing_text,
        one_line=False,
    )


def _booleans(cells: list[Any], context: _Context) -> Converted:
    return read_booleans(cells, yes=context.field.yes, no=context.field.no)


def _choices(cells: list[Any], context: _Context) -> Converted:
    one = context.field
    return read_choices(
        cells, one.choices, synonyms=one.choice_synonyms, label=one.label, unknown=one.unknown
    )


def _times(cells: list[Any], context: _Context) -> Converted:
    return read_times(cells, heading=context.heading)


def _raw(cells: list[Any], context: _Context) -> Converted:
    _decimal(cells, context)
    return list(cells), {}


READERS: dict[str, Callable[[list[Any], _Context], Converted]] = {
    "date": _dates,
    "datetime": _dates,
    "time": _times,
    "number": _numbers,
    "share": _shares,
    "duration": _durations,
    "identifier": _identifiers,
    "text": _texts,
    "comment": _comments,
    "boolean": _booleans,
    "choice": _choices,
    "raw": _raw,
}
