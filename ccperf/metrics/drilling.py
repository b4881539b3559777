"""From a figure down to its rows: what was summed, with exactly the counts of the figure.

The organisation is summed from sites, a site from teams, a team from people, a person from days, a day from
contacts or intervals; figures imported for a whole subject or for a queue go before what would otherwise be
summed (``rollups`` has the rule). Each step shows what the next one up adds together, so the sums agree at
every step, and nobody is named to whoever may not see their figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from ccperf.core.dated import covers
from ccperf.core.dates import today
from ccperf.metrics import scopes
from ccperf.metrics.models import MetricDefinition, Observation, Rollup
from ccperf.metrics.scopes import Scope
from ccperf.people.models import Person, Site, Team, User
from ccperf.privacy.threshold import Grain, minimum

COLUMNS = ("at", "kind", "number", "called", "of_team", "top", "base", "size", "source", "row")
POOL = "pool"
SUMMED = "sums"
MOST_DAYS = 400
"""A longer period is asked for by its ends: no database takes any number of days in a question."""


@dataclass(frozen=True)
class Part:
    """One row behind a figure. ``kind`` is a kind of subject, or ``pool`` for people who are not named."""

    day: date
    kind: str
    number: int
    name: str
    team: str
    numerator: float
    denominator: float
    n: int
    source: str
    row: int

    @property
    def source_words(self) -> str:
        return "Summed from rows" if self.source == SUMMED else str(Observation.Origin(self.source).label)

    @property
    def has_records(self) -> bool:
        """Whether the contacts or intervals it was counted from are known."""
        return self.row > 0 and self.source != Observation.Origin.DIRECT


@dataclass(frozen=True)
class Totals:
    """The rows behind a figure added together; ``count`` is how many rows there are."""

    count: int
    numerator: float
    denominator: float
    n: int

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None


class Parts:
    """The rows behind one measure of one subject over the days ``first`` to ``last``, both included.

    The subject must be one that the user may open (``reach.place_for``); None is all teams of the user.
    """

    def __init__(
        self, user: User, metric: MetricDefinition, scope: Scope | None, first: date, last: date
    ) -> None:
        self.user, self.metric, self.scope = user, metric, scope
        self.first, self.last = first, last
        self.legs = self._legs()

    def rows(self) -> QuerySet:
        """Tuples of ``COLUMNS``, newest first; make ``Part(*row)`` of them."""
        first, *others = self.legs
        rows = first.union(*others, all=True) if others else first
        return rows.order_by("-at", "called", "number")

    def totals(self) -> Totals:
        """One query for each source of rows: one for a person, at most three for the organisation."""
        found = [leg.aggregate(Count("at"), Sum("top"), Sum("base"), Sum("size")) for leg in self.legs]
        return Totals(
            sum(part["at__count"] for part in found),
            sum(part["top__sum"] or 0 for part in found),
            sum(part["base__sum"] or 0 for part in found),
            sum(part["size__sum"] or 0 for part in found),
        )

    def _legs(self) -> list[QuerySet]:
        if self.scope is None:
            teams = Team.objects.performance_visible_to(self.user).open()
            return [self._sums(scopes.TEAM, teams, without=set(), pooled=frozenset())]
        if self.scope.kind == scopes.AGENT:
            return [_named(self._observations().filter(person_id=self.scope.id))]
        if self.scope.kind == scopes.TEAM:
            return self._of_team()
        return self._of_site() if self.scope.kind == scopes.SITE else self._of_organisation()

    def _observations(self) -> QuerySet[Observation]:
        return Observation.objects.filter(metric=self.metric, day__gte=self.first, day__lte=self.last)

    def _of_team(self) -> list[QuerySet]:
        """A figure of the team itself, else its people of that day; who left the reader's scope unnamed."""
        rows = self._observations().filter(team_id=self.scope.id)
        of_itself = Observation.objects.filter(
            team_id=self.scope.id, metric=self.metric, day=OuterRef("day"), person__isnull=True
        )
        people = rows.filter(~Exists(of_itself), person__isnull=False)
        seen = Q(person__in=Person.objects.performance_visible_to(self.user))
        return [
            _named(rows.filter(Q(person__isnull=True) | ~Exists(of_itself) & seen)),
            _pooled(people.exclude(seen), "People no longer in your teams"),
        ]

    def _of_site(self) -> list[QuerySet]:
        """A figure of the site itself, else its queues, else its teams."""
        loose = self._observations().filter(site_id=self.scope.id, team__isnull=True, person__isnull=True)
        own, queued = _days(loose)
        teams = Team.objects.filter(site_id=self.scope.id)
        return [
            _named(_best(loose, own)),
            self._sums(scopes.TEAM, teams, without=own | queued, pooled=self._too_small(teams)),
        ]

    def _of_organisation(self) -> list[QuerySet]:
        """A figure of the organisation itself; else queues and people outside the sites, and the sites."""
        loose = self._observations().filter(team__isnull=True, site__isnull=True)
        is_own, is_queue = Q(subject=scopes.ORGANISATION), Q(queue__isnull=False)
        days = loose.filter(is_own | is_queue).values_list("day", "queue_id").distinct()
        own = {day for day, queue in days if queue is None}
        queued = {day for day, queue in days if queue is not None}
        people = loose.exclude(is_own | is_queue).exclude(day__in=own | queued)
        return [
            _named(loose.filter(is_own | is_queue & ~Q(day__in=own))),
            _pooled(people, "People without a team"),
            self._sums(scopes.SITE, Site.objects.all(), without=own, pooled=frozenset()),
        ]

    def _sums(
        self, kind: str, units: QuerySet, *, without: set[date], pooled: frozenset[int] | set[int]
    ) -> QuerySet:
        """Days of teams or sites, which the sums above them were added from."""
        # Named one by one, the days let a database go straight to the rows by the whole key.
        count = (self.last - self.first).days + 1
        days = [self.first + timedelta(days=index) for index in range(count)] if count <= MOST_DAYS else None
        period = Q(starts_on__gte=self.first, starts_on__lte=self.last) & ~Q(starts_on__in=without)
        rows = Rollup.objects.filter(
            period if days is None else Q(starts_on__in=[day for day in days if day not in without]),
            scope=kind,
            grain="day",
            scope_id__in=list(units.values_list("pk", flat=True)),
            metric=self.metric,
        )
        name = Subquery(units.model.objects.filter(pk=OuterRef("unit")).values("name")[:1])
        unit = Case(When(scope_id__in=pooled, then=Value(0)), default=F("scope_id"), output_field=_whole())
        return (
            rows.annotate(at=F("starts_on"), unit=unit)
            .values("at", "unit")
            .annotate(
                kind=Case(When(unit=0, then=Value(POOL)), default=Value(kind), output_field=CharField()),
                number=F("unit"),
                called=Coalesce(name, Value("Small teams together")),
                of_team=Value(""),
                top=Sum("numerator"),
                base=Sum("denominator"),
                size=Sum("n"),
                source=Value(SUMMED),
                row=Value(0, _whole()),
            )
            .order_by()
            .values_list(*COLUMNS)
        )

    def _too_small(self, teams: QuerySet[Team]) -> frozenset[int]:
        """Teams outside the reader's scope with too few people to stand alone, and one more where needed."""
        others = teams.exclude(pk__in=self.user.access.scope_team_ids)
        sizes = others.annotate(
            people=Count("memberships__person", filter=covers(today(), "memberships__"), distinct=True)
        ).order_by("people", "pk")
        return frozenset(_together(list(sizes.values_list("pk", "people")), minimum(Grain.AVERAGE)))


