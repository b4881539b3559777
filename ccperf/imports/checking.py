"""What a check of a draft finds, kept with the draft: the pages show it without reading the file again.

A short file is read while its owner waits; a longer one by a job, with progress.
"""

from dataclasses import asdict
from typing import Any

from django.db import transaction

from ccperf.core.exports import csv_of
from ccperf.imports import selectors, services
from ccperf.imports.kinds import Progress
from ccperf.imports.models import ImportBatch
from ccperf.imports.problems import UnusableFile
from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.people.models import User

SHORT_CELLS = 60_000
"""Cells of a file that are read in about half a second."""


def _quiet(done: int, total: int, message: str = "") -> None:
    """Nobody watches."""


def ensure_checked(*, by: User, batch: ImportBatch) -> Job | None:
    """See to it that the draft is checked as it is planned now.

    Returns the job that does it when the file is long, None once what was found is stored with the draft.
    """
    if batch.is_checked:
        return None
    if batch.rows * max(len(batch.columns), 1) <= SHORT_CELLS:
        store_check(batch)
        return None
    if batch.job and batch.job.params.get("version") == batch.version:
        return batch.job
    with transaction.atomic():
        params = {"batch": batch.pk, "version": batch.version}
        batch.job = enqueue("imports.check", params, by=by, title=f"Check of {batch.filename}")
        batch.save(update_fields=["job"])
    return batch.job


def store_check(batch: ImportBatch, progress: Progress = _quiet) -> None:
    """Read and match every row and keep what was found, unless the plan has changed meanwhile."""
    progress(0, batch.rows, "Reading the file")
    try:
        found = _found(batch)
    except UnusableFile as refused:
        found = {"error": str(refused)}
    mine = ImportBatch.objects.filter(pk=batch.pk, version=batch.version, status=ImportBatch.Status.DRAFT)
    rows, columns = found.pop("of_file", (batch.rows, batch.columns))
    mine.update(checked=found, checked_version=batch.version, rows=rows, columns=columns)
    batch.checked, batch.checked_version = found, batch.version
    progress(batch.rows, batch.rows, "Every row is read")


def _found(batch: ImportBatch) -> dict[str, Any]:
    """Everything the page of the check shows, as plain values."""
    loaded, user = services.check_stored(batch), batch.created_by
    batch.aside_file.write_bytes(csv_of(*selectors.checked_table(loaded)))
    problems = loaded.rows.problems
    header, rows = selectors.preview(loaded, user)
    unknown, places = selectors.unknown_people(loaded, user), selectors.unknown_places(loaded, user)
    return {
        "of_file": (len(loaded.table.rows), loaded.table.columns),
        "header": header,
        "rows": [asdict(row) for row in rows],
        "total": len(loaded.rows),
        "ready": len(loaded.rows) - len(problems),
        "aside": len(problems),
        "held": sum(problem.is_held for problem in problems.values()),
        "reasons": [asdict(reason) for reason in selectors.found_reasons(loaded, user)],
        "notes": loaded.context.notes,
        "unknown": asdict(unknown) if unknown else None,
        "places": asdict(places) if places else None,
        "values": [(value.field.name, value.raw, value.count) for value in selectors.unread_values(loaded)],
    }
