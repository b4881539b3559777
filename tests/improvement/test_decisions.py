"""Decisions on themes: from what was heard to what people were told."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today
from ccperf.notify.models import Notification
from ccperf.people.models import Membership, Person, Span
from feedback.themes.curating import merge_theme
from feedback.themes.opportunities import FEWEST_NEGATIVE
from improvement import deciding, services
from improvement.decision_board import MOST_ACTIONS, MOST_CARDS, with_stage
from improvement.forms import MANY
from improvement.heard import WEEKS
from improvement.models import ImprovementAction
from improvement.models_decisions import ThemeDecision
from tests.factories import make_person, make_team
from tests.improvement.makers import agree, agreed_action, propose
from tests.themes import makers

NEW, BOARD = reverse("decisions:decision-create"), reverse("decisions:decision-list")


def complaints(centre, count=6):
    """So many complaints about waiting, each from a week ago, all about the centre's agent."""
    for number in range(count):
        text = f"I waited ages on hold, a terrible queue, call {number}."
        makers.make_read_item(centre, text, days_ago=7)
    return makers.theme()


def decide(centre, by="manager", **changes) -> ThemeDecision:
    made = {
        "theme": makers.theme(),
        "kind": "act",
        "reason": "The evening queue doubled since August.",
        "owner": centre.people.supervisor,
        "due_on": today() + timedelta(weeks=12),
        "teams": [centre.team],
    }
    return deciding.decide_theme(by=getattr(centre, by), **(made | changes))


def stage_of(decision: ThemeDecision) -> str:
    return with_stage(ThemeDecision.objects.filter(pk=decision.pk)).get().stage


def form(centre, **changes) -> dict:
    made = {
        "theme": makers.theme().pk,
        "kind": "not_now",
        "reason": "The new telephone system comes in March.",
        "teams": centre.team.pk,
        "owner": centre.people.supervisor.pk,
        "due_on": str(today() + timedelta(days=14)),
        "submission": "one",
    }
    return made | changes


@pytest.mark.django_db
def test_a_theme_is_decided_one_click_from_where_it_is_listed(client, centre):
    theme = complaints(centre)
    client.force_login(centre.supervisor)
    one_click = f'href="{NEW}?theme={theme.pk}"'
    for address in (reverse("themes:opportunity-list"), theme.get_absolute_url(), BOARD):
        assert one_click in client.get(address).content.decode(), address
    page = client.get(NEW, {"theme": theme.pk}).content.decode()
    assert "Decide about" in page
    assert "Read the comments" in page

    answer = client.post(NEW, form(centre), follow=True)
    decision = ThemeDecision.objects.get()
    assert answer.redirect_chain[-1][0] == decision.get_absolute_url()
    assert decision.heard["named"] == 6
    assert decision.heard["negative"] == 6
    assert decision.heard["agents"] == 1
    assert AuditEvent.objects.filter(event="improvement.decision.made").count() == 1
    # The figures are those of that day, whatever is said later; the board no longer lists the theme as heard.
    complaints(centre, 3)
    assert ">6</dd>" in client.get(decision.get_absolute_url()).content.decode()
    assert one_click not in client.get(BOARD).content.decode()


@pytest.mark.django_db
def test_a_second_press_decides_once_and_a_second_decision_is_told_of_the_first(client, centre):
    client.force_login(centre.supervisor)
    for _ in range(2):
        assert client.post(NEW, form(centre)).status_code == 302
    assert ThemeDecision.objects.count() == 1
    client.force_login(centre.manager)
    answer = client.post(NEW, form(centre, submission="two"))
    assert answer.status_code == 422
    assert "has a decision already: D-" in answer.content.decode()


