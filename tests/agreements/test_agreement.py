"""The engine of two-sided agreement: nobody is bound by a wording they did not answer."""

import pytest
from django.core.exceptions import ValidationError

from ccperf.agreements import services
from ccperf.agreements.models import Agreement, AgreementParty
from ccperf.agreements.selectors import story_of
from ccperf.audit.models import AuditEvent
from ccperf.core.forms import StaleEdit

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M6")]


@pytest.fixture
def proposal(centre):
    """The supervisor proposes something to two agents."""
    people = centre.people
    return services.propose(
        by=centre.supervisor,
        proposer=people.supervisor,
        parties=[(people.agent, "team"), (people.colleague, "team"), (people.supervisor, "leader")],
        text="Recap the next step before closing.",
        terms={"due_on": "2026-12-01"},
    )


def say(centre, agreement, who, answer, text="", number=None):
    return services.answer(
        agreement=agreement,
        by=getattr(centre, who),
        person=getattr(centre.people, who),
        answer=answer,
        text=text,
        wording_number=number or agreement.wording_number,
    )


def test_who_proposes_has_agreed_and_the_others_are_asked(centre, proposal):
    answers = {party.person.name: party.answer for party in proposal.parties.all()}
    assert answers == {
        "Priya Raghunathan": "agreed",
        "Amara Okonkwo": "waiting",
        "Rhys Llewellyn": "waiting",
    }
    assert proposal.status == Agreement.Status.OPEN


def test_it_is_agreed_when_every_named_person_has_agreed(centre, proposal):
    assert say(centre, proposal, "agent", "agreed").status == "open"
    settled = say(centre, proposal, "colleague", "agreed")
    assert settled.status == "agreed"
    assert settled.agreed_number == 1
    assert settled.is_in_force


def test_one_refusal_means_not_agreed_and_its_words_are_kept(centre, proposal):
    say(centre, proposal, "agent", "agreed")
    settled = say(centre, proposal, "colleague", "disagreed", "It feels scripted.")
    assert settled.status == "not_agreed"
    assert not settled.is_in_force
    assert settled.events.last().text == "It feels scripted."


def test_with_a_quorum_dissent_is_kept_beside_the_agreement(centre):
    people = centre.people
    agreement = services.propose(
        by=centre.supervisor,
        proposer=people.supervisor,
        parties=[(people.agent, "team"), (people.colleague, "team"), (people.supervisor, "leader")],
        text="Recap.",
        quorum=2,
    )
    say(centre, agreement, "agent", "agreed")
    settled = say(centre, agreement, "colleague", "disagreed", "I would like it reviewed.")
    assert settled.status == "agreed"
    kinds = [step.kind for step in story_of(settled).steps]
    assert kinds == ["proposed", "agreed", "disagreed"]


def test_a_counter_proposal_holds_it_open_until_the_text_changes(centre, proposal):
    say(centre, proposal, "agent", "agreed")
    held = say(centre, proposal, "colleague", "countered", "Only if handle time is not held against us.")
    assert held.status == "open"
    changed = services.change(
        agreement=held,
        by=centre.supervisor,
        person=centre.people.supervisor,
        text="Recap the next step; handle time is watched, not targeted.",
        note="Added: handle time is watched.",
        wording_number=1,
    )
    assert changed.wording_number == 2
    assert {p.person.name for p in changed.parties.filter(answer="waiting")} == {
        "Amara Okonkwo",
        "Rhys Llewellyn",
    }
    assert [w.text for w in changed.wordings.all()] == [
        "Recap the next step before closing.",
        "Recap the next step; handle time is watched, not targeted.",
    ]


def test_an_agreed_wording_stays_in_force_while_a_change_is_discussed(centre, proposal):
    say(centre, proposal, "agent", "agreed")
    agreement = say(centre, proposal, "colleague", "agreed")
    changed = services.change(
        agreement=agreement,
        by=centre.agent,
        person=centre.people.agent,
        text="Recap on long calls.",
        wording_number=1,
    )
    assert (changed.status, changed.agreed_number, changed.is_in_force) == ("open", 1, True)
    say(centre, changed, "colleague", "agreed")
    settled = say(centre, changed, "supervisor", "agreed")
    assert (settled.status, settled.agreed_number) == ("agreed", 2)


