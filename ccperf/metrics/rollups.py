"""Sums of observations by agent, team, site and organisation over days, weeks and months.

One set of statements (``sums``) serves whatever became stale and everything: a partition is deleted and
inserted again from what lies below it. SQLite does so in transactions short enough for others to write in
between; PostgreSQL rebuilds beside the table and swaps the two.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from ccperf.core.dates import add_months, month_start, week_start
from ccperf.metrics import derivation
from ccperf.metrics.models import DirtyPartition, Observation, Rollup, RollupState
from ccperf.metrics.sums import GROUPS, Span, Sums, month_of, runs_of, week_of
from ccperf.metrics.swapping import rebuild_beside
from ccperf.people.models import Person, Team

Progress = Callable[[int, int, str], None]
FEW = 400
SHORT = 0.12
"""Seconds that one write transaction on SQLite aims at."""
Step = Callable[[Sums, Sequence[int]], None]


@dataclass
class Stale:
    """What has to be summed again: the days, and the agents and teams of each."""

    days: set[date] = field(default_factory=set)
    agents: dict[date, set[int]] = field(default_factory=lambda: defaultdict(set))
    teams: dict[date, set[int]] = field(default_factory=lambda: defaultdict(set))

    def agents_by(self, begin: Callable[[date], Span]) -> dict[Span, set[int]]:
        return _by_period(self.agents, begin)

    def teams_by(self, begin: Callable[[date], Span]) -> dict[Span, set[int]]:
        return _by_period(self.teams, begin)


def _by_period(by_day: dict[date, set[int]], begin: Callable[[date], Span]) -> dict[Span, set[int]]:
    found: dict[Span, set[int]] = defaultdict(set)
    for day, ids in by_day.items():
        found[begin(day)] |= ids
    return dict(sorted(found.items(), key=lambda item: item[0].start))


def refresh(progress: Progress | None = None) -> int:
    """Work through everything noted as stale and return how many notes were cleared.

    The notes of a batch go only when its sums stand, so a killed refresh loses nothing and repeating it does
    no harm.
    """
    cleared = 0
    while count := _refresh_batch():
        cleared += count
        if progress:
            total = cleared + DirtyPartition.objects.count()
            progress(cleared, total, f"{cleared} of {total} partitions summed")
    return cleared


def rebuild(progress: Progress | None = None) -> int:
    """Sum everything again; returns the number of sums.

    What is written meanwhile leaves its notes, and is summed by the refresh that follows.
    """
    span = Observation.objects.aggregate(first=Min("day"), last=Max("day"))
    first, last = span["first"], span["last"]
    if first:
        derivation.derive(first, last + timedelta(days=1))
    if connection.vendor == "postgresql" and first:
        with transaction.atomic():
            state = _locked_state(RollupState.Status.STARTED)
            rebuild_beside(first, last)
            _stamp(state)
    else:
        _rebuild_in_place(first, last, progress)
    return Rollup.objects.count()


def _refresh_batch() -> int:
    """Sum the oldest stale days again, up to the first Monday of the next month; 0 when none is."""
    first = DirtyPartition.objects.aggregate(first=Min("day"))["first"]
    if first is None:
        return 0
    with _together():
        with transaction.atomic():
            _locked_state(RollupState.Status.STARTED)
            notes = list(
                DirtyPartition.objects.filter(day__lt=_first_monday(add_months(month_start(first), 1)))
                .order_by("pk")
                .values_list("pk", "day", "scope", "scope_id")
            )
        stale = _stale(notes)
        for run in runs_of(stale.days):
            derivation.derive(run.start, run.end)
        _sum_stale(stale)
        with transaction.atomic():
            state = _locked_state()
            # Only the notes that were read go: a later one belongs to data not summed here.
            for start in range(0, len(notes), FEW):
                DirtyPartition.objects.filter(
                    pk__in=[note[0] for note in notes[start : start + FEW]]
                ).delete()
            _stamp(state)
    return len(notes)


def _stale(notes: Iterable[tuple[int, date, str, int]]) -> Stale:
    stale = Stale()
    for _, day, scope, scope_id in notes:
        stale.days.add(day)
        if scope == "agent":
            stale.agents[day].add(scope_id)
        elif scope == "team":
            stale.teams[day].add(scope_id)
    return stale


def _sum_stale(stale: Stale) -> None:
    pace = Pace()
    for span, ids in stale.agents_by(week_of).items():
        pace.run("agent weeks", ids, lambda sums, part, span=span: sums.agent_weeks(span, part))
    for span, ids in stale.agents_by(month_of).items():
        pace.run("agent months", ids, lambda sums, part, span=span: sums.agent_months(span, part))
    for span in runs_of(stale.teams):
        ids = set().union(*(stale.teams[day] for day in stale.teams if span.start <= day < span.end))
        pace.run("team days", ids, lambda sums, part, span=span: sums.team_days(span, part))
    _sum_groups(pace, runs_of(stale.days), stale.teams_by(week_of), stale.teams_by(month_of), stale.days)


def _sum_groups(
    pace: "Pace",
    runs: Iterable[Span],
    team_weeks: dict[Span, set[int]],
    team_months: dict[Span, set[int]],
    days: Iterable[date],
) -> None:
    """Weeks and months of the teams; days, weeks and months of sites and organisation."""
    for run in runs:
        for start in range(0, (run.end - run.start).days, 7):
            span = Span(
                run.start + timedelta(days=start), min(run.start + timedelta(days=start + 7), run.end)
            )
            pace.whole(lambda sums, span=span: sums.site_days(span))
    for grain, begin, teams in (("week", week_of, team_weeks), ("month", month_of, team_months)):
        for span, ids in teams.items():
            pace.run(f"teams by {grain}", ids, _cascade("team", grain, span))
        for span in sorted({begin(day) for day in days}, key=lambda span: span.start):
            for scope in GROUPS[1:]:
                pace.whole(_cascade(scope, grain, span))


def _cascade(scope: str, grain: str, span: Span) -> Callable[..., None]:
    return lambda sums, ids=None: sums.cascade(scope, grain, span, ids)


def _rebuild_in_place(first: date | None, last: date | None, progress: Progress | None) -> None:
    with transaction.atomic():
        _locked_state(RollupState.Status.STARTED)
        _drop_outside(first, last)
    people = set(Person.objects.values_list("pk", flat=True))
    teams = set(Team.objects.values_list("pk", flat=True))
    pace = Pace()
    months = list(_months(first, last))
    for done, month in enumerate(months, start=1):
        # From the first Monday on, so that the weeks of a month are there when it is summed.
        start = week_start(month) if done == 1 else _first_monday(month)
        _rebuild_part(pace, Span(start, _first_monday(add_months(month, 1))), month_of(month), people, teams)
        if progress:
            progress(done, len(months), f"{month:%B %Y} summed")
    with transaction.atomic():
        _stamp(_locked_state())


def _rebuild_part(pace: "Pace", span: Span, month: Span, people: set[int], teams: set[int]) -> None:
    weeks = [week_of(span.start + timedelta(days=day)) for day in range(0, (span.end - span.start).days, 7)]

    def agents(sums: Sums, ids: Sequence[int]) -> None:
        for week in weeks:
            sums.agent_weeks(week, ids)
        sums.agent_months(month, ids)

    pace.run("agents", people, agents)
    pace.run("team days", teams, lambda sums, ids: sums.team_days(span, ids))
    days = [week.start for week in weeks]
    _sum_groups(pace, weeks, dict.fromkeys(weeks, teams), {month: teams}, days)


class Pace:
    """Runs steps: on SQLite each in a transaction of its own, for as many subjects at once as fit into a
    short one, with a pause in which others may write. On PostgreSQL, where writers do not wait, all at once
    within the transaction of the caller.
    """

    def __init__(self) -> None:
        self.is_short = connection.vendor == "sqlite"
        self._sizes: dict[str, int] = {}

    def run(self, name: str, ids: Iterable[int], step: Step) -> None:
        """``step`` over all ``ids``; ``name`` tells kinds of step apart, whose speeds are learnt."""
        ordered = sorted(ids)
        done = 0
        while done < len(ordered):
            size = self._sizes.setdefault(name, 40) if self.is_short else len(ordered)
            taken = self.whole(lambda sums, part=ordered[done : done + size]: step(sums, part))
            done += size
            if self.is_short:
                wanted = int(size * SHORT / max(taken, 0.001))
                self._sizes[name] = min(max(10, wanted), 2 * size, FEW)

    def whole(self, step: Callable[[Sums], None]) -> float:
        """One step, on SQLite in one transaction; returns its seconds. On PostgreSQL the caller's holds the
        lock.
        """
        started = time.perf_counter()
        with transaction.atomic() if self.is_short else nullcontext(), connection.cursor() as cursor:
            if self.is_short:
                _locked_state(RollupState.Status.STARTED)
            step(Sums(cursor))
        taken = time.perf_counter() - started
        if self.is_short and not connection.in_atomic_block:
            time.sleep(min(0.2 * taken, 0.05))
        return taken


@contextmanager
def _together() -> Iterator[None]:
    """On PostgreSQL a refresh is one transaction, so that nobody sees half of it."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        # Each statement takes less time than compiling it would, and a new day of all agents stays in memory.
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        # The pages of a few subjects and periods are read again and again, so looking a row up is cheap, and
        # going through a whole table for them never is.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
        cursor.execute("SET LOCAL enable_seqscan = off")
        yield


