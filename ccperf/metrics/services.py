"""Writing observations: only what differs, with a note of what became stale in the same transaction."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from django.db import transaction
from django.db.models import F, Q

from ccperf.core.collecting import collector_paused
from ccperf.jobs.models import Job
from ccperf.jobs.services import enqueue
from ccperf.metrics import bulk, scopes
from ccperf.metrics.models import (
    ContactRecord,
    DirtyPartition,
    MetricDefinition,
    Observation,
    Queue,
    RollupState,
)
from ccperf.metrics.scopes import ObservationKey, ObservationRow, Scope
from ccperf.people.scope import team_ids_on

CHUNK = 10_000
REFRESH_KEY = "metrics.refresh"
Key = tuple[date, Scope, str]
Plain = tuple[date, Scope, str, float, float, int, *tuple[int, ...]]
"""What an ObservationRow holds; files of millions of figures spare the names."""
Place = tuple[int | None, int | None, int | None, int | None]


class Former(NamedTuple):
    """A stored row as it was before it was replaced or deleted."""

    row_id: int
    row: ObservationRow
    origin: str
    batch_id: int | None


@dataclass
class WriteResult:
    """What a write did. ``former`` holds the rows that were replaced or deleted, for an undo; ``written`` all
    that were written, each beginning with ``bulk.CHANGED``; ``names`` the measures by number.
    """

    names: dict[int, str] = field(default_factory=dict)
    unchanged: int = 0
    deleted: int = 0
    former: list[Former] = field(default_factory=list)
    written: list[bulk.Row] = field(default_factory=list)

    @cached_property
    def replaced(self) -> set[Key]:
        """Day, subject and measure of what was there and was replaced."""
        return {(former.row.day, former.row.scope, former.row.metric) for former in self.former}

    @cached_property
    def new(self) -> set[Key]:
        """Day, subject and measure of what was not there."""
        keys = {(date.fromisoformat(row[0]), Scope.parse(row[1]), self.names[row[2]]) for row in self.written}
        return keys - self.replaced

    @property
    def inserted(self) -> int:
        return len(self.written) - self.updated

    @property
    def updated(self) -> int:
        return len(self.former) - self.deleted

    @property
    def before(self) -> list[ObservationRow]:
        return [former.row for former in self.former]

    @property
    def changed(self) -> int:
        return self.inserted + self.updated + self.deleted


@collector_paused()
def write_observations(
    rows: Iterable[ObservationRow | Plain], *, origin: str, batch_id: int | None = None
) -> WriteResult:
    """Store what a source says, one row per day, subject and measure; the last of equal keys counts.

    Rows equal to what is stored are left alone, so a second import writes nothing. Works in chunks, each one
    short transaction together with the note of what it made stale, and queues one refresh of the sums.
    Raises KeyError for an unknown measure.
    """
    metric_ids = dict(MetricDefinition.objects.values_list("key", "pk"))
    result = WriteResult(names={pk: key for key, pk in metric_ids.items()})
    for chunk in _chunks(_in_order(rows, metric_ids)):
        _write_chunk(chunk, origin, batch_id, result)
    return result


def _in_order(rows: Iterable[ObservationRow | Plain], metric_ids: dict[str, int]) -> list[bulk.Row]:
    """Rows as they are stored (``bulk.FIGURE``), once each, sorted by their key."""
    owners: dict[tuple[date, Scope], dict[int, ObservationRow | Plain]] = defaultdict(dict)
    # Sources say all figures of somebody one after the other: their owner is looked up once.
    for owner, figures in groupby(rows, key=itemgetter(0, 1)):
        owners[owner].update([(metric_ids[row[2]], row) for row in figures])
    places = _places(owners)
    return [
        (day, subject, metric_id, *place, float(row[3]), float(row[4]), int(row[5]))
        for day, subject, owner in sorted((owner[0].isoformat(), owner[1].subject, owner) for owner in owners)
        for place in [places[owner]]
        for metric_id, row in sorted(owners[owner].items())
    ]


@transaction.atomic
def _write_chunk(rows: list[bulk.Row], origin: str, batch_id: int | None, result: WriteResult) -> None:
    former, changed = bulk.merge_observations(rows, origin, batch_id)
    dirty: set[tuple[date, str, int]] = set()
    scope_of = {subject: Scope.parse(subject) for subject in {row[2] for row in former}}
    for row_id, iso, subject, metric_id, numerator, denominator, n, team_id, site_id, *source in former:
        day, scope, metric = date.fromisoformat(iso), scope_of[subject], result.names[metric_id]
        row = ObservationRow(day, scope, metric, numerator, denominator, n)
        result.former.append(Former(row_id, row, *source))
        person_id = scope.id if scope.kind == scopes.AGENT else None
        dirty |= partitions_of(day, person_id, team_id, site_id)
    for iso, person_id, team_id, site_id in set(map(itemgetter(0, 3, 4, 5), changed)):
        dirty |= partitions_of(date.fromisoformat(iso), person_id, team_id, site_id)
    result.written += changed
    result.unchanged += len(rows) - len(changed)
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
                parts = (row.numerator, row.denominator, row.n)
                before = ObservationRow(row.day, Scope.parse(row.subject), names[row.metric_id], *parts)
                result.former.append(Former(row.pk, before, row.origin, row.batch_id))
            for part in _chunks([row.pk for row in found], 500):
                Observation.objects.filter(pk__in=part).delete()
            result.deleted += len(found)
            mark_dirty(dirty)
    return result


@transaction.atomic
def restamp_team(person_id: int) -> int:
    """Give a person's observations, and the contacts they were counted from, the team that membership now
    names for their day.

    Called after a membership was entered late, moved or corrected. Returns how many observations changed
    team; the sums of the old and of the new team become stale.
    """
    _restamp(ContactRecord, person_id)
    count, touched = _restamp(Observation, person_id)
    mark_dirty({part for day, team_id in touched for part in partitions_of(day, person_id, team_id, None)})
    return count


def _restamp(
    model: type[Observation | ContactRecord], person_id: int
) -> tuple[int, set[tuple[date, int | None]]]:
    """How many rows changed team, and the days with the teams that they left and joined."""
    rows = model.objects.filter(person_id=person_id)
    days: dict[date, set[int | None]] = defaultdict(set)
    for day, team_id in rows.order_by().values_list("day", "team_id").distinct():
        days[day].add(team_id)
    teams = dict(zip(days, team_ids_on((person_id, day) for day in days), strict=True))
    moved: dict[int | None, list[date]] = defaultdict(list)
    touched: set[tuple[date, int | None]] = set()
    for day, old in days.items():
        if old != {teams[day]}:
            moved[teams[day]].append(day)
            touched |= {(day, team_id) for team_id in old | {teams[day]}}
    count = 0
    for new, list_of_days in moved.items():
        for part in _chunks(list_of_days, 400):
            count += rows.filter(day__in=part).update(team_id=new)
    return count, touched


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


def _places(owners: Iterable[tuple[date, Scope]]) -> dict[tuple[date, Scope], Place]:
    """Person, team, site and queue of each day and subject: an agent's team is the one of that day."""
    pairs = [(scope.id, day) for day, scope in owners if scope.kind == scopes.AGENT]
    teams = iter(team_ids_on(pairs)) if pairs else iter(())
    wanted = {scope.id for _, scope in owners if scope.kind == scopes.QUEUE}
    queue_sites = dict(Queue.objects.filter(pk__in=wanted).values_list("pk", "site_id")) if wanted else {}
    places: dict[tuple[date, Scope], Place] = {}
    for owner in owners:
        kind, pk = owner[1]
        if kind == scopes.AGENT:
            places[owner] = (pk, next(teams), None, None)
        elif kind == scopes.TEAM:
            places[owner] = (None, pk, None, None)
        elif kind == scopes.QUEUE:
            places[owner] = (None, None, queue_sites.get(pk), pk)
        else:
            places[owner] = (None, None, pk if kind == scopes.SITE else None, None)
    return places


def _chunks(items: Sequence, size: int = CHUNK) -> Iterator[list]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
