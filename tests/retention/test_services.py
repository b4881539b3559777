"""Writing the register: what a leaving closes, what a correction moves, what is refused."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today
from ccperf.core.forms import StaleEdit
from ccperf.people.models import Employment, Membership, Person, Role, RoleAssignment
from retention.models import Leaver, LeaverReason, ReasonForLeaving, RegisterStart
from retention.services import (
    GivenReasons,
    LeaverFacts,
    correct_leaver,
    name_reasons,
    register_leaver,
    remove_leaver,
    set_register_start,
)
from tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db


def reason(key: str) -> ReasonForLeaving:
    return ReasonForLeaving.objects.get(key=key)


def leave(person: Person, days_ago: int = 10, **facts) -> Leaver:
    day = today() - timedelta(days=days_ago)
    return register_leaver(
        by=None, facts=LeaverFacts(**{"person": person, "kind": "voluntary", "left_on": day, **facts})
    )


@pytest.mark.criterion("D16")
def test_leaving_ends_employment_membership_and_roles_on_the_last_day():
    team = make_team()
    person = make_person(team=team)
    leaver = leave(person, notice_on=today() - timedelta(days=40))
    gone = leaver.left_on + timedelta(days=1)
    spell = Employment.objects.get(person=person)
    assert (spell.ends_before, spell.notice_on) == (gone, leaver.notice_on)
    assert Membership.objects.get(person=person).ends_before == gone
    assert RoleAssignment.objects.get(person=person).ends_before == gone
    assert (leaver.team, leaver.site, leaver.employment) == (team, team.site, spell)
    assert leaver.started_on == spell.starts_on
    event = AuditEvent.objects.get(event="retention.leaver.registered")
    assert event.about == person


def test_team_at_leaving_stays_when_the_person_had_moved_before():
    first, second = make_team(), make_team()
    person = make_person(team=first)
    moved = today() - timedelta(days=30)
    Membership.objects.filter(person=person).update(ends_before=moved)
    Membership.objects.create(person=person, team=second, starts_on=moved)
    assert leave(person).team == second
    assert leave(make_person(team=first), days_ago=40).team == first


def test_move_inside_closes_no_employment():
    person = make_person(team=make_team())
    leaver = leave(person, kind="internal")
    assert leaver.employment is None
    assert Employment.objects.get(person=person).ends_before is None


def test_rehire_is_a_new_spell_with_a_leaving_of_its_own():
    person = make_person(since=today() - timedelta(days=300))
    first = leave(person, days_ago=200)
    Employment.objects.create(person=person, starts_on=today() - timedelta(days=100))
    second = leave(person, days_ago=5)
    assert first.employment != second.employment
    assert Leaver.objects.filter(person=person).count() == 2


def test_day_outside_every_employment_is_refused_and_nothing_is_written():
    person = make_person()
    leave(person, days_ago=50)
    with pytest.raises(ValidationError, match="covers this day"):
        leave(person, days_ago=10)
    assert Leaver.objects.count() == 1


def test_same_leaving_twice_is_refused_with_a_sentence():
    person = make_person()
    leave(person, kind="internal")
    with pytest.raises(ValidationError, match="already holds this person"):
        leave(person, kind="internal")


def test_leaver_without_person_needs_a_reference_and_may_have_rough_dates():
    with pytest.raises(ValidationError, match="reference of the file"):
        register_leaver(by=None, facts=LeaverFacts(kind="voluntary", left_on=today()))
    row = register_leaver(
        by=None,
        facts=LeaverFacts(kind="other", left_on=None, external_source="Exit survey", external_reference="17"),
    )
    assert (row.left_precision, str(row)) == ("unknown", "Exit survey 17")
    with pytest.raises(ValidationError, match="already holds this reference"):
        register_leaver(
            by=None,
            facts=LeaverFacts(
                kind="other", left_on=None, external_source="Exit survey", external_reference="17"
            ),
        )


def test_rough_years_may_seem_to_end_before_they_start():
    """Started some time in March 2012, left some time in 2012: both are true together."""
    row = register_leaver(
        by=None,
        facts=LeaverFacts(
            kind="voluntary",
            started_on=date(2012, 3, 1),
            started_precision="month",
            left_on=date(2012, 1, 1),
            left_precision="year",
            external_source="Exit survey",
            external_reference="18",
        ),
    )
    assert row.pk


def test_database_itself_refuses_a_leaving_before_the_start():
    person = make_person()
    with pytest.raises(IntegrityError), transaction.atomic():
        Leaver.objects.create(
            person=person, kind="voluntary", started_on=today(), left_on=today() - timedelta(days=1)
        )


def test_correcting_the_day_moves_every_end_with_it():
    person = make_person(team=make_team())
    leaver = leave(person, days_ago=30)
    later = today() - timedelta(days=20)
    facts = LeaverFacts(person=person, kind="voluntary", left_on=later)
    correct_leaver(by=None, leaver=leaver, facts=facts, version=leaver.version)
    gone = later + timedelta(days=1)
    assert Employment.objects.get(person=person).ends_before == gone
    assert Membership.objects.get(person=person).ends_before == gone
    event = AuditEvent.objects.get(event="retention.leaver.corrected")
    assert event.detail["after"] == {"left_on": later.isoformat()}


def test_correction_to_a_move_inside_opens_the_employment_again():
    person = make_person(team=make_team())
    leaver = leave(person)
    facts = LeaverFacts(person=person, kind="internal", left_on=leaver.left_on)
    correct_leaver(by=None, leaver=leaver, facts=facts)
    assert Employment.objects.get(person=person).ends_before is None
    assert Membership.objects.get(person=person).ends_before is None


def test_second_editor_is_told():
    person = make_person()
    leaver = leave(person)
    facts = LeaverFacts(person=person, kind="retired", left_on=leaver.left_on)
    correct_leaver(by=None, leaver=leaver, facts=facts, version=1)
    with pytest.raises(StaleEdit):
        correct_leaver(by=None, leaver=leaver, facts=facts, version=1)
    with pytest.raises(StaleEdit):
        name_reasons(by=None, leaver=leaver, given=GivenReasons("hr", reason("pay")), version=1)


def test_removing_an_entry_opens_the_employment_and_keeps_the_trace():
    person = make_person()
    leaver = leave(person)
    with pytest.raises(ValidationError, match="Say why"):
        remove_leaver(by=None, leaver=leaver, reason=" ")
    remove_leaver(by=None, leaver=leaver, reason="Wrong person")
    assert Employment.objects.get(person=person).ends_before is None
    assert AuditEvent.objects.get(event="retention.leaver.removed").reason == "Wrong person"


def test_entry_of_somebody_who_came_back_cannot_be_removed_first():
    person = make_person()
    leaver = leave(person, days_ago=50)
    Employment.objects.create(person=person, starts_on=today() - timedelta(days=20))
    with pytest.raises(ValidationError, match="come back"):
        remove_leaver(by=None, leaver=leaver, reason="Wrong person")


@pytest.mark.criterion("M14")
def test_voices_and_occasions_never_overwrite_each_other():
    leaver = leave(make_person())
    name_reasons(
        by=None,
        leaver=leaver,
        given=GivenReasons("leaver", reason("pay"), [reason("schedule")], occasion="notice"),
        version=1,
    )
    name_reasons(by=None, leaver=leaver, given=GivenReasons("hr", reason("schedule")), version=2)
    name_reasons(
        by=None, leaver=leaver, given=GivenReasons("leaver", reason("schedule"), occasion="later"), version=3
    )
    rows = LeaverReason.objects.filter(leaver=leaver)
    assert {(r.stated_by, r.occasion, r.reason.key, r.is_primary) for r in rows} == {
        ("leaver", "notice", "pay", True),
        ("leaver", "notice", "schedule", False),
        ("hr", "exit", "schedule", True),
        ("leaver", "later", "schedule", True),
    }
    name_reasons(by=None, leaver=leaver, given=GivenReasons("hr", reason("pay")), version=4)
    assert [r.reason.key for r in rows.filter(stated_by="hr")] == ["pay"]


def test_a_reason_named_twice_or_more_than_three_are_refused():
    leaver = leave(make_person())
    twice = GivenReasons("hr", reason("pay"), [reason("pay")])
    with pytest.raises(ValidationError, match="twice"):
        name_reasons(by=None, leaver=leaver, given=twice, version=1)
    many = GivenReasons("hr", reason("pay"), [reason("study"), reason("career"), reason("abuse")])
    with pytest.raises(ValidationError, match="at most 2"):
        name_reasons(by=None, leaver=leaver, given=many, version=1)


def test_register_start_is_one_row(centre):
    set_register_start(by=centre.hr, recorded_from=date(2024, 1, 1))
    set_register_start(by=centre.hr, recorded_from=date(2025, 1, 1))
    assert RegisterStart.objects.get().recorded_from == date(2025, 1, 1)


def test_only_hr_sees_the_register_and_managers_count_their_span(centre):
    person = make_person(team=centre.team, role=Role.AGENT)
    leave(person)
    counts = {
        name: (
            Leaver.objects.visible_to(getattr(centre, name)).count(),
            Leaver.objects.counted_for(getattr(centre, name)).count(),
        )
        for name in ("hr", "manager", "stranger_manager", "supervisor", "agent", "admin")
    }
    assert counts == {
        "hr": (1, 1),
        "manager": (0, 1),
        "stranger_manager": (0, 0),
        "supervisor": (0, 0),
        "agent": (0, 0),
        "admin": (0, 0),
    }
