"""The profile of one day of a queue, team or site by half hour, against earlier days of its weekday."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.db.models import Max, Q, QuerySet
from django.urls import reverse

from ccperf.core.charts import DayChart, DayPoint, day_figure
from ccperf.core.dates import full_day_words
from ccperf.core.numbers import format_value
from ccperf.metrics import scopes
from ccperf.metrics.analysis_half_hours import (
    Counts,
    Slot,
    Usual,
    position_of,
    slots_of,
    usual,
    wall_label,
)
from ccperf.metrics.boards import key_of
from ccperf.metrics.models import IntervalRecord, MetricDefinition, Queue
from ccperf.metrics.readings import target_words
from ccperf.metrics.scopes import Scope
from ccperf.metrics.selectors import Bounds, Freshness, catalogue
from ccperf.people.models import Site, Team, User

WEEKS_BEFORE = 12
NEWEST_KEPT_SECONDS = 300
MEASURE = "service_level"
COLUMNS = ("offered", "answered", "abandoned", "within_target")


@dataclass(frozen=True)
class Subject:
    """A queue, team or site (or the organisation) with intervals, and its newest day."""

    scope: Scope
    name: str
    newest: date
    team_id: int | None = None
    site_id: int | None = None


@dataclass(frozen=True)
class HalfHour:
    """One half hour of the day, by its number from 0, and what is usual for its hour on the wall."""

    number: int
    slot: Slot
    counts: Counts
    usual_offered: Usual | None
    usual_level: Usual | None

    @property
    def level(self) -> float | None:
        return self.counts.service_level

    @property
    def offered(self) -> float | None:
        return self.counts.given("offered")

    @property
    def answered(self) -> float | None:
        return self.counts.given("answered")

    @property
    def abandoned(self) -> float | None:
        return self.counts.given("abandoned")


@dataclass(frozen=True)
class Day:
    """A day by half hour. ``goal`` is the target of the service level on that day, if one is set."""

    subject: Subject
    day: date
    half_hours: tuple[HalfHour, ...]
    compared: int
    goal: Bounds
    metric: MetricDefinition | None

    @property
    def rows_url(self) -> str:
        """The intervals that the day adds together; with ``&slot=`` those of one half hour."""
        page = reverse("metrics:day-intervals")
        return f"{page}?subject={self.subject.scope.subject}&day={self.day.isoformat()}"

    @property
    def is_empty(self) -> bool:
        return not any(half.counts.records for half in self.half_hours)

    @property
    def open_half_hours(self) -> tuple[HalfHour, ...]:
        """From the first half hour with intervals to the last; nights without any are left out."""
        known = [index for index, half in enumerate(self.half_hours) if half.counts.records]
        return self.half_hours[known[0] : known[-1] + 1] if known else ()

    @property
    def total(self) -> Counts:
        """The day together."""
        found = Counts()
        for half in self.half_hours:
            counts = half.counts
            found.records += counts.records
            found.told |= counts.told
            for name in ("offered", "answered", "abandoned", "within", "known"):
                setattr(found, name, getattr(found, name) + getattr(counts, name))
        return found

    @property
    def missed(self) -> list[HalfHour]:
        """Half hours whose service level is below the goal."""
        low = self.goal[0]
        return [half for half in self.half_hours if low and half.level is not None and half.level < low]

    @property
    def heading(self) -> str:
        """What the day says."""
        judged = sum(half.level is not None for half in self.half_hours)
        if not judged:
            return "No service level is known for this day"
        if self.goal[0] is None:
            return f"Service level {format_value(self.total.service_level, 'percent')} over the day"
        if not self.missed:
            return f"The goal was met in all {judged} half hours with contacts"
        return f"The goal was missed in {len(self.missed)} of {judged} half hours with contacts"

    @property
    def clock_words(self) -> str:
        """Why the day has not 48 half hours."""
        count = len(self.half_hours)
        if count == 48:
            return ""
        way = "forward: the hour left out has no half hours" if count < 48 else "back: one hour comes twice"
        return f"{count} half hours, because clocks went {way}."

    @property
    def goal_words(self) -> str:
        return target_words(self.goal, "percent")


def subjects_of(user: User, fresh: Freshness) -> list[Subject]:
    """Everything with intervals whose figures this user may see, queues first, by name; four queries at most.

    Queues, sites and the organisation name nobody; teams are those of the user.
    """
    newest = _newest_days(fresh)
    by_kind: dict[str, dict[int, date]] = defaultdict(dict)
    for subject, day in newest.items():
        scope = Scope.parse(subject)
        by_kind[scope.kind][scope.id] = day
    queues, teams, sites = (by_kind[kind] for kind in (scopes.QUEUE, scopes.TEAM, scopes.SITE))
    found = _queues(queues) if queues else []
    found += [
        Subject(Scope.site(site.pk), f"Site {site.name}", sites[site.pk], None, site.pk)
        for site in (Site.objects.filter(pk__in=sites).order_by("name") if sites else ())
    ]
    if teams:
        own = Team.objects.performance_visible_to(user).filter(pk__in=teams).order_by("name", "pk")
        found += [
            Subject(Scope.team(team.pk), f"Team {team.name}", teams[team.pk], team.pk, team.site_id)
            for team in own
        ]
    if day := by_kind[scopes.ORGANISATION].get(0):
        found.append(Subject(Scope.organisation(), "Organisation", day))
    return found


def _queues(newest: dict[int, date]) -> list[Subject]:
    """The queues with intervals by name; where sites have queues of one name, with the name of the site."""
    queues = list(Queue.objects.filter(pk__in=newest).select_related("site").order_by("name", "site__name"))
    times = Counter(queue.name for queue in queues)
    return [
        Subject(
            Scope.queue(queue.pk),
            f"{queue.name}, {queue.site}" if queue.site and times[queue.name] > 1 else queue.name,
            newest[queue.pk],
            None,
            queue.site_id,
        )
        for queue in queues
    ]


def _newest_days(fresh: Freshness) -> dict[str, date]:
    """The newest day of every subject with intervals; kept until sums change, a few minutes at most, since
    intervals without any figure change no sum.
    """
    key = key_of("intervals", fresh)
    found = cache.get(key)
    if not found:
        days = _intervals().order_by().values_list("subject").annotate(newest=Max("day"))
        found = dict(days.values_list("subject", "newest"))
        cache.set(key, found, NEWEST_KEPT_SECONDS)
    return found


def _intervals() -> QuerySet[IntervalRecord]:
    return IntervalRecord.objects.filter(grain=IntervalRecord.Grain.INTERVAL)


def day_of(subject: Subject, day: date, fresh: Freshness) -> Day:
    """The half hours of ``day`` and what the same weekday showed in the twelve weeks before; one query."""
    zone = ZoneInfo(settings.TIME_ZONE)
    earlier = [day - timedelta(weeks=back) for back in range(1, WEEKS_BEFORE + 1)]
    rows = _intervals().filter(Q(day=day) | Q(day__in=earlier), subject=subject.scope.subject)
    slots = {one: slots_of(one, zone) for one in (day, *earlier)}
    counts: dict[date, dict[int, Counts]] = defaultdict(lambda: defaultdict(Counts))
    for of, at, *values in rows.order_by("starts_at").values_list("day", "starts_at", *COLUMNS):
        position = position_of(at, slots[of])
        if position is not None:
            counts[of][position].add(*values)
    before: dict[str, list[Counts]] = defaultdict(list)
    for of in earlier:
        for position, found in counts[of].items():
            before[slots[of][position].wall].append(found)
    half_hours = tuple(
        HalfHour(
            position,
            slot,
            counts[day].get(position, Counts()),
            usual(one.offered for one in before[slot.wall] if "offered" in one.told),
            usual(one.service_level for one in before[slot.wall] if one.service_level is not None),
        )
        for position, slot in enumerate(slots[day])
    )
    known = catalogue(fresh)
    metric = known.metric(MEASURE)
    goal = (
        known.targets.on(metric.pk, day, team_id=subject.team_id, site_id=subject.site_id)
        if metric
        else (None, None)
    )
    return Day(subject, day, half_hours, sum(bool(counts[of]) for of in earlier), goal, metric)


@dataclass(frozen=True)
class Intervals:
    """The intervals behind a day, or behind its half hour ``slot``, in their order, and their sum."""

    subject: Subject
    day: date
    slot: Slot | None
    rows: tuple[tuple[str, datetime, Counts], ...]
    total: Counts


def intervals_of(subject: Subject, day: date, number: int | None = None) -> Intervals:
    """Each interval with its time on the wall and its counts, as ``day_of`` takes them; one query."""
    zone = ZoneInfo(settings.TIME_ZONE)
    slots = slots_of(day, zone)
    rows, total = [], Counts()
    found = _intervals().filter(day=day, subject=subject.scope.subject).order_by("starts_at")
    for at, *values in found.values_list("starts_at", *COLUMNS):
        position = position_of(at, slots)
        if position is None or number not in (None, position):
            continue
        counts = Counts()
        counts.add(*values)
        total.add(*values)
        rows.append((wall_label(at, zone), at, counts))
    return Intervals(subject, day, None if number is None else slots[number], tuple(rows), total)


def drawings(day: Day) -> list[tuple[str, str]]:
    """The charts of a day with their headings: what was offered, and the service level with its goal."""
    names = f"{day.subject.name}, {full_day_words(day.day)}"
    offered = DayChart(
        f"Offered by half hour, {names}",
        f"{format_value(day.total.offered, 'count')} contacts offered in {len(day.half_hours)} half hours.",
        "count",
        tuple(_point(half, half.offered, half.usual_offered) for half in day.half_hours),
    )
    level = DayChart(
        f"Service level by half hour, {names}",
        f"{day.heading}.",
        "percent",
        tuple(_point(half, half.level, half.usual_level) for half in day.half_hours),
        goal=day.goal[0],
    )
    return [("Contacts offered", day_figure(offered)), ("Service level", day_figure(level))]


def _point(half: HalfHour, value: float | None, known: Usual | None) -> DayPoint:
    return DayPoint(half.slot.label, value, known and known.mean, known and known.low, known and known.high)
