"""Only what differs is written, and an incremental refresh equals a full rebuild whatever happened before."""

from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from ccperf.metrics import figure_columns, rollups
from ccperf.metrics import sums as sums_module
from ccperf.metrics.models import DirtyPartition, Observation, Queue, Rollup, RollupState
from ccperf.metrics.scopes import ObservationKey, ObservationRow, Scope
from ccperf.metrics.services import delete_observations, restamp_team, write_observations
from ccperf.people.models import Membership
from tests.factories import make_person, make_site, make_team
from tests.metrics import oracle

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 3, 30)


def row(scope, day=MONDAY, numerator=8.0, denominator=10.0, metric="fcr_net"):
    return ObservationRow(day, scope, metric, numerator, denominator, int(denominator))


def sums(**wanted):
    return {
        (r.scope, r.grain, r.scope_id, r.starts_on): (r.numerator, r.denominator, r.n)
        for r in Rollup.objects.filter(**wanted)
    }


@pytest.fixture
def place():
    site = make_site()
    teams = [make_team(site=site), make_team(site=site), make_team(site=make_site())]
    since = MONDAY - timedelta(days=100)
    people = [make_person(team=team, since=since) for team in teams for _ in range(2)]
    people.append(make_person(since=since))
    queues = [Queue.objects.create(name="Voice", site=site), Queue.objects.create(name="Mail")]
    return site, teams, people, queues


def test_rates_are_pooled_never_averaged(place):
    _, teams, people, _ = place
    rows = [
        row(Scope.agent(people[0].pk), numerator=2, denominator=2),
        row(Scope.agent(people[1].pk), numerator=80, denominator=100),
    ]
    write_observations(rows, origin="direct")
    rollups.refresh()
    assert sums(scope="team", grain="week") == {("team", "week", teams[0].pk, MONDAY): (82, 102, 102)}
    assert sums(scope="organisation", grain="month") == {
        ("organisation", "month", 0, date(2026, 3, 1)): (82, 102, 102)
    }
    assert sums(scope="agent", grain="week").keys() == {
        ("agent", "week", people[0].pk, MONDAY),
        ("agent", "week", people[1].pk, MONDAY),
    }


def test_a_second_import_of_the_same_rows_writes_nothing(place):
    _, _, people, _ = place
    rows = [row(Scope.agent(person.pk)) for person in people]
    assert write_observations(rows, origin="direct").inserted == len(rows)
    rollups.refresh()
    generation = RollupState.objects.get().generation
    again = write_observations(rows, origin="direct", batch_id=2)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, len(rows))
    assert not DirtyPartition.objects.exists()
    assert rollups.refresh() == 0
    assert RollupState.objects.get().generation == generation


def test_a_correction_keeps_what_was_there_for_an_undo(place):
    _, teams, people, _ = place
    before = row(Scope.agent(people[0].pk))
    write_observations([before], origin="direct")
    rollups.refresh()
    result = write_observations([row(Scope.agent(people[0].pk), numerator=5)], origin="direct", batch_id=9)
    assert (result.updated, result.before) == (1, [before])
    rollups.refresh()
    assert sums(scope="team", grain="day") == {("team", "day", teams[0].pk, MONDAY): (5, 10, 10)}


def test_the_last_of_equal_keys_counts_and_an_unknown_measure_is_refused(place):
    agent = Scope.agent(place[2][0].pk)
    result = write_observations([row(agent, numerator=1), row(agent, numerator=2)], origin="direct")
    assert result.inserted == 1
    assert Observation.objects.get().numerator == 2
    with pytest.raises(KeyError):
        write_observations([row(agent, metric="no_such_measure")], origin="direct")


def test_writing_queues_one_refresh_and_the_job_clears_the_notes(place):
    for person in place[2]:
        write_observations([row(Scope.agent(person.pk))], origin="direct")
    job = Job.objects.get(kind="metrics.refresh")
    assert run_job_now(job.pk).status == Job.Status.DONE
    assert not DirtyPartition.objects.exists()
    assert Rollup.objects.filter(scope="site", grain="week").count() == 2


def test_a_teams_own_figure_counts_before_the_sum_of_its_agents(place):
    site, teams, people, queues = place
    rows = [
        row(Scope.agent(people[0].pk), numerator=1),
        row(Scope.team(teams[0].pk), numerator=6),
        row(Scope.agent(people[2].pk), numerator=2),
    ]
    write_observations(rows, origin="direct")
    rollups.refresh()
    assert sums(scope="team", grain="day") == {
        ("team", "day", teams[0].pk, MONDAY): (6, 10, 10),
        ("team", "day", teams[1].pk, MONDAY): (2, 10, 10),
    }
    assert sums(scope="site", grain="day") == {("site", "day", site.pk, MONDAY): (8, 20, 20)}
    write_observations([row(Scope.queue(queues[0].pk), numerator=9)], origin="intervals")
    rollups.refresh()
    assert sums(scope="site", grain="day") == {("site", "day", site.pk, MONDAY): (9, 10, 10)}
    write_observations([row(Scope.organisation(), numerator=3)], origin="intervals")
    rollups.refresh()
    assert sums(scope="organisation", grain="day") == {("organisation", "day", 0, MONDAY): (3, 10, 10)}


