from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today
from ccperf.people.models import Delegation, Membership, Person, Site, Team
from tests.factories import make_delegation, make_person, make_team, press_again

pytestmark = pytest.mark.django_db
FAR = 9_999_999


@pytest.fixture
def admin(client, centre):
    client.force_login(centre.admin)
    return client


def page(client, name, *args, query=""):
    return client.get(reverse(name, args=args) + query)


def names_in(response) -> set[str]:
    return {row.person.name for row in response.context["rows"]}


def test_the_list_shows_everybody_with_team_role_and_account(admin, centre):
    make_person("Nobody Login", team=centre.team)
    html = page(admin, "people:person-list").content.decode()
    for words in ("Amara Okonkwo", "Harbour", "Northgate", "Supervisor", "Cannot sign in"):
        assert words in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?query=okonk", {"Amara Okonkwo"}),
        ("?query=amara+okonkwo", {"Amara Okonkwo"}),
        ("?query=zzz", set()),
        ("?role=hr", {"Leila Farahani"}),
        ("?role=nonsense&status=nonsense&team=x&site=y&page=z&query=Leila", {"Leila Farahani"}),
        ("?status=left", {"Gone Person"}),
        ("?status=no_account", {"Gone Soon"}),
    ],
)
def test_filters_stand_in_the_address(admin, centre, query, found):
    gone = make_person("Gone Person", role=None)
    gone.employments.update(ends_before=today())
    make_person("Gone Soon")
    assert names_in(page(admin, "people:person-list", query=query)) == found


def test_team_and_site_filters_find_members_and_leaders(admin, centre):
    in_team = names_in(page(admin, "people:person-list", query=f"?team={centre.team.pk}"))
    assert in_team == {"Amara Okonkwo", "Rhys Llewellyn", "Priya Raghunathan"}
    assert "Jamal Haddad" in names_in(page(admin, "people:person-list", query=f"?site={centre.far_site.pk}"))


def test_twenty_five_people_stand_on_a_page(admin, centre):
    for number in range(60):
        make_person(f"Zed {number:02}")
    assert len(names_in(page(admin, "people:person-list"))) == 25
    assert "Zed 59" in names_in(page(admin, "people:person-list", query="?page=3"))


def test_the_export_has_the_same_rows_and_no_formula(admin, centre):
    Person.objects.filter(pk=centre.people.agent.pk).update(name="=HYPERLINK(1)")
    response = page(admin, "people:person-list", query="?format=csv&query=hyperlink")
    lines = response.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("'=HYPERLINK")
    book = CalamineWorkbook.from_filelike(
        BytesIO(page(admin, "people:person-list", query="?format=xlsx").content)
    )
    assert len(book.get_sheet_by_index(0).to_python()) == 1 + Person.objects.count()
    assert AuditEvent.objects.filter(event="people.list.exported").count() == 2


def test_details_are_edited_and_a_stale_page_is_told(admin, centre):
    address = reverse("people:person-edit", args=[centre.people.agent.pk])
    form = {"name": "Amara Obi", "email": "", "employee_number": "A1", "version": 1}
    assert admin.post(address, form).status_code == 302
    stale = admin.post(address, {**form, "name": "Amara Else"})
    assert stale.status_code == 422
    assert "Somebody else changed this" in stale.content.decode()
    assert "Amara Else" in stale.content.decode()
    assert press_again(admin, address, stale).status_code == 302


def test_a_number_that_belongs_to_somebody_else_is_refused_by_name(admin, centre):
    address = reverse("people:person-edit", args=[centre.people.agent.pk])
    taken = centre.people.colleague.employee_number
    response = admin.post(address, {"name": "A", "employee_number": taken, "version": 1})
    assert response.status_code == 422
    assert "Rhys Llewellyn has this employee number" in response.content.decode()


@pytest.mark.parametrize(
    "name",
    ["person-edit", "person-roles", "person-move", "person-leave", "span-give", "account-open", "team-edit"],
)
def test_unknown_ids_are_not_found(admin, name):
    assert page(admin, f"people:{name}", FAR).status_code == 404


def test_the_second_who_renames_a_team_is_told(admin, centre):
    address = reverse("people:team-edit", args=[centre.team.pk])
    was = centre.team.name
    assert admin.post(address, {"name": "Lighthouse", "was": was}).status_code == 302
    late = admin.post(address, {"name": "Breakwater", "was": was})
    assert late.status_code == 422
    assert "Somebody else changed this" in late.content.decode()
    centre.team.refresh_from_db()
    assert centre.team.name == "Lighthouse"
    assert press_again(admin, address, late).status_code == 302


def test_a_move_is_recorded_and_shown_in_the_history(admin, centre):
    person = centre.people.agent
    on = today() + timedelta(days=5)
    form = {"team": centre.other_team.pk, "on": on.isoformat(), "version": 1}
    address = reverse("people:person-move", args=[person.pk])
    assert admin.post(address, form).status_code == 302
    html = page(admin, "people:person-edit", person.pk).content.decode()
    assert "Planned move" in html
    assert admin.post(address, form).status_code == 422
    move = Membership.objects.get(person=person, starts_on=on)
    admin.post(reverse("people:move-withdraw", args=[move.pk]))
    assert "Planned move" not in page(admin, "people:person-edit", person.pk).content.decode()


@pytest.mark.parametrize("on", ["", "yesterday", "2026-02-30", "0000-00-00"])
def test_a_day_that_is_none_is_refused(admin, centre, on):
    form = {"team": centre.other_team.pk, "on": on, "version": 1}
    address = reverse("people:person-move", args=[centre.people.agent.pk])
    assert admin.post(address, form).status_code == 422


