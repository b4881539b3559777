"""Contacts: one row a call, chat or message, summed to figures of agent and day."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, FloatField, Q, Sum, Value, When

from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field
from ccperf.imports.identity import assign_keys
from ccperf.imports.kinds import Context, Counts, ImportKind, Progress, refuse_wrong_days, zone
from ccperf.imports.problems import MappingNeeded
from ccperf.imports.subjects import match_people, note_rows_of_nobody
from ccperf.metrics.contact_fields import contact_fields
from ccperf.metrics.former_figures import restore_former
from ccperf.metrics.import_results import figures_link
from ccperf.metrics.models import Observation
from ccperf.metrics.queues import QueueBook, undo_queues
from ccperf.metrics.recording import (
    Touched,
    forget_touched,
    note_replaced,
    refresh_figures,
    store_records,
    touched_by,
    undo_records,
)
from ccperf.metrics.records import ContactRecord
from ccperf.metrics.scopes import Scope
from ccperf.people.models import User
from ccperf.people.scope import team_ids_on

SECONDS = ("wait_seconds", "talk_seconds", "hold_seconds", "after_call_seconds", "handle_seconds")
STORED = ("topic", "answered", "abandoned", "resolved", *SECONDS, "satisfaction", "satisfaction_scale")
OWNERS = ("person_id", "queue_id", "team_id", "site_id")
IDENTITY = ("_at", "_day", "agent", "employee_number", "email", "queue", "team", "site", *STORED)


class Contacts(ImportKind):
    """Calls, chats and messages, one a row."""

    key = "contacts"
    title = "Contacts"
    noun = "contacts"
    description = "One row for each call, chat or message. They are summed to each agent's day."
    requires = (("date", "started_at"),)
    roles = frozenset({"supervisor", "manager", "admin"})
    constants = ("date", "queue", "team", "site", "satisfaction_scale")

    def fields(self) -> list[Field]:
        return contact_fields()

    def examine(self, rows: Rows, context: Context) -> None:
        _days(rows)
        refuse_wrong_days(rows, "_day")
        _satisfaction(rows, context)
        _handle(rows, context)
        match_people(rows, context, rows.column("_day"))
        _contradictions(rows)
        if not {"answered", "abandoned"} & rows.values.keys():
            context.note("The file does not say which contacts were answered; waits and times of all count.")
        assign_keys(rows, context, identifier="contact_id", names=IDENTITY, noun="contacts")
        note_rows_of_nobody(rows, context)

    def write(self, rows: Rows, positions: Sequence[int], context: Context) -> Counts:
        book = context.memory.setdefault("queues", None) or QueueBook()
        context.memory["queues"] = book
        fresh = [position for position in positions if not rows.values["_repeat"][position]]
        pairs = [(rows.get("_person", i) or 0, rows.get("_day", i)) for i in fresh]
        teams = team_ids_on(pairs)
        keys = [rows.values["_key"][i] for i in fresh]
        existing = {record["key"]: record for record in ContactRecord.objects.filter(key__in=keys).values()}
        found = list(_found(rows, fresh, teams, book, context))
        counts = store_records(ContactRecord, found, existing, context.batch_id)
        counts.unchanged += len(positions) - len(fresh)
        return counts

    def finish(self, context: Context, progress: Progress) -> None:
        _refresh(touched_by(ContactRecord, context.batch_id), context.batch_id, progress)
        note_replaced(context, Observation.Origin.CONTACTS, self.noun)

    def results(self, batch_id: int, user: User) -> tuple[str, str] | None:
        return figures_link(user, ContactRecord.objects.filter(batch_id=batch_id))

    def undo(self, batch_id: int, progress: Progress) -> list[str]:
        touched, notes = undo_records(ContactRecord, batch_id, progress)
        restore_former(batch_id, progress)
        _refresh(touched, batch_id, progress)
        forget_touched(batch_id)
        undo_queues(batch_id)
        return notes


def _refresh(touched: Touched, batch_id: int, progress: Progress) -> None:
    refresh_figures(
        touched, figures_of_days, origin=Observation.Origin.CONTACTS, batch_id=batch_id, progress=progress
    )


def _days(rows: Rows) -> None:
    """Fill ``_day`` and ``_at`` from started_at, or from date and time."""
    started, dates, times = rows.column("started_at"), rows.column("date"), rows.column("time")
    days: list[date | None] = []
    moments: list[datetime | None] = []
    for position, (start, day, seconds) in enumerate(zip(started, dates, times, strict=True)):
        at = start.at if start else day.at if day else None
        if at is None:
            rows.refuse(position, "no_date", "The date is missing.")
        elif seconds is not None and at.time() == at.time().min:
            at = at + timedelta(seconds=seconds)
        known = (
            (start and start.precision == "second")
            or seconds is not None
            or (day and day.precision == "second")
        )
        days.append(at.date() if at else None)
        moments.append(at if at and known else None)
    rows.values["_day"], rows.values["_at"] = days, moments


def _satisfaction(rows: Rows, context: Context) -> None:
    ratings = rows.column("satisfaction")
    given = rows.column("satisfaction_scale")
    highest = max((value for value in ratings if value is not None), default=0)
    if highest > 5 and not any(given):
        raise MappingNeeded(
            f"The ratings go up to {highest:g}. Say the highest possible one below the columns; what is no "
            "rating can be named as missing.",
            option="--set satisfaction_scale=10, --values satisfaction:RAW=",
        )
    scales = [
        int(scale or 5) if rating is not None else None for rating, scale in zip(ratings, given, strict=True)
    ]
    for position, (rating, scale) in enumerate(zip(ratings, scales, strict=True)):
        if rating is not None and scale is not None and rating > scale:
            rows.refuse(position, "too_high", f"The rating “{rating:g}” is above the scale of {scale}.")
    rows.values["satisfaction_scale"] = scales


def _handle(rows: Rows, context: Context) -> None:
    """Handle time is talk, hold and after-call work; given whole it is taken as given."""
    parts = [name for name in ("talk_seconds", "hold_seconds", "after_call_seconds") if name in rows.values]
    if "handle_seconds" in rows.values or "talk_seconds" not in parts:
        return
    columns = [rows.column(name) for name in parts]
    rows.values["handle_seconds"] = [
        None if values[0] is None else sum(value or 0.0 for value in values)
        for values in zip(*columns, strict=True)
    ]
    if len(parts) < 3:
        words = {"talk_seconds": "talk", "hold_seconds": "hold", "after_call_seconds": "after-call work"}
        context.note(
            f"Handle time is made of {' and '.join(words[name] for name in parts)}: the file gives no more."
        )


def _contradictions(rows: Rows) -> None:
    answered, talk = rows.column("answered"), rows.column("talk_seconds")
    for position, (taken, seconds) in enumerate(zip(answered, talk, strict=True)):
        if taken is False and seconds:
            rows.refuse(
                position,
                "talk_without_answer",
                f"The contact was not answered, but has {seconds:g} s of talk time.",
            )


def _found(
    rows: Rows, positions: Sequence[int], teams: Sequence[int | None], book: QueueBook, context: Context
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Key and values of each record; ``teams`` are those of the people on their days."""
    local = ZoneInfo(zone())
    names = ("_key", "_day", "_at", "_person", "_site", "_team", "queue", *STORED)
    for team_id, row in zip(teams, rows.parts(names, positions), strict=True):
        key, day, at, person_id, site_id, named_team_id, queue, *stored = row
        queue_id = book.find_or_create(queue, site_id, context.batch_id)
        # Whoever is named belongs to the team of the day, whatever the file says; so do the figures.
        owners = (person_id, queue_id, team_id if person_id else named_team_id, site_id)
        values = dict(zip(STORED, stored, strict=True))
        yield (
            key,
            {
                **values,
                "topic": values["topic"] or "",
                "key": key,
                "day": day,
                "started_at": at.replace(tzinfo=local) if at else None,
                "subject": _subject(*owners),
                **dict(zip(OWNERS, owners, strict=True)),
            },
        )