def _together(sizes: Sequence[tuple[int, int]], least: int) -> list[int]:
    """The smallest groups: those below ``least``, and more until together they hold as many people."""
    pooled: list[int] = []
    people = 0
    for pk, size in sizes:
        if size >= least and (not pooled or people >= least):
            break
        pooled.append(pk)
        people += size
    return pooled


def _named(rows: QuerySet[Observation]) -> QuerySet:
    """Observations as rows, each with whose figure it is."""
    kind = Case(
        When(person__isnull=False, then=Value(scopes.AGENT)),
        When(queue__isnull=False, then=Value(scopes.QUEUE)),
        When(team__isnull=False, then=Value(scopes.TEAM)),
        When(site__isnull=False, then=Value(scopes.SITE)),
        default=Value(scopes.ORGANISATION),
        output_field=CharField(),
    )
    return (
        rows.annotate(
            at=F("day"),
            kind=kind,
            number=Coalesce("person_id", "queue_id", "team_id", "site_id", Value(0), output_field=_whole()),
            called=Coalesce("person__name", "queue__name", "team__name", "site__name", Value("Organisation")),
            of_team=Coalesce("team__name", Value("")),
            top=F("numerator"),
            base=F("denominator"),
            size=F("n"),
            source=F("origin"),
            row=F("pk"),
        )
        .order_by()
        .values_list(*COLUMNS)
    )


def _pooled(rows: QuerySet[Observation], words: str) -> QuerySet:
    """People together, one row a day: their sum belongs to the figure, their names do not."""
    return (
        rows.annotate(at=F("day"))
        .values("at")
        .annotate(
            kind=Value(POOL),
            number=Value(0, _whole()),
            called=Value(words),
            of_team=Value(""),
            top=Sum("numerator"),
            base=Sum("denominator"),
            size=Sum("n"),
            source=Value(SUMMED),
            row=Value(0, _whole()),
        )
        .order_by()
        .values_list(*COLUMNS)
    )


def _whole() -> BigIntegerField:
    return BigIntegerField()


def _days(rows: QuerySet[Observation]) -> tuple[set[date], set[date]]:
    """Days with a figure of the subject itself, and days with figures of its queues."""
    found = list(rows.values_list("day", "queue_id"))
    return {day for day, queue in found if queue is None}, {day for day, queue in found if queue is not None}


def _best(rows: QuerySet[Observation], own: set[date]) -> QuerySet[Observation]:
    """Figures of the subject itself, and of its queues on the other days."""
    return rows.filter(Q(queue__isnull=True) | ~Q(day__in=own))
