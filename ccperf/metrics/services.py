"""Writing observations: only what differs, with a note of what became stale in the same transaction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import F, Q

from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.metrics import bulk, scopes
from ccperf.metrics.models import DirtyPartition, MetricDefinition, Observation, Queue, RollupState
from ccperf.metrics.scopes import ObservationKey, ObservationRow, Scope
from ccperf.people.scope import team_ids_on

CHUNK = 4000
REFRESH_KEY = "metrics.refresh"


@dataclass
class WriteResult:
    """What a write did. ``before`` holds the former rows of what was replaced or deleted, for an undo."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    before: list[ObservationRow] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.deleted


@dataclass(frozen=True)
class _Stored:
    numerator: float
    denominator: float
    n: int
    team_id: int | None
    site_id: int | None


def write_observations(
    rows: Iterable[ObservationRow], *, origin: str, batch_id: int | None = None
) -> WriteResult:
    """Store what a source says, one row per day, subject and measure; the last of equal keys counts.

    Rows equal to what is stored are left alone, so a second import writes nothing. Works in chunks, each one
    short transaction together with the note of what it made stale, and queues one refresh of the sums.
    Raises KeyError for an unknown measure.
    """
    metric_ids = dict(MetricDefinition.objects.values_list("key", "pk"))
    unique = {(row.day, row.scope.subject, metric_ids[row.metric]): row for row in rows}
    ordered = sorted(unique.items(), key=lambda item: item[0])
    result = WriteResult()
    for chunk in _chunks(ordered):
        _write_chunk(chunk, origin, batch_id, result)
    return result


@transaction.atomic
def _write_chunk(
    chunk: list[tuple[tuple[date, str, int], ObservationRow]],
    origin: str,
    batch_id: int | None,
    result: WriteResult,
) -> None:
    stored = _stored([key for key, _ in chunk])
    places = _places([row for _, row in chunk])
    changed, dirty = [], set()
    for (key, row), (person_id, team_id, site_id, queue_id) in zip(chunk, places, strict=True):
        old = stored.get(key)
        new = _Stored(float(row.numerator), float(row.denominator), int(row.n), team_id, site_id)
        if old == new:
            result.unchanged += 1
            continue
        if old is None:
            result.inserted += 1
        else:
            result.updated += 1
            result.before.append(
                ObservationRow(row.day, row.scope, row.metric, old.numerator, old.denominator, old.n)
            )
            dirty |= partitions_of(row.day, person_id, old.team_id, old.site_id)
        dirty |= partitions_of(row.day, person_id, team_id, site_id)
        values = (new.numerator, new.denominator, new.n, origin, batch_id)
        changed.append((*key, person_id, team_id, site_id, queue_id, *values))
    bulk.upsert_observations(changed)
    mark_dirty(dirty)


def delete_observations(keys: Iterable[ObservationKey]) -> WriteResult:
    """Remove single observations, as the undo of an import needs it; unknown keys are passed over."""
    names = {pk: key for key, pk in MetricDefinition.objects.values_list("key", "pk")}
    metric_ids = {key: pk for pk, key in names.items()}
    wanted = sorted({(key.day, key.scope.subject, metric_ids[key.metric]) for key in keys})
    result = WriteResult()
    for chunk in _chunks(wanted):
        with transaction.atomic():
            meant = set(chunk)
            found = [row for row in _rows_at(chunk) if (row.day, row.subject, row.metric_id) in meant]
            dirty: set[tuple[date, str, int]] = set()
            for row in found:
                dirty |= partitions_of(row.day, row.person_id, row.team_id, row.site_id)
                result.before.append(
                    ObservationRow(
                        row.day,
                        Scope.parse(row.subject),
                        names[row.metric_id],
                        row.numerator,
                        row.denominator,
                        row.n,
                    )
                )
            for part in _chunks([row.pk for row in found], 500):
                Observation.objects.filter(pk__in=part).delete()
            result.deleted += len(found)
            mark_dirty(dirty)
    return result