@lru_cache(maxsize=4096)
def _subject(*owners: int | None) -> str:
    return Scope.narrowest(**dict(zip(OWNERS, owners, strict=True))).subject


def figures_of_days(days: Sequence[date]) -> Iterable[tuple[date, str, dict[str, tuple[float, float, int]]]]:
    """What the contacts of some days give: for each day and subject, numerator, denominator and n of each
    measure.
    """
    rows = ContactRecord.objects.filter(day__in=days).values("day", "subject")
    for row in rows.annotate(**contact_sums()).order_by().iterator():
        yield row["day"], row["subject"], dict(figures_of(row))


def contact_sums() -> dict[str, Any]:
    """What is counted of contacts, for ``annotate``; ``figures_of`` turns it into measures."""
    taken = (
        Q(answered=True)
        | Q(answered__isnull=True, abandoned__isnull=True)
        | Q(answered__isnull=True, abandoned=False)
    )
    waited = taken & Q(wait_seconds__isnull=False)
    rated = Q(satisfaction__isnull=False)
    top = Q(satisfaction__gte=F("satisfaction_scale") - 1)
    decided = Q(resolved__isnull=False)
    sums: dict[str, Any] = {
        "calls_known": Count("pk", filter=Q(answered__isnull=False)),
        "answered_n": Count("pk", filter=Q(answered=True)),
        "abandon_known": Count("pk", filter=Q(abandoned__isnull=False)),
        "abandoned_n": Count("pk", filter=Q(abandoned=True)),
        "wait_n": Count("pk", filter=waited),
        "wait": _sum("wait_seconds", waited),
        "rated": Count("pk", filter=rated),
        "top": Count("pk", filter=rated & top),
        "rating": _sum("satisfaction", rated),
        "resolved_taken": Count("pk", filter=decided & taken),
        "resolved_yes": Count("pk", filter=Q(resolved=True) & taken),
    }
    for short, name in (
        ("talk", "talk_seconds"),
        ("hold", "hold_seconds"),
        ("acw", "after_call_seconds"),
        ("handle", "handle_seconds"),
    ):
        there = taken & Q(**{f"{name}__isnull": False})
        sums |= {short: _sum(name, there), f"{short}_n": Count("pk", filter=there)}
    return sums


def _sum(name: str, condition: Q) -> Sum:
    return Sum(Case(When(condition, then=F(name)), default=Value(0.0), output_field=FloatField()))


def figures_of(row: dict) -> Iterator[tuple[str, tuple[float, float, int]]]:
    """Numerator, denominator and n of each measure from ``contact_sums``."""
    for metric, over, under in (
        ("answered_rate", "answered_n", "calls_known"),
        ("abandon_rate", "abandoned_n", "abandon_known"),
        ("asa", "wait", "wait_n"),
        ("aht", "handle", "handle_n"),
        ("talk_time", "talk", "talk_n"),
        ("hold_time", "hold", "hold_n"),
        ("acw", "acw", "acw_n"),
        ("csat_t2b", "top", "rated"),
        ("satisfaction_mean", "rating", "rated"),
        ("resolved_rate", "resolved_yes", "resolved_taken"),
        ("fcr_net", "resolved_yes", "resolved_taken"),
    ):
        yield metric, (float(row[over] or 0), float(row[under]), int(row[under]))
