"""Importing and undoing: chunk by chunk in short transactions, safe to kill and to repeat at any point."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from ccperf.audit.services import record
from ccperf.core.collecting import collector_paused
from ccperf.imports.cells import text_of
from ccperf.imports.converting import Rows
from ccperf.imports.fields import Plan
from ccperf.imports.first_days import begin_with_rows
from ccperf.imports.grid import Grid
from ccperf.imports.kinds import Context, Counts, ImportKind, Progress
from ccperf.imports.loading import (
    Loaded,
    batch_kind,
    create_people,
    create_places,
    examine_again,
    load_batch,
    load_rows,
    may_be_created,
    only_team,
)
from ccperf.imports.models import ImportBatch, QuarantinedRow, RowChange
from ccperf.imports.selectors import brought_again
from ccperf.imports.tables import Table
from ccperf.people.first_seen import begin_as_seen
from ccperf.people.intake import PeopleIntake
from ccperf.people.intake_undo import undo_changes
from ccperf.people.models import Person

PEOPLE_CHUNK = 20


class Overtaken(Exception):
    """Another worker wrote the next chunk: this run stops without a trace."""


def apply_batch(batch_id: int, progress: Progress) -> ImportBatch:
    """Import what is still to be imported of a batch.

    Each chunk writes its rows, its quarantine, the counts and the place reached in one transaction, so a
    run that
    is killed anywhere goes on where it stopped and counts nothing twice.
    """
    batch = ImportBatch.objects.select_related("created_by").get(pk=batch_id)
    if batch.status != ImportBatch.Status.APPLYING:
        return batch
    progress(batch.done_rows, max(batch.rows, 1), "Reading the file")
    loaded = load_batch(batch)
    if loaded.context.plan.create_people:
        _create_unknown(loaded, batch, progress)
    begin_with_rows(loaded)
    total = len(loaded.rows)
    ImportBatch.objects.filter(pk=batch.pk).update(rows=total, plan=loaded.context.plan.as_json())
    done = batch.done_rows
    for start, end in _chunks(done, total, loaded.kind.rows_at_once(loaded.rows)):
        _write_chunk(loaded, batch, start, end)
        progress(end, total, "rows")
    progress(total, max(total, 1), "Computing the figures")
    loaded.kind.finish(loaded.context, progress)
    _close(batch, loaded.context, _newest_day(loaded.rows))
    batch.refresh_from_db()
    return batch


def _chunks(done: int, total: int, size: int) -> Iterator[tuple[int, int]]:
    for start in range(done, total, size):
        yield start, min(start + size, total)


def _create_unknown(loaded: Loaded, batch: ImportBatch, progress: Progress) -> None:
    wanted = may_be_created(loaded)
    if left := len(loaded.context.matcher.unknown) - len(wanted):
        said = ngettext("{:,} person was", "{:,} people were", left).format(left)
        loaded.context.note(
            f"{said} not created, because the file names no team of yours for them: their rows are held."
        )
    with transaction.atomic():
        undo = create_places(loaded)
        if undo:
            RowChange.objects.create(batch=batch, table="people", row_id=0, after={"undo": undo})
    # Nothing of the file gives a right here: the people are made agents, whatever it says.
    intake = PeopleIntake(by=batch.created_by, grants=True)
    for start in range(0, len(wanted), PEOPLE_CHUNK):
        progress(0, max(len(loaded.rows), 1), f"Creating people, {start} of {len(wanted)}")
        with transaction.atomic():
            undo = create_people(loaded, intake, wanted[start : start + PEOPLE_CHUNK])
            if undo:
                RowChange.objects.create(batch=batch, table="people", row_id=0, after={"undo": undo})
    if wanted:
        team = "" if loaded.context.plan.fills("team") else only_team(loaded.context.user)
        said = ngettext("{:,} person was", "{:,} people were", len(wanted)).format(len(wanted))
        loaded.context.note(
            f"{said} not known and created"
            f"{f' as members of team {team}' if team else ''}, employed from their first day in the file."
        )
    examine_again(loaded)


@collector_paused()
@transaction.atomic
def _write_chunk(loaded: Loaded, batch: ImportBatch, start: int, end: int) -> None:
    mine = ImportBatch.objects.filter(pk=batch.pk, status=ImportBatch.Status.APPLYING, done_rows=start)
    if not mine.update(done_rows=end):
        raise Overtaken
    good = [position for position in range(start, end) if position not in loaded.rows.problems]
    counts = loaded.kind.write(loaded.rows, good, loaded.context) if good else Counts()
    aside = [position for position in range(start, end) if position in loaded.rows.problems]
    held = sum(loaded.rows.problems[position].is_held for position in aside)
    QuarantinedRow.objects.filter(batch=batch, position__gte=start, position__lt=end).delete()
    QuarantinedRow.objects.bulk_create([_quarantined(batch, loaded.rows, position) for position in aside])
    now = ImportBatch.objects.get(pk=batch.pk)
    ImportBatch.objects.filter(pk=batch.pk).update(
        imported=now.imported + counts.imported,
        updated=now.updated + counts.updated,
        unchanged=now.unchanged + counts.unchanged,
        quarantined=now.quarantined + len(aside),
        held=now.held + held,
    )


def _quarantined(batch: ImportBatch, rows: Rows, position: int) -> QuarantinedRow:
    problem = rows.problems[position]
    return QuarantinedRow(
        batch=batch,
        position=position,
        line=rows.lines[position],
        code=problem.code,
        reason=problem.message[:300],
        cells=[text_of(cell) for cell in rows.raw[position]],
        is_held=problem.is_held,
    )


def _newest_day(rows: Rows) -> date | None:
    """The newest day that a good row is about; None for kinds whose rows have none."""
    days = enumerate(rows.column("_day"))
    return max((day for at, day in days if day and at not in rows.problems), default=None)


@transaction.atomic
def _close(batch: ImportBatch, context: Context, newest: date | None) -> None:
    done = ImportBatch.objects.filter(pk=batch.pk, status=ImportBatch.Status.APPLYING).update(
        status=ImportBatch.Status.APPLIED,
        applied_at=timezone.now(),
        data_up_to=newest,
        notes=context.notes,
        error="",
    )
    if not done:
        return
    batch.refresh_from_db()
    record(
        "imports.batch.applied",
        by=batch.created_by,
        subject=batch,
        after={
            "kind": batch.kind,
            "rows": batch.rows,
            "imported": batch.imported,
            "updated": batch.updated,
            "quarantined": batch.quarantined,
        },
    )
    transaction.on_commit(batch.delete_files)


def undo_batch(batch_id: int, progress: Progress) -> ImportBatch:
    """Take back a whole import: rows it created go, rows it changed get their former values.

    What somebody or a later import changed afterwards stays, and is said.
    """
    batch = ImportBatch.objects.select_related("created_by", "undone_by").get(pk=batch_id)
    if batch.status != ImportBatch.Status.UNDOING:
        return batch
    kind = batch_kind(batch)
    notes = kind.undo(batch.pk, progress)
    kept, created = 0, set()
    for change in RowChange.objects.filter(batch=batch, table="people").order_by("-pk"):
        with transaction.atomic():
            steps = change.after["undo"]
            created |= {
                step["id"] for step in steps if step["kind"] == "created" and step["model"] == "Person"
            }
            kept += undo_changes(steps)
            change.delete()
    begin_as_seen(by=batch.undone_by)
    gone = len(created) - Person.objects.filter(pk__in=created).count()
    if gone and batch.kind != "people":
        said = ngettext("{:,} person", "{:,} people", gone).format(gone)
        notes.append(f"{said} this import had created went with it.")
    if kept:
        said = ngettext("{:,} person, team or site stays", "{:,} people, teams or sites stay", kept).format(
            kept
        )
        notes.append(f"{said}, because other records hang on them now.")
    if again := brought_again(batch):
        notes.append(
            f"Rows that {again} brought again went too, where this one had brought them first. "
            "Import such a file again to have them back."
        )
    with transaction.atomic():
        ImportBatch.objects.filter(pk=batch.pk).update(
            status=ImportBatch.Status.UNDONE, undone_at=timezone.now(), undo_notes=notes
        )
        QuarantinedRow.objects.filter(batch=batch, is_held=True).update(is_held=False)
        record("imports.batch.undone", by=batch.undone_by, subject=batch, after={"kind": batch.kind})
    batch.delete_files()
    batch.refresh_from_db()
    return batch


def resolve_held(progress: Progress) -> int:
    """Import the rows that waited for people, teams or sites that are known now; returns how many."""
    waiting = QuarantinedRow.objects.filter(
        is_held=True, resolved_at__isnull=True, batch__status=ImportBatch.Status.APPLIED
    )
    resolved = 0
    batches = ImportBatch.objects.filter(pk__in=waiting.values("batch_id")).select_related("created_by")
    for number, batch in enumerate(batches.order_by("pk")):
        progress(number, len(batches), f"Rows held from {batch.filename}")
        resolved += _resolve_batch(batch, list(waiting.filter(batch=batch).order_by("position")), progress)
    return resolved


def _resolve_batch(batch: ImportBatch, held: Sequence[QuarantinedRow], progress: Progress) -> int:
    kind = batch_kind(batch)
    plan = Plan.from_json(batch.plan)
    plan.only, plan.create_people = {}, False
    table = Table(
        batch.sheet, batch.columns, Grid([row.cells for row in held]), [row.line for row in held], []
    )
    loaded = load_rows(table, plan, kind, user=batch.created_by, batch=batch)
    begin_with_rows(loaded)
    good = loaded.rows.good()
    for start, end in _chunks(0, len(good), kind.rows_at_once(loaded.rows)):
        part = good[start:end]
        with transaction.atomic():
            _resolve_chunk(kind, loaded.rows, part, loaded.context, batch, [held[i].pk for i in part])
    _say_why_not(batch, held, loaded.rows)
    if good:
        kind.finish(loaded.context, progress)
    return len(good)


@transaction.atomic
def _say_why_not(batch: ImportBatch, held: Sequence[QuarantinedRow], rows: Rows) -> None:
    """Give rows that stay aside the reason of today: with its person known, one may be wrong otherwise."""
    changed = []
    for position, problem in rows.problems.items():
        row, now = held[position], (problem.code, problem.message[:300], problem.is_held)
        if (row.code, row.reason, row.is_held) != now:
            row.code, row.reason, row.is_held = now
            changed.append(row)
    QuarantinedRow.objects.bulk_update(changed, ["code", "reason", "is_held"], batch_size=500)
    # Counted, not taken off: somebody else may have let go of the same rows meanwhile.
    waiting = QuarantinedRow.objects.filter(batch=batch, is_held=True, resolved_at__isnull=True).count()
    ImportBatch.objects.filter(pk=batch.pk).update(held=waiting)


def _resolve_chunk(
    kind: ImportKind, rows: Rows, part: list[int], context: Context, batch: ImportBatch, ids: list[int]
) -> None:
    fresh = QuarantinedRow.objects.filter(pk__in=ids, resolved_at__isnull=True)
    if fresh.update(resolved_at=timezone.now()) != len(ids):
        raise Overtaken
    counts = kind.write(rows, part, context)
    now = ImportBatch.objects.get(pk=batch.pk)
    ImportBatch.objects.filter(pk=batch.pk).update(
        imported=now.imported + counts.imported,
        updated=now.updated + counts.updated,
        unchanged=now.unchanged + counts.unchanged,
        quarantined=now.quarantined - len(ids),
        held=now.held - len(ids),
    )
