"""Triggers by which the database notes on which days feedback changed, in the transaction of the change.

Whatever writes – a page, an import or its undo, an analysis, a correction, a merge, SQL by hand – no way
leads past a trigger, so what is kept in memory (``feedback.by_day``) never outlives its rows. PostgreSQL adds
a note for each day of a statement and never changes one, so that two writers do not wait for each other.
SQLite, which has one writer at a time, keeps one note a day.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connection, models, transaction

from ccperf.people.models import Team
from feedback.by_day import UNWATCHED
from feedback.models import DayChange, FeedbackItem

# ruff: noqa: S608 - no value from outside stands in these statements: names of our own tables only.

ANY_OF_SQLITE = "random() % 100000000000000"
ANY_OF_POSTGRES = "(random() * 100000000000000)::bigint"
PREFIX = "note_change_"
NOTES = DayChange._meta.db_table
EVENTS = ("INSERT", "UPDATE", "DELETE")


def watch(model: type[models.Model]) -> None:
    """Have the database note every change of the model's rows: of items, of what belongs to one by
    ``item_id``, or of the names of teams.

    Safe to repeat. Where a trigger was missing, as after a migration, all days count as changed.
    """
    table = model._meta.db_table
    events = EVENTS[1:2] if model is Team else EVENTS
    if not {table, NOTES} <= set(connection.introspection.table_names()):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        existing = _existing(cursor)
        missing = [event for event in events if _name(table, event) not in existing]
        if not missing:
            return
        is_postgres = connection.vendor == "postgresql"
        if model is Team:
            statements = _of_names(table, is_postgres)
        else:
            statements = (_postgres if is_postgres else _sqlite)(table, model is FeedbackItem, missing)
        for statement in statements:
            cursor.execute(statement)
        note_all()


def unwatch() -> None:
    """Drop every trigger of these. A migration may make a table anew, which SQLite refuses while a trigger of
    another one names it; ``watch`` is called again afterwards.

    Until then a note on the day ``UNWATCHED`` says that nothing kept can be trusted, also where a migration
    fails and the web server goes on.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        existing = _existing(cursor)
        for name in existing:
            if connection.vendor == "postgresql":
                cursor.execute(f"DROP FUNCTION {name}() CASCADE")
            else:
                cursor.execute(f"DROP TRIGGER {name}")
        if existing:
            DayChange.objects.create(day=UNWATCHED, token=0)


def note_all() -> None:
    """Let all days count as changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _noting_all(_token()):
            cursor.execute(statement)


def note_missing() -> int:
    """Note days that have items and no note, as after rows came with triggers off; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {NOTES} (day, token) SELECT received_on, {_token()} FROM feedback_feedbackitem "
            f"WHERE NOT EXISTS (SELECT 1 FROM {NOTES} WHERE day = received_on) GROUP BY received_on"
        )
        return cursor.rowcount


def fold_notes() -> None:
    """One note again for each day that has several. Safe to repeat.

    It gets a token of its own: a set of notes that stood once must never come back, or whoever knew that set
    would take the rows of then for those of now. SQLite never has several.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH gone AS (DELETE FROM {NOTES} WHERE day IN "
            f"(SELECT day FROM {NOTES} GROUP BY day HAVING COUNT(*) > 1) RETURNING day) "
            f"INSERT INTO {NOTES} (day, token) SELECT day, {ANY_OF_POSTGRES} "
            "FROM (SELECT DISTINCT day FROM gone) d"
        )


# ---- inside


def _token() -> str:
    return ANY_OF_POSTGRES if connection.vendor == "postgresql" else ANY_OF_SQLITE


def _noting_all(token: str) -> list[str]:
    return [
        f"DELETE FROM {NOTES}",
        f"INSERT INTO {NOTES} (day, token) SELECT received_on, {token} FROM feedback_feedbackitem "
        "GROUP BY received_on",
    ]


def _name(table: str, event: str) -> str:
    return f"{PREFIX}{table}_{event.lower()}"


def _existing(cursor: Any) -> list[str]:
    if connection.vendor == "postgresql":
        cursor.execute("SELECT tgname FROM pg_trigger")
    else:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    return [name for (name,) in cursor.fetchall() if name.startswith(PREFIX)]


def _sides(event: str) -> tuple[str, ...]:
    return {"INSERT": ("new",), "DELETE": ("old",), "UPDATE": ("old", "new")}[event]


def _sqlite(table: str, own: bool, events: Iterable[str]) -> Iterable[str]:
    for event in events:
        notes = "".join(
            f"INSERT INTO {NOTES} (day, token) SELECT {day}, 0 WHERE {day} IS NOT NULL "
            f"AND NOT EXISTS (SELECT 1 FROM {NOTES} WHERE day = {day}); "
            f"UPDATE {NOTES} SET token = {ANY_OF_SQLITE} WHERE day = {day}; "
            for side in _sides(event)
            for day in [
                f"{side}.received_on"
                if own
                else f"(SELECT received_on FROM feedback_feedbackitem WHERE id = {side}.item_id)"
            ]
        )
        yield f"CREATE TRIGGER {_name(table, event)} AFTER {event} ON {table} BEGIN {notes}END"


def _function(name: str, body: str) -> str:
    """A trigger's function. It finds its tables whatever search path a restore of a dump sets."""
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT "
        f"AS $$ BEGIN {body}; RETURN NULL; END $$"
    )


def _postgres(table: str, own: bool, events: Iterable[str]) -> Iterable[str]:
    name = _name(table, "TRUNCATE")
    yield _function(name, "; ".join(_noting_all(ANY_OF_POSTGRES)))
    yield f"CREATE OR REPLACE TRIGGER {name} AFTER TRUNCATE ON {table} EXECUTE FUNCTION {name}()"
    for event in events:
        name = _name(table, event)
        days = " UNION ".join(
            f"SELECT received_on FROM {side}_rows"
            if own
            else f"SELECT i.received_on FROM {side}_rows r JOIN feedback_feedbackitem i ON i.id = r.item_id"
            for side in _sides(event)
        )
        yield _function(
            name,
            f"INSERT INTO {NOTES} (day, token) SELECT d.received_on, {ANY_OF_POSTGRES} "
            f"FROM (SELECT DISTINCT received_on FROM ({days}) s) d",
        )
        rows = " ".join(f"{side.upper()} TABLE AS {side}_rows" for side in _sides(event))
        yield (
            f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {rows} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
        )


def _of_names(table: str, is_postgres: bool) -> Iterable[str]:
    """A team that is renamed changes the days of its items, whose columns carry its name."""
    name = _name(table, "UPDATE")
    if not is_postgres:
        yield (
            f"CREATE TRIGGER {name} AFTER UPDATE OF name ON {table} WHEN old.name IS NOT new.name "
            f"BEGIN UPDATE {NOTES} SET token = {ANY_OF_SQLITE} WHERE day IN "
            "(SELECT received_on FROM feedback_feedbackitem WHERE team_id = new.id); END"
        )
        return
    yield _function(
        name,
        f"INSERT INTO {NOTES} (day, token) SELECT received_on, {ANY_OF_POSTGRES} FROM feedback_feedbackitem "
        "WHERE team_id = NEW.id GROUP BY received_on",
    )
    yield (
        f"CREATE TRIGGER {name} AFTER UPDATE OF name ON {table} FOR EACH ROW "
        f"WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION {name}()"
    )
