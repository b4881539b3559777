"""Every page about actions: it works, stranger 404, without the right 403, bad input 422, wrong verb 405."""

from datetime import timedelta

import pytest
from django.urls import reverse

from ccperf.core.dates import today, week_start
from ccperf.metrics.alerts.models import Alert
from ccperf.metrics.scopes import Scope
from ccperf.people.models import Leadership, Membership, Person
from feedback import registry
from feedback.themes.models import Theme
from improvement import services
from improvement.models import ImprovementAction
from tests.factories import long_ago, make_person, press_again
from tests.feedback.makers import make_item
from tests.improvement.makers import (
    GUARD,
    METRIC,
    agree,
    agreed_action,
    backdate,
    metric,
    propose,
    terms,
    wobbling,
    write_weeks,
)

pytestmark = pytest.mark.django_db
LIST, NEW = "/improvement/actions/", "/improvement/actions/new/"


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    """No theme analysis beside these tests."""
    monkeypatch.setattr(registry, "_listeners", [])


def url(name, action):
    return reverse(f"improvement:{name}", args=[action.pk])


def form(centre, **data):
    metric(METRIC), metric(GUARD)
    return {
        "subject": f"person:{centre.people.agent.pk}",
        "title": "Recap the next step",
        "what": "Sum up the next step before closing.",
        "owner": centre.people.supervisor.pk,
        "metric": METRIC,
        "target_value": "76%",
        "starts_on": today(),
        "due_on": today() + timedelta(weeks=12),
        "check_every_days": "28",
        "team_1": "Sum up the next step",
        "leader_1": "Get a reminder built in",
        "leader_1_due": today() + timedelta(weeks=4),
        "submission": "one",
    } | data


def signal(team):
    return Alert.objects.create(
        team=team,
        metric=metric(METRIC),
        rule="outside",
        is_high=False,
        onset=week_start(today()),
        grain="week",
        last_period=week_start(today()),
        state="worse",
        words="Concern, falling",
        sentence="Seven weeks in a row below the mean.",
        value_words="60.0%",
    )


# ---- proposing


@pytest.mark.criterion("M6")
def test_a_supervisor_proposes_and_the_agent_is_asked(client, centre):
    client.force_login(centre.supervisor)
    response = client.post(NEW, form(centre))
    action = ImprovementAction.objects.get()
    assert response["Location"] == action.get_absolute_url()
    assert (action.person, action.target_value, action.metric.key) == (centre.people.agent, 0.76, METRIC)
    assert [promise.text for promise in action.promises.all()] == [
        "Get a reminder built in",
        "Sum up the next step",
    ]
    assert "has been asked to answer" in client.get(response["Location"]).text
    client.force_login(centre.agent)
    assert "You are asked to agree" in client.get(response["Location"]).text


def test_pressing_twice_proposes_once(client, centre):
    client.force_login(centre.supervisor)
    first, second = client.post(NEW, form(centre)), client.post(NEW, form(centre))
    assert first["Location"] == second["Location"]
    assert ImprovementAction.objects.count() == 1


def test_a_team_action_asks_everybody_in_the_team(client, centre):
    client.force_login(centre.supervisor)
    client.post(NEW, form(centre, subject=f"team:{centre.team.pk}", quorum="2"))
    action = ImprovementAction.objects.get()
    assert {party.person.name for party in action.agreement.parties.all()} == {
        "Amara Okonkwo", "Rhys Llewellyn", "Priya Raghunathan",
    }  # fmt: skip
    assert action.agreement.quorum == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": ""}, "Give it a name"),
        ({"what": ""}, "Say what will be done"),
        ({"subject": ""}, "Choose a team or a person."),
        ({"subject": "person:999999"}, "Choose one of your teams or people."),
        ({"target_value": "soon"}, "Write a number."),
        ({"target_value": "140"}, "between 0 and 100"),
        ({"metric": GUARD, "target_value": "-1"}, "between nothing and a day"),
        ({"guard_metric": GUARD, "guard_limit": "\u22125 s"}, "between nothing and a day"),
        ({"target_value": "about seventy six percent"}, "Shorten this to 20 characters; it has 25."),
        ({"metric": "", "target_value": "76"}, "Choose the measure that the target belongs to."),
        ({"guard_limit": "600"}, "Choose the guard measure"),
        ({"guard_metric": METRIC}, "another measure"),
        ({"due_on": "2001-01-01"}, "after the start"),
        ({"starts_on": "9999-01-01", "due_on": "9999-12-31"}, "Check the year"),
        ({"due_on": "soon"}, "Enter a valid date."),
        ({"check_every_days": "0"}, "Give 1 or more."),
        ({"named": "9" * 25}, "Select a valid choice."),
        ({"quorum": "99"}, "More must agree than are asked."),
        ({"metric": "nonsense"}, "Select a valid choice."),
    ],
)
def test_a_wrong_entry_is_told_and_nothing_is_proposed(client, centre, wrong, said):
    client.force_login(centre.supervisor)
    response = client.post(NEW, form(centre, **wrong))
    assert response.status_code == 422
    assert said in response.text
    assert ImprovementAction.objects.count() == 0


