from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today
from ccperf.core.forms import StaleEdit
from ccperf.people import services, services_teams
from ccperf.people.models import Delegation, Leadership, Membership, Person, Role, RoleAssignment, User
from ccperf.people.scope import team_ids_on
from tests.factories import make_person, make_team

pytestmark = pytest.mark.django_db


def fresh(user: User) -> User:
    """The user as the next request reads it."""
    return User.objects.get(pk=user.pk)


def test_details_are_saved_counted_and_recorded(centre):
    person = centre.people.agent
    services.update_person(
        by=centre.admin,
        person=person,
        version=1,
        name=" Amara Obi ",
        email="a@example.com",
        employee_number="77",
    )
    person.refresh_from_db()
    assert (person.name, person.email, person.employee_number, person.version) == (
        "Amara Obi",
        "a@example.com",
        "77",
        2,
    )
    assert fresh(centre.agent).email == "a@example.com"
    event = AuditEvent.objects.get(event="people.person.updated")
    assert event.about == person
    assert "Obi" not in str(event.detail)


def test_the_second_of_two_editors_is_told(centre):
    person = centre.people.agent
    kept = {"email": person.email, "employee_number": person.employee_number}
    services.update_person(by=centre.admin, person=person, version=1, name="First", **kept)
    with pytest.raises(StaleEdit):
        services.update_person(by=centre.admin, person=person, version=1, name="Second", **kept)
    person.refresh_from_db()
    assert person.name == "First"


def test_a_role_taken_away_is_gone_today_and_kept_in_the_past(centre):
    person = centre.people.supervisor
    services.set_roles(by=centre.admin, person=person, version=1, roles=[Role.AGENT])
    assert fresh(centre.supervisor).access.roles == {"agent"}
    yesterday = today() - timedelta(days=1)
    assert [row.role for row in RoleAssignment.objects.on(yesterday).filter(person=person)] == ["supervisor"]


def test_the_last_administrator_keeps_the_role(centre):
    with pytest.raises(ValidationError, match="only administrator"):
        services.set_roles(by=centre.admin, person=centre.people.admin, version=1, roles=[])
    with pytest.raises(ValidationError, match="only administrator"):
        services.end_employment(by=centre.admin, person=centre.people.admin, last_day=today())
    assert fresh(centre.admin).access.can("people.manage")


def test_of_two_administrators_both_cannot_have_a_last_day(centre):
    second = make_person("Second Admin", role=Role.ADMIN, user=True)
    later = today() + timedelta(days=20)
    services.end_employment(by=centre.admin, person=centre.people.admin, last_day=later)
    with pytest.raises(ValidationError, match="no last day"):
        services.end_employment(by=centre.admin, person=second, last_day=later + timedelta(days=9))


def test_a_move_takes_the_old_leader_sight_on_its_day_and_keeps_the_past(centre):
    person = centre.people.agent
    services_teams.move_to_team(by=centre.admin, person=person, version=1, team=centre.other_team, on=today())
    assert person not in Person.objects.performance_visible_to(fresh(centre.supervisor))
    assert person in Person.objects.performance_visible_to(fresh(centre.stranger_supervisor))
    yesterday = today() - timedelta(days=1)
    assert team_ids_on([(person.pk, yesterday), (person.pk, today())]) == [
        centre.team.pk,
        centre.other_team.pk,
    ]


def test_a_move_is_refused_when_a_later_one_is_recorded(centre):
    person = centre.people.agent
    later = today() + timedelta(days=20)
    services_teams.move_to_team(by=centre.admin, person=person, version=1, team=centre.other_team, on=later)
    with pytest.raises(ValidationError, match="already recorded"):
        services_teams.move_to_team(
            by=centre.admin, person=person, version=2, team=centre.far_team, on=today()
        )
    assert person.memberships.count() == 2


def test_a_planned_move_can_be_taken_back_and_a_past_one_cannot(centre):
    person = centre.people.agent
    later = today() + timedelta(days=20)
    services_teams.move_to_team(by=centre.admin, person=person, version=1, team=centre.other_team, on=later)
    services_teams.remove_future_move(by=centre.admin, membership=person.memberships.get(starts_on=later))
    row = person.memberships.get()
    assert (row.team, row.ends_before) == (centre.team, None)
    with pytest.raises(ValidationError, match="already happened"):
        services_teams.remove_future_move(by=centre.admin, membership=row)


def test_moving_to_the_same_team_twice_changes_nothing(centre):
    person = centre.people.agent
    services_teams.move_to_team(by=centre.admin, person=person, version=1, team=centre.team, on=today())
    assert person.memberships.count() == 1


def test_nobody_moves_into_a_closed_team(centre):
    services_teams.close_team(by=centre.admin, team=centre.far_team)
    centre.far_team.refresh_from_db()
    with pytest.raises(ValidationError, match="closed"):
        services_teams.move_to_team(
            by=centre.admin, person=centre.people.agent, version=1, team=centre.far_team, on=today()
        )


