"""Home pages show what is due, what moved and what waits, of one's own scope only."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from ccperf.core.dates import today, week_start
from ccperf.dashboards.waiting import DueList, due_for, people_to_hear
from ccperf.metrics.alerts.services import look
from ccperf.metrics.models import MetricDefinition, Rollup, RollupState
from ccperf.metrics.scopes import Scope
from ccperf.people.models import Span, User
from feedback.models import FeedbackItem, FeedbackRoute
from feedback.services import share_feedback
from improvement.models import ImprovementAction
from tests.factories import make_person, make_team, make_user
from tests.improvement.makers import agree, agreed_action, propose, wobbling, write_weeks

TITLES = {
    "supervisor": "Team Harbour",
    "manager": "Northgate",
    "hr": "People who stay and leave",
    "admin": "Data and access",
    "privacy_officer": "What was recorded",
    "agent": "Amara Okonkwo",
}


@pytest.fixture
def route(db):
    return FeedbackRoute.objects.create(
        key="said", name="Said", kind="informal", direction="provide", from_whom="X"
    )


def make_note(route, person, *, days_ago=0, text="She rang the customer back.", **fields):
    return FeedbackItem.objects.create(
        route=route,
        about_person=person,
        team=person.memberships.get().team,
        received_on=today() - timedelta(days=days_ago),
        text=text,
        **fields,
    )


@pytest.mark.parametrize("role", TITLES)
def test_every_role_has_a_home(client, centre, role):
    client.force_login(getattr(centre, role))
    page = client.get("/")
    assert page.status_code == 200
    assert TITLES[role] in page.content.decode().split("<h1>")[1].split("</h1>")[0]


def test_a_visitor_is_asked_to_sign_in(client, db):
    assert client.get("/").status_code == 302


def test_home_takes_no_post(client, centre):
    client.force_login(centre.supervisor)
    assert client.post("/").status_code == 405


def test_a_leader_without_a_team_is_told_what_to_do(client, db):
    leader = make_person(role="supervisor", user=True)
    client.force_login(leader.user)
    assert "You lead no team today" in client.get("/").content.decode()


def test_a_manager_without_a_span_is_told_what_to_do(client, db):
    manager = make_person(role="manager", user=True)
    client.force_login(manager.user)
    assert "No team is in your span" in client.get("/").content.decode()


def test_a_login_without_a_person_gets_a_page(client, db):
    client.force_login(make_user())
    assert "belongs to no person yet" in client.get("/me/").content.decode()


def test_due_gathers_notes_by_person_and_says_how_late(centre, route):
    make_note(route, centre.people.agent, days_ago=30)
    make_note(route, centre.people.agent, days_ago=29)
    make_note(route, centre.people.colleague)
    due = due_of(centre.supervisor)
    assert [line.title for line in due.late] == ["Share 2 notes"]
    assert due.late[0].detail == "Amara Okonkwo"
    assert due.late[0].days_late > 20
    assert [line.title for line in due.coming] == ["Share a note"]


def test_due_holds_nothing_of_other_teams(centre, route):
    make_note(route, centre.people.stranger_agent, days_ago=30)
    assert due_of(centre.supervisor).lines == ()
    assert len(due_of(centre.stranger_supervisor).lines) == 1


def test_an_old_pile_of_one_kind_leaves_room_for_others(centre, route):
    for index in range(12):
        make_note(route, make_person(f"Agent {index}", team=centre.team), days_ago=60)
    due = due_of(centre.supervisor)
    assert len(due.late) == 12
    assert len(due.shown_late) < 7
    assert due.is_cut


def test_agents_of_whom_nobody_noted_a_strength_are_named(centre, route):
    make_note(route, centre.people.agent, strength="strength")
    make_note(route, centre.people.colleague, strength="improvement")
    _, unheard = people_to_hear(fresh(centre.supervisor))
    assert [person.name for person in unheard.people] == ["Rhys Llewellyn"]


@pytest.mark.criterion("M8")
def test_a_signal_of_the_team_stands_on_its_leaders_home(client, centre):
    metric = MetricDefinition.objects.filter(direction="higher", unit="percent", is_active=True).first()
    make_weeks(metric, centre.team.pk, [0.70, 0.72, 0.71, 0.69, 0.70] * 4 + [0.40])
    look()
    client.force_login(centre.supervisor)
    page = client.get("/").content.decode()
    assert "Concern, falling" in page
    assert metric.name in page
    client.force_login(centre.stranger_supervisor)
    assert metric.name not in client.get("/").content.decode()


def test_a_manager_of_many_teams_sees_those_that_moved(client, centre):
    metric = MetricDefinition.objects.filter(direction="higher", unit="percent", is_active=True).first()
    level = [0.70, 0.72, 0.71, 0.69, 0.70] * 4
    fallen = [make_team(f"Fallen {number}", site=centre.site) for number in range(8)]
    steady = [make_team(f"Steady {number}", site=centre.site) for number in range(8)]
    for team in fallen:
        make_weeks(metric, team.pk, [*level, 0.40])
    for team in steady:
        make_weeks(metric, team.pk, [*level, 0.70])
    Span.objects.create(person=centre.people.manager, site=centre.site, starts_on=today())
    look()
    client.force_login(centre.manager)
    page = client.get("/")
    text = page.content.decode()
    assert [row.team.name for row in page.context["home"].matrix] == [team.name for team in fallen]
    assert f"8 of {len(page.context['home'].teams)} teams" in text
    assert "?view=table" in text
    assert f"{metric.name}, 8 teams" in text
    assert " and 2 more. Several teams at once" in text


def test_a_cell_of_the_managers_home_names_the_month_where_weeks_are_too_thin(client, centre):
    metric = MetricDefinition.objects.filter(direction="higher", unit="percent", is_active=True).first()
    make_weeks(metric, centre.team.pk, [0.70, 0.72, 0.71, 0.69, 0.70] * 4)
    Rollup.objects.update(n=1)
    month = today().replace(day=1)
    for index in range(24):
        month = (month - timedelta(days=1)).replace(day=1)
        sums = {"numerator": 700 + index % 3, "denominator": 1000, "n": 1000}
        Rollup.objects.create(
            scope="team", grain="month", scope_id=centre.team.pk, starts_on=month, metric=metric, **sums
        )
    look()
    last_month = today().replace(day=1) - timedelta(days=1)
    client.force_login(centre.manager)
    assert f"1,000, {last_month:%B}</span>" in client.get("/").content.decode()
    assert f">{last_month:%B}</span>" in client.get(reverse("alerts:span") + "?view=table").content.decode()


def make_weeks(metric, team_id, values):
    """Weekly sums of a team, the last of them the latest complete week."""
    RollupState.objects.update_or_create(pk=1, defaults={"generation": 7, "data_up_to": today()})
    first = week_start(today()) - timedelta(weeks=len(values))
    for index, value in enumerate(values):
        Rollup.objects.create(
            scope="team",
            grain="week",
            scope_id=team_id,
            starts_on=first + timedelta(weeks=index),
            metric=metric,
            numerator=value * 1000,
            denominator=1000,
            n=1000,
        )


def test_ones_own_weeks_read_at_home_as_on_the_page_of_ones_figures(client, centre):
    first = week_start(today()) - timedelta(weeks=60)
    subject = Scope.agent(centre.people.agent.pk)
    write_weeks(subject, "fcr_net", first, [*wobbling(0.7, 30), *wobbling(0.8, 30)])
    write_weeks(subject, "csat_t2b", first, [*wobbling(0.7, 30), *wobbling(0.8, 30)])
    agreed_action(centre)
    ImprovementAction.objects.update(starts_on=first + timedelta(weeks=30))
    client.force_login(centre.agent)
    own = {trend.chart.title: trend for trend in client.get("/me/").context["page"].trends}
    query = {"span": "week-26"}
    figures = client.get(centre.people.agent.get_absolute_url(), query).context["board"]
    for reading in figures.readings:
        trend = own[f"My {reading.metric.name[0].lower()}{reading.metric.name[1:]}"]
        assert (trend.state, trend.limits_words) == (reading.state, reading.limits_words)
        assert (trend.chart.points, trend.chart.limits) == (reading.chart.points, reading.chart.limits)
    states = {reading.metric.key: reading.state for reading in figures.readings}
    assert states == {"fcr_net": "noise", "csat_t2b": "better"}


@pytest.mark.criterion("M16")
def test_who_looked_stands_on_ones_own_page(client, centre):
    from ccperf.audit.services import record

    record("people.person.viewed", by=centre.supervisor, about=centre.people.agent)
    record("people.person.viewed", by=centre.supervisor, about=centre.people.colleague)
    client.force_login(centre.agent)
    page = client.get("/me/").content.decode()
    assert "Who looked" in page
    assert "1 time," in page


def test_what_was_shared_stands_first_and_nothing_unshared_is_seen(client, centre, route):
    shared = make_note(route, centre.people.agent, text="Kept calm while the caller shouted.")
    make_note(route, centre.people.agent, text="A secret until the next talk.")
    share_feedback(item=shared, by=centre.supervisor)
    client.force_login(centre.agent)
    page = client.get(reverse("dashboards:me")).content.decode()
    assert "Kept calm while the caller shouted." in page
    assert "A secret" not in page


def fresh(user: User) -> User:
    """The same user as the next request sees them, without rights kept from before."""
    return User.objects.get(pk=user.pk)


def due_of(user: User) -> DueList:
    """What waits for a user, as their home asks for it."""
    user = fresh(user)
    people, _ = people_to_hear(user)
    return due_for(user, people)


@pytest.mark.parametrize("role", TITLES)
def test_home_and_own_page_lead_only_where_the_reader_may_go(client, centre, role):
    client.force_login(getattr(centre, role))
    links = set()
    for page in ("/", "/me/"):
        links |= set(re.findall(r'<a [^>]*href="(/[^"#?]*)', client.get(page).content.decode()))
    closed = [link for link in links if client.get(link).status_code not in {200, 302}]
    assert closed == []


def test_a_proposal_stands_first_with_its_answer_until_it_is_agreed(client, centre):
    action = propose(centre)
    client.force_login(centre.agent)
    page = client.get(reverse("dashboards:me")).content.decode()
    assert page.index("Waiting for your answer") < page.index("New for you")
    assert "Read and answer" in page
    assert action.title not in page.split("Actions with you")[1]
    agree(centre, action)
    page = client.get(reverse("dashboards:me")).content.decode()
    assert "Read and answer" not in page
    assert action.title in page.split("Actions with you")[1]


def test_what_one_agreed_and_others_have_not_stays_in_sight(client, centre):
    action = propose(centre, team=centre.team, named=["agent", "colleague"])
    agree(centre, action)
    client.force_login(centre.agent)
    page = client.get(reverse("dashboards:me")).content.decode()
    shown = page.split("Actions with you")[1]
    assert action.title in shown
    assert "Not agreed by everybody yet" in shown
