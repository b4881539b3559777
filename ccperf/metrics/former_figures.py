"""What figures were before an import overwrote them: kept in its journal, given back by its undo."""

from collections.abc import Sequence

from django.db import transaction

from ccperf.imports.kinds import Progress
from ccperf.imports.models import RowChange
from ccperf.metrics.models import Observation
from ccperf.metrics.scopes import ObservationRow, Scope
from ccperf.metrics.services import Former, write_observations

PARTS = ("numerator", "denominator", "n")
UNDO_CHUNK = 500


def keep_former(former: Sequence[Former], after: dict[tuple, tuple], batch_id: int) -> None:
    """Keep in the journal what an import overwrote and with what, for its undo."""
    changes = []
    for row_id, row, origin, batch in former:
        before = {name: getattr(row, name) for name in PARTS} | {"origin": origin, "batch_id": batch}
        changes.append(
            RowChange(
                batch_id=batch_id,
                table="observation",
                row_id=row_id,
                before=before,
                after=dict(zip(PARTS, after[row.day, row.scope, row.metric], strict=True)),
            )
        )
    RowChange.objects.bulk_create(changes, batch_size=500)


def count_replaced(batch_id: int, origin: str) -> int:
    """How many figures of another origin an import has replaced with figures of this one."""
    journal = RowChange.objects.filter(batch_id=batch_id, table="observation")
    return journal.exclude(before__origin=origin).count()


def restore_former(batch_id: int, progress: Progress) -> int:
    """Give overwritten figures their former values, newest change first; returns how many had changed
    since.
    """
    kept = 0
    journal = RowChange.objects.filter(batch_id=batch_id, table="observation").order_by("-pk")
    while changes := list(journal[:UNDO_CHUNK]):
        progress(0, 1, "Restoring what was overwritten")
        with transaction.atomic():
            ids = [change.row_id for change in changes]
            current = Observation.objects.select_related("metric").in_bulk(ids)
            for (origin, former), rows in _former(changes, current, batch_id).items():
                write_observations(rows, origin=origin, batch_id=former)
            kept += sum(current.get(pk) is None or current[pk].batch_id != batch_id for pk in ids)
            RowChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return kept


def _former(
    changes: Sequence[RowChange], current: dict[int, Observation], batch_id: int
) -> dict[tuple, list]:
    groups: dict[tuple, list[ObservationRow]] = {}
    for change in changes:
        now = current.get(change.row_id)
        if now is None or now.batch_id != batch_id:
            continue
        before = change.before
        row = ObservationRow(
            now.day,
            Scope.parse(now.subject),
            now.metric.key,
            before["numerator"],
            before["denominator"],
            before["n"],
        )
        groups.setdefault((before["origin"], before["batch_id"]), []).append(row)
    return groups