def test_nobody_outside_the_scope_can_be_named(client, centre):
    client.force_login(centre.supervisor)
    for wrong in (
        {"subject": f"person:{centre.people.stranger_agent.pk}"},
        {"subject": f"team:{centre.other_team.pk}"},
        {"named": centre.people.stranger_agent.pk},
        {"owner": centre.people.stranger_supervisor.pk},
    ):
        assert client.post(NEW, form(centre, **wrong)).status_code == 422


@pytest.mark.criterion("M6")
def test_it_begins_from_a_theme_an_item_a_signal_or_a_measure(client, centre):
    metric()
    item = make_item(centre, text="Forgot the recap.", shared=True)
    strange = make_item(centre, about="stranger_agent", team=centre.other_team, text="Of strangers.")
    theme = Theme.objects.first()
    client.force_login(centre.supervisor)
    page = client.get(f"{NEW}?item={item.pk}").text
    assert "Forgot the recap." in page
    assert f'value="person:{centre.people.agent.pk}" selected' in page
    assert "Of strangers." not in client.get(f"{NEW}?item={strange.pk}").text
    assert theme.name in client.get(f"{NEW}?theme={theme.pk}").text.replace("&#x27;", "'").replace(
        "&amp;", "&"
    )
    page = client.get(f"{NEW}?metric={METRIC}&team={centre.team.pk}").text
    assert f'value="{METRIC}" selected' in page
    page = client.get(f"{NEW}?alert={signal(centre.team).pk}").text
    assert f'value="{METRIC}" selected' in page
    assert f'value="team:{centre.team.pk}" selected' in page
    assert "concern, falling. Seven weeks in a row below the mean." in page
    assert "Seven weeks" not in client.get(f"{NEW}?alert={signal(centre.other_team).pk}").text
    for nonsense in (
        "item=x",
        "theme=99999999999999999999",
        "alert=x",
        "metric=zzz",
        "team=-1",
        "person=9e9",
    ):
        assert client.get(f"{NEW}?{nonsense}").status_code == 200
    client.post(NEW, form(centre, item=item.pk))
    assert ImprovementAction.objects.get().item == item
    assert "Recap the next step" in client.get(item.get_absolute_url()).text


def test_a_note_that_is_not_shared_is_neither_quoted_nor_linked_for_its_person(client, centre):
    item = make_item(centre, text="Forgot the recap.")
    client.force_login(centre.supervisor)
    page = client.get(f"{NEW}?item={item.pk}")
    assert page.context["form"]["item"].value() == item.pk
    assert "Forgot the recap." not in page.text
    client.post(NEW, form(centre, item=item.pk))
    action = ImprovementAction.objects.get()
    link = f'href="{item.get_absolute_url()}"'
    assert link in client.get(action.get_absolute_url()).text
    client.force_login(centre.agent)
    page = client.get(action.get_absolute_url()).text
    assert item.code in page
    assert link not in page


@pytest.mark.criterion("M6")
def test_too_many_open_actions_are_warned_of(client, centre, settings):
    settings.OPEN_ACTIONS_PER_PERSON = 1
    propose(centre)
    client.force_login(centre.supervisor)
    response = client.post(NEW, form(centre), follow=True)
    assert "Amara Okonkwo has 1 open actions already." not in response.text
    assert "Amara Okonkwo has 1 open action already." in response.text


