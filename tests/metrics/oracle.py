"""All sums again by the plain ORM and loops, in other words than the statements: what they must equal."""

from collections import defaultdict
from datetime import date

from django.db import transaction

from ccperf.core.dates import month_start, week_start
from ccperf.metrics.models import Observation, Rollup
from ccperf.people.models import Team

Key = tuple[str, str, int, date, int]
PARTS = ("numerator", "denominator", "n")


def expected() -> dict[Key, tuple[float, float, int]]:
    """Scope, grain, subject, first day and measure, and the parts of each."""
    found: dict[Key, tuple] = {}
    agents: dict[Key, list] = defaultdict(list)
    for row in Observation.objects.filter(person__isnull=False).iterator():
        for grain, begin in (("week", week_start), ("month", month_start)):
            key = ("agent", grain, row.person_id, begin(row.day), row.metric_id)
            agents[key].append((row.numerator, row.denominator, row.n))
    found |= {key: pooled(many) for key, many in agents.items()}
    days = team_days()
    days |= site_days(days)
    days |= organisation_days(days)
    found |= {
        (scope, "day", place, day, metric): parts for (scope, place, day, metric), parts in days.items()
    }
    for grain, begin in (("week", week_start), ("month", month_start)):
        pools: dict[Key, list] = defaultdict(list)
        for (scope, place, day, metric), parts in days.items():
            pools[scope, grain, place, begin(day), metric].append(parts)
        found |= {key: pooled(many) for key, many in pools.items()}
    return found


def stored() -> dict[Key, tuple[float, float, int]]:
    """What the table of sums holds."""
    rows = Rollup.objects.values_list("scope", "grain", "scope_id", "starts_on", "metric_id", *PARTS)
    return {row[:5]: row[5:] for row in rows.iterator()}


def rebuild() -> None:
    """Put the sums into their table as plain Django would."""
    names = ("scope", "grain", "scope_id", "starts_on", "metric_id", *PARTS)
    rows = [Rollup(**dict(zip(names, (*key, *parts), strict=True))) for key, parts in expected().items()]
    with transaction.atomic():
        Rollup.objects.all().delete()
        Rollup.objects.bulk_create(rows, batch_size=5000)


def pooled(many: list[tuple]) -> tuple:
    return tuple(sum(column) for column in zip(*many, strict=True))


def team_days() -> dict:
    """A team's own figure, else its agents together."""
    own: dict = {}
    agents: dict = defaultdict(list)
    rows = Observation.objects.filter(team__isnull=False).values_list(
        "team_id", "day", "metric_id", "person_id", *PARTS
    )
    for team, day, metric, person, *parts in rows.iterator():
        if person is None:
            own["team", team, day, metric] = tuple(parts)
        else:
            agents["team", team, day, metric].append(tuple(parts))
    return {key: pooled(many) for key, many in agents.items()} | own


def site_days(teams: dict) -> dict:
    """A site's own figure, else its queues, else its teams."""
    sites = dict(Team.objects.values_list("pk", "site_id"))
    levels: dict = defaultdict(lambda: defaultdict(list))
    for (_, team, day, metric), parts in teams.items():
        levels["site", sites[team], day, metric][3].append(parts)
    rows = Observation.objects.filter(site__isnull=False).values_list(
        "site_id", "day", "metric_id", "queue_id", *PARTS
    )
    for site, day, metric, queue, *parts in rows:
        levels["site", site, day, metric][2 if queue else 1].append(tuple(parts))
    return {key: pooled(by_level[min(by_level)]) for key, by_level in levels.items()}


def organisation_days(days: dict) -> dict:
    """Its own figure, else the sites and what belongs to none: queues, else people."""
    own: dict = {}
    sites: dict = defaultdict(list)
    loose: dict = defaultdict(lambda: defaultdict(list))
    for (scope, _, day, metric), parts in days.items():
        if scope == "site":
            sites["organisation", 0, day, metric].append(parts)
    rows = Observation.objects.filter(team__isnull=True, site__isnull=True)
    for subject, queue, day, metric, *parts in rows.values_list(
        "subject", "queue_id", "day", "metric_id", *PARTS
    ):
        key = ("organisation", 0, day, metric)
        if subject == "organisation":
            own[key] = tuple(parts)
        else:
            loose[key][1 if queue else 2].append(tuple(parts))
    for key, by_level in loose.items():
        sites[key] += by_level[min(by_level)]
    return {key: pooled(many) for key, many in sites.items()} | own
