"""Writing many rows at once on both databases; the ORM's bulk upsert is several times slower."""

# ruff: noqa: S608  Statements are put together from constants of this module; every value is a parameter.

import io
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from django.db import connection

FIGURE = (
    "day",
    "subject",
    "metric_id",
    "person_id",
    "team_id",
    "site_id",
    "queue_id",
    "numerator",
    "denominator",
    "n",
)
COLUMNS = (*FIGURE, "origin", "batch_id")
KEY = COLUMNS[:3]
UPDATED = COLUMNS[3:]
COMPARED = ("numerator", "denominator", "n", "team_id", "site_id")
FORMER = ("id", *KEY, *COMPARED, "origin", "batch_id")
CHANGED = (*KEY, "person_id", "team_id", "site_id")
# As text, the driver does not parse a day for every row.
DAY = "CAST({}day AS varchar(10))"
TABLE = "metrics_observation"
STAGING = "metrics_staging"
AT_ONCE = 100
"""Rows of one statement on SQLite: beginning a statement costs as much as a few rows."""
Row = tuple[Any, ...]


def merge_observations(
    rows: Sequence[Row], origin: str, batch_id: int | None
) -> tuple[list[Row], Sequence[Row]]:
    """Insert rows of ``FIGURE``, or replace what their day, subject and measure already hold.

    Days come and go as ISO text. Rows equal to what is stored are not written at all. Returns the former
    rows (``FORMER``) of what was replaced, and of everything written the new ones, which begin with
    ``CHANGED``. ``rows`` are sorted by key, once each; the caller holds a transaction.
    """
    if not rows:
        return [], []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _merge_with_locks(cursor, rows, (origin, batch_id))
        return _merge_alone(cursor, rows, (origin, batch_id))


LISTED = ", ".join(COLUMNS)
GIVEN = ", ".join(FIGURE)
MEETS = " AND ".join(f"old.{name} = new.{name}" for name in KEY)
REPLACE = f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in UPDATED
)


def _merge_with_locks(
    cursor: Any, rows: Sequence[Row], source: tuple[str, int | None]
) -> tuple[list[Row], list[Row]]:
    """On PostgreSQL, where others write at the same time: what is read before it is replaced is locked."""
    cursor.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {STAGING} AS SELECT {GIVEN} FROM {TABLE} WHERE 1 = 0"
    )
    cursor.execute(f"TRUNCATE {STAGING}")
    lines = "\n".join(["\t".join(["\\N" if cell is None else str(cell) for cell in row]) for row in rows])
    cursor.copy_expert(f"COPY {STAGING} ({GIVEN}) FROM STDIN", io.StringIO(lines))
    # Said twice, the days let it read a stretch of the key instead of the whole table.
    meets = f"{MEETS} AND old.day BETWEEN %s AND %s"
    days = (rows[0][0], rows[-1][0])
    differs = f"({_of('old', COMPARED)}) IS DISTINCT FROM ({_of('new', COMPARED)})"
    cursor.execute(
        f"SELECT old.id, {DAY.format('old.')}, {_of('old', FORMER[2:])} "
        f"FROM {STAGING} AS new JOIN {TABLE} AS old ON {meets} WHERE {differs} FOR UPDATE OF old",
        days,
    )
    former = cursor.fetchall()
    cursor.execute(
        f"INSERT INTO {TABLE} ({LISTED}) SELECT {_of('new', FIGURE)}, %s, %s FROM {STAGING} AS new "
        f"LEFT JOIN {TABLE} AS old ON {meets} WHERE old.id IS NULL OR {differs} {REPLACE} "
        f"RETURNING {DAY.format('')}, {', '.join(CHANGED[1:])}",
        (*source, *days),
    )
    return former, cursor.fetchall()


def _merge_alone(
    cursor: Any, rows: Sequence[Row], source: tuple[str, int | None]
) -> tuple[list[Row], Sequence[Row]]:
    """On SQLite, whose transactions keep every other writer out: what is stored is read and compared."""
    stored = _stored(cursor, FIGURE, rows)
    if stored == rows:  # A file that comes again, told without a look at the hash of every row.
        return [], []
    known = set(stored)
    changed = [row for row in rows if row not in known] if known else rows
    if not changed:
        return [], []
    keys = {row[: len(KEY)] for row in known}
    replaced = [row for row in changed if row[: len(KEY)] in keys] if keys else []
    meant = {row[: len(KEY)] for row in replaced}
    former = [row for row in _stored(cursor, FORMER, replaced) if row[1 : 1 + len(KEY)] in meant]
    _insert_values(cursor, f"{TABLE} ({LISTED})", [row + source for row in changed], REPLACE)
    return former, changed


def _stored(cursor: Any, columns: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    """What is stored of the days, subjects and measures of ``rows``, which are sorted by key, in that order:
    more than is asked for where not every subject has every measure between the first and the last.
    """
    found: list[Row] = []
    for day, of_day in groupby(rows, key=itemgetter(0)):
        subjects, metrics = map(set, zip(*map(itemgetter(1, 2), of_day), strict=True))
        cursor.execute(
            f"SELECT {', '.join(columns).replace('day', DAY.format(''))} FROM {TABLE} WHERE day = %s "
            f"AND subject IN ({_marks(len(subjects))}) AND metric_id BETWEEN %s AND %s "
            "ORDER BY subject, metric_id",
            [day, *subjects, min(metrics), max(metrics)],
        )
        found += cursor.fetchall()
    return found


def _of(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in columns)


def _marks(count: int) -> str:
    return ", ".join(["%s"] * count)


def insert_rows(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of ``columns``; table and column names come from models, never from outside."""
    with connection.cursor() as cursor:
        _insert_values(cursor, f"{table} ({', '.join(columns)})", rows)


def insert_dirty(rows: Sequence[tuple[Any, str, int]]) -> None:
    """Note partitions (day, scope, scope id) as stale."""
    insert_rows("metrics_dirtypartition", ("day", "scope", "scope_id"), rows)


def run(cursor: Any, statement: str, values: Iterable[Any]) -> None:
    """Execute with dates in the form the database keeps them."""
    adapt = connection.ops.adapt_datefield_value
    cursor.execute(statement, [adapt(value) if isinstance(value, date) else value for value in values])


def _insert_values(cursor: Any, into: str, rows: Sequence[Sequence[Any]], conflict: str = "") -> None:
    """Insert rows into a table and its columns, many with each statement."""
    if not rows:
        return
    one = f"({_marks(len(rows[0]))})"
    if connection.vendor == "postgresql":
        from psycopg2.extras import execute_values

        statement = f"INSERT INTO {into} VALUES %s {conflict}"
        execute_values(cursor.cursor, statement, rows, template=one, page_size=1000)
        return
    whole = len(rows) - len(rows) % AT_ONCE
    for size, start, end in ((AT_ONCE, 0, whole), (len(rows) - whole, whole, len(rows))):
        if start < end:
            parts = [[*chain.from_iterable(rows[at : at + size])] for at in range(start, end, size)]
            cursor.executemany(f"INSERT INTO {into} VALUES {', '.join([one] * size)} {conflict}", parts)
