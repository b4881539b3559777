"""Sums of observations by agent, team, site and organisation over days, weeks and months.

One place computes them, whether everything is rebuilt or only what became stale: a partition is deleted and
inserted again from what lies below it, so nothing is left behind when a move empties it. The statements are
the same on SQLite and PostgreSQL.

Which figure counts, where several levels say something about one measure on one day:
- team: the team's own figure, else the sum of its agents;
- site: the site's own figure, else the sum of its queues, else the sum of its teams;
- organisation: its own figure, else the sites together with what belongs to no site (queues before agents).
"""

# ruff: noqa: S608  Statements are put together from constants of this module; every value is a parameter.

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from ccperf.core.dates import add_months, month_start, week_start
from ccperf.metrics import derivation
from ccperf.metrics.bulk import run as _run
from ccperf.metrics.models import DirtyPartition, Observation, Rollup, RollupState

Progress = Callable[[int, int, str], None]
FEW = 400
SUMS = "SUM(numerator), SUM(denominator), SUM(n)"
INSERT = (
    "INSERT INTO metrics_rollup (scope, grain, scope_id, starts_on, metric_id, numerator, denominator, n) "
)
TEAM_DAY = (
    INSERT
    + """
SELECT 'team', 'day', team_id, day, metric_id,
       CASE WHEN COUNT(person_id) < COUNT(*)
            THEN SUM(CASE WHEN person_id IS NULL THEN numerator ELSE 0 END) ELSE SUM(numerator) END,
       CASE WHEN COUNT(person_id) < COUNT(*)
            THEN SUM(CASE WHEN person_id IS NULL THEN denominator ELSE 0 END) ELSE SUM(denominator) END,
       CASE WHEN COUNT(person_id) < COUNT(*)
            THEN SUM(CASE WHEN person_id IS NULL THEN n ELSE 0 END) ELSE SUM(n) END
  FROM metrics_observation
 WHERE team_id IS NOT NULL AND day >= %s AND day < %s {only}
 GROUP BY team_id, day, metric_id"""
)
SITE_DAY = (
    INSERT
    + """
SELECT 'site', 'day', site_id, day, metric_id, SUM(numerator), SUM(denominator), SUM(n)
  FROM (SELECT parts.*, MIN(level) OVER (PARTITION BY site_id, day, metric_id) AS best FROM (
        SELECT CASE WHEN queue_id IS NULL THEN 1 ELSE 2 END AS level, site_id, day, metric_id,
               numerator, denominator, n
          FROM metrics_observation
         WHERE site_id IS NOT NULL AND team_id IS NULL AND person_id IS NULL AND day >= %s AND day < %s
         UNION ALL
        SELECT 3, people_team.site_id, starts_on, metric_id, numerator, denominator, n
          FROM metrics_rollup JOIN people_team ON people_team.id = metrics_rollup.scope_id
         WHERE scope = 'team' AND grain = 'day' AND starts_on >= %s AND starts_on < %s
        ) AS parts) AS ranked
 WHERE level = best
 GROUP BY site_id, day, metric_id"""
)
ORGANISATION_DAY = (
    INSERT
    + """
SELECT 'organisation', 'day', 0, day, metric_id, SUM(numerator), SUM(denominator), SUM(n)
  FROM (SELECT loose.*, MIN(own) OVER (PARTITION BY day, metric_id) AS best_own FROM (
        SELECT parts.*, MIN(level) OVER (PARTITION BY own, placed, day, metric_id) AS best FROM (
        SELECT 1 AS own, 0 AS placed, 0 AS level, day, metric_id, numerator, denominator, n
          FROM metrics_observation
         WHERE subject = 'organisation' AND day >= %s AND day < %s
         UNION ALL
        SELECT 2, 0, CASE WHEN queue_id IS NULL THEN 2 ELSE 1 END, day, metric_id, numerator, denominator, n
          FROM metrics_observation
         WHERE team_id IS NULL AND site_id IS NULL AND subject <> 'organisation' AND day >= %s AND day < %s
         UNION ALL
        SELECT 2, 1, 0, starts_on, metric_id, numerator, denominator, n
          FROM metrics_rollup
         WHERE scope = 'site' AND grain = 'day' AND starts_on >= %s AND starts_on < %s
        ) AS parts) AS loose WHERE level = best) AS ranked
 WHERE own = best_own
 GROUP BY day, metric_id"""
)