@transaction.atomic
def restamp_team(person_id: int, start: date | None = None, end: date | None = None) -> int:
    """Give a person's observations of ``[start, end)`` the team that membership now names for their day.

    Called after a membership was entered late, moved or corrected. Returns how many rows changed team; the
    sums of the old and of the new team become stale.
    """
    rows = Observation.objects.filter(person_id=person_id)
    rows = rows.filter(day__gte=start) if start else rows
    rows = rows.filter(day__lt=end) if end else rows
    days: dict[date, set[int | None]] = defaultdict(set)
    for day, team_id in rows.order_by().values_list("day", "team_id").distinct():
        days[day].add(team_id)
    teams = dict(zip(days, team_ids_on((person_id, day) for day in days), strict=True))
    moved: dict[int | None, list[date]] = defaultdict(list)
    dirty: set[tuple[date, str, int]] = set()
    for day, old in days.items():
        if old != {teams[day]}:
            moved[teams[day]].append(day)
            for either in old | {teams[day]}:
                dirty |= partitions_of(day, person_id, either, None)
    count = 0
    for new, list_of_days in moved.items():
        for part in _chunks(list_of_days, 400):
            count += rows.filter(day__in=part).update(team_id=new)
    mark_dirty(dirty)
    return count


def partitions_of(
    day: date, person_id: int | None, team_id: int | None, site_id: int | None
) -> set[tuple[date, str, int]]:
    """The lowest sums that an observation of these belongs to; everything above follows from them."""
    found = set()
    if person_id:
        found.add((day, scopes.AGENT, person_id))
    if team_id:
        found.add((day, scopes.TEAM, team_id))
    elif site_id:
        found.add((day, scopes.SITE, site_id))
    else:
        found.add((day, scopes.ORGANISATION, 0))
    return found


def mark_dirty(partitions: set[tuple[date, str, int]]) -> None:
    """Note stale sums and queue their refresh; the caller's transaction holds both."""
    if partitions:
        bulk.insert_dirty(sorted(partitions))
        request_refresh()


def request_refresh() -> Job:
    """One waiting refresh is enough, however much became stale."""
    return enqueue("metrics.refresh", key=REFRESH_KEY)


def renew_pages() -> None:
    """Everything kept for pages is named after the generation, so what is new is seen at once."""
    RollupState.objects.filter(pk=1).update(generation=F("generation") + 1)


def has_stale_sums() -> bool:
    """Whether some sums still wait for their refresh."""
    return DirtyPartition.objects.exists()


def _stored(keys: Sequence[tuple[date, str, int]]) -> dict[tuple[date, str, int], _Stored]:
    return {
        (row.day, row.subject, row.metric_id): _Stored(
            row.numerator, row.denominator, row.n, row.team_id, row.site_id
        )
        for row in _rows_at(keys)
    }


def _rows_at(keys: Sequence[tuple[date, str, int]]) -> Iterator[Observation]:
    """Observations among which all of ``keys`` are; ``keys`` are sorted by day.

    A lock keeps two writers of one row apart; SQLite's transactions already do.
    """
    if not keys:
        return iter(())
    subjects = {subject for _, subject, _ in keys}
    days = Q(day__gte=keys[0][0], day__lte=keys[-1][0])
    rows = Observation.objects.select_for_update().filter(days).order_by("day", "subject", "metric_id")
    if len(subjects) <= 500:
        rows = rows.filter(subject__in=subjects)
    return rows.iterator(chunk_size=2000)


def _places(rows: Sequence[ObservationRow]) -> list[tuple[int | None, int | None, int | None, int | None]]:
    """Person, team, site and queue of each row: an agent's team is the one of that day."""
    agents = [(row.scope.id, row.day) for row in rows if row.scope.kind == scopes.AGENT]
    teams = iter(team_ids_on(agents)) if agents else iter(())
    wanted = {row.scope.id for row in rows if row.scope.kind == scopes.QUEUE}
    queue_sites = dict(Queue.objects.filter(pk__in=wanted).values_list("pk", "site_id")) if wanted else {}
    places = []
    for row in rows:
        kind, pk = row.scope.kind, row.scope.id
        places.append(
            (
                pk if kind == scopes.AGENT else None,
                next(teams) if kind == scopes.AGENT else pk if kind == scopes.TEAM else None,
                pk if kind == scopes.SITE else queue_sites.get(pk) if kind == scopes.QUEUE else None,
                pk if kind == scopes.QUEUE else None,
            )
        )
    return places


def _chunks(items: Sequence, size: int = CHUNK) -> Iterator[list]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
