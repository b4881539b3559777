from datetime import date, timedelta

import pytest

from ccperf.core.dates import today
from ccperf.people.intake import PeopleIntake, PersonRow
from ccperf.people.intake_undo import undo_changes
from ccperf.people.models import (
    Employment,
    Leadership,
    Membership,
    Person,
    Role,
    RoleAssignment,
    Site,
    Span,
    Team,
    User,
)
from tests.factories import make_person

pytestmark = pytest.mark.django_db
ALL = (Site, Team, Person, Employment, Membership, Leadership, Span, RoleAssignment)


def take(*rows: PersonRow, by=None):
    return PeopleIntake(by=by).apply(rows)


def row(number="1", name="Zofia Nowak", **fields) -> PersonRow:
    return PersonRow(employee_number=number, name=name, **{"team": "Quay", "site": "Leeds", **fields})


def counts() -> list[int]:
    return [model.objects.count() for model in ALL]


def test_a_first_row_makes_person_site_team_and_assignments():
    (outcome,) = take(row(role=Role.AGENT, started_on=date(2024, 3, 4), email="z@example.com"))
    assert outcome.status == "inserted"
    person = Person.objects.get()
    assert person.employments.get().starts_on == date(2024, 3, 4)
    assert person.memberships.get().team.site.name == "Leeds"
    assert person.role_assignments.get().role == Role.AGENT


def test_the_same_rows_again_change_nothing():
    rows = [
        row(role="agent", started_on=date(2024, 3, 4), team_leader="Ana Cruz", manager="David Roy"),
        row("2", "Rhys Owen", role="agent", started_on=date(2023, 1, 2), left_on=date(2024, 6, 1)),
        row("3", "Ana Cruz", role="supervisor", team="", site=""),
    ]
    take(*rows)
    before = counts()
    assert [outcome.status for outcome in take(*rows)] == ["unchanged"] * 3
    assert counts() == before


def test_a_leader_named_before_their_own_line_is_one_person():
    take(row(team_leader="Ana Cruz"), row("9", "Ana Cruz", team="", site=""))
    assert Person.objects.filter(name="Ana Cruz").count() == 1
    assert Person.objects.get(name="Ana Cruz").employee_number == "9"
    assert Leadership.objects.get().team.name == "Quay"


def test_a_change_of_team_holds_from_today_and_keeps_the_past():
    take(row(started_on=date(2024, 1, 1)))
    (outcome,) = take(row(team="Harbour"))
    assert outcome.status == "updated"
    first, second = Membership.objects.order_by("starts_on")
    assert (first.ends_before, second.starts_on) == (today(), today())


def test_a_leaver_is_closed_and_cannot_sign_in():
    take(row(role="agent", started_on=date(2024, 1, 1)))
    user = User.objects.create_user("zofia")
    Person.objects.update(user=user)
    (outcome,) = take(row(role="agent", left_on=today() - timedelta(days=3)))
    assert outcome.status == "updated"
    assert Membership.objects.get().ends_before == today() - timedelta(days=2)
    assert RoleAssignment.objects.get().ends_before == today() - timedelta(days=2)
    user.refresh_from_db()
    assert not user.is_active


def test_no_file_gives_rights_over_everybody():
    take(row(role="admin"), row("2", "Other", role="privacy_officer"))
    assert not RoleAssignment.objects.exists()


def test_rows_that_cannot_be_taken_say_why_and_change_nothing():
    Person.objects.create(name="Jo Lee", employee_number="10")
    Person.objects.create(name="Jo Lee", employee_number="11")
    Site.objects.create(name="A")
    Site.objects.create(name="B")
    before = counts()
    outcomes = take(
        PersonRow(name="Jo Lee"), PersonRow(employee_number="5"), row(site=""), row("x" * 61), PersonRow()
    )
    assert [outcome.status for outcome in outcomes] == ["refused"] * 5
    assert "2 people are called Jo Lee" in outcomes[0].reason
    assert "needs a name" in outcomes[1].reason
    assert "Give the site" in outcomes[2].reason
    assert counts() == before


