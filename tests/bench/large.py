"""A large centre, written by the database itself: so many rows would take the application a while."""

from datetime import date, timedelta

from django.db import connection

METRICS = 20
DAYS = 100
TEAM_SIZE = 20
TEAMS_PER_SITE = 50
FIRST = date(2026, 1, 5)


def fill(rows: int) -> int:
    """People, teams and ``rows`` observations: 20 measures of each agent on each of 100 days."""
    from ccperf.metrics.models import MetricDefinition
    from ccperf.people.models import Membership, Person, Site, Team

    agents = rows // METRICS // DAYS
    teams = -(-agents // TEAM_SIZE)
    sites = Site.objects.bulk_create([Site(name=f"Site {n}") for n in range(-(-teams // TEAMS_PER_SITE))])
    made = Team.objects.bulk_create(
        [Team(name=f"Team {n}", site=sites[n // TEAMS_PER_SITE]) for n in range(teams)]
    )
    people = Person.objects.bulk_create(
        [Person(name=f"Agent {n}", employee_number=f"B{n}") for n in range(agents)], batch_size=500
    )
    since = FIRST - timedelta(days=365)
    Membership.objects.bulk_create(
        [
            Membership(person=person, team=made[n // TEAM_SIZE], starts_on=since)
            for n, person in enumerate(people)
        ],
        batch_size=500,
    )
    metrics = list(MetricDefinition.objects.order_by("pk").values_list("pk", flat=True)[:METRICS])
    assert len(metrics) == METRICS
    for start in range(0, DAYS, 10):
        _write(people[0].pk, agents, metrics, start, min(start + 10, DAYS))
    _settle()
    return agents


def _write(first: int, agents: int, metrics: list[int], start: int, end: int) -> None:
    """Days ``start`` to ``end`` in the order of the unique key, as imports of one day after the other leave
    them.
    """
    is_postgresql = connection.vendor == "postgresql"
    listed = ", ".join(f"({pk})" for pk in metrics)
    if is_postgresql:
        days = f"SELECT d FROM generate_series({start}, {end - 1}) AS g(d)"
        day = f"DATE '{FIRST}' + d"
        text = 'COLLATE "C"'
    else:
        more = f"SELECT d + 1 FROM g WHERE d < {end - 1}"
        days = f"WITH RECURSIVE g(d) AS (SELECT {start} UNION ALL {more}) SELECT d FROM g"
        day = f"DATE('{FIRST}', '+' || d || ' days')"
        text = ""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metrics_observation (day, subject, metric_id, person_id, team_id, numerator, "
            "denominator, n, origin, batch_id) "
            f"SELECT {day}, 'agent:' || p.id, m.pk, p.id, member.team_id, "
            "       (p.id * 7 + m.pk * 3 + d) % 50, 50, 50, 'direct', 1 "
            f"FROM ({days}) AS days, people_person AS p "
            "JOIN people_membership AS member ON member.person_id = p.id, "
            f"(SELECT column1 AS pk FROM (VALUES {listed}) AS v) AS m "
            f"WHERE p.id >= {first} AND p.id < {first + agents} "
            f"ORDER BY d, ('agent:' || p.id) {text}, m.pk"
        )


def _settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def fill_day(day: date) -> None:
    """One more day like the last one, by the database, with the notes that an import leaves."""
    with connection.cursor() as cursor:
        parts = "subject, metric_id, person_id, team_id, numerator, denominator, n, origin, batch_id"
        last = connection.ops.adapt_datefield_value(day - timedelta(days=1))
        new = connection.ops.adapt_datefield_value(day)
        literal = f"DATE '{new}'" if connection.vendor == "postgresql" else f"'{new}'"
        cursor.execute(
            f"INSERT INTO metrics_observation (day, {parts}) SELECT {literal}, {parts} "
            "FROM metrics_observation WHERE day = %s",
            [last],
        )
        for scope, column in (("agent", "person_id"), ("team", "team_id")):
            cursor.execute(
                "INSERT INTO metrics_dirtypartition (day, scope, scope_id) "
                f"SELECT DISTINCT {literal}, '{scope}', {column} FROM metrics_observation WHERE day = %s",
                [new],
            )