@pytest.mark.django_db
def test_what_is_decided_already_is_shown_instead_and_all_means_the_other_teams(client, centre):
    first = decide(centre, by="supervisor")
    client.force_login(centre.supervisor)
    assert client.get(NEW, {"theme": first.theme_id}).url == first.get_absolute_url()
    second = make_team("Cove", site=centre.site)
    Span.objects.create(person=centre.people.manager, team=second, starts_on=today())
    client.force_login(centre.manager)
    assert client.get(NEW, {"theme": first.theme_id}).status_code == 200
    client.post(NEW, form(centre, teams="all"))
    assert list(ThemeDecision.objects.latest("pk").teams.all()) == [second]


@pytest.mark.django_db
def test_only_teams_one_leads_can_be_decided_for(client, centre):
    client.force_login(centre.supervisor)
    for wrong in (centre.other_team.pk, "all", "x", ""):
        assert client.post(NEW, form(centre, teams=wrong)).status_code == 422
    assert client.post(NEW, form(centre, owner=centre.people.stranger_agent.pk)).status_code == 422
    assert client.post(NEW, form(centre, due_on=str(today() - timedelta(days=1)))).status_code == 422
    assert client.post(NEW, form(centre, kind="combine")).status_code == 422
    itself = form(centre, kind="combine", combined_with=makers.theme().pk)
    assert client.post(NEW, itself).status_code == 422
    assert not ThemeDecision.objects.exists()
    other = makers.theme("clarity")
    assert client.post(NEW, form(centre, kind="combine", combined_with=other.pk)).status_code == 302
    assert ThemeDecision.objects.get().combined_with == other


@pytest.mark.django_db
def test_stages_follow_from_actions_and_from_telling(centre):
    theme = makers.theme()
    before = propose(centre, theme=theme)
    decision = decide(centre)
    before.refresh_from_db()
    assert before.decision == decision, "An open action about the theme becomes part of the decision."
    assert stage_of(decision) == "decided"

    action = agree(centre, before)
    assert stage_of(decision) == "doing"
    deciding.tell_decision(decision=decision, by=centre.manager, text="We look at rotas.", version=1)
    assert stage_of(decision) == "doing", "Told of the decision, but nothing has come of it yet."

    ThemeDecision.objects.filter(pk=decision.pk).update(told_on=today() - timedelta(days=1))
    services.close_action(
        action=action, by=centre.supervisor, outcome="Shorter queues.", version=action.version
    )
    assert stage_of(decision) == "changed"
    deciding.tell_decision(decision=decision, by=centre.manager, text="Queues are shorter.", version=2)
    assert stage_of(decision) == "told"
    # The round is over: what follows belongs to a new decision.
    assert propose(centre, theme=theme).decision is None
    assert decide(centre).pk != decision.pk


@pytest.mark.django_db
def test_an_action_about_the_theme_joins_the_open_decision_of_its_team(centre):
    decision = decide(centre)
    assert propose(centre, theme=makers.theme()).decision == decision
    assert propose(centre, theme=makers.theme("clarity")).decision is None


@pytest.mark.django_db
def test_a_decision_not_to_act_is_told_and_done(client, centre):
    decision = decide(centre, kind="not_now", due_on=today() - timedelta(days=1))
    client.force_login(centre.supervisor)
    assert "Late, due" in client.get(BOARD).content.decode()
    tell = reverse("decisions:decision-tell", args=[decision.pk])
    assert client.post(tell, {"text": "", "version": 1}).status_code == 422
    sent = {"text": "You wait too long. The new system comes in March.", "version": 1, "submission": "t"}
    for _ in range(2):
        assert client.post(tell, sent).status_code == 302
    assert stage_of(decision) == "told"
    told = Notification.objects.filter(kind="improvement.decision", text__contains="comes in March")
    assert {row.person for row in told} == {centre.people.agent, centre.people.colleague}
    assert "Late, due" not in client.get(BOARD, {"stage": "told"}).content.decode()


