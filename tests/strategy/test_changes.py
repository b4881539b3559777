"""Changes: nominated by leaders, scored, decided with reasons, moved one step at a time."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today, week_start
from ccperf.core.forms import StaleEdit
from ccperf.metrics.markers import happenings
from ccperf.metrics.scopes import Scope
from strategy.change_services import (
    FLOW,
    correct_change,
    decide_change,
    move_change,
    nominate_change,
    score_change,
)
from strategy.models import Change, ChangeFactor, ChangePolicy, ChangeScore
from strategy.selectors import advice_for, calendar, change_summary, changes_for
from tests.access_rules.strategy import make_assessed, make_change, make_decided
from tests.factories import press_again

LIST = "/strategy/changes/"


def levels(value: int, **other) -> dict[ChangeFactor, int]:
    return {f: other.get(f.key, value) for f in ChangeFactor.objects.filter(is_active=True)}


def form_data(**changed) -> dict:
    return {
        "title": "Refund guide 4.1",
        "category": "process",
        "origin": "ours",
        "description": "Refunds up to £50 without asking.",
        "reason": "Customers wait for nothing.",
        "starts_on": today().isoformat(),
        "goes_live_on": (today() + timedelta(days=7)).isoformat(),
        "ends_on": (today() + timedelta(days=20)).isoformat(),
        "size": "s",
        **changed,
    }


@pytest.mark.criterion("M10")
def test_disagreement_comes_before_the_score_and_the_score_gives_reasons(centre):
    change = make_change(centre)
    score_change(by=centre.supervisor, change=change, levels=levels(1, terms=3), reasons={})
    change = score_change(
        by=centre.manager, change=change, levels=levels(1, terms=0, people_affected=3), reasons={}
    )
    advice = advice_for(change)
    assert [score.key for score in advice.disagreements] == ["terms", "people_affected"]
    assert advice.assessors == 2
    assert advice.because[0].key in {"terms", "people_affected"}
    assert advice.outcome == "tell"
    assert Change.objects.get().status == "assessed"


def test_scoring_again_replaces_the_own_answers_only(centre):
    change = make_change(centre)
    score_change(by=centre.supervisor, change=change, levels=levels(1), reasons={})
    score_change(by=centre.manager, change=change, levels=levels(2), reasons={})
    score_change(by=centre.supervisor, change=change, levels=levels(3), reasons={})
    factors = ChangeFactor.objects.filter(is_active=True).count()
    assert ChangeScore.objects.count() == 2 * factors
    assert advice_for(change).percent == pytest.approx(100 * 2.5 / 3)


def test_policy_of_the_day_sets_the_thresholds(centre):
    change = make_change(centre)
    score_change(by=centre.supervisor, change=change, levels=levels(1), reasons={})
    assert advice_for(change).outcome == "tell"
    ChangePolicy.objects.create(starts_on=today(), manage_from=30, tell_from=10)
    assert advice_for(change).outcome == "manage"


def test_every_step_follows_from_the_one_before(centre):
    change = make_decided(centre)
    for step in ("approved", "in_progress", "live", "embedded"):
        change = move_change(by=centre.manager, change=change, to_status=step)
    with pytest.raises(ValidationError, match="Say why"):
        move_change(by=centre.manager, change=change, to_status="closed")
    change = move_change(by=centre.manager, change=change, to_status="closed", text="Works")
    assert change.status == "closed"
    steps = [event.to_status for event in change.events.all() if event.to_status]
    assert steps == ["proposed", "assessed", "approved", "in_progress", "live", "embedded", "closed"]
    assert set(FLOW) == set(Change.Status.values)


@pytest.mark.parametrize("step", ["approved", "live", "closed", "embedded"])
def test_steps_cannot_be_skipped(centre, step):
    change = make_change(centre)
    with pytest.raises(ValidationError, match="goes on to assessed or withdrawn"):
        move_change(by=centre.manager, change=change, to_status=step, text="x")


def test_approval_needs_a_decision_and_a_step_taken_twice_is_one(centre):
    change = make_assessed(centre)
    with pytest.raises(ValidationError, match="Decide first"):
        move_change(by=centre.manager, change=change, to_status="approved")
    change = make_decided(centre, title="Other")
    move_change(by=centre.manager, change=change, to_status="approved")
    move_change(by=centre.manager, change=change, to_status="approved")
    assert change.events.filter(to_status="approved").count() == 1


def test_decision_needs_scores_a_reason_and_the_present_version(centre):
    change = make_change(centre)
    with pytest.raises(ValidationError, match="Assess"):
        decide_change(by=centre.manager, change=change, outcome="tell", reason="x", version=1)
    change = make_assessed(centre, title="Other")
    with pytest.raises(ValidationError, match="Say why"):
        decide_change(by=centre.manager, change=change, outcome="tell", reason=" ", version=change.version)
    with pytest.raises(StaleEdit):
        decide_change(by=centre.manager, change=change, outcome="tell", reason="x", version=99)


def test_scores_close_with_the_decision_to_go(centre):
    change = move_change(by=centre.manager, change=make_decided(centre), to_status="approved")
    with pytest.raises(ValidationError, match="closed"):
        score_change(by=centre.supervisor, change=change, levels=levels(1), reasons={})


def test_correction_is_told_in_the_history_and_dates_stay_in_order(centre):
    change = make_change(centre)
    correct_change(by=centre.supervisor, change=change, facts={"hours_per_person": 9}, version=1)
    assert "hours a person" in change.events.last().text.lower()
    change.refresh_from_db()
    with pytest.raises(StaleEdit):
        correct_change(by=centre.supervisor, change=change, facts={"title": "x"}, version=1)
    with pytest.raises(ValidationError, match="check the three days"):
        correct_change(
            by=centre.supervisor, change=change, facts={"ends_on": date(2000, 1, 1)}, version=change.version
        )


def test_agents_read_changes_from_approval_on(centre):
    change = make_decided(centre)
    assert not Change.objects.visible_to(centre.agent).exists()
    move_change(by=centre.manager, change=change, to_status="approved")
    assert Change.objects.visible_to(centre.agent).exists()


@pytest.mark.criterion("D13")
def test_weeks_in_which_changes_meet_are_found(centre):
    monday = week_start(today()) + timedelta(weeks=2)
    friday = monday + timedelta(days=4)
    for title, hours in (("One", 3), ("Two", 2)):
        make_change(
            centre,
            title=title,
            starts_on=monday,
            goes_live_on=friday,
            ends_on=friday,
            hours_per_person=hours,
        )
    make_change(
        centre,
        title="Elsewhere",
        starts_on=monday,
        goes_live_on=friday,
        ends_on=friday,
        hours_per_person=3,
        teams=[centre.far_team],
    )
    found = calendar(list(changes_for(centre.manager, {})))
    (peak,) = found.peaks
    assert (peak.start, peak.hours, peak.team) == (monday, 5.0, centre.team.pk)
    assert found.names_in(peak) == ["One", "Two", "Elsewhere"]
    summary = change_summary(centre.manager)
    assert (summary.open_count, len(summary.undecided), len(summary.peaks)) == (3, 3, 1)


@pytest.mark.criterion("D13")
def test_charts_are_marked_where_a_change_went_live(centre):
    reached = make_decided(centre, goes_live_on=today(), starts_on=today())
    proposed = make_change(centre, title="Not yet", goes_live_on=today(), starts_on=today())
    everyone = make_decided(centre, title="For all", teams=[], goes_live_on=today(), starts_on=today())
    for change in (reached, everyone):
        move_change(by=centre.manager, change=change, to_status="approved")
    scopes = [Scope.team(centre.team.pk), Scope.team(centre.far_team.pk), Scope.site(centre.site.pk)]
    found = happenings(centre.manager, scopes, today(), today() + timedelta(days=1))
    labels = [[item.label for item in found[scope] if item.kind == "change"] for scope in scopes]
    assert labels == [["Case notes 2.0", "For all"], ["For all"], ["Case notes 2.0", "For all"]]
    assert proposed.title not in str(found)


def test_supervisor_nominates_once(client, centre):
    client.force_login(centre.supervisor)
    form = client.get(LIST + "new/").context["form"]
    data = form_data(teams=[centre.team.pk], submission=form["submission"].value())
    first, second = client.post(LIST + "new/", data), client.post(LIST + "new/", data)
    change = Change.objects.get()
    assert first.url == second.url == change.get_absolute_url()
    assert (change.nominated_by, list(change.teams.all())) == (centre.people.supervisor, [centre.team])
    assert AuditEvent.objects.filter(event="strategy.change.nominated").count() == 1
    assert "Nobody has scored it" in client.get(first.url).content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "required"),
        ({"goes_live_on": "2000-01-01"}, "goes live before"),
        ({"goes_live_on": "9999-12-01", "ends_on": "9999-12-31"}, "Check the year"),
        ({"ends_on": "2000-01-01"}, "embedded before"),
        ({"category": "magic"}, "valid choice"),
        ({"hours_per_person": "-1"}, "Give 0 or more."),
        ({"teams": ["999999"]}, "valid choice"),
        ({"teams": ["9" * 25]}, "valid choice"),
    ],
)
def test_bad_nomination_is_told_and_not_written(client, centre, change, sentence):
    client.force_login(centre.supervisor)
    response = client.post(LIST + "new/", form_data(**change))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Change.objects.exists()


def test_whole_way_in_the_browser(client, centre):
    change = make_change(centre)
    client.force_login(centre.supervisor)
    answers = {f"level_{f.key}": "2" for f in ChangeFactor.objects.filter(is_active=True)}
    score = reverse("strategy:change-score", args=[change.pk])
    assert client.post(score, {}).status_code == 422
    assert client.post(score, answers).status_code == 302
    client.force_login(centre.manager)
    page = client.get(change.get_absolute_url())
    assert "The score suggests: manage actively" in page.content.decode()
    version = page.context["decide_form"]["version"].value()
    decide = reverse("strategy:change-decide", args=[change.pk])
    assert client.post(decide, {"version": version, "outcome": "tell", "reason": ""}).status_code == 422
    data = {"version": version, "outcome": "manage", "reason": "Half the site"}
    assert client.post(decide, data).status_code == 302
    assert client.post(decide, data).status_code == 422
    move = reverse("strategy:change-move", args=[change.pk])
    assert client.post(move, {"to_status": "live"}).status_code == 422
    assert client.post(move, {"to_status": "approved"}).status_code == 302
    assert "Half the site" in client.get(change.get_absolute_url()).content.decode()


def test_only_the_nominator_and_managers_correct(client, centre):
    change = make_change(centre)
    address = reverse("strategy:change-edit", args=[change.pk])
    client.force_login(centre.stranger_supervisor)
    assert client.get(address).status_code == 403
    client.force_login(centre.supervisor)
    version = client.get(address).context["form"]["version"].value()
    assert client.post(address, form_data(version=version)).status_code == 302
    response = client.post(address, form_data(version=version, title="Again"))
    assert response.status_code == 422
    assert "Somebody else changed this" in response.content.decode()
    assert press_again(client, address, response).status_code == 302


def test_finished_change_stays_as_it_is(client, centre):
    change = make_change(centre)
    move_change(by=centre.manager, change=change, to_status="withdrawn", text="Not now")
    client.force_login(centre.manager)
    assert client.get(reverse("strategy:change-edit", args=[change.pk])).status_code == 302


def test_calendar_page_says_when_changes_meet(client, centre):
    monday = week_start(today()) + timedelta(weeks=1)
    for title in ("One", "Two"):
        days = {"starts_on": monday, "goes_live_on": monday, "ends_on": monday + timedelta(days=4)}
        make_change(centre, title=title, hours_per_person=3, **days)
    client.force_login(centre.manager)
    page = client.get(LIST).content.decode()
    assert "2 changes meet in the week of" in page
    assert "One, Two" in page
    assert 'class="plot plot-wide"' in page
    assert client.get(LIST, {"from": "soon", "state": "nonsense", "team": "x"}).status_code == 200
    assert len(client.get(LIST, {"state": "decide"}).context["rows"]) == 2
    assert len(client.get(LIST, {"category": "people"}).context["rows"]) == 0
    assert len(client.get(LIST, {"team": centre.team.pk}).context["rows"]) == 2
    assert len(client.get(LIST, {"team": centre.far_team.pk}).context["rows"]) == 0
    assert client.get(LIST, {"format": "csv"}).status_code == 200
    assert client.get(LIST, {"format": "xlsx"}).status_code == 200


def test_empty_calendar_says_what_a_change_is(client, centre):
    client.force_login(centre.supervisor)
    assert "No change is under way" in client.get(LIST).content.decode()


def test_a_change_without_a_title_never_reaches_the_database(centre):
    with pytest.raises(ValidationError):
        nominate_change(by=centre.supervisor, facts={"title": ""})
    assert not Change.objects.exists()


def test_the_calendar_stays_within_days_that_can_be_planned(client, centre):
    client.force_login(centre.manager)
    for day in ("0001-01-01", "9999-12-31", "1989-12-31", "soon"):
        response = client.get(LIST, {"from": day})
        assert response.status_code == 200
        assert response.context["calendar"].start == week_start(today())
    ahead = week_start(today()) + timedelta(weeks=8)
    assert client.get(LIST, {"from": ahead.isoformat()}).context["calendar"].start == ahead