@pytest.mark.parametrize(("n", "warned"), [(7, True), (400, False)])
def test_a_measure_with_too_few_cases_is_warned_of_and_proposed_all_the_same(client, centre, n, warned):
    scope = Scope.agent(centre.people.agent.pk)
    write_weeks(scope, METRIC, week_start(today()) - timedelta(weeks=8), wobbling(0.72, 8), n=n)
    client.force_login(centre.supervisor)
    response = client.post(NEW, form(centre), follow=True)
    assert ImprovementAction.objects.count() == 1
    assert (f"has at most {n} cases a week for Amara Okonkwo" in response.text) == warned


def test_who_may_propose(client, centre):
    for user, status in (
        (centre.supervisor, 200), (centre.manager, 200), (centre.agent, 403), (centre.hr, 403),
        (centre.admin, 403),
    ):  # fmt: skip
        client.force_login(user)
        assert client.get(NEW).status_code == status


# ---- the page


GRID = {
    "supervisor": 200,
    "manager": 200,
    "agent": 200,
    "colleague": 404,
    "stranger_supervisor": 404,
    "hr": 403,
}


@pytest.mark.parametrize(("who", "status"), GRID.items())
def test_who_sees_an_action_of_one_person(client, centre, who, status):
    action = propose(centre)
    client.force_login(getattr(centre, who))
    assert client.get(url("action-detail", action)).status_code == status


def test_the_team_sees_what_was_agreed_for_it(client, centre):
    newcomer = make_person("Nia Rees", team=centre.team, user=True)
    action = propose(centre, team=centre.team, named=("agent",))
    client.force_login(newcomer.user)
    assert client.get(url("action-detail", action)).status_code == 200
    assert (
        client.post(url("action-answer", action), {"answer": "agreed", "wording_number": 1}).status_code
        == 403
    )


def end_leading(person):
    Leadership.objects.filter(person=person).update(ends_before=today())


@pytest.mark.parametrize("for_team", [True, False])
def test_owning_an_action_ends_with_leading_its_people(client, centre, for_team):
    team = {"team": centre.team, "named": ("agent",)} if for_team else {}
    action, asked = agreed_action(centre, **team), propose(centre, **team)
    promise = reverse("improvement:promise-keep", args=[action.promises.first().pk])
    end_leading(centre.people.supervisor)
    client.force_login(centre.supervisor)
    assert client.get(url("action-detail", action)).status_code == 404
    assert not ImprovementAction.objects.visible_to(centre.supervisor).exists()
    assert answer(client, asked).status_code == 404
    assert client.post(promise, {"kept": "yes"}).status_code == 404
    for name, data in (
        ("action-change", form(centre, wording_number=1)),
        ("check-in-create", {"held_on": today(), "note": "x"}),
        ("action-close", {"outcome": "x", "version": action.version}),
        ("action-withdraw", {"text": "x"}),
    ):
        assert client.post(url(name, action), data).status_code == 404, name
    client.force_login(centre.manager)
    assert client.get(url("action-close", action)).status_code == 200


def test_an_owner_who_never_led_still_sees_the_action(client, centre):
    action = propose(centre)
    ImprovementAction.objects.filter(pk=action.pk).update(owner=centre.people.colleague)
    client.force_login(centre.colleague)
    assert client.get(url("action-detail", action)).status_code == 200
    assert client.get(url("action-close", action)).status_code == 403


def test_a_leader_from_elsewhere_who_was_asked_reads_and_answers_but_does_not_end_it(client, centre):
    action = propose(centre, named=("stranger_supervisor",))
    client.force_login(centre.stranger_supervisor)
    page = client.get(url("action-detail", action))
    assert (page.status_code, "Withdraw this action" in page.text) == (200, False)
    assert client.get(url("action-withdraw", action)).status_code == 403
    assert answer(client, action).status_code == 302


@pytest.fixture
def judged(centre):
    """A team action begun twelve weeks ago that improved, with a guard and two teams to compare with."""
    start = week_start(today()) - timedelta(weeks=32)
    near = [centre.other_team, type(centre.team).objects.create(site=centre.site, name="Beacon")]
    write_weeks(Scope.team(centre.team.pk), METRIC, start, [*wobbling(0.72, 20), *wobbling(0.80, 12)])
    write_weeks(Scope.team(centre.team.pk), GUARD, start, [500 + 100 * value for value in wobbling(0.1, 32)])
    for team in near:
        write_weeks(Scope.team(team.pk), METRIC, start, wobbling(0.73, 32))
    action = propose(
        centre, team=centre.team, named=("agent", "colleague"), guard_metric=GUARD, guard_limit=610
    )
    return services.refresh_verdict(backdate(agree(centre, action, "agent", "colleague"), 12))