def test_roles_are_given_and_taken(admin, centre):
    person = centre.people.agent
    address = reverse("people:person-roles", args=[person.pk])
    assert admin.post(address, {"roles": ["agent", "hr"], "version": 1}).status_code == 302
    assert admin.post(address, {"roles": ["emperor"], "version": 2}).status_code == 422
    assert set(person.role_assignments.on().values_list("role", flat=True)) == {"agent", "hr"}


def test_a_last_day_is_recorded(admin, centre):
    address = reverse("people:person-leave", args=[centre.people.agent.pk])
    assert admin.post(address, {"last_day": "1990-01-01"}).status_code == 422
    assert admin.post(address, {"last_day": today().isoformat()}).status_code == 302
    assert centre.people.agent.employments.get().ends_before == today() + timedelta(days=1)


def test_sites_and_teams_are_opened_once(admin, centre):
    site = {"name": "Westport", "submission": "once-1"}
    for _ in range(2):
        assert admin.post(reverse("people:site-create"), site).status_code == 302
    assert Site.objects.filter(name="Westport").count() == 1
    team = {"name": "Gull", "site": centre.site.pk, "submission": "once-2"}
    for _ in range(2):
        assert admin.post(reverse("people:team-create"), team).status_code == 302
    assert Team.objects.filter(name="Gull").count() == 1
    again = admin.post(reverse("people:team-create"), {"name": "harbour", "site": centre.site.pk})
    assert again.status_code == 422


def test_without_a_site_a_site_is_opened_first(client, db):
    client.force_login(make_person(role="admin", user=True).user)
    html = page(client, "people:team-list").content.decode()
    assert reverse("people:site-create") in html
    assert reverse("people:team-create") not in html


def test_teams_without_leader_are_pointed_out(admin, centre):
    lonely = make_team("Lonely", site=centre.site)
    make_person(team=lonely)
    html = page(admin, "people:team-list").content.decode()
    assert "no leader today" in html
    assert "Lonely" in html


def test_a_leader_is_appointed_and_a_team_closed(admin, centre):
    address = reverse("people:leader-appoint", args=[centre.team.pk])
    form = {"person": centre.people.colleague.pk, "on": today().isoformat(), "instead": "yes"}
    assert admin.post(address, form).status_code == 302
    lead = centre.team.leaderships.on().get()
    assert lead.person == centre.people.colleague
    admin.post(reverse("people:leadership-end", args=[lead.pk]))
    assert not centre.team.leaderships.on().exists()
    refused = admin.post(reverse("people:team-close", args=[centre.team.pk]), follow=True)
    assert "still has 2 members" in refused.content.decode()


def delegation_form(centre, **changes):
    day = today()
    form = {
        "deputy": centre.people.stranger_supervisor.pk,
        "first_day": day.isoformat(),
        "last_day": (day + timedelta(days=3)).isoformat(),
        "reason": "Leave",
    }
    return {**form, **changes}


def test_a_supervisor_delegates_and_both_see_it(client, centre):
    client.force_login(centre.supervisor)
    address = reverse("people:delegation-create")
    assert client.post(address, delegation_form(centre)).status_code == 302
    assert client.post(address, delegation_form(centre)).status_code == 302
    row = Delegation.objects.get()
    for user in (centre.supervisor, centre.stranger_supervisor, centre.admin):
        client.force_login(user)
        assert "stands in for Priya" in page(client, "people:delegation-list").content.decode()
    client.force_login(centre.stranger_manager)
    assert "stands in for Priya" not in page(client, "people:delegation-list").content.decode()
    client.force_login(centre.supervisor)
    client.post(reverse("people:delegation-end", args=[row.pk]))
    assert not Delegation.objects.on().exists()


@pytest.mark.parametrize(
    "changes", [{"last_day": "2020-01-01"}, {"reason": ""}, {"deputy": "x"}, {"first_day": "2020-01-01"}]
)
def test_an_impossible_delegation_is_refused(client, centre, changes):
    client.force_login(centre.supervisor)
    response = client.post(reverse("people:delegation-create"), delegation_form(centre, **changes))
    assert response.status_code == 422
    assert not Delegation.objects.exists()


def test_nobody_delegates_for_somebody_else(client, centre):
    client.force_login(centre.supervisor)
    form = delegation_form(
        centre, delegator=centre.people.stranger_supervisor.pk, deputy=centre.people.manager.pk
    )
    client.post(reverse("people:delegation-create"), form)
    assert Delegation.objects.get().delegator == centre.people.supervisor


def test_a_delegation_of_others_is_not_found(client, centre):
    row = make_delegation(centre.people.supervisor, centre.people.manager)
    client.force_login(centre.stranger_supervisor)
    assert client.post(reverse("people:delegation-end", args=[row.pk])).status_code == 404
    assert Delegation.objects.on().exists()


@pytest.mark.parametrize("day", ["9999-12-31", "2099-01-01", "0001-01-01"])
def test_a_slip_in_the_year_is_refused_with_a_sentence(admin, centre, day):
    agent, team = centre.people.agent, centre.team
    forms = [
        ("people:person-leave", agent.pk, {"last_day": day}),
        ("people:person-move", agent.pk, {"team": "", "on": day, "version": agent.version}),
        ("people:leader-appoint", team.pk, {"person": agent.pk, "on": day, "instead": "yes"}),
        ("people:span-give", agent.pk, {"team": team.pk, "on": day}),
    ]
    for name, pk, data in forms:
        response = admin.post(reverse(name, args=[pk]), data)
        assert response.status_code == 422, name
        assert "Check the year." in response.content.decode(), name
    deputy = {"delegator": agent.pk, "first_day": day, "last_day": day, "reason": "Leave"}
    response = admin.post(reverse("people:delegation-create"), deputy)
    assert response.status_code == 422
    assert "Check the year." in response.content.decode()