def test_a_batch_can_be_undone():
    take(row(started_on=date(2024, 1, 1), role="agent"))
    before = [list(model.objects.order_by("pk").values()) for model in ALL]
    intake = PeopleIntake(by=None)
    outcomes = intake.apply(
        [
            row(team="Harbour", email="new@example.com"),
            row("2", "Rhys Owen", team="Tide", team_leader="Ana Cruz"),
        ]
    )
    undo = [step for outcome in outcomes for step in outcome.undo]
    assert undo_changes(undo) == 0
    after = [list(model.objects.order_by("pk").values()) for model in ALL]
    for table in (*before, *after):
        for record in table:
            record.pop("version", None)
    assert after == before


def test_undoing_spares_what_others_came_to_hang_on():
    outcomes = take(row())
    team = Team.objects.get()
    other = Person.objects.create(name="Later")
    Membership.objects.create(person=other, team=team, starts_on=today())
    kept = undo_changes(step for outcome in outcomes for step in outcome.undo)
    assert kept == 2  # The team with its later member, and its site.
    assert Team.objects.filter(pk=team.pk).exists()


def test_queries_of_known_rows_do_not_grow(django_assert_max_num_queries):
    rows = [row(str(number), f"Person {number}", started_on=date(2024, 1, 1)) for number in range(40)]
    take(*rows)
    intake = PeopleIntake(by=None)
    with django_assert_max_num_queries(4):
        intake.apply(rows)


@pytest.mark.parametrize("role", [Role.HR, Role.SUPERVISOR])
def test_who_may_not_manage_people_gives_nobody_access(role):
    clerk = make_person("Leila Farahani", role=role, user=True)
    before = RoleAssignment.objects.count()
    outcomes = take(
        row(clerk.employee_number, clerk.name, role="manager", team_leader=clerk.name, manager=clerk.name),
        row(role="agent", team_leader="Somebody New"),
        by=clerk.user,
    )
    assert [outcome.status for outcome in outcomes] == ["updated", "inserted"]
    assert Person.objects.get(employee_number="1").memberships.get().team.name == "Quay"
    assert RoleAssignment.objects.count() == before
    assert not Leadership.objects.exists()
    assert not Span.objects.exists()
    assert not Person.objects.filter(name="Somebody New").exists()
    access = User.objects.get(pk=clerk.user_id).access
    assert access.roles == {role}
    assert not access.scope_team_ids


def test_an_administrator_gives_roles_and_leadership():
    admin = make_person(role=Role.ADMIN, user=True)
    take(row(role="agent", team_leader="Ana Cruz", manager="David Roy"), by=admin.user)
    assert Leadership.objects.get().person.name == "Ana Cruz"
    assert Span.objects.get().person.name == "David Roy"
    assert RoleAssignment.objects.filter(person__employee_number="1", role=Role.AGENT).exists()


@pytest.mark.parametrize("end_of_time", [date(9999, 12, 31), date(2199, 1, 1)])
def test_the_end_of_time_is_no_last_day(end_of_time):
    (outcome,) = take(row(started_on=date(2024, 1, 1), left_on=end_of_time))
    assert outcome.status == "inserted"
    assert Employment.objects.get().ends_before is None
    assert Membership.objects.get().ends_before is None


def test_the_only_administrator_does_not_leave_by_a_file():
    admin = make_person("Ana Cruz", role=Role.ADMIN, user=True)
    gone = row("", "Ana Cruz", team="", site="", left_on=today() - timedelta(days=1))
    (outcome,) = take(gone)
    assert outcome.status == "refused"
    assert outcome.reason.startswith("Ana Cruz is the only administrator who can sign in and has")
    assert RoleAssignment.objects.on(today()).filter(person=admin, role=Role.ADMIN).exists()
    assert not admin.employments.exclude(ends_before=None).exists()
    admin.user.refresh_from_db()
    assert admin.user.is_active

    make_person("Ben Oko", role=Role.ADMIN, user=True)
    assert take(gone)[0].status == "updated"
    assert take(row("", "Ben Oko", team="", site="", left_on=today()))[0].status == "refused"
