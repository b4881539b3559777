"""Small makers of records for tests. Every maker takes the few things a test cares about."""

from datetime import date, timedelta
from itertools import count
from types import SimpleNamespace

from django.http import HttpResponse
from django.test import Client

from ccperf.core.dates import today
from ccperf.people.models import (
    Delegation,
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

LONG_AGO = timedelta(days=400)
BEFORE_ANY_FILE = date(2025, 10, 1)  # Files of tests name fixed days, the first of them at the end of 2025.
_numbers = count(1)


def long_ago() -> date:
    return min(today() - LONG_AGO, BEFORE_ANY_FILE)


def make_site(name: str = "") -> Site:
    return Site.objects.create(name=name or f"Site {next(_numbers)}")


def make_team(name: str = "", *, site: Site | None = None) -> Team:
    return Team.objects.create(name=name or f"Team {next(_numbers)}", site=site or make_site())


def make_user(username: str = "", **fields) -> User:
    username = username or f"user{next(_numbers)}"
    return User.objects.create_user(
        username=username, email=f"{username}@example.com", password="a-Secret-77", **fields
    )


def make_person(
    name: str = "",
    *,
    role: str | None = Role.AGENT,
    team: Team | None = None,
    leads: Team | None = None,
    manages: Site | Team | None = None,
    user: User | bool = False,
    since: date | None = None,
) -> Person:
    """A person with a role and, as asked, membership, leadership, span and login, all open-ended."""
    number = next(_numbers)
    since = since or long_ago()
    account = make_user(f"person{number}") if user is True else user or None
    person = Person.objects.create(
        employee_number=f"E{number:05}",
        name=name or f"Person {number}",
        email=f"e{number}@example.com",
        user=account,
    )
    Employment.objects.create(person=person, starts_on=since)
    if role:
        RoleAssignment.objects.create(person=person, role=role, starts_on=since)
    if team:
        Membership.objects.create(person=person, team=team, starts_on=since)
    if leads:
        Leadership.objects.create(person=person, team=leads, starts_on=since)
    if manages:
        key = "site" if isinstance(manages, Site) else "team"
        Span.objects.create(person=person, starts_on=since, **{key: manages})
    return person


def make_delegation(delegator: Person, delegate: Person, *, days: int = 7) -> Delegation:
    return Delegation.objects.create(
        delegator=delegator,
        delegate=delegate,
        reason="Leave",
        starts_on=today(),
        ends_before=today() + timedelta(days=days),
    )


def make_centre() -> SimpleNamespace:
    """Two sites, three teams, and one signed-up user of every role, two of them strangers to team one.

    ``team`` is led by ``supervisor`` and managed by ``manager``, ``agent`` works in it; ``other_team`` is
    of the same site, led by ``stranger_supervisor`` and worked in by ``stranger_agent``, outside the
    manager's span.
    """
    site, far_site = make_site("Northgate"), make_site("Southbank")
    team = make_team("Harbour", site=site)
    other_team = make_team("Quay", site=site)
    far_team = make_team("Tide", site=far_site)
    people = {
        "agent": make_person("Amara Okonkwo", team=team, user=True),
        "colleague": make_person("Rhys Llewellyn", team=team, user=True),
        "supervisor": make_person("Priya Raghunathan", role=Role.SUPERVISOR, leads=team, user=True),
        "manager": make_person("David Achterberg", role=Role.MANAGER, manages=team, user=True),
        "hr": make_person("Leila Farahani", role=Role.HR, user=True),
        "admin": make_person("Grace Park", role=Role.ADMIN, user=True),
        "privacy_officer": make_person("Tomasz Wiśniewski", role=Role.PRIVACY_OFFICER, user=True),
        "stranger_agent": make_person("Zofia Kowalczyk", team=other_team, user=True),
        "stranger_supervisor": make_person(
            "Ingrid Sørensen", role=Role.SUPERVISOR, leads=other_team, user=True
        ),
        "stranger_manager": make_person("Jamal Haddad", role=Role.MANAGER, manages=far_site, user=True),
    }
    return SimpleNamespace(
        site=site,
        far_site=far_site,
        team=team,
        other_team=other_team,
        far_team=far_team,
        people=SimpleNamespace(**people),
        **{name: person.user for name, person in people.items()},
    )


def press_again(client: Client, address: str, refused: HttpResponse) -> HttpResponse:
    """Send the form of a page once more, just as the page shows it."""
    shown = {field.html_name: field.value() for field in refused.context["form"]}
    return client.post(address, {name: value for name, value in shown.items() if value not in (None, False)})
