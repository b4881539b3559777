"""How far the data of each kind of import reach, and whether the next file is late."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

from django.utils import timezone

from ccperf.core.dates import today
from ccperf.imports.kinds import KINDS
from ccperf.imports.models import ImportBatch
from ccperf.people.models import User

REMEMBERED = 200
LEAST_GAPS = 2


@dataclass(frozen=True)
class Source:
    """One kind of file: its newest import and day, the usual days between imports, and the days since the
    next one was to be expected. ``usual_days`` is None with fewer than three days of imports.
    """

    title: str
    last: ImportBatch
    data_up_to: date | None
    usual_days: int | None
    days_late: int


def sources(user: User) -> list[Source]:
    """Every kind that ``user`` sees imports of, the latest first; one query."""
    if not user.access.can("imports.run"):
        return []
    applied = ImportBatch.objects.visible_to(user).filter(status=ImportBatch.Status.APPLIED)
    fields = ("kind", "applied_at", "data_up_to")
    by_kind: dict[str, list[ImportBatch]] = defaultdict(list)
    for batch in applied.filter(applied_at__isnull=False).only(*fields).order_by("-applied_at")[:REMEMBERED]:
        by_kind[batch.kind].append(batch)
    found = [_source(kind, batches) for kind, batches in by_kind.items()]
    return sorted(found, key=lambda source: (-source.days_late, source.title))


def _source(kind: str, batches: list[ImportBatch]) -> Source:
    usual = usual_gap([timezone.localdate(batch.applied_at) for batch in batches])
    since = (today() - timezone.localdate(batches[0].applied_at)).days
    newest = max((batch.data_up_to for batch in batches if batch.data_up_to), default=None)
    title = KINDS[kind].title if kind in KINDS else kind
    return Source(title, batches[0], newest, usual, max(0, since - usual) if usual else 0)


def usual_gap(days: list[date]) -> int | None:
    """The median number of days between days with an import; None where too few tell."""
    ordered = sorted(set(days))
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    return round(median(gaps)) if len(gaps) >= LEAST_GAPS else None
