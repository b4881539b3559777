"""The day by half hour: right also where clocks change, with the goal and what is usual."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from ccperf.metrics.analysis_half_hours import is_ambiguous, position_of, slots_of, usual
from ccperf.metrics.models import IntervalRecord, MetricDefinition, MetricTarget, Queue

LONDON = ZoneInfo("Europe/London")
LONG, SHORT, PLAIN = date(2026, 10, 25), date(2026, 3, 29), date(2026, 11, 3)


@pytest.mark.parametrize(("day", "count"), [(LONG, 50), (SHORT, 46), (PLAIN, 48)])
def test_a_day_has_the_half_hours_that_pass_in_it(day, count):
    slots = slots_of(day, LONDON)
    assert len(slots) == count == len({slot.at for slot in slots}) == len({slot.label for slot in slots})
    assert [position_of(slot.at + timedelta(minutes=15), slots) for slot in slots] == list(range(count))
    assert position_of(slots[0].at - timedelta(seconds=1), slots) is None


def test_the_hour_that_comes_twice_is_named_both_times_and_the_lost_one_never():
    labels = [slot.label for slot in slots_of(LONG, LONDON)]
    assert labels[2:6] == ["01:00 BST", "01:30 BST", "01:00 GMT", "01:30 GMT"]
    assert [slot.label for slot in slots_of(SHORT, LONDON)][1:4] == ["00:30", "02:00", "02:30"]
    assert is_ambiguous(datetime(2026, 10, 25, 1, 30), LONDON)
    assert not is_ambiguous(datetime(2026, 10, 25, 2, 0), LONDON)


def test_few_earlier_days_have_a_mean_but_no_band():
    assert usual([]) is None
    assert usual([1, 3]).low is None
    four = usual([1, 2, 3, 4])
    assert (four.mean, four.low, four.high, four.days) == (2.5, 1.75, 3.25, 4)


def intervals(queue, day, *, minutes=30, offered=20, within=15):
    slots = slots_of(day, LONDON)
    count = len(slots) * 30 // minutes
    IntervalRecord.objects.bulk_create(
        IntervalRecord(
            starts_at=slots[0].at + timedelta(minutes=minutes * index), day=day, grain=1, queue=queue,
            subject=f"queue:{queue.pk}", offered=offered, answered=offered - 2, within_target=within,
            created_batch_id=1, batch_id=1,
        )
        for index in range(count)
    )  # fmt: skip


def rows(client, queue, day):
    query = {"subject": f"queue:{queue.pk}", "day": day.isoformat(), "format": "csv"}
    answer = client.get(reverse("metrics:day"), query)
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "count"), [(LONG, 50), (SHORT, 46), (PLAIN, 48)])
def test_the_page_and_its_file_show_every_half_hour_once(client, centre, day, count):
    queue = Queue.objects.create(name="Billing", site=centre.site)
    for weeks in range(5):
        intervals(queue, day - timedelta(weeks=weeks), minutes=15 if weeks == 0 else 30)
    client.force_login(centre.supervisor)
    found = rows(client, queue, day)
    assert len(found) == count
    shown = {(row["Intervals"], row["Offered"], row["Service level"]) for row in found}
    assert shown == {("2", "40.0", "0.75")}
    assert {row["Earlier days"] for row in found} <= {"4", "8"}
    metric = MetricDefinition.objects.get(key="service_level")
    MetricTarget.objects.filter(metric=metric).delete()
    MetricTarget.objects.create(metric=metric, site=centre.site, starts_on=date(2020, 1, 1), low=0.8)
    query = {"subject": f"queue:{queue.pk}", "day": day.isoformat()}
    text = client.get(reverse("metrics:day"), query).content.decode()
    assert f"The goal was missed in {count} of {count} half hours" in text
    assert (f"{count} half hours, because clocks went" in text) is (count != 48)
    assert "Goal 80%" in text


def of_intervals(client, url):
    """The rows of an address of intervals, and what they add up to: offered, within target and offered of
    these.
    """
    found = list(csv.DictReader(io.StringIO(client.get(f"{url}&format=csv").content.decode("utf-8-sig"))))
    names = ("Offered", "Within target", "Offered of these")
    return found, tuple(sum(float(row[name] or 0) for row in found) for name in names)


@pytest.mark.django_db
@pytest.mark.parametrize("day", [LONG, PLAIN])
def test_every_figure_of_the_day_leads_to_intervals_that_add_up_to_it(
    client, centre, day, django_assert_max_num_queries
):
    queue, other = (Queue.objects.create(name=name, site=centre.site) for name in ("Billing", "Sales"))
    intervals(queue, day, minutes=15)
    intervals(other, day)
    IntervalRecord.objects.filter(queue=queue, starts_at__minute=45).update(within_target=None)
    client.force_login(centre.supervisor)
    query = {"subject": f"queue:{queue.pk}", "day": day.isoformat()}
    answer = client.get(reverse("metrics:day"), query)
    shown, text = answer.context["shown"], unescape(answer.content.decode())
    assert text.count(f'href="{shown.rows_url}"') == 2
    found, added = of_intervals(client, shown.rows_url)
    assert len(found) == shown.total.records
    assert added == (shown.total.offered, shown.total.within, shown.total.known)
    for half in shown.half_hours:
        url = f"{shown.rows_url}&slot={half.number}"
        assert f'href="{url}"' in text
        found, added = of_intervals(client, url)
        begins = [f"{half.slot.at + timedelta(minutes=late):%Y-%m-%d %H:%M}" for late in (0, 15)]
        assert [row["Begins (UTC)"] for row in found] == begins
        assert found[0]["From"] == half.slot.label
        assert added == (half.offered, half.counts.within, half.counts.known)
    with django_assert_max_num_queries(12):
        page = client.get(url).content.decode()
    assert f"Intervals from {half.slot.label}" in page
    assert "2 intervals, service level 75.0%" in page
    assert "not known" in page
    for wrong in ("&slot=50", "&slot=-1", "&slot=²"):
        assert client.get(shown.rows_url + wrong).status_code == 404
    assert client.get(reverse("metrics:day-intervals"), query | {"day": "soon"}).status_code == 404


@pytest.mark.django_db
def test_what_is_not_known_is_said_and_other_teams_stay_closed(client, centre):
    client.force_login(centre.supervisor)
    assert "No half hours yet" in client.get(reverse("metrics:day")).content.decode()
    at = datetime(2026, 11, 3, 9, tzinfo=UTC)
    for team in (centre.team, centre.other_team):
        IntervalRecord.objects.create(
            starts_at=at, day=PLAIN, grain=1, team=team, subject=f"team:{team.pk}", offered=9,
            created_batch_id=1, batch_id=1,
        )  # fmt: skip
    text = client.get(reverse("metrics:day")).content.decode()
    assert "No service level is known for this day" in text
    assert "not known" in text
    assert "Team Quay" not in text
    other = {"subject": f"team:{centre.other_team.pk}", "day": PLAIN.isoformat()}
    for name in ("day", "day-intervals"):
        assert client.get(reverse(f"metrics:{name}"), other).status_code == 404
    empty = {"subject": f"team:{centre.team.pk}", "day": "2026-01-01"}
    assert "No intervals on this day" in client.get(reverse("metrics:day"), empty).content.decode()


@pytest.mark.django_db
def test_queues_of_one_name_are_told_apart_by_their_site(client, centre):
    sites = [centre.far_site, centre.site]
    for site in reversed(sites):
        intervals(Queue.objects.create(name="Billing", site=site), PLAIN)
    intervals(Queue.objects.create(name="Sales", site=centre.site), PLAIN)
    client.force_login(centre.manager)
    page = client.get(reverse("metrics:day"))
    names = [subject.name for subject in page.context["subjects"]]
    assert names == ["Billing, Northgate", "Billing, Southbank", "Sales"]
    assert "<h1>Billing, Northgate, " in page.text
    client.force_login(centre.stranger_manager)
    assert "<h1>Billing, Southbank, " in client.get(reverse("metrics:day")).text