def test_an_answer_to_an_older_wording_is_refused(centre, proposal):
    services.change(
        agreement=proposal,
        by=centre.supervisor,
        person=centre.people.supervisor,
        text="Other.",
        wording_number=1,
    )
    with pytest.raises(StaleEdit):
        say(centre, proposal, "agent", "agreed", number=1)
    assert proposal.parties.get(person=centre.people.agent).answer == "waiting"


def test_two_people_changing_the_text_at_once_the_second_is_told(centre, proposal):
    services.change(
        agreement=proposal, by=centre.agent, person=centre.people.agent, text="A.", wording_number=1
    )
    with pytest.raises(StaleEdit):
        services.change(
            agreement=proposal,
            by=centre.colleague,
            person=centre.people.colleague,
            text="B.",
            wording_number=1,
        )
    assert proposal.wordings.count() == 2


def test_the_same_answer_twice_counts_once(centre, proposal):
    say(centre, proposal, "agent", "agreed")
    say(centre, proposal, "agent", "agreed")
    say(centre, proposal, "colleague", "countered", "Shorter.")
    say(centre, proposal, "colleague", "countered", "Shorter.")
    assert [event.kind for event in proposal.events.all()] == ["proposed", "agreed", "countered"]


def test_somebody_not_named_cannot_answer_or_change(centre, proposal):
    with pytest.raises(ValidationError, match="Only the people named"):
        say(centre, proposal, "stranger_agent", "agreed")
    with pytest.raises(ValidationError, match="Only the people named"):
        services.change(
            agreement=proposal, by=centre.manager, person=centre.people.manager, text="x", wording_number=1
        )


@pytest.mark.parametrize("answer", ["countered", "disagreed"])
def test_a_refusal_needs_words(centre, proposal, answer):
    with pytest.raises(ValidationError, match="Say in a sentence"):
        say(centre, proposal, "agent", answer, "  ")
    assert proposal.parties.get(person=centre.people.agent).answer == AgreementParty.Answer.WAITING


def test_nobody_agrees_with_themselves(centre):
    with pytest.raises(ValidationError, match="at least one other"):
        services.propose(
            by=centre.supervisor,
            proposer=centre.people.supervisor,
            parties=[(centre.people.supervisor, "leader")],
            text="Mine.",
        )
    assert Agreement.objects.count() == 0


def test_a_quorum_beyond_the_named_people_is_refused(centre):
    with pytest.raises(ValidationError, match="Between 1 and 2"):
        services.propose(
            by=centre.supervisor,
            proposer=centre.people.supervisor,
            parties=[(centre.people.supervisor, "leader"), (centre.people.agent, "team")],
            text="Ours.",
            quorum=3,
        )


def test_going_on_without_an_absent_person_settles_and_is_kept_on_record(centre, proposal):
    say(centre, proposal, "agent", "agreed")
    settled = services.leave_out(
        agreement=proposal,
        by=centre.supervisor,
        person=centre.people.supervisor,
        left_out=centre.people.colleague,
        reason="Away until March.",
    )
    assert settled.status == "agreed"
    assert settled.events.last().get_kind_display() == "was left out"


def test_a_withdrawn_agreement_takes_no_more_answers(centre, proposal):
    for _ in range(2):
        services.withdraw(
            agreement=proposal, by=centre.supervisor, person=centre.people.supervisor, reason="Moot."
        )
    with pytest.raises(ValidationError, match="Nothing waits"):
        say(centre, proposal, "agent", "agreed")
    assert proposal.events.filter(kind="withdrew").count() == 1


def test_every_step_is_audited(centre, proposal):
    say(centre, proposal, "agent", "agreed")
    events = list(AuditEvent.objects.values_list("event", flat=True))
    assert events == ["agreements.agreement.proposed", "agreements.agreement.agreed"]


def test_an_agreement_is_seen_by_its_parties_and_their_leaders_only(centre, proposal):
    def sees(user):
        return Agreement.objects.visible_to(user).filter(pk=proposal.pk).exists()

    assert [sees(u) for u in (centre.agent, centre.supervisor, centre.manager)] == [True, True, True]
    assert not any(
        sees(u) for u in (centre.stranger_agent, centre.stranger_supervisor, centre.hr, centre.admin)
    )


def test_the_story_costs_the_same_for_many_people(centre, proposal, django_assert_num_queries):
    with django_assert_num_queries(3):
        story = story_of(proposal)
    assert story.agreed_count == 1
    assert len(story.waiting) == 2
    assert story.party_of(centre.people.agent.pk).answer == "waiting"
