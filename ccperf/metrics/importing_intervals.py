"""Intervals: what a queue, team, site or the whole centre took in a quarter of an hour, a day or a month."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import ngettext

from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field
from ccperf.imports.kinds import Context, Counts, ImportKind, Progress, refuse_wrong_days, zone
from ccperf.imports.subjects import match_people, note_rows_of_nobody
from ccperf.metrics.analysis_half_hours import is_ambiguous
from ccperf.metrics.former_figures import restore_former
from ccperf.metrics.import_results import figures_link
from ccperf.metrics.interval_fields import interval_fields
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
from ccperf.metrics.records import IntervalRecord
from ccperf.metrics.scopes import Scope
from ccperf.people.models import User

COUNTS = ("offered", "answered", "handled", "abandoned", "within_target")
STORED = (*COUNTS, "wait_seconds", "handle_seconds")
SUMS = {
    "abandon_rate": ("abandoned", "offered"),
    "service_level": ("within_target", "offered"),
}


class Intervals(ImportKind):
    """Figures of a queue, team or site per interval, day or month."""

    key = "intervals"
    title = "Intervals"
    noun = "intervals"
    description = "Figures of a queue, team or site for each interval, day or month."
    requires = (("period_start", "date"), ("offered", "answered", "handled", "abandoned"))
    roles = frozenset({"supervisor", "manager", "admin"})
    constants = ("date", "queue", "team", "site")

    def fields(self) -> list[Field]:
        return interval_fields()

    def examine(self, rows: Rows, context: Context) -> None:
        _periods(rows)
        _note_weeks(rows, context)
        refuse_wrong_days(rows, "_day")
        match_people(rows, context, rows.column("_day"))
        _totals(rows, context)
        _plausible(rows)
        _once(rows, context)
        note_rows_of_nobody(rows, context)

    def write(self, rows: Rows, positions: Sequence[int], context: Context) -> Counts:
        book = context.memory.setdefault("queues", None) or QueueBook()
        context.memory["queues"] = book
        found = []
        for position in positions:
            if rows.values["_repeat"][position]:
                continue
            values = _values(rows, position, book, context)
            found.append(((values["starts_at"], values["subject"], values["grain"]), values))
        starts = [key[0] for key, _ in found]
        existing = {
            (record["starts_at"], record["subject"], record["grain"]): record
            for record in IntervalRecord.objects.filter(starts_at__in=starts).values()
        }
        counts = store_records(IntervalRecord, found, existing, context.batch_id)
        counts.unchanged += len(positions) - len(found)
        return counts

    def finish(self, context: Context, progress: Progress) -> None:
        _refresh(touched_by(IntervalRecord, context.batch_id), context.batch_id, progress)
        note_replaced(context, Observation.Origin.INTERVALS, self.noun)

    def results(self, batch_id: int, user: User) -> tuple[str, str] | None:
        return figures_link(user, IntervalRecord.objects.filter(batch_id=batch_id))

    def undo(self, batch_id: int, progress: Progress) -> list[str]:
        touched, notes = undo_records(IntervalRecord, batch_id, progress)
        restore_former(batch_id, progress)
        _refresh(touched, batch_id, progress)
        forget_touched(batch_id)
        undo_queues(batch_id)
        return notes


def _refresh(touched: Touched, batch_id: int, progress: Progress) -> None:
    months = {(day.replace(day=1), subject) for day, subject in touched}
    refresh_figures(
        touched | months,
        figures_of_days,
        origin=Observation.Origin.INTERVALS,
        batch_id=batch_id,
        progress=progress,
        days_at_once=20,
    )


def _periods(rows: Rows) -> None:
    """Fill ``_at``, ``_day`` and ``_grain`` from period start, or from date and time."""
    starts, dates, times = rows.column("period_start"), rows.column("date"), rows.column("time")
    moments, days, grains = [], [], []
    for position, (start, day, seconds) in enumerate(zip(starts, dates, times, strict=True)):
        moment = start or day
        if moment is None:
            rows.refuse(position, "no_date", "The period start is missing.")
            at, grain = None, IntervalRecord.Grain.DAY
        else:
            at = moment.at if seconds is None else moment.at + timedelta(seconds=seconds)
            is_timed = seconds is not None or moment.precision == "second"
            grain = IntervalRecord.Grain.INTERVAL if is_timed else IntervalRecord.Grain.DAY
            if moment.precision == "month":
                grain = IntervalRecord.Grain.MONTH
            if moment.precision == "year":
                rows.refuse(position, "imprecise_date", "Only the year is given; a month or day is needed.")
        moments.append(at)
        days.append(at.date() if at else None)
        grains.append(int(grain))
    timed = [
        at for at, grain in zip(moments, grains, strict=True) if at and grain == IntervalRecord.Grain.INTERVAL
    ]
    if timed and all(at.hour == at.minute == 0 for at in timed):
        # A spreadsheet shows days as midnights; intervals that all begin at midnight are days.
        grains = [
            int(IntervalRecord.Grain.DAY) if grain == IntervalRecord.Grain.INTERVAL else grain
            for grain in grains
        ]
    rows.values["_at"], rows.values["_day"], rows.values["_grain"] = moments, days, grains


def _note_weeks(rows: Rows, context: Context) -> None:
    """Where all days are the same day of the week, the rows are most likely weeks."""
    grains = rows.values["_grain"]
    days = {
        day
        for day, grain in zip(rows.values["_day"], grains, strict=True)
        if day and grain == IntervalRecord.Grain.DAY
    }
    if len(days) > 1 and len({day.weekday() for day in days}) == 1:
        context.note(f"All dates are {min(days):%A}s: figures of a whole week stand on that one day.")


def _totals(rows: Rows, context: Context) -> None:
    """Turn averages and shares into sums, each by its own weight; nothing else is derived."""
    taken = (
        rows.column("answered")
        if any(v is not None for v in rows.column("answered"))
        else rows.column("handled")
    )
    handled = rows.column("handled") if any(v is not None for v in rows.column("handled")) else taken
    _from_average(rows, "wait_seconds", "average_wait", taken)
    _from_average(rows, "handle_seconds", "average_handle", handled)
    shares, within = rows.column("service_level"), rows.column("within_target")
    if "service_level" in rows.values:
        rows.values["within_target"] = [
            count if count is not None else None if share is None or base is None else share * base
            for count, share, base in zip(within, shares, rows.column("offered"), strict=True)
        ]
        if "offered" not in rows.values:
            context.note("The service level is left out: without contacts offered it cannot be weighted.")


def _from_average(rows: Rows, total: str, average: str, weights: Sequence[float | None]) -> None:
    if average not in rows.values:
        return
    rows.values[total] = [
        known if known is not None else None if mean is None or weight is None else mean * weight
        for known, mean, weight in zip(rows.column(total), rows.column(average), weights, strict=True)
    ]


def _plausible(rows: Rows) -> None:
    offered = rows.column("offered")
    for name in ("abandoned", "within_target"):
        for position, (part, whole) in enumerate(zip(rows.column(name), offered, strict=True)):
            if part is not None and whole is not None and part > whole * 1.000001 + 1e-6:
                word = "Abandoned" if name == "abandoned" else "Answered within the target"
                rows.refuse(position, "too_high", f"{word} ({part:g}) is more than offered ({whole:g}).")
    for position in range(len(rows)):
        if all(rows.get(name, position) is None for name in STORED):
            rows.refuse(position, "no_figures", "The row holds no figure.")


def _once(rows: Rows, context: Context) -> None:
    """One row per period and subject; a second equal one counts once, a second different one is set aside.

    Where clocks go back an hour has two of each period; without an offset the second row is the later one.
    """
    names = ("_at", "_grain", "queue", "_team", "_site")
    where = ZoneInfo(zone())
    figures = list(zip(*(rows.column(name) for name in STORED), strict=True))
    seen: dict[tuple, int] = {}
    repeats = [False] * len(rows)
    for position, key in enumerate(zip(*(rows.column(name) for name in names), strict=True)):
        if position in rows.problems:
            continue
        at = key[0]
        first = seen.setdefault((at and at.fold, *key), position)
        if first != position and is_ambiguous(at, where):
            rows.values["_at"][position] = at.replace(fold=1)
            first = seen.setdefault((1, *key), position)
        if first == position:
            continue
        if figures[first] == figures[position]:
            repeats[position] = True
        else:
            rows.refuse(
                position,
                "conflicting_identifier",
                f"Line {rows.lines[first]} has the same period and queue with other figures. Map "
                f"the column that "
                "tells them apart, or correct one.",
            )
    rows.values["_repeat"] = repeats
    if any(repeats):
        said = ngettext("{:,} row repeats", "{:,} rows repeat", sum(repeats)).format(sum(repeats))
        context.note(f"{said} an earlier row; each interval counts once.")


def _values(rows: Rows, position: int, book: QueueBook, context: Context) -> dict:
    team_id, site_id = rows.get("_team", position), rows.get("_site", position)
    queue_id = book.find_or_create(rows.get("queue", position), site_id, context.batch_id)
    owners = {"queue_id": queue_id, "team_id": team_id, "site_id": site_id}
    return {
        **{name: rows.get(name, position) for name in STORED},
        # In UTC, because within one zone the two halves of an hour that comes twice would count as equal.
        "starts_at": rows.get("_at", position).replace(tzinfo=ZoneInfo(zone())).astimezone(UTC),
        "day": rows.get("_day", position),
        "grain": rows.get("_grain", position),
        "subject": Scope.narrowest(**owners).subject,
        **owners,
    }


def figures_of_days(days: Sequence[date]) -> Iterator[tuple[date, str, dict[str, tuple[float, float, int]]]]:
    """The figures of some days from their intervals, else from their day totals; a month's stand on its
    first day.
    """
    by_key: dict[tuple[date, str], dict[int, list[IntervalRecord]]] = defaultdict(lambda: defaultdict(list))
    for record in IntervalRecord.objects.filter(day__in=days):
        by_key[(record.day, record.subject)][record.grain].append(record)
    finer = _months_with_days(days)
    for (day, subject), grains in by_key.items():
        grain = min(grains)
        if grain == IntervalRecord.Grain.MONTH and (day.year, day.month, subject) in finer:
            continue
        yield day, subject, dict(_figures(grains[grain]))


def _months_with_days(days: Sequence[date]) -> set[tuple[int, int, str]]:
    """Months and subjects that have days or intervals, beside which a month's total would count twice."""
    first_days = [day for day in days if day.day == 1]
    if not IntervalRecord.objects.filter(day__in=first_days, grain=IntervalRecord.Grain.MONTH).exists():
        return set()
    found = set()
    for first in first_days:
        after = (first + timedelta(days=31)).replace(day=1)
        rows = IntervalRecord.objects.filter(
            day__gte=first, day__lt=after, grain__lt=IntervalRecord.Grain.MONTH
        )
        found |= {
            (first.year, first.month, subject)
            for subject in rows.values_list("subject", flat=True).distinct()
        }
    return found


def _figures(records: Iterable[IntervalRecord]) -> Iterator[tuple[str, tuple[float, float, int]]]:
    """Each measure sums only the records that have both its parts, so that a gap does not thin out the
    rest.
    """
    records = list(records)
    for metric, (over, under) in parts_of(records).items():
        yield metric, pooled(records, over, under)


def parts_of(records: Sequence[IntervalRecord]) -> dict[str, tuple[str, str]]:
    """Which columns are numerator and denominator of each measure, given what these records know."""
    taken = "answered" if any(record.answered is not None for record in records) else "handled"
    handled = "handled" if any(record.handled is not None for record in records) else taken
    return SUMS | {
        "answered_rate": (taken, "offered"),
        "asa": ("wait_seconds", taken),
        "aht": ("handle_seconds", handled),
    }


def pooled(records: Sequence[IntervalRecord], over: str, under: str) -> tuple[float, float, int]:
    """Numerator, denominator and n of the records that know both."""
    pairs = [(getattr(record, over), getattr(record, under)) for record in records]
    known = [(top, bottom) for top, bottom in pairs if top is not None and bottom is not None]
    denominator = sum(bottom for _, bottom in known)
    return sum(top for top, _ in known), denominator, round(denominator)