def _first_monday(month: date) -> date:
    return week_start(month + timedelta(days=6))


def _months(first: date | None, last: date | None) -> Iterator[date]:
    if first is None or last is None:
        return
    month = month_start(first)
    while month <= last:
        yield month
        month = add_months(month, 1)


def _drop_outside(first: date | None, last: date | None) -> None:
    """Sums of periods and of people in whom no observation is left."""
    if first is None:
        Rollup.objects.all().delete()
        return
    Rollup.objects.filter(starts_on__gt=last).delete()
    Rollup.objects.filter(grain="day", starts_on__lt=first).delete()
    Rollup.objects.filter(grain="week", starts_on__lt=week_start(first)).delete()
    Rollup.objects.filter(grain="month", starts_on__lt=month_start(first)).delete()
    Rollup.objects.filter(scope="agent").exclude(scope_id__in=Person.objects.values("pk")).delete()
    Rollup.objects.filter(scope="team").exclude(scope_id__in=Team.objects.values("pk")).delete()


def _locked_state(status: str | None = None) -> RollupState:
    """The one state row, locked so that refreshes and rebuilds run one after the other."""
    state = RollupState.objects.select_for_update().filter(pk=1).first()
    if state is None:
        RollupState.objects.bulk_create([RollupState(pk=1)], ignore_conflicts=True)
        state = RollupState.objects.select_for_update().get(pk=1)
    if status and state.status != status:
        state.status = status
        state.save(update_fields=["status"])
    return state


def _stamp(state: RollupState) -> None:
    """Say that the sums changed and how far the data reach."""
    state.generation += 1
    state.status = RollupState.Status.DONE
    state.data_up_to = Observation.objects.aggregate(last=Max("day"))["last"]
    state.refreshed_at = timezone.now()
    state.save()