@pytest.mark.criterion("M8")
def test_the_page_shows_verdict_chart_guard_promises_and_story(client, centre, judged):
    services.check_in(action=judged, by=centre.supervisor, note="Habit now.", with_person=centre.people.agent)
    client.force_login(centre.supervisor)
    page = client.get(url("action-detail", judged)).text
    for words in (
        "Improved", "First contact resolution", "<svg", "Other teams", "must stay below", "Holds",
        "Sum up the next step",
        "Habit now.", "Agreed by 2 of 2 asked; proposed by Priya Raghunathan", "Beacon and Quay together",
        "Limits start again where the action begins",
        "Printed by Priya Raghunathan",
    ):  # fmt: skip
        assert words in page, words


def test_of_many_teams_to_compare_with_the_number_is_told(client, centre, judged):
    for number in range(6):
        team = type(centre.team).objects.create(site=centre.site, name=f"Ferry {number}")
        write_weeks(
            Scope.team(team.pk), METRIC, week_start(today()) - timedelta(weeks=32), wobbling(0.73, 32)
        )
    client.force_login(centre.supervisor)
    page = client.get(url("action-detail", judged)).text
    assert "Dashed line: 8 other teams of the site together." in page


@pytest.mark.criterion("M8")
def test_the_chart_as_a_table_has_the_same_weeks(client, centre, judged):
    client.force_login(centre.manager)
    page = client.get(f"{url('action-detail', judged)}?view=table").text
    assert page.count('<th scope="row">') >= 32
    assert "plot-wide" not in page


def test_the_page_costs_the_same_for_more_people_and_rows(
    client, centre, judged, django_assert_max_num_queries
):
    for number in range(6):
        services.check_in(action=judged, by=centre.supervisor, note=f"Check {number}.")
    client.force_login(centre.supervisor)
    with django_assert_max_num_queries(12):
        assert client.get(url("action-detail", judged)).status_code == 200


def test_without_data_the_page_says_so(client, centre):
    client.force_login(centre.supervisor)
    assert "No data yet" in client.get(url("action-detail", agreed_action(centre))).text


def test_weeks_with_too_few_cases_are_told_in_words_instead_of_an_empty_chart(client, centre):
    start = week_start(today()) - timedelta(weeks=20)
    scope = Scope.agent(centre.people.agent.pk)
    write_weeks(scope, METRIC, start, wobbling(0.72, 20), n=7)
    least = metric().minimum_n
    assert least > 7
    action = agreed_action(centre)
    client.force_login(centre.supervisor)
    page = client.get(url("action-detail", action)).text
    assert f"n\u00a0=\u00a07 a week, {least} are needed to compare." in page
    assert "cp-chart" not in page
    assert "not enough data, n" in client.get(f"{url('action-detail', action)}?view=table").text


def test_a_check_in_that_was_due_is_said_to_be_late(client, centre):
    action = agreed_action(centre)
    client.force_login(centre.supervisor)
    assert "The first is due" in client.get(url("action-detail", action)).text
    ImprovementAction.objects.filter(pk=action.pk).update(next_check_on=today() - timedelta(days=21))
    page = client.get(url("action-detail", action)).text
    assert "The first was due" in page
    assert "21 days late" in page
    assert "The first is due" not in page


def test_one_verdict_has_one_wording(client, centre):
    scope = Scope.agent(centre.people.agent.pk)
    write_weeks(scope, METRIC, week_start(today()) - timedelta(weeks=20), wobbling(0.72, 20))
    action = agreed_action(centre)
    client.force_login(centre.supervisor)
    page = client.get(url("action-detail", action)).text
    assert page.count("Too early to tell") == 2, "in the chain and above the sentence"
    assert "Not enough data" not in page
    assert "0 of the 6 weeks needed after the start" in page
    assert "periods" not in page
    assert "Too early to tell" in client.get(LIST).text


