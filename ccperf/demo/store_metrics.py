"""Stores the planned figures as observations and works out their sums."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.db import transaction

from ccperf.demo.plan import PlannedPerson
from ccperf.demo.series import Figures, agent_figures, queue_days, team_figures
from ccperf.demo.store_intervals import WEEKS
from ccperf.demo.store_people import Centre
from ccperf.metrics import bulk, rollups
from ccperf.metrics.models import MetricDefinition, Observation, Queue
from ccperf.metrics.seeding import seed_catalogue

WINDOW = 28
"""Days written at once."""
Row = tuple


def store_metrics(centre: Centre) -> int:
    """Write every observation of the period and rebuild the sums; returns how many were written."""
    seed_catalogue()
    metrics = dict(MetricDefinition.objects.values_list("key", "pk"))
    agents = list(agent_figures(centre.plan))
    groups = [*_teams(centre, metrics), *_queues(centre, metrics)]
    count = 0
    for start in range(0, centre.plan.scale.days, WINDOW):
        since = centre.plan.scale.starts_on + timedelta(days=start)
        until = since + timedelta(days=WINDOW)
        # In the order of the unique key, so that the index grows at its end instead of everywhere.
        rows = [*_agents(centre, metrics, agents, start), *(row for row in groups if since <= row[0] < until)]
        rows.sort(key=lambda row: row[:3])
        # Each window is a short transaction of its own: whoever uses the centre is not kept waiting.
        with transaction.atomic():
            bulk.insert_rows(bulk.TABLE, bulk.COLUMNS, rows)
        count += len(rows)
    rollups.rebuild()
    return count


def _agents(centre: Centre, metrics: dict[str, int], measured: list[Figures], start: int) -> Iterator[Row]:
    """The agents' observations of the ``WINDOW`` days from day number ``start``."""
    plan = centre.plan
    days = [plan.scale.starts_on + timedelta(days=offset) for offset in range(plan.scale.days)]
    ids = [centre.person(person).pk for person in plan.agents]
    subjects = [f"agent:{pk}" for pk in ids]
    team_ids = [team.pk for team in centre.teams]
    window = range(start, min(start + WINDOW, len(days)))
    teams_of = [_team_by_day(person, days, window, team_ids) for person in plan.agents]
    direct = Observation.Origin.DIRECT.value
    for figures in measured:
        metric = metrics[figures.metric]
        chosen = (figures.day >= start) & (figures.day < start + WINDOW)
        columns = (figures.who, figures.day, figures.numerator, figures.denominator, figures.n)
        for who, day, numerator, denominator, n in zip(
            *(column[chosen].tolist() for column in columns), strict=True
        ):
            yield (
                days[day],
                subjects[who],
                metric,
                ids[who],
                teams_of[who][day - start],
                None,
                None,
                float(numerator),
                float(denominator),
                int(n),
                direct,
                None,
            )


def _team_by_day(
    person: PlannedPerson, days: list[date], window: range, team_ids: list[int]
) -> list[int | None]:
    found: list[int | None] = []
    for index in window:
        team = person.team_on(days[index])
        found.append(None if team is None else team_ids[team])
    return found


def _teams(centre: Centre, metrics: dict[str, int]) -> Iterator[Row]:
    direct = Observation.Origin.DIRECT.value
    for row in team_figures(centre.plan):
        team = centre.teams[row.group].pk
        values = (float(row.numerator), float(row.denominator), row.n)
        yield (row.day, f"team:{team}", metrics[row.metric], None, team, None, None, *values, direct, None)


def _queues(centre: Centre, metrics: dict[str, int]) -> Iterator[Row]:
    queues: dict[tuple[int, str], Queue] = {}
    direct, intervals = Observation.Origin.DIRECT.value, Observation.Origin.INTERVALS.value
    since = centre.today - timedelta(weeks=WEEKS)
    for row in queue_days(centre.plan):
        key = (row.site, row.queue)
        if key not in queues:
            queues[key] = Queue.objects.get_or_create(name=row.queue, site=centre.sites[row.site])[0]
        queue = queues[key]
        busy = row.handle_seconds + row.available_seconds
        for metric, numerator, denominator, n in (
            ("service_level", row.within_target, row.offered, row.offered),
            ("asa", row.wait_seconds, row.answered, row.answered),
            ("abandon_rate", row.abandoned, row.offered, row.offered),
            ("occupancy", row.handle_seconds, busy, round(busy / 3600)),
        ):
            place = (None, None, queue.site_id, queue.pk)
            # The half hours of the newest weeks are stored too; they say nothing about people's time.
            is_summed = row.day >= since and metric != "occupancy"
            values = (float(numerator), float(denominator), n, intervals if is_summed else direct, None)
            yield (row.day, f"queue:{queue.pk}", metrics[metric], *place, *values)
