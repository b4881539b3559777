"""Writing many rows at once on both databases; the ORM's bulk upsert is several times slower."""

# ruff: noqa: S608  Statements are put together from constants of this module; every value is a parameter.

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection

COLUMNS = (
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
    "origin",
    "batch_id",
)
KEY = COLUMNS[:3]
UPDATED = COLUMNS[3:]
COMPARED = ("numerator", "denominator", "n", "team_id", "site_id")
FORMER = ("id", *KEY, *COMPARED, "origin", "batch_id")
CHANGED = (*KEY, "person_id", "team_id", "site_id")
# As text, the driver does not parse a day for every row.
DAY = "CAST({}day AS varchar(10))"
TABLE = "metrics_observation"
STAGING = "metrics_staging"


def merge_observations(rows: Sequence[tuple[Any, ...]]) -> tuple[list[tuple], list[tuple]]:
    """Insert rows of ``COLUMNS``, or replace what their day, subject and measure already hold.

    Days come and go as ISO text. Rows equal to what is stored are not written at all. Returns the former
    rows (``FORMER``) of what was replaced and the new ones (``CHANGED``) of everything written. ``rows`` are
    sorted by key, once each; the caller holds a transaction.
    """
    if not rows:
        return [], []
    with connection.cursor() as cursor:
        _stage(cursor, rows)
        if connection.vendor == "postgresql":
            return _merge_with_locks(cursor, rows)
        return _merge_alone(cursor, rows)


LISTED = ", ".join(COLUMNS)
MEETS = " AND ".join(f"old.{name} = new.{name}" for name in KEY)
REPLACE = f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in UPDATED
)


def _merge_with_locks(cursor: Any, rows: Sequence[tuple[Any, ...]]) -> tuple[list[tuple], list[tuple]]:
    """On PostgreSQL, where others write at the same time: what is read before it is replaced is locked."""
    # Said twice, the days let it read a stretch of the key instead of the whole table.
    meets = f"{MEETS} AND old.day BETWEEN %s AND %s"
    days = [rows[0][0], rows[-1][0]]
    differs = f"({_of('old', COMPARED)}) IS DISTINCT FROM ({_of('new', COMPARED)})"
    cursor.execute(
        f"SELECT old.id, {DAY.format('old.')}, {_of('old', FORMER[2:])} "
        f"FROM {STAGING} AS new JOIN {TABLE} AS old ON {meets} WHERE {differs} FOR UPDATE OF old",
        days,
    )
    former = cursor.fetchall()
    cursor.execute(
        f"INSERT INTO {TABLE} ({LISTED}) SELECT {_of('new', COLUMNS)} FROM {STAGING} AS new "
        f"LEFT JOIN {TABLE} AS old ON {meets} WHERE old.id IS NULL OR {differs} {REPLACE} "
        f"RETURNING {DAY.format('')}, {', '.join(CHANGED[1:])}",
        days,
    )
    return former, cursor.fetchall()


def _merge_alone(cursor: Any, rows: Sequence[tuple[Any, ...]]) -> tuple[list[tuple], list[tuple]]:
    """On SQLite, whose transactions keep every other writer out: one look says all that is to be written."""
    differs = f"({_of('old', COMPARED)}) IS NOT ({_of('new', COMPARED)})"
    cursor.execute(
        f"SELECT new.rowid, old.id, {_of('old', FORMER[4:])} "
        f"FROM {STAGING} AS new LEFT JOIN {TABLE} AS old ON {MEETS} WHERE old.id IS NULL OR {differs}"
    )
    found = cursor.fetchall()
    if found:
        unless = f"({_of(TABLE, COMPARED)}) IS NOT ({_of('excluded', COMPARED)})"
        cursor.execute(
            f"INSERT INTO {TABLE} ({LISTED}) SELECT {LISTED} FROM {STAGING} WHERE 1 = 1 {REPLACE} "
            f"WHERE {unless}"
        )
    # The staging table numbers its rows from one.
    changed = [rows[one[0] - 1][: len(CHANGED)] for one in found]
    former = [
        (row_id, *rows[number - 1][: len(KEY)], *rest)
        for number, row_id, *rest in found
        if row_id is not None
    ]
    return former, changed


def _stage(cursor: Any, rows: Sequence[tuple[Any, ...]]) -> None:
    """Put rows into a table of this connection alone: by COPY, or one prepared statement."""
    cursor.execute(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {STAGING} AS SELECT {LISTED} FROM {TABLE} WHERE 1 = 0"
    )
    if connection.vendor == "postgresql":
        cursor.execute(f"TRUNCATE {STAGING}")
        lines = "\n".join(["\t".join(["\\N" if cell is None else str(cell) for cell in row]) for row in rows])
        cursor.copy_expert(f"COPY {STAGING} ({LISTED}) FROM STDIN", io.StringIO(lines))
    else:
        cursor.execute(f"DELETE FROM {STAGING}")
        marks = ", ".join(["%s"] * len(COLUMNS))
        cursor.executemany(f"INSERT INTO {STAGING} ({LISTED}) VALUES ({marks})", rows)


def _of(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in columns)


def insert_rows(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of ``columns``; table and column names come from models, never from outside."""
    if rows:
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES {{values}}"
        _execute_many(statement, f"({', '.join(['%s'] * len(columns))})", rows)


def insert_dirty(rows: Iterable[tuple[Any, str, int]]) -> None:
    """Note partitions (day, scope, scope id) as stale."""
    rows = list(rows)
    if rows:
        _execute_many(
            "INSERT INTO metrics_dirtypartition (day, scope, scope_id) VALUES {values}", "(%s, %s, %s)", rows
        )


def run(cursor: Any, statement: str, values: Iterable[Any]) -> None:
    """Execute with dates in the form the database keeps them."""
    adapt = connection.ops.adapt_datefield_value
    cursor.execute(statement, [adapt(value) if isinstance(value, date) else value for value in values])


def _execute_many(statement: str, values: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run ``statement`` for every row: one statement per thousand rows where the driver can.

    Statements are made of constants of this module; every value is a parameter.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            from psycopg2.extras import execute_values

            execute_values(
                cursor.cursor, statement.format(values="%s"), rows, template=values, page_size=1000
            )
        else:
            cursor.executemany(statement.format(values=values), rows)