# ---- steps


def answer(client, action, **data):
    return client.post(url("action-answer", action), {"answer": "agreed", "wording_number": 1} | data)


@pytest.mark.criterion("M6")
def test_the_agent_agrees_and_it_begins(client, centre):
    action = propose(centre)
    client.force_login(centre.agent)
    assert answer(client, action).status_code == 302
    action.refresh_from_db()
    assert action.status == "agreed"
    assert answer(client, action).status_code == 302
    assert action.agreement.events.filter(kind="agreed").count() == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"answer": "maybe"}, "Select a valid choice."),
        ({"answer": ""}, "Choose your answer."),
        ({"answer": "countered"}, "Say in a sentence"),
        ({"answer": "disagreed", "text": "  "}, "Say in a sentence"),
        ({"wording_number": "x"}, "Enter a whole number."),
        ({"wording_number": "7"}, "The text was changed after you opened this page."),
    ],
)
def test_an_answer_that_makes_no_sense_is_told(client, centre, data, said):
    action = propose(centre)
    client.force_login(centre.agent)
    response = answer(client, action, **data)
    assert response.status_code == 422
    assert said in response.text
    action.refresh_from_db()
    assert action.status == "proposed"


def test_an_answer_to_an_older_text_counts_once_the_new_one_was_read(client, centre):
    action = propose(centre)
    services.change_action(action=action, by=centre.supervisor, terms=terms(title="Newer"), wording_number=1)
    client.force_login(centre.agent)
    refused = answer(client, action)
    assert refused.status_code == 422
    form = refused.context["answer_form"]
    assert form["wording_number"].value() == 2
    assert answer(client, action, wording_number=2).status_code == 302
    action.refresh_from_db()
    assert action.status == "agreed"


def test_a_counter_proposal_is_read_by_the_proposer(client, centre):
    action = propose(centre)
    client.force_login(centre.agent)
    answer(client, action, answer="countered", text="Only on long calls.")
    client.force_login(centre.supervisor)
    page = client.get(url("action-detail", action)).text
    assert "Amara Okonkwo countered" in page
    assert "Only on long calls." in page


def change(client, action, centre, **data):
    return client.post(url("action-change", action), form(centre) | {"wording_number": 1} | data)


def test_the_text_is_changed_and_the_second_of_two_is_told(client, centre):
    action = propose(centre)
    client.force_login(centre.supervisor)
    assert client.get(url("action-change", action)).status_code == 200
    assert change(client, action, centre, title="Recap long calls").status_code == 302
    client.force_login(centre.agent)
    response = change(client, action, centre, title="Mine")
    assert response.status_code == 422
    assert "Somebody else changed this" in response.text
    action.refresh_from_db()
    assert action.title == "Recap long calls"
    assert press_again(client, url("action-change", action), response).status_code == 302
    action.refresh_from_db()
    assert action.title == "Mine"


def test_somebody_who_is_not_named_cannot_change_it(client, centre):
    action = propose(centre)
    client.force_login(centre.manager)
    assert client.get(url("action-change", action)).status_code == 403
    client.force_login(centre.stranger_supervisor)
    assert client.get(url("action-change", action)).status_code == 404


@pytest.mark.criterion("M8")
def test_a_check_in_is_saved_once(client, centre):
    action = agreed_action(centre)
    client.force_login(centre.supervisor)
    promise = action.promises.first()
    data = {"held_on": today(), "note": "Goes well.", "kept": promise.pk, "submission": "one"}
    for _ in range(2):
        assert client.post(url("check-in-create", action), data).status_code == 302
    assert action.check_ins.count() == 1
    promise.refresh_from_db()
    assert promise.done_on == today()


@pytest.mark.parametrize(
    "wrong",
    [
        {"note": ""},
        {"held_on": "2999-01-01"},
        {"with_person": "999999"},
        {"kept": "999999"},
        {"kept": "9" * 25},
    ],
)
def test_a_wrong_check_in_is_refused(client, centre, wrong):
    action = agreed_action(centre)
    client.force_login(centre.supervisor)
    response = client.post(
        url("check-in-create", action), {"held_on": today(), "note": "x", "submission": "a"} | wrong
    )
    assert response.status_code == 422
    assert action.check_ins.count() == 0


