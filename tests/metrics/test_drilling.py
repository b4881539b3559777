"""Every figure leads to rows that add up to it, at every step, and nobody is named who must not be."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ccperf.core.dates import month_start, today, week_start
from ccperf.metrics import rollups
from ccperf.metrics.boards import (
    board,
    place_of_organisation,
    place_of_person,
    place_of_site,
    place_of_team,
)
from ccperf.metrics.drilling import _together
from ccperf.metrics.importing_contacts import figures_of_days as contacts_of_days
from ccperf.metrics.importing_intervals import figures_of_days as intervals_of_days
from ccperf.metrics.models import ContactRecord, IntervalRecord, Observation, Queue
from ccperf.metrics.scopes import ObservationRow, Scope
from ccperf.metrics.services import write_observations
from ccperf.people.models import Membership
from tests.factories import make_person

pytestmark = pytest.mark.django_db
DAYS = 70


def figure(day, scope, top, base=100, metric="fcr_net"):
    return ObservationRow(day, scope, metric, top, base, base)


@pytest.fixture
def mixed(centre):
    """Ten weeks of every kind of figure: of people, of one who moved away, of teams, queues, sites, all."""
    first = week_start(today()) - timedelta(days=DAYS)
    mover, loose = make_person("Mover Away", team=centre.team), make_person("Nobody's Own", role="agent")
    spell = Membership.objects.get(person=mover)
    spell.ends_before = first + timedelta(days=30)
    spell.save()
    Membership.objects.create(person=mover, team=centre.far_team, starts_on=spell.ends_before)
    queue = Queue.objects.create(name="Billing", site=centre.far_site)
    outside = Queue.objects.create(name="Overflow")
    rows = []
    for index in range(DAYS):
        day = first + timedelta(days=index)
        people = (centre.people.agent, centre.people.colleague, centre.people.stranger_agent, mover)
        rows += [figure(day, Scope.agent(who.pk), 60 + index % 7 + at) for at, who in enumerate(people)]
        if index % 9 == 0:
            rows.append(figure(day, Scope.agent(loose.pk), 55))
        if index % 10 == 3:
            rows.append(figure(day, Scope.team(centre.team.pk), 700, 1000))
        if index % 6 == 2:
            rows.append(figure(day, Scope.queue(queue.pk), 310, 400))
        if index % 8 == 5:
            rows.append(figure(day, Scope.queue(outside.pk), 33, 50))
        if index % 14 == 6:
            rows.append(figure(day, Scope.site(centre.site.pk), 810, 1100))
    rows.append(figure(first + timedelta(days=20), Scope.organisation(), 4000, 5000))
    write_observations(rows, origin="direct")
    rollups.refresh()
    return centre


def rows_at(client, url):
    answer = client.get(f"{url}{'&' if '?' in url else '?'}format=csv")
    assert answer.status_code == 200, url
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def sums(rows):
    return tuple(
        round(sum(float(row[name]) for row in rows), 6) for name in ("Numerator", "Denominator", "n")
    )


@pytest.mark.parametrize(("by", "count"), [("day", 84), ("week", 12), ("month", 13)])
@pytest.mark.parametrize("kind", ["person", "team", "site", "far site", "organisation"])
def test_the_rows_behind_every_period_add_up_to_it(client, mixed, kind, by, count):
    reader = mixed.stranger_manager if kind == "far site" else mixed.manager
    places = {
        "person": place_of_person(mixed.people.agent, mixed.team),
        "team": place_of_team(mixed.team),
        "site": place_of_site(mixed.site),
        "far site": place_of_site(mixed.far_site),
        "organisation": place_of_organisation(),
    }
    client.force_login(reader)
    readings = board(reader, places[kind], by, count, end=today()).readings
    points = [(reading, point) for reading in readings for point in reading.points]
    assert points
    for reading, point in points if by != "day" else points[::6]:
        rows = rows_at(client, reading.rows_url(point))
        assert sums(rows) == (point.numerator, point.denominator, point.n), (kind, point.start)


def test_the_page_shows_the_same_sums_as_its_file_and_keeps_who_left_unnamed(client, mixed):
    client.force_login(mixed.supervisor)
    url = reverse("metrics:metric-rows", args=["fcr_net"]) + f"?scope=team:{mixed.team.pk}"
    text = client.get(url).content.decode()
    rows = rows_at(client, url)
    assert f"{len(rows)} rows, n&nbsp;=&nbsp;{sums(rows)[2]:,.0f}" in text.replace("\u00a0", "&nbsp;")
    names = {row["Whose"] for row in rows}
    assert "People no longer in your teams" in names
    assert "Mover Away" not in names
    assert mixed.people.agent.name in names


def test_a_site_leads_to_teams_and_names_nobody(client, mixed):
    client.force_login(mixed.supervisor)
    day = week_start(today()) - timedelta(days=DAYS - 1)
    query = f"?scope=site:{mixed.site.pk}&from={day}&to={day}"
    url = reverse("metrics:metric-rows", args=["fcr_net"]) + query
    names = {row["Whose"] for row in rows_at(client, url)}
    assert names == {"Harbour", "Small teams together"}  # the other team has a single member
    text = client.get(url).content.decode()
    assert f"scope=team:{mixed.team.pk}&amp;from={day}" in text
    assert f"scope=team:{mixed.other_team.pk}" not in text
    assert mixed.people.stranger_agent.name not in text


def test_the_organisation_leads_to_sites_and_keeps_people_without_a_team_unnamed(client, mixed):
    client.force_login(mixed.supervisor)
    url = reverse("metrics:metric-rows", args=["fcr_net"]) + "?scope=organisation"
    rows = rows_at(client, url)
    assert {row["Kind"] for row in rows} == {"organisation", "queue", "site", "pool"}
    assert "Nobody's Own" not in {row["Whose"] for row in rows}
    text = client.get(url).content.decode()
    assert f"scope=site:{mixed.site.pk}" in text
    assert f"scope=site:{mixed.far_site.pk}" not in text


@pytest.mark.parametrize(
    ("sizes", "pooled"),
    [
        ([(1, 6), (2, 9)], []),
        ([(1, 2), (2, 9), (3, 12)], [1, 2]),
        ([(1, 0), (2, 9)], [1, 2]),
        ([(1, 3), (2, 4), (3, 12)], [1, 2]),
        ([(1, 1)], [1]),
    ],
)
def test_small_teams_are_pooled_with_enough_others(sizes, pooled):
    assert _together(sizes, 5) == pooled


def contact(day, person, number, **fields):
    return ContactRecord(
        key=f"c{number}", day=day, subject=f"agent:{person.pk}", person=person, created_batch_id=1,
        batch_id=1, started_at=timezone.now(), topic="Billing", **fields,
    )  # fmt: skip


def store(figures, origin):
    rows = [
        ObservationRow(day, Scope.parse(subject), metric, *parts)
        for day, subject, found in figures
        for metric, parts in found.items()
        if parts[1]
    ]
    write_observations(rows, origin=origin)
    rollups.refresh()


def test_a_day_of_a_person_leads_to_the_contacts_it_was_counted_from(client, centre):
    # Of a complete month and a complete week, whatever day today is.
    day, person = min(month_start(today()), week_start(today())) - timedelta(days=3), centre.people.agent
    ContactRecord.objects.bulk_create(
        [
            contact(day, person, 1, answered=True, handle_seconds=300, satisfaction=5, satisfaction_scale=5),
            contact(day, person, 2, answered=True, handle_seconds=420, satisfaction=2, satisfaction_scale=5),
            contact(day, person, 3, answered=False, abandoned=True),
            contact(day, person, 4, answered=True, resolved=True),
        ]
    )
    store(contacts_of_days([day]), "contacts")
    client.force_login(centre.supervisor)
    kept = Observation.objects.filter(person=person).select_related("metric")
    assert {"aht", "csat_t2b", "answered_rate", "fcr_net"} <= {row.metric.key for row in kept}
    for row in kept:
        url = reverse("metrics:metric-rows", args=[row.metric.key]) + f"?scope=agent:{person.pk}"
        deeper = reverse("metrics:metric-records", args=[row.metric.key, row.pk])
        assert deeper in client.get(url).content.decode()
        assert sums(rows_at(client, deeper)) == (row.numerator, row.denominator, row.n), row.metric.key
    assert "c1" in client.get(deeper).content.decode()
    client.force_login(centre.stranger_supervisor)
    assert client.get(deeper).status_code == 404


def test_a_day_of_a_queue_leads_to_its_intervals(client, centre):
    day, queue = date(2026, 3, 3), Queue.objects.create(name="Billing")
    start = timezone.make_aware(timezone.datetime(2026, 3, 3, 9))
    IntervalRecord.objects.bulk_create(
        IntervalRecord(
            starts_at=start + timedelta(minutes=30 * index), day=day, grain=1, subject=f"queue:{queue.pk}",
            queue=queue, offered=50, answered=45 if index else None, within_target=40 if index != 1 else None,
            wait_seconds=900, created_batch_id=1, batch_id=1,
        )
        for index in range(4)
    )  # fmt: skip
    store(intervals_of_days([day]), "intervals")
    client.force_login(centre.supervisor)
    for row in Observation.objects.filter(queue=queue).select_related("metric"):
        url = reverse("metrics:metric-records", args=[row.metric.key, row.pk])
        assert sums(rows_at(client, url)) == (row.numerator, row.denominator, row.n), row.metric.key