@dataclass
class Stale:
    """What has to be summed again; None in place of ids means everybody."""

    days: set[date] = field(default_factory=set)
    agents: dict[date, set[int]] = field(default_factory=lambda: defaultdict(set))
    team_days: dict[date, set[int]] = field(default_factory=lambda: defaultdict(set))


def refresh(progress: Progress | None = None) -> int:
    """Work through everything noted as stale and return how many notes were cleared.

    Each batch of days is one transaction that clears its notes and writes their sums, so a killed refresh
    loses nothing and repeating it does no harm.
    """
    cleared = 0
    while count := _refresh_batch():
        cleared += count
        if progress:
            total = cleared + DirtyPartition.objects.count()
            progress(cleared, total, "partitions summed")
    return cleared


@transaction.atomic
def _refresh_batch() -> int:
    """Sum the stale days of one week again, short enough for others to write meanwhile; 0 when none is."""
    state = _locked_state()
    first = DirtyPartition.objects.aggregate(first=Min("day"))["first"]
    if first is None:
        return 0
    end = week_start(first) + timedelta(days=7)
    notes = list(DirtyPartition.objects.filter(day__lt=end).values_list("pk", "day", "scope", "scope_id"))
    stale = Stale()
    for _, day, scope, scope_id in notes:
        stale.days.add(day)
        if scope == "agent":
            stale.agents[day].add(scope_id)
        elif scope == "team":
            stale.team_days[day].add(scope_id)
    # Only the notes that were read go: a note that is committed later belongs to data not summed here.
    for start in range(0, len(notes), FEW):
        DirtyPartition.objects.filter(pk__in=[note[0] for note in notes[start : start + FEW]]).delete()
    for run_start, run_end in _runs(stale.days):
        derivation.derive(run_start, run_end)
    with connection.cursor() as cursor:
        _sum_agents(cursor, stale.agents)
        _sum_teams(cursor, stale.team_days)
        for run_start, run_end in _runs(stale.days):
            _sum_sites(cursor, run_start, run_end)
        for week in sorted({week_start(day) for day in stale.days}):
            _cascade(cursor, "week", week, week + timedelta(days=7))
        for month in sorted({month_start(day) for day in stale.days}):
            _cascade(cursor, "month", month, add_months(month, 1))
    _stamp(state)
    return len(notes)


def rebuild(progress: Progress | None = None) -> int:
    """Sum everything again, month by month, each in a transaction of its own; returns the number of sums."""
    span = Observation.objects.aggregate(first=Min("day"), last=Max("day"))
    with transaction.atomic():
        _locked_state(RollupState.Status.STARTED)
        _drop_outside(span["first"], span["last"])
    months = list(_months(span["first"], span["last"]))
    for done, month in enumerate(months, start=1):
        _rebuild_month(month)
        if progress:
            progress(done, 2 * len(months), f"Days of {month:%B %Y} summed")
    for done, month in enumerate(months, start=len(months) + 1):
        _rebuild_periods(month, is_first=month == months[0])
        if progress:
            progress(done, 2 * len(months), f"Weeks and month of {month:%B %Y} summed")
    with transaction.atomic():
        _stamp(_locked_state())
    return Rollup.objects.count()


@transaction.atomic
def _rebuild_month(month: date) -> None:
    """Days of teams, sites and organisation, and agents' month; notes of these days are settled by it."""
    _locked_state(RollupState.Status.STARTED)
    end = add_months(month, 1)
    derivation.derive(month, end)
    with connection.cursor() as cursor:
        _sum_agents_over(cursor, "month", month, end, None)
        _delete(cursor, "team", "day", month, end)
        _run(cursor, TEAM_DAY.format(only=""), [month, end])
        _sum_sites(cursor, month, end)


@transaction.atomic
def _rebuild_periods(month: date, *, is_first: bool) -> None:
    """The month's sums and the weeks that begin in it; for the first month also the one begun before."""
    _locked_state(RollupState.Status.STARTED)
    end = add_months(month, 1)
    week = week_start(month) if is_first else week_start(month + timedelta(days=6))
    with connection.cursor() as cursor:
        while week < end:
            _sum_agents_over(cursor, "week", week, week + timedelta(days=7), None)
            _cascade(cursor, "week", week, week + timedelta(days=7))
            week += timedelta(days=7)
        _cascade(cursor, "month", month, end)


