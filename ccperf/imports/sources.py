"""How far the data of each source reach, how many days that is behind today, and whether a file is late."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from ccperf.core.dates import today
from ccperf.imports.kinds import KINDS
from ccperf.imports.models import ImportBatch
from ccperf.people.models import User

REMEMBERED = 30
"""How many imports of a source tell its newest day and its usual gap."""
LEAST_GAPS = 2


@dataclass(frozen=True)
class Source:
    """The files of one saved profile, or those of one kind without any: the newest import and day, how many
    days that is behind today, the usual days between imports, and the days since the next one was to be
    expected.

    Files without days are behind since their last import. ``usual_days`` is None with fewer than three days
    of imports.
    """

    title: str
    last: ImportBatch
    data_up_to: date | None
    days_behind: int
    usual_days: int | None
    days_late: int


def sources(user: User) -> list[Source]:
    """Every source that ``user`` sees imports of, the latest first; one query."""
    if not user.access.can("imports.run"):
        return []
    newest_first = Window(RowNumber(), [F("kind"), F("profile")], order_by="-applied_at")
    applied = (
        ImportBatch.objects.visible_to(user)
        .filter(status=ImportBatch.Status.APPLIED, applied_at__isnull=False)
        .annotate(place=newest_first)
        .filter(place__lte=REMEMBERED)
        .select_related("profile")
        .only("kind", "applied_at", "data_up_to", "profile__name")
        .order_by("-applied_at")
    )
    by_source: dict[tuple[str, int | None], list[ImportBatch]] = defaultdict(list)
    for batch in applied:
        by_source[batch.kind, batch.profile_id].append(batch)
    found = [_source(batches) for batches in by_source.values()]
    return sorted(found, key=lambda source: (-source.days_late, -source.days_behind, source.title))


def _source(batches: list[ImportBatch]) -> Source:
    last, days = batches[0], [timezone.localdate(batch.applied_at) for batch in batches]
    usual = usual_gap(days)
    newest = max((batch.data_up_to for batch in batches if batch.data_up_to), default=None)
    title = KINDS[last.kind].title if last.kind in KINDS else last.kind
    return Source(
        title=f"{title}: {last.profile.name}" if last.profile else title,
        last=last,
        data_up_to=newest,
        days_behind=max(0, (today() - (newest or days[0])).days),
        usual_days=usual,
        days_late=max(0, (today() - days[0]).days - usual) if usual else 0,
    )


def usual_gap(days: list[date]) -> int | None:
    """The median number of days between days with an import; None where too few tell."""
    ordered = sorted(set(days))
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    return round(median(gaps)) if len(gaps) >= LEAST_GAPS else None