def test_people_and_queues_without_a_site_still_count_for_the_organisation(place):
    _, _, people, queues = place
    write_observations([row(Scope.agent(people[-1].pk), numerator=4)], origin="direct")
    rollups.refresh()
    assert sums(scope="organisation", grain="day") == {("organisation", "day", 0, MONDAY): (4, 10, 10)}
    write_observations([row(Scope.queue(queues[1].pk), numerator=7)], origin="direct")
    rollups.refresh()
    assert sums(scope="organisation", grain="day") == {("organisation", "day", 0, MONDAY): (7, 10, 10)}


def test_a_back_dated_move_takes_the_figures_along_and_leaves_no_ghost(place):
    _, teams, people, _ = place
    write_observations([row(Scope.agent(people[0].pk))], origin="direct")
    rollups.refresh()
    old = Membership.objects.get(person=people[0])
    old.ends_before = MONDAY
    old.save()
    Membership.objects.create(person=people[0], team=teams[2], starts_on=MONDAY)
    rollups.refresh()
    assert sums(scope="team", grain="month").keys() == {("team", "month", teams[2].pk, date(2026, 3, 1))}
    assert restamp_team(people[0].pk) == 0


def test_deleting_tells_what_was_there_and_empties_the_sums(place):
    agent = Scope.agent(place[2][0].pk)
    write_observations([row(agent)], origin="direct")
    rollups.refresh()
    keys = [ObservationKey(MONDAY, agent, "fcr_net"), ObservationKey(MONDAY, agent, "aht")]
    result = delete_observations(keys)
    assert (result.deleted, result.before) == (1, [row(agent)])
    rollups.refresh()
    assert not Rollup.objects.exists()


SUBJECT = st.integers(0, 12)
DAY = st.integers(0, 40)
STEP = st.one_of(
    st.tuples(st.just("write"), SUBJECT, DAY, st.integers(0, 9)),
    st.tuples(st.just("write"), SUBJECT, DAY, st.integers(0, 9)),
    st.tuples(st.just("delete"), SUBJECT, DAY, st.just(0)),
    st.tuples(st.just("move"), st.integers(0, 6), DAY, st.integers(0, 2)),
    st.tuples(st.just("undo"), st.just(0), st.just(0), st.just(0)),
    st.tuples(st.just("refresh"), st.just(0), st.just(0), st.just(0)),
)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(st.lists(STEP, min_size=1, max_size=25))
def test_incremental_refresh_equals_full_rebuild(place, steps):
    site, teams, people, queues = place
    scopes = [
        *(Scope.agent(person.pk) for person in people),
        *(Scope.team(team.pk) for team in teams[:2]),
        *(Scope.queue(queue.pk) for queue in queues),
        Scope.site(site.pk),
        Scope.organisation(),
    ]
    written = []
    for verb, who, offset, value in steps:
        day = MONDAY + timedelta(days=offset)
        if verb == "write":
            rows = [row(scopes[who], day, value, metric=metric) for metric in ("fcr_net", "aht")]
            written.append((rows, write_observations(rows, origin="direct")))
        elif verb == "undo" and written:
            rows, result = written.pop()
            delete_observations(ObservationKey(*wrote[:3]) for wrote in rows)
            write_observations(result.before, origin="direct")
        elif verb == "delete":
            delete_observations([ObservationKey(day, scopes[who], "fcr_net")])
        elif verb == "move":
            Membership.objects.filter(person=people[who], starts_on__gte=day).delete()
            Membership.objects.filter(person=people[who]).update(ends_before=day)
            Membership.objects.create(person=people[who], team=teams[value], starts_on=day)
        else:
            rollups.refresh()
    rollups.refresh()
    incremental = oracle.stored()
    assert incremental == oracle.expected()
    rollups.rebuild()
    assert oracle.stored() == incremental
    Observation.objects.all().delete()
    DirtyPartition.objects.all().delete()
    rollups.rebuild()
    assert not Rollup.objects.exists()


def test_a_rebuild_leaves_the_table_as_it_was_made(place):
    write_observations([row(Scope.agent(place[2][0].pk))], origin="direct")
    before = keys_of_the_table(), options_of_the_table()
    rollups.rebuild()
    rollups.rebuild()
    assert (keys_of_the_table(), options_of_the_table()) == before
    assert not any("beside" in name for name in connection.introspection.table_names())


