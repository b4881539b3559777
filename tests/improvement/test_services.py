"""Actions: proposed, agreed by everybody named, judged by a frozen baseline, closed with an outcome."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today, week_start
from ccperf.core.forms import StaleEdit
from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from ccperf.metrics import versions
from ccperf.metrics.models import MetricVersion
from ccperf.metrics.scopes import Scope
from ccperf.metrics.services import renew_pages
from ccperf.notify.models import Notification
from ccperf.people.models import User
from ccperf.people.services_teams import appoint_leader
from improvement import services
from improvement.handover import hand_over, parts_to_hand_over
from improvement.models import ImprovementAction
from improvement.wording import PromiseTerms
from tests.factories import make_user
from tests.improvement.makers import (
    GUARD,
    METRIC,
    agree,
    agreed_action,
    backdate,
    propose,
    terms,
    wobbling,
    write_weeks,
)

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M6")]
TWENTY_WEEKS_AGO = week_start(today()) - timedelta(weeks=20)


def test_proposing_asks_everybody_named_and_freezes_nothing_yet(centre):
    action = propose(centre)
    parties = {(party.person.name, party.side, party.answer) for party in action.agreement.parties.all()}
    assert parties == {("Amara Okonkwo", "team", "waiting"), ("Priya Raghunathan", "leader", "agreed")}
    assert (action.status, action.team, action.baseline_frozen_at) == ("proposed", centre.team, None)
    assert Notification.objects.filter(person=centre.people.agent).count() == 1
    assert not Notification.objects.filter(person=centre.people.supervisor).exists()


def test_the_text_names_measure_baseline_target_and_promises(centre):
    write_weeks(Scope.agent(centre.people.agent.pk), METRIC, TWENTY_WEEKS_AGO, wobbling(0.72, 20))
    text = propose(centre).agreement.wordings.get().text
    assert "First contact resolution" in text
    assert "from 72.1% to 76.0%" in text
    assert "Amara Okonkwo will: Sum up the next step." in text
    assert "Priya Raghunathan will: Get a reminder built in by" in text


def test_it_takes_effect_when_all_agree_and_the_baseline_is_frozen_then(centre):
    scope = Scope.agent(centre.people.agent.pk)
    write_weeks(scope, METRIC, TWENTY_WEEKS_AGO, wobbling(0.72, 20))
    action = agreed_action(centre)
    assert (action.status, action.agreed_on) == ("agreed", today())
    assert len(action.baseline_points) == 20
    assert action.baseline_value == pytest.approx(0.7212)
    assert action.next_check_on == today() + timedelta(days=28)
    write_weeks(scope, METRIC, TWENTY_WEEKS_AGO, [0.5] * 20)
    action.refresh_from_db()
    assert action.baseline_value == pytest.approx(0.7212)


def test_a_fresh_action_is_too_early_to_tell(centre):
    write_weeks(Scope.agent(centre.people.agent.pk), METRIC, TWENTY_WEEKS_AGO, wobbling(0.72, 20))
    action = agreed_action(centre)
    assert action.verdict_words == "Too early to tell"


def test_without_a_measure_there_is_no_verdict(centre):
    action = agreed_action(centre, metric="", target_value=None)
    assert (action.status, action.verdict, action.baseline_points) == ("agreed", "", [])


def test_a_team_action_asks_its_members_and_one_refusal_leaves_it_undone(centre):
    action = propose(centre, team=centre.team, named=("agent", "colleague"))
    action = agree(centre, action, "agent")
    action = services.answer_action(
        action=action, by=centre.colleague, answer="disagreed", text="Too scripted.", wording_number=1
    )
    assert action.status == "not_agreed"
    assert Notification.objects.filter(
        person=centre.people.supervisor, text__contains="did not agree"
    ).exists()


def test_a_counter_proposal_changes_the_text_and_all_answer_again(centre):
    action = propose(centre)
    services.answer_action(
        action=action, by=centre.agent, answer="countered", text="Only on long calls.", wording_number=1
    )
    changed = services.change_action(
        action=action,
        by=centre.supervisor,
        terms=terms(what="Sum up the next step on calls over five minutes."),
        note="As you asked.",
        wording_number=1,
    )
    assert changed.what == "Sum up the next step on calls over five minutes."
    assert changed.agreement.events.last().text == "As you asked.\nChanged: what will be done."
    settled = agree(centre, changed, "agent")
    assert (settled.status, settled.agreement.agreed_number) == ("agreed", 2)


def test_what_was_agreed_holds_until_the_change_is_agreed(centre):
    action = agreed_action(centre)
    later = today() + timedelta(weeks=16)
    changed = services.change_action(
        action=action, by=centre.agent, terms=terms(due_on=str(later)), wording_number=1
    )
    assert changed.due_on == today() + timedelta(weeks=12)
    assert changed.status == "agreed"
    settled = agree(centre, changed, "supervisor")
    assert settled.due_on == later


def test_a_refused_change_leaves_the_agreement_in_force(centre):
    action = agreed_action(centre)
    changed = services.change_action(
        action=action, by=centre.agent, terms=terms(title="Other"), wording_number=1
    )
    refused = services.answer_action(
        action=changed, by=centre.supervisor, answer="disagreed", text="No.", wording_number=2
    )
    assert (refused.status, refused.title) == ("agreed", "Recap the next step")
    assert refused.agreement.is_in_force


def test_promises_that_stay_keep_their_tick(centre):
    action = agreed_action(centre)
    services.keep_promise(promise=action.promises.get(side="team"), by=centre.agent, kept=True)
    more = (*terms().promises, PromiseTerms("team", "Note it on the case"))
    changed = services.change_action(
        action=action, by=centre.agent, terms=terms(promises=more), wording_number=1
    )
    settled = agree(centre, changed, "supervisor")
    done = {promise.text: promise.done_on for promise in settled.promises.all()}
    assert done == {
        "Sum up the next step": today(),
        "Get a reminder built in": None,
        "Note it on the case": None,
    }


def test_an_answer_to_an_older_text_is_told(centre):
    action = propose(centre)
    services.change_action(action=action, by=centre.supervisor, terms=terms(title="Other"), wording_number=1)
    with pytest.raises(StaleEdit):
        services.answer_action(action=action, by=centre.agent, answer="agreed", wording_number=1)


def test_a_change_that_changes_nothing_is_refused(centre):
    with pytest.raises(ValidationError, match="Nothing differs"):
        services.change_action(action=propose(centre), by=centre.supervisor, terms=terms(), wording_number=1)


def test_a_review_before_the_start_is_refused(centre):
    with pytest.raises(ValidationError, match="after the start"):
        propose(centre, due_on=str(today()))
    assert ImprovementAction.objects.count() == 0


def test_free_text_is_masked(centre):
    action = propose(centre, what="Never repeat 4111 1111 1111 1111.", why="She said AB123456C.")
    stored = f"{action.what} {action.why} {action.agreement.wordings.get().text}"
    assert "4111 1111" not in stored
    assert "AB123456C" not in stored


def test_a_login_without_a_person_cannot_propose(centre):
    with pytest.raises(ValidationError, match="belongs to no person"):
        services.propose_action(
            by=make_user("ghost"),
            terms=terms(),
            owner=centre.people.supervisor,
            named=[],
            person=centre.people.agent,
        )


@pytest.mark.criterion("M8")
def test_a_check_in_keeps_the_measure_as_it_stood_and_sets_the_next(centre):
    scope = Scope.agent(centre.people.agent.pk)
    write_weeks(scope, METRIC, TWENTY_WEEKS_AGO, wobbling(0.72, 20))
    action = agreed_action(centre)
    check = services.check_in(
        action=action, by=centre.supervisor, note="Habit now.", kept=[action.promises.first()]
    )
    assert (check.n, check.value) == (400, pytest.approx(wobbling(0.72, 20)[-1]))
    action.refresh_from_db()
    assert action.next_check_on == today() + timedelta(days=28)
    assert action.promises.exclude(done_on=None).count() == 1


@pytest.mark.parametrize("status", ["proposed", "closed", "withdrawn", "not_agreed"])
def test_check_ins_are_held_only_while_it_is_being_done(centre, status):
    action = propose(centre)
    action.status = status
    with pytest.raises(ValidationError, match="Check-ins begin"):
        services.check_in(action=action, by=centre.supervisor, note="x")


def test_closing_needs_an_outcome_and_tells_the_people_named(centre):
    action = agreed_action(centre)
    with pytest.raises(ValidationError, match="what came of it"):
        services.close_action(action=action, by=centre.supervisor, outcome=" ", version=action.version)
    with pytest.raises(StaleEdit):
        services.close_action(
            action=action, by=centre.supervisor, outcome="Good.", version=action.version - 1
        )
    closed = services.close_action(
        action=action, by=centre.supervisor, outcome="It stuck.", version=action.version
    )
    again = services.close_action(
        action=closed, by=centre.supervisor, outcome="Twice.", version=closed.version
    )
    assert (again.status, again.outcome, again.closed_on) == ("closed", "It stuck.", today())
    assert (
        Notification.objects.filter(person=centre.people.agent, text__contains="closed an action").count()
        == 1
    )


def test_an_action_nobody_agreed_cannot_be_closed(centre):
    with pytest.raises(ValidationError, match="Only an agreed"):
        services.close_action(action=propose(centre), by=centre.supervisor, outcome="x", version=1)


def test_withdrawing_ends_it_once_and_keeps_the_reason(centre):
    action = propose(centre)
    for _ in range(2):
        action = services.withdraw_action(action=action, by=centre.supervisor, reason="Overtaken.")
    assert action.status == "withdrawn"
    assert action.agreement.events.last().text == "Overtaken."
    assert AuditEvent.objects.filter(event="improvement.action.withdrawn").count() == 1


# ---- verdicts


@pytest.mark.criterion("M8")
@pytest.mark.parametrize(
    ("level", "verdict"), [(0.80, "improved"), (0.72, "no_detectable_change"), (0.60, "worse")]
)
def test_the_verdict_follows_the_data(centre, level, verdict):
    scope = Scope.agent(centre.people.agent.pk)
    write_weeks(scope, METRIC, week_start(today()) - timedelta(weeks=32), wobbling(0.72, 20))
    write_weeks(scope, METRIC, week_start(today()) - timedelta(weeks=12), wobbling(level, 12))
    action = backdate(agreed_action(centre), 12)
    judged = services.refresh_verdict(action)
    assert judged.verdict == verdict
    assert "First contact resolution" in judged.verdict_sentence
    before = judged.verdict_at
    assert services.refresh_verdict(judged).verdict_at == before


@pytest.mark.criterion("M8")
def test_the_verdict_rests_on_the_definition_of_each_week(client, centre):
    """A new definition from today on says nothing about the weeks that were judged."""
    scope = Scope.agent(centre.people.agent.pk)
    start = week_start(today()) - timedelta(weeks=32)
    write_weeks(scope, METRIC, start, [*wobbling(0.72, 20), *wobbling(0.80, 12)])
    action = services.refresh_verdict(backdate(agreed_action(centre), 12))
    found = action.verdict_sentence, action.verdict_basis
    assert action.verdict == "improved"
    renamed = {"minimum_n": 1000, "direction": "lower", "name": "Another name"}
    versions.save_draft(by=centre.admin, metric=action.metric, version=0, terms=renamed)
    action.metric.targets.overlapping(today(), None).delete()  # They say what is to be reached at least.
    versions.publish(by=centre.admin, metric=action.metric, version=1, starts_on=today(), reason="Stricter")
    action = ImprovementAction.objects.get(pk=action.pk)
    assert action.metric.minimum_n == 1000
    assert services.refresh_verdict(action).verdict == "improved"
    assert (action.verdict_sentence, action.verdict_basis) == found
    client.force_login(centre.supervisor)
    text = client.get(action.get_absolute_url()).content.decode()
    assert "First contact resolution, net before and after" in text
    assert "are needed to compare" not in text
    # A formula that begins among the weeks is named.
    last = MetricVersion.objects.get(metric=action.metric, number=2)
    MetricVersion.objects.filter(pk=last.pk).update(
        starts_on=week_start(today()) - timedelta(weeks=6),
        numerator_unit="other",
        minimum_n=30,
        direction="higher",
    )
    renew_pages()
    assert (
        "version 2 of the definition, with another formula" in services.refresh_verdict(action).verdict_basis
    )


@pytest.mark.criterion("M8")
def test_a_guard_beyond_its_agreed_limit_outweighs_the_gain(centre):
    scope = Scope.agent(centre.people.agent.pk)
    start = week_start(today()) - timedelta(weeks=32)
    write_weeks(scope, METRIC, start, [*wobbling(0.72, 20), *wobbling(0.80, 12)])
    write_weeks(
        scope,
        GUARD,
        start,
        [*(500 + 9 * v for v in wobbling(1, 20)), *(620 + 9 * v for v in wobbling(1, 12))],
    )
    action = backdate(agreed_action(centre, guard_metric=GUARD, guard_limit=600), 12)
    judged = services.refresh_verdict(action)
    assert judged.verdict == "guard_breached"
    assert "Average handle time" in judged.verdict_sentence


@pytest.mark.criterion("M8")
def test_too_little_data_before_is_not_a_verdict(centre):
    scope = Scope.agent(centre.people.agent.pk)
    write_weeks(scope, METRIC, week_start(today()) - timedelta(weeks=16), wobbling(0.72, 16))
    judged = services.refresh_verdict(backdate(agreed_action(centre), 12))
    assert judged.verdict == "not_enough_data"
    assert judged.verdict_words == "Not enough data"


@pytest.mark.criterion("M8")
def test_the_daily_job_judges_what_is_being_done(centre):
    from ccperf.jobs.models import Job
    from ccperf.jobs.services import run_job_now
    from improvement.tasks import queue_verdicts

    scope = Scope.agent(centre.people.agent.pk)
    write_weeks(
        scope, METRIC, week_start(today()) - timedelta(weeks=32), [*wobbling(0.72, 20), *wobbling(0.8, 12)]
    )
    action = backdate(agreed_action(centre), 12)
    queue_verdicts()
    queue_verdicts()
    job = run_job_now(Job.objects.get(kind="improvement.verdicts").pk)
    assert (job.status, job.result) == ("done", {"judged": 1, "changed": 1})
    action.refresh_from_db()
    assert action.verdict == "improved"


def test_an_open_action_follows_leadership(centre):
    action = propose(centre, by="manager", named=("supervisor",))
    agree(centre, action, "agent")
    new = centre.people.stranger_supervisor
    appoint_leader(by=centre.admin, team=centre.team, person=new, on=today())
    job = Job.objects.get(kind="improvement.handover")
    run_job_now(job.pk)
    parties = {(party.person, party.answer) for party in action.agreement.parties.all()}
    assert parties == {
        (centre.people.agent, "agreed"),
        (centre.people.manager, "agreed"),
        (new, "waiting"),
    }
    action = services.answer_action(
        action=action, by=User.objects.get(pk=new.user_id), answer="agreed", wording_number=1
    )
    assert action.status == "agreed"
    assert parts_to_hand_over() == []


def test_the_owner_of_an_agreed_action_changes_with_leadership_and_the_answer_stands(centre):
    action = agreed_action(centre)
    appoint_leader(by=centre.admin, team=centre.team, person=centre.people.stranger_supervisor, on=today())
    for lost, former in parts_to_hand_over():
        hand_over(action=lost, former=former)
        hand_over(action=lost, former=former)
    action.refresh_from_db()
    assert (action.owner, action.status) == (centre.people.stranger_supervisor, "agreed")
    assert {party.answer for party in action.agreement.parties.all()} == {"agreed"}
    assert action.agreement.events.filter(kind="took_over").count() == 1
