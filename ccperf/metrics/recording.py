"""Storing contact and interval records for an import, and taking them back."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F
from django.utils.translation import ngettext

from ccperf.imports.kinds import Context, Counts, Progress
from ccperf.imports.models import RowChange
from ccperf.metrics import bulk
from ccperf.metrics.former_figures import count_replaced, keep_former
from ccperf.metrics.models import MetricDefinition, Observation, Queue
from ccperf.metrics.records import SubjectMixin
from ccperf.metrics.scopes import ObservationKey, ObservationRow, Scope
from ccperf.metrics.services import delete_observations, write_observations
from ccperf.people.models import Person, Site, Team
from ccperf.people.scope import team_ids_on

Touched = set[tuple[date, str]]
UNDO_CHUNK = 500


def store_records(
    model: type[models.Model],
    found: Sequence[tuple[Any, dict[str, Any]]],
    existing: dict[Any, dict[str, Any]],
    batch_id: int,
) -> Counts:
    """Insert new records and change known ones where the file says something else.

    ``found`` pairs a natural key with values, ``existing`` a key with what is stored, as of ``values()``.
    An empty value never wipes out what is known. What is overwritten goes into the journal in the same
    transaction.
    """
    counts = Counts()
    changed: dict[int, dict[str, Any]] = {}
    fresh, journal, names, pending = [], [], set(), set()
    for key, values in found:
        record = existing.get(key)
        if record is None and key not in pending:
            pending.add(key)
            fresh.append({**values, "created_batch_id": batch_id, "batch_id": batch_id})
            counts.imported += 1
            continue
        if record is None:
            counts.unchanged += 1
            continue
        before = {
            name: record[name]
            for name, value in values.items()
            if value is not None and record[name] != value
        }
        if not before:
            counts.unchanged += 1
            continue
        journal.append(
            RowChange(
                batch_id=batch_id,
                table=model._meta.model_name,
                row_id=record["id"],
                before={
                    name: _plain(value) for name, value in {**before, "batch_id": record["batch_id"]}.items()
                },
            )
        )
        record |= {name: values[name] for name in before} | {"batch_id": batch_id}
        names |= before.keys()
        changed[record["id"]] = record
        counts.updated += 1
    _insert(model, fresh)
    if changed:
        records = [model(**record) for record in changed.values()]
        model.objects.bulk_update(records, [*names, "batch_id"], batch_size=100)
    RowChange.objects.bulk_create(journal, batch_size=500)
    return counts


def _insert(model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of equal columns; the ORM's ``bulk_create`` takes five times as long."""
    if not rows:
        return
    fields = [model._meta.get_field(name) for name in rows[0]]
    adapt = connection.ops.adapt_datetimefield_value
    bulk.insert_rows(
        model._meta.db_table,
        [field.column for field in fields],
        [[adapt(value) if isinstance(value, datetime) else value for value in row.values()] for row in rows],
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def touched_by(model: type[models.Model], batch_id: int) -> Touched:
    """Every day and subject whose figures an import may have changed, also those a record has left."""
    touched = set(model.objects.filter(batch_id=batch_id).values_list("day", "subject").distinct())
    journal = RowChange.objects.filter(batch_id=batch_id, table=model._meta.model_name)
    moved = [change for change in journal.iterator() if {"day", "subject"} & change.before.keys()]
    current = {
        pk: (day, subject)
        for part in _parts([change.row_id for change in moved])
        for pk, day, subject in model.objects.filter(pk__in=part).values_list("pk", "day", "subject")
    }
    for change in moved:
        if change.row_id in current:
            day, subject = current[change.row_id]
            before_day = date.fromisoformat(change.before["day"]) if "day" in change.before else day
            touched.add((before_day, change.before.get("subject", subject)))
    return touched


def undo_records(model: type[SubjectMixin], batch_id: int, progress: Progress) -> tuple[Touched, list[str]]:
    """Delete what the import created and restore what it changed; what a later import changed stays."""
    touched = _remembered(model, batch_id)
    kept = lost = 0
    journal = RowChange.objects.filter(batch_id=batch_id, table=model._meta.model_name).order_by("-pk")
    while changes := list(journal[:UNDO_CHUNK]):
        progress(0, 1, "Restoring what was overwritten")
        with transaction.atomic():
            records = model.objects.in_bulk([change.row_id for change in changes])
            known = [change for change in changes if change.row_id in records]
            overtaken = [change for change in known if records[change.row_id].batch_id != batch_id]
            without = _restore([change for change in known if change not in overtaken], records)
            touched |= {(record.day, record.subject) for record in without}
            _hand_on(model, [(change.row_id, change.before) for change in overtaken], batch_id)
            kept, lost = kept + len(overtaken), lost + len(without)
            RowChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    created = model.objects.filter(created_batch_id=batch_id)
    while ids := list(created.exclude(batch_id=batch_id).values_list("pk", flat=True)[:UNDO_CHUNK]):
        with transaction.atomic():
            _hand_on(model, [(pk, None) for pk in ids], batch_id)
        kept += len(ids)
    while ids := list(created.values_list("pk", flat=True)[:UNDO_CHUNK]):
        progress(0, 1, "Deleting what was imported")
        model.objects.filter(pk__in=ids).delete()
    notes = []
    if kept:
        said = ngettext("{:,} row stays as it is", "{:,} rows stay as they are", kept).format(kept)
        notes.append(f"{said}, because a later import changed what stood there.")
    if lost:
        said = ngettext("{:,} restored row names", "{:,} restored rows name", lost).format(lost)
        notes.append(f"{said} nobody or no team any more: who stood there has been removed since.")
    return touched, notes


def _hand_on(
    model: type[SubjectMixin], states: Sequence[tuple[int, dict[str, Any] | None]], batch_id: int
) -> None:
    """Let the next import that changed these rows answer for what this one did: its undo then leads back to
    what stood there before both.

    ``states`` are rows with their former values, None for a row that this import created.
    """
    journal = RowChange.objects.filter(table=model._meta.model_name, row_id__in=[pk for pk, _ in states])
    following = {
        change.row_id: change
        for change in journal.exclude(batch_id=batch_id)
        if change.before["batch_id"] == batch_id
    }
    for pk, former in states:
        change = following.get(pk)
        if former is None:
            heir = change.batch_id if change else F("batch_id")
            model.objects.filter(pk=pk).update(created_batch_id=heir)
            if change:
                change.delete()
        elif change:
            change.before |= former
            change.save(update_fields=["before"])


def _remembered(model: type[models.Model], batch_id: int) -> Touched:
    """The touched days, kept until the undo is over: a run that is killed half-way must still recompute
    them.
    """
    marker = RowChange.objects.filter(batch_id=batch_id, table="touched").first()
    if marker is None:
        pairs = [[day.isoformat(), subject] for day, subject in sorted(touched_by(model, batch_id))]
        marker = RowChange.objects.create(
            batch_id=batch_id, table="touched", row_id=0, after={"pairs": pairs}
        )
    return {(date.fromisoformat(day), subject) for day, subject in marker.after["pairs"]}


def forget_touched(batch_id: int) -> None:
    """The undo is over."""
    RowChange.objects.filter(batch_id=batch_id, table__in=["touched", "observation"]).delete()


def _restore(changes: Sequence[RowChange], records: dict[int, SubjectMixin]) -> list[SubjectMixin]:
    """Give records their former values; returns those whose former person, team, site or queue is gone, which
    count for the narrowest of these that is left. The team is that of the person's day, as it is known now.
    """
    there = _still_there([change.before for change in changes])
    without, restored = [], []
    for change in changes:
        record = records[change.row_id]
        gone = False
        for name, value in change.before.items():
            field = record._meta.get_field(name)
            is_gone = name in there and value is not None and value not in there[name]
            setattr(record, field.attname, None if is_gone else field.to_python(value))
            gone |= is_gone
        if gone:
            record.subject = record.narrowest_subject()
            without.append(record)
        restored.append(record)
    about_people = [record for record in restored if getattr(record, "person_id", None)]
    teams = team_ids_on((record.person_id, record.day) for record in about_people)
    for record, team_id in zip(about_people, teams, strict=True):
        record.team_id = team_id
    for record in restored:
        record.save()
    return without


def _still_there(states: Sequence[dict[str, Any]]) -> dict[str, set[int]]:
    """Of the people, teams, sites and queues that former values name, those that exist."""
    owners = {"person_id": Person, "team_id": Team, "site_id": Site, "queue_id": Queue}
    return {
        name: set(
            owner.objects.filter(pk__in={state.get(name) for state in states}).values_list("pk", flat=True)
        )
        for name, owner in owners.items()
    }


def refresh_figures(
    touched: Touched,
    compute: Callable[[Sequence[date]], Iterable[tuple[date, str, dict[str, tuple[float, float, int]]]]],
    *,
    origin: str,
    batch_id: int,
    progress: Progress,
    days_at_once: int = 5,
) -> None:
    """Compute the figures of the touched days from the records again, a few days at a time.

    A figure whose records are gone goes too; figures of another origin are left alone unless records now
    give them, and then are kept for an undo.
    """
    known = set(MetricDefinition.objects.values_list("key", flat=True))
    by_day: dict[date, set[str]] = {}
    for day, subject in touched:
        by_day.setdefault(day, set()).add(subject)
    days = sorted(by_day)
    for start in range(0, len(days), days_at_once):
        part = days[start : start + days_at_once]
        progress(start, len(days), f"Figures of {part[0]:%-d %b %Y}")
        rows, keys = [], set()
        for day, subject, figures in compute(part):
            if subject not in by_day[day]:
                continue
            scope = Scope.parse(subject)
            for metric, (numerator, denominator, n) in figures.items():
                if metric in known and denominator > 0:
                    rows.append(ObservationRow(day, scope, metric, numerator, denominator, n))
                    keys.add((day, subject, metric))
        written = write_observations(rows, origin=origin, batch_id=batch_id)
        others = [former for former in written.former if former.origin != origin]
        if others:
            keep_former(others, {row[:3]: row[3:6] for row in rows}, batch_id)
        _delete_gone(part, by_day, keys, origin)


def note_replaced(context: Context, origin: str, noun: str) -> None:
    """Say how many figures that came ready-made gave way to those made of an import's records."""
    replaced = count_replaced(context.batch_id, origin)
    if replaced:
        said = ngettext("{:,} figure", "{:,} figures", replaced).format(replaced)
        context.note(f"{said} brought by other files gave way to what these {noun} make.")


def _delete_gone(days: Sequence[date], by_day: dict[date, set[str]], keys: set, origin: str) -> None:
    stored = Observation.objects.filter(day__in=days, origin=origin).values_list(
        "day", "subject", "metric__key"
    )
    gone = [
        ObservationKey(day, Scope.parse(subject), metric)
        for day, subject, metric in stored
        if subject in by_day[day] and (day, subject, metric) not in keys
    ]
    if gone:
        delete_observations(gone)


def _parts(items: Sequence[Any], size: int = 500) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