def test_a_team_with_members_cannot_be_closed(centre):
    with pytest.raises(ValidationError, match="2 members"):
        services_teams.close_team(by=centre.admin, team=centre.team)
    centre.team.refresh_from_db()
    assert centre.team.closed_on is None


def test_a_new_leader_sees_the_team_and_the_former_one_no_longer(centre):
    successor = centre.people.stranger_supervisor
    services_teams.appoint_leader(by=centre.admin, team=centre.team, person=successor, on=today())
    assert centre.team.pk in fresh(centre.stranger_supervisor).access.led_team_ids
    assert not fresh(centre.supervisor).access.led_team_ids
    assert (
        Leadership.objects.on(today() - timedelta(days=1)).get(team=centre.team).person
        == centre.people.supervisor
    )


def test_two_leaders_can_share_a_team_and_appointing_twice_is_once(centre):
    for _ in range(2):
        services_teams.appoint_leader(
            by=centre.admin,
            team=centre.team,
            person=centre.people.colleague,
            on=today(),
            instead=False,
        )
    assert Leadership.objects.on().filter(team=centre.team).count() == 2
    assert fresh(centre.colleague).access.can("feedback.log")


def test_a_span_is_given_once_and_ends(centre):
    for _ in range(2):
        span = services_teams.give_span(
            by=centre.admin, person=centre.people.manager, site=centre.far_site, on=today()
        )
    assert centre.people.manager.spans.count() == 2
    assert centre.far_team.pk in fresh(centre.manager).access.managed_team_ids
    services_teams.end_span(by=centre.admin, span=span, on=today())
    assert centre.far_team.pk not in fresh(centre.manager).access.managed_team_ids


def delegate(centre, **changes) -> Delegation:
    given = {
        "by": centre.supervisor,
        "delegator": centre.people.supervisor,
        "deputy": centre.people.stranger_supervisor,
        "reason": "Leave",
        "first_day": today(),
        "last_day": today() + timedelta(days=6),
    }
    return services_teams.delegate(**{**given, **changes})


def test_a_deputy_sees_the_team_while_it_lasts(centre):
    row = delegate(centre)
    assert centre.team.pk in fresh(centre.stranger_supervisor).access.led_team_ids
    services_teams.end_delegation(by=centre.supervisor, delegation=row)
    assert centre.team.pk not in fresh(centre.stranger_supervisor).access.led_team_ids


def test_delegating_the_same_twice_is_once_and_an_overlap_is_refused(centre):
    assert delegate(centre) == delegate(centre)
    with pytest.raises(ValidationError, match="already stands in"):
        delegate(centre, last_day=today() + timedelta(days=9))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first_day": date(2020, 1, 1)}, "has passed"),
        ({"last_day": date(2020, 1, 1)}, "before the first day"),
        ({"last_day": today() + timedelta(days=200)}, "92 days"),
    ],
)
def test_impossible_delegations_are_refused(centre, changes, sentence):
    with pytest.raises(ValidationError, match=sentence):
        delegate(centre, **changes)
    assert not Delegation.objects.exists()


def test_only_somebody_who_can_sign_in_can_stand_in(centre):
    with pytest.raises(ValidationError, match="cannot sign in"):
        delegate(centre, deputy=make_person(role=Role.SUPERVISOR))


def test_leaving_ends_everything_and_shuts_the_account(centre):
    person = centre.people.supervisor
    last_day = today() - timedelta(days=1)
    services.end_employment(by=centre.admin, person=person, last_day=last_day)
    assert not fresh(centre.supervisor).is_active
    for rows in (person.employments, person.leaderships, person.role_assignments):
        assert rows.get().ends_before == today()


def test_a_rehire_is_a_second_spell(centre):
    person = centre.people.agent
    services.end_employment(by=centre.admin, person=person, last_day=today() - timedelta(days=30))
    with pytest.raises(ValidationError, match="employed on"):
        services.start_employment(by=centre.admin, person=person, first_day=today() - timedelta(days=60))
    services.start_employment(by=centre.admin, person=person, first_day=today())
    assert person.employments.count() == 2


def test_team_names_are_unique_at_a_site(centre):
    with pytest.raises(ValidationError):
        services_teams.create_team(by=centre.admin, site=centre.site, name="Harbour")
    with pytest.raises(ValidationError):
        services_teams.rename_team(by=centre.admin, team=centre.team, name="Quay", was="Harbour")
    assert services_teams.create_team(by=centre.admin, site=centre.far_site, name="Harbour").pk


def test_the_database_refuses_two_open_memberships(centre):
    with pytest.raises(IntegrityError):
        Membership.objects.create(person=centre.people.agent, team=make_team(), starts_on=today())