def keys_of_the_table():
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, Rollup._meta.db_table)
    return {
        name if connection.vendor == "postgresql" else "": (found["columns"], found["primary_key"])
        for name, found in constraints.items()
        if found["columns"]
    }


def options_of_the_table():
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [Rollup._meta.db_table])
        return cursor.fetchall()


@pytest.mark.postgresql
def test_postgresql_writes_only_the_sums_that_changed(place):
    one, other = (Scope.agent(person.pk) for person in place[2][:2])
    write_observations([row(one), row(other)], origin="direct")
    rollups.refresh()
    before = versions_of_sums()
    for scope in (one, other):
        DirtyPartition.objects.create(day=MONDAY, scope=scope.kind, scope_id=scope.id)
    rollups.refresh()
    assert versions_of_sums() == before
    write_observations([row(one, numerator=9)], origin="direct")
    rollups.refresh()
    after = versions_of_sums()
    assert after.keys() == before.keys()
    assert {key for key in after if after[key] == before[key]} == {
        key for key in after if key[:2] == ("agent", other.id)
    }


def versions_of_sums():
    """Where each sum lies; a sum that is written lies elsewhere afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT scope, scope_id, grain, ctid::text FROM metrics_rollup")
        return {tuple(key): version for *key, version in cursor.fetchall()}


@pytest.mark.sqlite
def test_sqlite_finds_every_partition_by_a_key(place, monkeypatch):
    """No statement of a refresh reads a whole table, nor builds an index of its own for one."""
    _, _, people, queues = place
    rows = [row(Scope.agent(person.pk)) for person in people] + [row(Scope.queue(queues[0].pk))]
    write_observations(rows, origin="direct")
    plans = []

    def explained(cursor, statement, values):
        adapted = [str(value) if isinstance(value, date) else value for value in values]
        with connection.cursor() as other:
            other.execute(f"EXPLAIN QUERY PLAN {statement}", adapted)
            plans.extend((step[3], statement) for step in other.fetchall())
        cursor.execute(statement, adapted)

    monkeypatch.setattr(sums_module, "run", explained)
    rollups.refresh()
    assert len(plans) > 40
    tables = ("metrics_observation", "metrics_rollup", "sums", "old")
    assert not [plan for plan in plans if "AUTOMATIC" in plan[0]]
    assert not [plan for plan in plans if plan[0] in {f"SCAN {table}" for table in tables}]


@pytest.mark.sqlite
def test_a_rebuild_that_dies_half_way_is_made_good_by_the_next(place, monkeypatch):
    _, _, people, _ = place
    days = [MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=40)]
    write_observations([row(Scope.agent(p.pk), day) for p in people for day in days], origin="direct")
    rollups.refresh()
    expected = oracle.stored()
    steps = iter(range(4))
    whole = rollups.Pace.whole

    def dying(self, step):
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return whole(self, step)

    monkeypatch.setattr(rollups.Pace, "whole", dying)
    with pytest.raises(KeyboardInterrupt):
        rollups.rebuild()
    assert oracle.stored() == expected
    assert RollupState.objects.get().status == RollupState.Status.STARTED
    monkeypatch.undo()
    write_observations([row(Scope.agent(people[0].pk), numerator=1)], origin="direct")
    rollups.refresh()
    assert oracle.stored() == oracle.expected()
    assert RollupState.objects.get().status == RollupState.Status.DONE


def test_a_value_with_an_impossible_denominator_is_never_a_figure():
    nan, inf = float("nan"), float("inf")
    cases = [  # value, numerator, denominator, n; what comes of it
        (nan, 4, 8, nan, (4, 8, 8)),
        (0.5, nan, nan, 10, (5, 10, 10)),
        (0.5, nan, nan, nan, (0.5, 1, 1)),
        (0.5, nan, -3, nan, "wrong"),
        (nan, 3, -3, nan, "wrong"),
        (nan, 1, 0, nan, "wrong"),
        (nan, 0, 0, nan, "empty"),
        (0, nan, nan, 0, "empty"),
        (0.5, nan, nan, 0, "wrong"),
        (nan, nan, 8, nan, "none"),
        (nan, nan, nan, 5, "none"),
        (1.2, nan, nan, 5, "wrong"),
        (nan, 2, nan, 5, "lacking"),
    ]
    columns = [figure_columns.floats(column) for column in zip(*(case[:4] for case in cases), strict=True)]
    worked = figure_columns.worked_out(figure_columns.Parts(*columns, lower=-inf, upper=1.0))
    for at, case in enumerate(cases):
        if worked.good[at]:
            found = (worked.numerator[at], worked.denominator[at], worked.n[at])
        else:
            names = ("empty", "wrong", "lacking")
            found = " and ".join(name for name in names if getattr(worked, name)[at]) or "none"
        assert found == case[4], case