@pytest.mark.django_db
def test_agents_read_what_was_told_to_them_without_its_figures(client, centre):
    decision = decide(centre)
    client.force_login(centre.agent)
    assert client.get(decision.get_absolute_url()).status_code == 404
    assert "Nothing to tell yet" in client.get(BOARD).content.decode()
    deciding.tell_decision(decision=decision, by=centre.manager, text="Rotas change in May.", version=1)
    page = client.get(decision.get_absolute_url()).content.decode()
    assert "Rotas change in May." in page
    assert "What was heard" not in page
    assert "Tell them again" not in page
    assert ">Heard<" not in client.get(BOARD).content.decode()
    assert client.get(reverse("decisions:decision-change", args=[decision.pk])).status_code == 403
    for other in (centre.stranger_agent, make_person("Nobody’s", user=True).user):
        client.force_login(other)
        assert client.get(decision.get_absolute_url()).status_code == 404


@pytest.mark.django_db
def test_who_leads_a_part_of_the_teams_reads_no_figures_of_the_whole_and_changes_nothing(client, centre):
    second = make_team("Cove", site=centre.site)
    wide = make_person("Noor Aziz", role="manager", manages=centre.site, user=True)
    decision = decide(centre, by="manager", teams=[centre.team])
    ThemeDecision.objects.all().delete()
    decision = deciding.decide_theme(
        by=wide.user,
        theme=makers.theme(),
        kind="act",
        reason="Too long.",
        owner=wide,
        due_on=today() + timedelta(days=30),
        teams=[centre.team, second],
    )
    client.force_login(centre.supervisor)
    page = client.get(decision.get_absolute_url()).content.decode()
    assert "by subtraction" in page
    assert "These figures do not change" not in page
    assert client.get(reverse("decisions:decision-change", args=[decision.pk])).status_code == 403
    row = client.get(BOARD, {"format": "csv"}).content.decode().splitlines()[1]
    assert row.endswith(",,,"), "Nor are they in the file."
    client.force_login(wide.user)
    assert "These figures do not change" in client.get(decision.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_two_who_change_it_at_once_are_told(client, centre):
    decision = decide(centre)
    change = reverse("decisions:decision-change", args=[decision.pk])
    sent = form(centre, version=1, reason="Other words.")
    client.force_login(centre.supervisor)
    assert client.post(change, sent).status_code == 302
    client.force_login(centre.manager)
    answer = client.post(change, sent | {"reason": "Mine."})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody else changed this" in page
    assert "Mine." in page
    assert "Other words." in page
    assert 'name="version" value="2"' in page
    decision.refresh_from_db()
    assert decision.kind == "not_now"
    assert decision.reason == "Other words."
    tell = reverse("decisions:decision-tell", args=[decision.pk])
    assert client.post(tell, {"text": "Hello", "version": 1}).status_code == 422


@pytest.mark.django_db
def test_the_board_is_narrowed_by_its_address_and_exported(client, centre):
    decide(centre)
    decide(centre, theme=makers.theme("clarity"), kind="not_now", owner=centre.people.manager)
    client.force_login(centre.manager)
    names = {"wait": makers.theme().name, "clear": makers.theme("clarity").name}
    for asked, present, absent in (
        ({"kind": "act"}, "wait", "clear"),
        ({"q": names["clear"].split()[0]}, "clear", "wait"),
        ({"q": "Achterberg"}, "clear", "wait"),
        ({"stage": "decided", "kind": "not_now"}, "clear", "wait"),
    ):
        lines = client.get(BOARD, asked | {"format": "csv"}).content.decode()
        assert names[present] in lines, asked
        assert names[absent] not in lines, asked
        assert client.get(BOARD, asked).status_code == 200
    assert "No decision matches" in client.get(BOARD, {"late": "1"}).content.decode()
    assert "No decision matches" in client.get(BOARD, {"stage": "changed"}).content.decode()


@pytest.mark.django_db
def test_a_decision_leads_to_what_was_tried_before_and_its_action_leads_back(client, centre):
    theme = makers.theme()
    tried = agreed_action(centre, theme=theme, title="Extra evening shift")
    services.close_action(action=tried, by=centre.supervisor, outcome="No.", version=tried.version)
    decision = decide(centre)
    action = agreed_action(centre, theme=theme)
    client.force_login(centre.supervisor)
    page = client.get(decision.get_absolute_url()).content.decode()
    assert "Tried before" in page
    assert "Extra evening shift" in page
    assert action.title in page
    assert f'href="{decision.get_absolute_url()}"' in client.get(action.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_a_merged_theme_takes_its_decision_along(client, centre):
    theme = complaints(centre)
    decide(centre, theme=theme)
    merge_theme(theme=theme, into=makers.theme("clarity"), by=centre.manager)
    client.force_login(centre.supervisor)
    assert f'href="{NEW}?theme={makers.theme("clarity").pk}"' not in client.get(BOARD).content.decode()


def change(client, decision, **changes):
    """Post the form as a browser would: the rows marked in its lists, else the first, and some changes."""
    address = reverse("decisions:decision-change", args=[decision.pk])
    page = client.get(address)
    shown = {field.name: field.value() for field in page.context["form"]}
    for name in ("owner", "combined_with"):
        rows = page.content.decode().partition(f'<select name="{name}"')[2].partition("</select>")[0]
        marked = re.search(r'value="(\d*)" selected', rows) or re.search(r'value="(\d*)"', rows)
        shown[name] = marked[1]
    return client.post(address, shown | changes)


@pytest.mark.django_db
def test_changing_the_reason_leaves_an_owner_from_elsewhere(client, centre):
    decision = decide(centre, owner=centre.people.manager)
    client.force_login(centre.supervisor)
    assert change(client, decision, reason="Other words.").status_code == 302
    decision.refresh_from_db()
    assert decision.reason == "Other words."
    assert decision.owner == centre.people.manager


@pytest.mark.django_db
def test_what_is_decided_otherwise_is_untold_until_it_is_told(client, centre):
    decision = decide(centre)
    deciding.tell_decision(decision=decision, by=centre.manager, text="Rotas change in May.", version=1)
    client.force_login(centre.supervisor)
    assert change(client, decision, due_on=str(today() + timedelta(days=9))).status_code == 302
    client.force_login(centre.agent)
    assert client.get(decision.get_absolute_url()).status_code == 200, "The clock is not what they were told."
    client.force_login(centre.supervisor)
    assert change(client, decision, kind="not_now", reason="No money.").status_code == 302
    page = client.get(decision.get_absolute_url()).content.decode()
    assert "is not told yet" in page
    assert "Rotas change in May." in page
    assert stage_of(decision) == "decided"
    client.force_login(centre.agent)
    assert client.get(decision.get_absolute_url()).status_code == 404
    decision.refresh_from_db()
    deciding.tell_decision(decision=decision, by=centre.manager, text="Not now.", version=decision.version)
    assert "No money." in client.get(decision.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_what_was_told_to_its_end_is_not_opened_again_beside_another(client, centre):
    first = decide(centre, kind="not_now")
    deciding.tell_decision(decision=first, by=centre.manager, text="Not now.", version=1)
    second = decide(centre)
    client.force_login(centre.supervisor)
    answer = change(client, first, kind="act")
    assert answer.status_code == 422
    assert f"has a decision already: {second.code}" in answer.content.decode()
    assert stage_of(first) == "told"
    assert change(client, second, reason="More so.").status_code == 302


@pytest.mark.django_db
def test_a_decision_on_a_merged_theme_counts_for_the_theme_it_went_into(client, centre):
    theme, into = complaints(centre), makers.theme("clarity")
    decision = decide(centre, theme=theme)
    merge_theme(theme=theme, into=into, by=centre.manager)
    client.force_login(centre.supervisor)
    assert client.get(NEW, {"theme": into.pk}).url == decision.get_absolute_url()
    answer = client.post(NEW, form(centre, theme=into.pk))
    assert answer.status_code == 422
    assert decision.code in answer.content.decode()
    assert propose(centre, theme=into).decision == decision
    assert change(client, decision, reason="More so.").status_code == 302


@pytest.mark.django_db
def test_an_owner_outside_the_teams_reads_what_they_own_without_its_figures(client, centre):
    decision = decide(centre, owner=centre.people.stranger_manager)
    client.force_login(centre.stranger_manager)
    told = Notification.objects.get(person=centre.people.stranger_manager, kind="improvement.decision")
    page = client.get(told.url).content.decode()
    assert decision.reason in page
    assert "These figures do not change" not in page
    assert "Propose an action" not in page
    assert client.get(reverse("decisions:decision-change", args=[decision.pk])).status_code == 403
    teamless = make_person("Asha Rao", user=True)
    ThemeDecision.objects.update(owner=teamless)
    client.force_login(teamless.user)
    assert client.get(decision.get_absolute_url()).status_code == 200
    client.force_login(centre.stranger_manager)
    assert client.get(decision.get_absolute_url()).status_code == 404


@pytest.mark.django_db
def test_figures_that_count_comments_about_the_leader_are_not_for_the_leader(client, centre):
    complaints(centre, 6)
    makers.make_read_item(
        centre, "Waited ages on hold, a terrible queue.", about="supervisor", team=centre.team, days_ago=7
    )
    decision = decide(centre)
    assert decision.heard["named"] == 7
    for user, reads in ((centre.manager, True), (centre.supervisor, False)):
        client.force_login(user)
        page = client.get(decision.get_absolute_url()).content.decode()
        assert ("These figures do not change" in page) is reads
        assert ("7 comments" in page) is reads
        row = client.get(BOARD, {"format": "csv"}).content.decode().splitlines()[1]
        assert row.endswith(",7,7,7" if reads else ",,,")


@pytest.mark.django_db
def test_telling_in_the_morning_does_not_tell_the_outcome_of_the_afternoon(centre):
    decision = decide(centre)
    action = agreed_action(centre, theme=makers.theme())
    deciding.tell_decision(decision=decision, by=centre.manager, text="We look at rotas.", version=1)
    services.close_action(action=action, by=centre.supervisor, outcome="Shorter.", version=action.version)
    assert stage_of(decision) == "changed"
    deciding.tell_decision(decision=decision, by=centre.manager, text="Queues are shorter.", version=2)
    assert stage_of(decision) == "told"


@pytest.mark.django_db
def test_a_full_board_says_how_many_there_are_and_where_the_rest_stands(client, centre):
    person = centre.people.manager
    made = ThemeDecision.objects.bulk_create(
        ThemeDecision(
            theme=makers.theme(),
            kind="not_now",
            reason="Later.",
            owner=person,
            decided_by=person,
            due_on=today() + timedelta(days=days),
            told_on=today() - timedelta(days=number) if days < 0 else None,
        )
        for days, count in ((-90, MOST_CARDS + 12), (14, MOST_CARDS + 1))
        for number in range(count)
    )
    for one in made:
        one.teams.add(centre.team)
    client.force_login(centre.supervisor)
    answer = client.get(BOARD)
    found = {column.stage: column for column in answer.context["columns"]}
    assert {stage: (len(one.cards), one.total) for stage, one in found.items() if one.total} == {
        "decided": (MOST_CARDS, MOST_CARDS + 1),
        "told": (MOST_CARDS, MOST_CARDS + 12),
    }
    assert found["told"].cards[0].decision.told_on == today(), "The newest of what was told."
    page = answer.content.decode()
    assert '<a href="?stage=told">12 more</a>' in page
    assert '<a href="?stage=decided">1 more</a>' in page


@pytest.mark.django_db
def test_a_card_names_the_newest_actions_and_says_how_many_more_its_reader_may_see(client, centre):
    decision = decide(centre)
    elsewhere = propose(centre, by="stranger_supervisor", person="stranger_agent")
    made = [propose(centre, theme=makers.theme()) for _ in range(MOST_ACTIONS + 2)]
    ImprovementAction.objects.filter(pk=elsewhere.pk).update(decision=decision)
    ImprovementAction.objects.filter(pk=made[-1].pk).update(status="withdrawn")
    client.force_login(centre.supervisor)
    for asked, newest, more in (
        ({}, made[1:-1], "1 more action"),
        ({"stage": "decided"}, made[2:], "2 more"),
    ):
        page = client.get(BOARD, asked).content.decode()
        assert re.findall(r">(A-\d+)<", page) == [one.code for one in reversed(newest)], asked
        assert re.findall(rf'<a href="{decision.get_absolute_url()}">(\d+ more[^<]*)', page) == [more], asked


@pytest.mark.django_db
def test_the_trail_keeps_what_a_theme_was_combined_with(client, centre):
    other = makers.theme("clarity")
    decision = decide(centre, kind="combine", combined_with=other)
    client.force_login(centre.supervisor)
    assert change(client, decision, kind="not_now").status_code == 302
    event = AuditEvent.objects.get(event="improvement.decision.changed")
    assert event.detail["before"]["combined_with"] == other.key
    assert event.detail["after"]["combined_with"] is None


@pytest.mark.django_db
def test_an_action_names_its_decision_by_what_it_is_now(client, centre):
    decision = decide(centre)
    action = agreed_action(centre, theme=makers.theme())
    client.force_login(centre.supervisor)
    assert ">Act, " in client.get(action.get_absolute_url()).content.decode()
    change(client, decision, kind="not_now")
    page = client.get(action.get_absolute_url()).content.decode()
    assert "Not now, with the reason, " in page
    assert ">Act, " not in page


@pytest.mark.django_db
def test_a_new_decision_previews_the_teams_it_will_hold_for(client, centre):
    complaints(centre)
    first = decide(centre, by="supervisor")
    second = make_team("Cove", site=centre.site)
    Span.objects.create(person=centre.people.manager, team=second, starts_on=today())
    client.force_login(centre.manager)
    assert client.get(NEW, {"theme": first.theme_id}).context["heard"].named == 0
    of_first = client.get(NEW, {"theme": first.theme_id, "team": centre.team.pk})
    assert of_first.context["heard"].named == 6


@pytest.mark.django_db
def test_of_very_many_people_those_who_lead_are_offered_as_owners(client, centre):
    crowd = Person.objects.bulk_create(
        Person(employee_number=f"X{number}", name=f"Crowd {number}") for number in range(MANY)
    )
    Membership.objects.bulk_create(
        Membership(person=one, team=centre.team, starts_on=today()) for one in crowd
    )
    client.force_login(centre.manager)
    page = client.get(NEW)
    offered = {name for _, name in page.context["form"].fields["owner"].choices}
    assert offered == {centre.people.manager.name, centre.people.supervisor.name}
    assert client.post(NEW, form(centre, owner=crowd[0].pk)).status_code == 302
    decision = ThemeDecision.objects.get()
    assert change(client, decision, reason="Other words.").status_code == 302
    decision.refresh_from_db()
    assert decision.owner == crowd[0]


@pytest.mark.django_db
def test_pages_name_the_weeks_and_numbers_that_count(client, centre):
    client.force_login(centre.supervisor)
    rule = f"once it has {FEWEST_NEGATIVE} negative comments in {WEEKS} weeks"
    assert rule in client.get(BOARD).content.decode()
    decision = decide(centre, by="supervisor")
    assert f"<dt>{WEEKS} weeks before</dt>" in client.get(decision.get_absolute_url()).content.decode()