def test_a_check_in_before_the_agreement_is_refused(client, centre):
    client.force_login(centre.supervisor)
    response = client.post(
        url("check-in-create", propose(centre)), {"held_on": today(), "note": "x", "submission": "a"}
    )
    assert response.status_code == 422
    assert "begin once the action is agreed" in response.text


def test_closing_is_for_whoever_answers_for_it(client, centre):
    action = agreed_action(centre)
    for user, status in ((centre.agent, 403), (centre.stranger_supervisor, 404), (centre.hr, 403)):
        client.force_login(user)
        assert client.post(url("action-close", action), {"outcome": "x", "version": 1}).status_code == status
    client.force_login(centre.supervisor)
    assert client.get(url("action-close", action)).status_code == 200
    assert (
        client.post(url("action-close", action), {"outcome": "", "version": action.version}).status_code
        == 422
    )
    assert client.post(url("action-close", action), {"outcome": "x", "version": 99}).status_code == 422
    response = client.post(url("action-close", action), {"outcome": "It stuck.", "version": action.version})
    assert response.status_code == 302
    assert "It stuck." in client.get(url("action-detail", action)).text


def test_withdrawing_needs_a_reason(client, centre):
    action = propose(centre)
    client.force_login(centre.supervisor)
    assert client.get(url("action-withdraw", action)).status_code == 200
    assert client.post(url("action-withdraw", action), {"text": ""}).status_code == 422
    assert client.post(url("action-withdraw", action), {"text": "Overtaken."}).status_code == 302
    action.refresh_from_db()
    assert action.status == "withdrawn"


def test_a_promise_is_ticked_off_by_those_named_or_leading(client, centre):
    action = agreed_action(centre)
    promise = action.promises.first()
    address = reverse("improvement:promise-keep", args=[promise.pk])
    for user, status in ((centre.colleague, 404), (centre.stranger_supervisor, 404), (centre.agent, 302)):
        client.force_login(user)
        assert client.post(address, {"kept": "yes"}).status_code == status
    promise.refresh_from_db()
    assert promise.done_on == today()
    client.post(address, {"kept": "no"})
    promise.refresh_from_db()
    assert promise.done_on is None
    assert client.get(address).status_code == 405


def test_wrong_verbs_and_unknown_numbers(client, centre):
    action = propose(centre)
    client.force_login(centre.supervisor)
    assert client.get(url("action-answer", action)).status_code == 405
    assert client.post(url("action-detail", action)).status_code == 405
    assert client.post(LIST).status_code == 405
    assert client.get("/improvement/actions/999999/").status_code == 404


# ---- the board


def test_the_board_says_where_each_action_stands(client, centre):
    stale = agreed_action(centre, title="Stalled one")
    ImprovementAction.objects.filter(pk=stale.pk).update(next_check_on=today() - timedelta(days=10))
    late = backdate(agreed_action(centre, title="Late one"), 14)
    ImprovementAction.objects.filter(pk=late.pk).update(
        due_on=today() - timedelta(days=1), next_check_on=None
    )
    propose(centre, title="Asked one")
    client.force_login(centre.supervisor)
    for state, title in (("stalled", "Stalled one"), ("overdue", "Late one"), ("proposed", "Asked one")):
        page = client.get(f"{LIST}?state={state}").text
        assert [name for name in ("Stalled one", "Late one", "Asked one") if name in page] == [title]
    client.force_login(centre.agent)
    assert "Asked one" in client.get(f"{LIST}?state=mine").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=recap", True), ("q=zebra", False), ("about=amara", True), ("about=harbour", False),
        ("metric=fcr_net", True),
        ("metric=aht", False), ("verdict=not_enough_data", True), ("verdict=improved", False),
        ("verdict=nonsense", True),
        ("metric=nonsense", True), ("page=77", True), ("state=closed", False), ("", True),
    ],
)  # fmt: skip
def test_filters_stand_in_the_address(client, centre, query, found):
    metric("aht")
    action = agreed_action(centre)
    client.force_login(centre.supervisor)
    assert (action.code in client.get(f"{LIST}?{query}").text) == found


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_board_as_a_file(client, centre, kind):
    agreed_action(centre, title="=cmd()")
    client.force_login(centre.manager)
    response = client.get(f"{LIST}?state=open&format={kind}")
    assert "attachment" in response["Content-Disposition"]
    if kind == "csv":
        assert "'=cmd()" in response.content.decode("utf-8-sig")


