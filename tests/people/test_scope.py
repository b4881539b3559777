"""Who sees what follows from dated assignments, read in one query."""

from datetime import timedelta

import pytest

from ccperf.core.dates import today
from ccperf.people.models import Leadership, Membership, Person, Team
from ccperf.people.scope import load_access, team_ids_on
from tests.factories import make_delegation, make_person, make_team

pytestmark = pytest.mark.django_db


def names(rows) -> set[str]:
    return {row.name for row in rows}


def test_access_costs_one_query(centre, django_assert_num_queries):
    with django_assert_num_queries(1):
        access = load_access(centre.supervisor)
    assert access.led_team_ids == {centre.team.pk}
    assert access.can("feedback.log")
    assert access.home_role == "supervisor"


def test_agent_sees_only_self(centre):
    assert names(Person.objects.visible_to(centre.agent)) == {"Amara Okonkwo"}
    assert names(Team.objects.visible_to(centre.agent)) == {"Harbour"}
    assert not Team.objects.performance_visible_to(centre.agent).exists()


def test_supervisor_sees_own_team_and_no_other(centre):
    assert names(Person.objects.performance_visible_to(centre.supervisor)) == {
        "Amara Okonkwo",
        "Rhys Llewellyn",
        "Priya Raghunathan",
    }


def test_manager_sees_members_and_leaders_of_the_span(centre):
    assert names(Person.objects.performance_visible_to(centre.manager)) == {
        "Amara Okonkwo",
        "Rhys Llewellyn",
        "Priya Raghunathan",
        "David Achterberg",
    }


def test_site_span_covers_every_team_of_the_site(centre):
    assert centre.stranger_manager.access.managed_team_ids == {centre.far_team.pk}


@pytest.mark.parametrize("role", ["hr", "admin", "privacy_officer"])
def test_central_roles_see_names_but_nobodys_performance(centre, role):
    user = getattr(centre, role)
    assert Person.objects.visible_to(user).count() == Person.objects.count()
    assert names(Person.objects.performance_visible_to(user)) == {user.person.name}
    assert not Team.objects.performance_visible_to(user).exists()


def test_leader_who_moved_loses_the_old_team_that_day(centre):
    Leadership.objects.filter(person=centre.people.supervisor).update(ends_before=today())
    Leadership.objects.create(person=centre.people.supervisor, team=centre.other_team, starts_on=today())
    assert load_access(centre.supervisor).led_team_ids == {centre.other_team.pk}


def test_delegate_gets_the_teams_and_the_rights_for_the_time_only(centre):
    make_delegation(centre.people.supervisor, centre.people.colleague)
    access = load_access(centre.colleague)
    assert access.led_team_ids == {centre.team.pk}
    assert access.can("feedback.log")
    make_delegation(centre.people.hr, centre.people.agent)
    assert not load_access(centre.agent).can("retention.read")
    centre.people.colleague.delegations_held.update(
        starts_on=today() - timedelta(days=9), ends_before=today()
    )
    assert not load_access(centre.colleague).can("feedback.log")


def test_inactive_user_has_no_access(centre):
    centre.supervisor.is_active = False
    assert load_access(centre.supervisor).capabilities == frozenset()


def test_team_of_a_day_follows_the_membership_of_that_day(db):
    old, new = make_team(), make_team()
    person, moved = make_person(team=old), today() - timedelta(days=10)
    Membership.objects.filter(person=person).update(ends_before=moved)
    Membership.objects.create(person=person, team=new, starts_on=moved)
    other = make_person()
    asked = [(person.pk, moved - timedelta(days=1)), (person.pk, moved), (other.pk, moved)]
    assert team_ids_on(asked) == [old.pk, new.pk, None]
    assert team_ids_on([(person.pk, today() - timedelta(days=4000))]) == [None]