def _sum_agents(cursor: Any, agents: dict[date, set[int]]) -> None:
    for grain, begin, step in (
        ("week", week_start, lambda start: start + timedelta(days=7)),
        ("month", month_start, lambda start: add_months(start, 1)),
    ):
        touched: dict[date, set[int]] = defaultdict(set)
        for day, ids in agents.items():
            touched[begin(day)] |= ids
        for start, ids in sorted(touched.items()):
            _sum_agents_over(cursor, grain, start, step(start), ids)


def _sum_agents_over(cursor: Any, grain: str, start: date, end: date, ids: set[int] | None) -> None:
    only, values = _only("person_id", ids)
    _delete(cursor, "agent", grain, start, start + timedelta(days=1), ids)
    _run(
        cursor,
        f"{INSERT} SELECT 'agent', %s, person_id, %s, metric_id, {SUMS} FROM metrics_observation "
        f"WHERE person_id IS NOT NULL AND day >= %s AND day < %s {only} GROUP BY person_id, metric_id",
        [grain, start, start, end, *values],
    )


def _sum_teams(cursor: Any, team_days: dict[date, set[int]]) -> None:
    for start, end in _runs(team_days):
        ids = set().union(*(team_days[day] for day in team_days if start <= day < end))
        only, values = _only("team_id", ids)
        _delete(cursor, "team", "day", start, end, ids)
        _run(cursor, TEAM_DAY.format(only=only), [start, end, *values])


def _sum_sites(cursor: Any, start: date, end: date) -> None:
    _delete(cursor, "site", "day", start, end)
    _run(cursor, SITE_DAY, [start, end] * 2)
    _delete(cursor, "organisation", "day", start, end)
    _run(cursor, ORGANISATION_DAY, [start, end] * 3)


def _cascade(cursor: Any, grain: str, start: date, end: date) -> None:
    """A week or month of teams, sites and organisation from their days."""
    _run(
        cursor,
        "DELETE FROM metrics_rollup WHERE scope IN ('team', 'site', 'organisation') AND grain = %s "
        "AND starts_on = %s",
        [grain, start],
    )
    _run(
        cursor,
        f"{INSERT} SELECT scope, %s, scope_id, %s, metric_id, {SUMS} FROM metrics_rollup "
        "WHERE scope IN ('team', 'site', 'organisation') AND grain = 'day' "
        "AND starts_on >= %s AND starts_on < %s GROUP BY scope, scope_id, metric_id",
        [grain, start, start, end],
    )


def _delete(cursor: Any, scope: str, grain: str, start: date, end: date, ids: set[int] | None = None) -> None:
    only, values = _only("scope_id", ids)
    _run(
        cursor,
        "DELETE FROM metrics_rollup WHERE scope = %s AND grain = %s AND starts_on >= %s AND starts_on < %s "
        + only,
        [scope, grain, start, end, *values],
    )


def _only(column: str, ids: set[int] | None) -> tuple[str, list[int]]:
    """A condition on a few ids; for many it is shorter to sum everybody of the period again."""
    if ids is None or len(ids) > FEW:
        return "", []
    return f"AND {column} IN ({', '.join(['%s'] * len(ids))})", sorted(ids)


def _runs(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Days as ``[start, end)`` stretches without a gap."""
    ordered = sorted(set(days))
    for index, day in enumerate(ordered):
        if index == 0 or ordered[index - 1] + timedelta(days=1) != day:
            start = day
        end = day + timedelta(days=1)
        if index == len(ordered) - 1 or ordered[index + 1] != end:
            yield start, end


def _months(first: date | None, last: date | None) -> Iterator[date]:
    if first is None or last is None:
        return
    month = month_start(first)
    while month <= last:
        yield month
        month = add_months(month, 1)


def _drop_outside(first: date | None, last: date | None) -> None:
    """Sums of periods in which no observation is left."""
    if first is None:
        Rollup.objects.all().delete()
        return
    Rollup.objects.filter(starts_on__gt=last).delete()
    Rollup.objects.filter(grain="day", starts_on__lt=first).delete()
    Rollup.objects.filter(grain="week", starts_on__lt=week_start(first)).delete()
    Rollup.objects.filter(grain="month", starts_on__lt=month_start(first)).delete()


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
