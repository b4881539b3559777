"""Writing many rows at once on both databases; the ORM's bulk upsert is several times slower."""

# ruff: noqa: S608  Statements are put together from constants of this module; every value is a parameter.

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
UPDATED = tuple(column for column in COLUMNS if column not in {"day", "subject", "metric_id"})
TABLE = "metrics_observation"


def upsert_observations(rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of ``COLUMNS``, or replace what their day, subject and measure already hold."""
    if not rows:
        return
    changes = ", ".join(f"{column} = excluded.{column}" for column in UPDATED)
    statement = (
        f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES {{values}} "
        f"ON CONFLICT (day, subject, metric_id) DO UPDATE SET {changes}"
    )
    _execute_many(statement, f"({', '.join(['%s'] * len(COLUMNS))})", rows)


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
