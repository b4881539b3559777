"""Days of which a later file says that nothing was counted: the figure that stood there goes, and the journal
keeps it for an undo of the import.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db import transaction

from ccperf.imports.kinds import Progress
from ccperf.imports.models import RowChange
from ccperf.metrics.models import Observation
from ccperf.metrics.scopes import ObservationKey, ObservationRow, Scope
from ccperf.metrics.services import Key, delete_observations, write_observations

TABLE = "emptied"
CHUNK = 500


def take_away(keys: Iterable[Key], batch_id: int) -> set[Key]:
    """Delete the imported figures of these days, subjects and measures; returns those that had one.

    What was counted from contacts or intervals stays: their rows say that there was something.
    """
    standing = _standing(keys)
    gone = delete_observations(ObservationKey(*key) for key in standing).former
    RowChange.objects.bulk_create(
        (
            RowChange(
                batch_id=batch_id,
                table=TABLE,
                row_id=row_id,
                before=[row.day.isoformat(), row.scope.subject, *row[2:], origin, batch],
            )
            for row_id, row, origin, batch in gone
        ),
        batch_size=CHUNK,
    )
    return standing


def give_back(batch_id: int, progress: Progress) -> int:
    """Put back what an import took away; returns how many days have another figure since, which stays."""
    journal = RowChange.objects.filter(batch_id=batch_id, table=TABLE)
    kept = 0
    while changes := list(journal[:CHUNK]):
        progress(0, 1, "Putting back what was taken away")
        with transaction.atomic():
            sources: dict[tuple[str, int | None], list[ObservationRow]] = defaultdict(list)
            for change in changes:
                day, subject, *parts, origin, batch = change.before
                row = ObservationRow(date.fromisoformat(day), Scope.parse(subject), *parts)
                sources[origin, batch].append(row)
            since = _standing((row[:3] for rows in sources.values() for row in rows), any_origin=True)
            for (origin, batch), rows in sources.items():
                rest = [row for row in rows if row[:3] not in since]
                write_observations(rest, origin=origin, batch_id=batch)
            kept += len(since)
            RowChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return kept


def _standing(keys: Iterable[Key], *, any_origin: bool = False) -> set[Key]:
    """Those of ``keys`` at which a figure stands, imported as such unless told."""
    wanted = set(keys)
    rows = Observation.objects.all()
    rows = rows if any_origin else rows.filter(origin=Observation.Origin.DIRECT)
    subjects = sorted({scope.subject for _, scope, _ in wanted})
    found: set[Key] = set()
    for start in range(0, len(subjects), CHUNK):
        at = rows.filter(
            subject__in=subjects[start : start + CHUNK],
            day__in={day for day, _, _ in wanted},
            metric__key__in={metric for _, _, metric in wanted},
        )
        for day, subject, metric in at.values_list("day", "subject", "metric__key"):
            found.add((day, Scope.parse(subject), metric))
    return found & wanted