@pytest.mark.parametrize("count", [10, 20])
def test_the_board_costs_the_same_for_more_rows(client, centre, django_assert_max_num_queries, count):
    for number in range(count):
        propose(centre, title=f"Action {number}")
    client.force_login(centre.supervisor)
    with django_assert_max_num_queries(12):
        assert client.get(LIST).status_code == 200


def test_an_empty_board_says_what_to_do(client, centre):
    client.force_login(centre.supervisor)
    assert "No action is open" in client.get(LIST).text
    client.force_login(centre.agent)
    assert "nothing begins before you have agreed" in client.get(LIST).text


def test_a_reworded_action_shows_the_text_in_force_and_the_one_asked(client, centre):
    action = agreed_action(centre)
    services.change_action(action=action, by=centre.supervisor, terms=terms(title="Newer"), wording_number=1)
    client.force_login(centre.agent)
    page = client.get(url("action-detail", action)).text
    assert "<h1>Recap the next step</h1>" in page
    assert "You are asked to agree" in page
    assert "Change being agreed" in client.get(LIST).text


def offered(client, query=""):
    """The measures of the form, group by group."""
    choices = client.get(f"{NEW}{query}").context["form"].fields["metric"].choices
    return [(name, [key for key, _ in group]) for name, group in choices if isinstance(group, list | tuple)]


def test_measures_with_figures_of_the_chosen_one_come_first(client, centre):
    write_weeks(Scope.team(centre.team.pk), METRIC, today() - timedelta(weeks=6), [0.7] * 5)
    write_weeks(Scope.agent(centre.people.agent.pk), GUARD, today() - timedelta(weeks=6), [500] * 5)
    client.force_login(centre.supervisor)
    (first, with_figures), (_, without) = offered(client, f"?person={centre.people.agent.pk}")
    assert (first, with_figures) == ("With figures", [GUARD])
    assert METRIC in without
    of_teams = offered(client)
    assert of_teams[0][1] == offered(client, f"?subject=team:{centre.team.pk}")[0][1]
    assert METRIC in of_teams[0][1]


def test_another_subject_goes_before_the_one_the_page_began_with(client, centre):
    client.force_login(centre.supervisor)
    address = f"{NEW}?team={centre.team.pk}&subject=person:{centre.people.agent.pk}&metric={METRIC}"
    initial = client.get(address).context["form"].initial
    assert (initial["subject"], initial["metric"]) == (f"person:{centre.people.agent.pk}", METRIC)


def test_of_a_large_span_a_new_action_names_leaders_and_whom_it_is_for(client, centre):
    people = Person.objects.bulk_create([Person(name=f"Extra {number}") for number in range(201)])
    Membership.objects.bulk_create(
        [Membership(person=person, team=centre.team, starts_on=long_ago()) for person in people]
    )
    client.force_login(centre.manager)

    def offered(address):
        fields = client.get(address).context["form"].fields
        return {name: {pk for pk, _ in fields[name].choices} for name in ("owner", "named")}, fields

    found, fields = offered(NEW)
    assert found["owner"] == found["named"]
    assert centre.people.supervisor.pk in found["named"]
    assert people[0].pk not in found["named"]
    one = f"person:{people[0].pk}"
    assert one not in dict(fields["subject"].choices[2][1])
    _, fields = offered(f"{NEW}?subject=team:{centre.team.pk}")  # As the form asks when a team is chosen.
    assert one in dict(fields["subject"].choices[2][1])
    assert "#id_subject" in fields["subject"].widget.attrs["hx-select-oob"]
    assert people[0].pk in offered(f"{NEW}?person={people[0].pk}")[0]["named"]
    assert people[1].pk not in offered(f"{NEW}?person={people[0].pk}")[0]["named"]
    assert people[1].pk in offered(f"{NEW}?team={centre.team.pk}")[0]["named"]
    chosen = form(centre, subject=f"team:{centre.team.pk}", owner=people[5].pk, named=[people[6].pk])
    assert client.post(NEW, chosen).status_code == 302
    assert client.post(NEW, form(centre, subject=one, owner=people[5].pk)).status_code == 302
