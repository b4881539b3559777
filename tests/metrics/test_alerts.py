"""A signal reaches the right home page once, with its reason; otherwise it is quiet."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from ccperf.core.dates import add_months, month_start, today, week_start
from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from ccperf.metrics import rollups
from ccperf.metrics.alerts.models import Alert
from ccperf.metrics.alerts.selectors import Cause, signals_of, watched
from ccperf.metrics.alerts.services import Looked, look
from ccperf.metrics.models import MetricDefinition, MetricTarget
from ccperf.metrics.scopes import ObservationRow, Scope
from ccperf.metrics.services import renew_pages, write_observations
from ccperf.notify.models import Notification
from ccperf.people.models import Leadership, Span, Team, User
from improvement.models import ImprovementAction
from strategy.models import Change
from tests.access_rules.strategy import make_decided
from tests.factories import make_team
from tests.improvement.makers import agree, propose

pytestmark = pytest.mark.django_db
WOBBLE = (0, 3, -2, 1, -3, 2, 0, -1, 3, -2)
NOW = week_start(today())


def weekly(team, values, *, metric="fcr_net", end=NOW):
    """One figure a week, the last of them in the week before ``end``."""
    write_observations(
        [
            ObservationRow(
                end - timedelta(weeks=len(values) - index) + timedelta(days=2),
                Scope.team(team.pk),
                metric,
                value * 400,
                400,
                400,
            )
            for index, value in enumerate(values)
        ],
        origin="direct",
    )
    rollups.refresh()


def steady(count, level=0.75):
    return [level + WOBBLE[index % 10] / 200 for index in range(count)]


def home(client, user):
    client.force_login(user)
    return client.get("/").content.decode()


def span_of_the_site(centre):
    Span.objects.create(person=centre.people.manager, site=centre.site, starts_on=today())


@pytest.fixture
def fallen(centre):
    """The newest week of team Harbour fell out of its limits."""
    weekly(centre.team, [*steady(25), 0.60])
    return centre


@pytest.mark.criterion("M8")
def test_a_signal_reaches_its_leader_and_manager_once_with_its_reason(client, fallen):
    assert look() == Looked(new=1)
    alert = Alert.objects.get()
    assert (alert.rule, alert.is_high, alert.state) == ("outside", False, "worse")
    assert alert.onset == NOW - timedelta(weeks=1)
    told = Notification.objects.filter(kind="metric.signal")
    assert {message.person for message in told} == {fallen.people.supervisor, fallen.people.manager}
    assert "below the usual" in told[0].text
    assert "First contact resolution, net, team Harbour" in home(client, fallen.supervisor)
    assert "below the usual" in home(client, fallen.manager)
    assert "below the usual" not in home(client, fallen.stranger_supervisor)
    act = f"{reverse('improvement:action-create')}?alert={alert.pk}"
    assert act in home(client, fallen.supervisor)
    assert act in client.get(reverse("alerts:alert-list")).content.decode()


def test_looking_twice_tells_nothing_new(fallen):
    look()
    assert look() == Looked(going_on=1)
    assert Notification.objects.filter(kind="metric.signal").count() == 2


def test_quiet_where_nothing_moved(client, centre):
    weekly(centre.team, steady(26))
    assert look() == Looked()
    page = home(client, centre.supervisor)
    assert "1 reading within normal variation" in page
    assert not Notification.objects.exists()


def test_a_signal_that_goes_on_is_the_same_alert_and_its_end_is_quiet(client, centre):
    values = [*steady(20), *[level - 0.06 for level in steady(5)]]
    weekly(centre.team, values, end=NOW - timedelta(weeks=1))
    assert look().new == 1
    first = Alert.objects.get()
    weekly(centre.team, [0.66])
    assert look() == Looked(going_on=1)
    alert = Alert.objects.get()
    assert (alert.pk, alert.onset) == (first.pk, first.onset)
    assert alert.last_period == NOW - timedelta(weeks=1)
    assert Notification.objects.filter(person=centre.people.supervisor).count() == 1


def test_a_signal_that_ended_is_closed_without_a_word(centre):
    weekly(centre.team, [*steady(24), 0.60], end=NOW - timedelta(weeks=1))
    look()
    weekly(centre.team, [0.755])
    assert look() == Looked(ended=1)
    assert Alert.objects.get().status == "ended"
    assert Notification.objects.filter(person=centre.people.supervisor).count() == 1


def test_a_correction_of_the_data_withdraws_the_signal(client, fallen):
    look()
    weekly(fallen.team, [0.75])
    assert look() == Looked(withdrawn=1)
    assert not Notification.objects.filter(kind="metric.signal").exists()  # nobody had read it yet
    assert "below the usual" not in home(client, fallen.supervisor)
    weekly(fallen.team, [0.60])
    assert look() == Looked(new=1)  # the correction was taken back: the same row is open again
    assert Alert.objects.get().status == "open"


def test_a_team_without_new_figures_raises_nothing(centre):
    weekly(centre.team, [*steady(22), 0.60], end=NOW - timedelta(weeks=4))
    weekly(centre.other_team, steady(26))
    assert look() == Looked()


def test_each_reader_puts_aside_for_themselves(client, fallen):
    look()
    client.force_login(fallen.supervisor)
    answer = client.post(reverse("alerts:dismiss"), {"alerts": Alert.objects.get().pk}, follow=True)
    assert "below the usual" not in answer.content.decode()
    assert "Show 1 put aside" in answer.content.decode()
    client.post(reverse("alerts:dismiss"), {"alerts": Alert.objects.get().pk})
    assert "below the usual" in home(client, fallen.manager)
    client.force_login(fallen.supervisor)
    client.post(reverse("alerts:bring-back"))
    assert "below the usual" in home(client, fallen.supervisor)
    assert client.post(reverse("alerts:dismiss"), {"alerts": "²,x"}).status_code == 404


def test_several_teams_that_moved_alike_are_one_finding(client, fallen):
    span_of_the_site(fallen)
    weekly(fallen.other_team, [*steady(25), 0.60])
    look()
    page = home(client, fallen.manager)
    assert "First contact resolution, net, 2 teams" in page
    assert "look at the system before the people" in page
    assert Notification.objects.get(person=fallen.people.manager).text.startswith("2 measures moved")


def test_a_team_read_by_month_is_no_part_of_a_finding_of_weeks(client, fallen):
    span_of_the_site(fallen)
    last_month = add_months(month_start(NOW), -1)
    rows, day = [], add_months(last_month, -23)
    while day < month_start(NOW):
        level = 0.55 if day >= last_month else 0.75 + WOBBLE[day.month % 10] / 200
        rows.append(ObservationRow(day, Scope.team(fallen.other_team.pk), "fcr_net", level * 40, 40, 40))
        day += timedelta(days=7)
    write_observations(rows, origin="direct")
    rollups.refresh()
    look()
    assert set(Alert.objects.values_list("grain", "words")) == {
        ("week", "Concern, falling"),
        ("month", "Concern, falling"),
    }
    page = home(client, fallen.manager)
    for team, since in (("Harbour", "the week of"), ("Quay", f"{last_month:%B %Y}")):
        found = page[page.index(f"First contact resolution, net, team {team}") :]
        assert f"Since {since}" in found[: found.index("</li>")]
        assert "plot spark" in found[: found.index("</li>")]


def test_the_list_of_signals_keeps_what_was_withdrawn_and_stays_in_scope(client, fallen):
    look()
    weekly(fallen.team, [0.75])
    look()
    client.force_login(fallen.supervisor)
    address = reverse("alerts:alert-list")
    assert "Nothing beyond normal variation" in client.get(address).content.decode()
    assert (
        "Gone after a correction of the data" in client.get(address, {"status": "withdrawn"}).content.decode()
    )
    told = client.get(address, {"status": "all", "format": "csv"}).content.decode("utf-8-sig")
    assert "Concern, falling" in told
    client.force_login(fallen.stranger_supervisor)
    assert "Harbour" not in client.get(address, {"status": "all"}).content.decode()


def test_what_happened_shortly_before_stands_beside_the_signal(client, fallen):
    span_of_the_site(fallen)
    for title, weeks in (("New telephone system", 2), ("Moved desks", 9)):
        day = NOW - timedelta(weeks=weeks)
        change = make_decided(fallen, title=title)
        Change.objects.filter(pk=change.pk).update(starts_on=day, goes_live_on=day, status=Change.Status.LIVE)
    for title, key in (("Read back the case", "fcr_net"), ("Shorter greeting", "aht")):
        action = propose(fallen, team=fallen.team, named=("agent",), title=title, metric=key)
        agree(fallen, action, "agent")
    ImprovementAction.objects.update(starts_on=NOW - timedelta(weeks=2))
    look()
    page = home(client, fallen.supervisor)
    assert "New telephone system" in page
    reasons = page[page.index("h-sig") :]
    assert "Read back the case" in reasons
    assert "Shorter greeting" not in reasons.split("</section>")[0]
    assert "Moved desks" not in page


def test_a_refresh_of_the_sums_starts_the_look(centre):
    write_observations(
        [ObservationRow(today(), Scope.team(centre.team.pk), "fcr_net", 70, 100, 100)], origin="direct"
    )
    run_job_now(Job.objects.get(kind="metrics.refresh").pk)
    job = run_job_now(Job.objects.get(kind="alerts.look").pk)
    assert (job.status, job.result["new"]) == ("done", 0)


def test_a_change_of_a_measure_with_two_bad_sides_is_news_while_no_band_says_which_is_better(client, centre):
    weekly(centre.team, [480 + WOBBLE[index % 10] for index in range(25)] + [520], metric="aht")
    assert look() == Looked(new=1)
    alert = Alert.objects.get()
    assert (alert.state, alert.words) == ("changed", "Changed, rising")
    page = home(client, centre.supervisor)
    assert "Average handle time, team Harbour" in page
    assert "changed, for better or worse" not in page  # told above, not counted again
    MetricTarget.objects.create(metric=alert.metric, low=400, high=600, starts_on=NOW - timedelta(weeks=30))
    renew_pages()
    assert look() == Looked(ended=1)  # inside the band on either side
    MetricTarget.objects.update(high=500)
    renew_pages()
    assert look() == Looked(new=1)
    assert Alert.objects.get().words == "Concern, rising"


def test_a_signal_ends_with_its_measure(fallen):
    look()
    day = NOW - timedelta(weeks=1)
    MetricDefinition.objects.filter(key="fcr_net").update(is_active=False, retired_on=day)
    renew_pages()
    assert look() == Looked(ended=1)


def test_limits_that_begin_anew_are_the_reason_why_a_signal_is_gone(client, centre):
    weekly(centre.team, [*steady(13), *[level - 0.06 for level in steady(13)]])
    look()
    action = propose(centre, team=centre.team, named=("agent",), title="Fewer call-backs", metric="fcr_net")
    agree(centre, action, "agent")
    ImprovementAction.objects.update(starts_on=NOW - timedelta(weeks=13))
    assert look() == Looked(restarted=1)
    assert not Notification.objects.filter(kind="metric.signal").exists()
    client.force_login(centre.supervisor)
    listed = client.get(reverse("alerts:alert-list"), {"status": "restarted"}).content.decode()
    assert "Gone since limits began anew" in listed
    assert look() == Looked()


def test_limits_of_a_team_that_nobody_leads_begin_anew_all_the_same(centre):
    weekly(centre.team, [*steady(13), *[level - 0.06 for level in steady(13)]])
    change = make_decided(centre)
    day = NOW - timedelta(weeks=13)
    Change.objects.filter(pk=change.pk).update(starts_on=day, goes_live_on=day, status=Change.Status.LIVE)
    Leadership.objects.all().delete()
    Span.objects.all().delete()
    assert look() == Looked(new=1)
    assert Alert.objects.get().causes == []
    change.metrics.set(MetricDefinition.objects.filter(key="fcr_net"))
    assert look() == Looked(restarted=1)


def test_causes_are_counted_over_all_teams_of_the_centre(client, fallen):
    other, *more = [make_team(f"Pier {number}", site=fallen.site) for number in range(3)]
    for team in (other, *more):
        weekly(team, steady(26))
    weekly(fallen.other_team, [*steady(25), 0.60])
    change = make_decided(fallen, title="New telephone system")
    day = NOW - timedelta(weeks=2)
    Change.objects.filter(pk=change.pk).update(starts_on=day, goes_live_on=day, status=Change.Status.LIVE)
    change.teams.set([fallen.team, other])
    look()
    page = home(client, fallen.supervisor)
    assert "1 of 2 teams that it reached, 1 of 3 others" in page
    few = Cause(day, "New desk", "", NOW, "week", reached=2, alike=1, others=1)
    assert few.counts == ""


def test_home_costs_the_same_with_many_alerts(client, fallen, django_assert_max_num_queries):
    span_of_the_site(fallen)
    for number in range(6):
        team = make_team(f"Extra {number}", site=fallen.site)
        weekly(team, [*steady(25), 0.60], metric=("fcr_net", "csat_t2b", "answered_rate")[number % 3])
    look()
    user = User.objects.get(pk=fallen.manager.pk)
    user.access  # noqa: B018 - read once for every page
    seen = watched(Team.objects.annotate(looked_at=F("watch__looked_at")))
    with django_assert_max_num_queries(1):
        assert len(signals_of(user, seen).findings) == 3


class Twice(TestCase):
    @given(
        st.lists(st.floats(0.05, 0.95), min_size=14, max_size=26),
        st.sampled_from(["fcr_net", "answered_rate"]),
    )
    @settings(max_examples=12)
    def test_whatever_the_figures_a_second_look_changes_nothing(self, values, metric):
        from tests.factories import make_centre

        centre = make_centre()
        weekly(centre.team, values, metric=metric)
        look()
        before = list(Alert.objects.values())
        messages = Notification.objects.count()
        second = look()
        assert (second.new, second.ended, second.withdrawn) == (0, 0, 0)
        assert list(Alert.objects.values()) == before
        assert Notification.objects.count() == messages


def test_the_reason_counts_only_the_weeks_on_that_side(centre):
    weekly(centre.team, [0.60, 0.61, 0.60, *[0.76 + WOBBLE[index % 10] / 150 for index in range(23)]])
    look()
    alert = Alert.objects.get()
    assert alert.sentence.startswith("23 weeks in a row above the mean of 7")
    assert alert.onset == NOW - timedelta(weeks=23)


def test_onset_is_the_first_period_on_that_side(centre):
    weekly(centre.team, [*steady(19), 0.76, *[level - 0.06 for level in steady(6)]])
    look()
    assert Alert.objects.get().onset == NOW - timedelta(weeks=6)
