"""Stores the planned people: sites, teams, assignments and accounts."""

import random
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from ccperf.demo.plan import CentrePlan, PlannedPerson
from ccperf.demo.randomness import stream
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
from ccperf.people.naming import free_login_name


@dataclass
class Centre:
    """The stored centre: rows by the indexes of its plan."""

    plan: CentrePlan
    sites: list[Site] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    people: dict[int, Person] = field(default_factory=dict)
    employments: dict[int, Employment] = field(default_factory=dict)
    logins: list[dict[str, str]] = field(default_factory=list)

    def person(self, planned: PlannedPerson) -> Person:
        return self.people[planned.index]

    def leader(self, team: int) -> Person:
        """Who leads the team today."""
        return self.person(self.plan.leaders[team])

    def manager(self, team: int) -> Person:
        """Who is responsible for the site of the team."""
        return self.person(self.plan.managers[self.plan.teams[team].site])

    def officer(self, role: str) -> Person:
        return self.person(self.plan.officers[role])

    @property
    def today(self) -> date:
        return self.plan.scale.today


@transaction.atomic
def store_people(plan: CentrePlan) -> Centre:
    """Create everybody with dated assignments, and one login for each role."""
    centre = Centre(plan)
    centre.sites = [Site.objects.get_or_create(name=name)[0] for name in plan.sites]
    centre.teams = Team.objects.bulk_create(
        Team(name=team.name, site=centre.sites[team.site]) for team in plan.teams
    )
    planned = plan.everybody
    users = _users(plan)
    rows = Person.objects.bulk_create(
        Person(
            employee_number=person.number,
            name=person.name,
            email=user.email,
            user=user,
        )
        for person, user in zip(planned, users, strict=True)
    )
    centre.people = {person.index: row for person, row in zip(planned, rows, strict=True)}
    _store_assignments(centre)
    _store_leaders(centre)
    centre.logins = _role_logins(centre)
    return centre


def _users(plan: CentrePlan) -> list[User]:
    rng = stream(plan.scale.seed, "accounts")
    taken = set(User.objects.values_list("username", flat=True))
    users = []
    # Nobody but the role logins below can sign in: hashing hundreds of passwords would take a minute.
    nothing = make_password(None)
    for person in plan.everybody:
        here = person.leaving is None
        seen = plan.scale.today - timedelta(days=rng.randint(1, 5))
        name = free_login_name(person.name, taken.__contains__)
        taken.add(name)
        users.append(
            User(
                username=name,
                email=f"{name}@northmere.example",
                last_name=person.name,
                password=nothing,
                is_active=here,
                # A few were invited and have not come in yet.
                last_login=moment(seen, rng) if here and rng.random() < 0.97 else None,
            )
        )
    return User.objects.bulk_create(users)


def moment(day: date, rng: random.Random) -> datetime:
    """Some minute of the working day."""
    return timezone.make_aware(datetime.combine(day, time(rng.randint(7, 17), rng.randint(0, 59))))


def _store_assignments(centre: Centre) -> None:
    employments, roles, memberships = [], [], []
    for person in centre.plan.everybody:
        row, end = centre.person(person), person.ends_before
        notice = person.leaving.notice_on if person.leaving else None
        employments.append(
            Employment(person=row, starts_on=person.started_on, ends_before=end, notice_on=notice)
        )
        roles.append(
            RoleAssignment(person=row, role=person.role, starts_on=person.started_on, ends_before=end)
        )
        memberships += [
            Membership(person=row, team=centre.teams[team], starts_on=since, ends_before=until)
            for team, since, until in person.spells
        ]
    stored = Employment.objects.bulk_create(employments)
    centre.employments = {
        person.index: row for person, row in zip(centre.plan.everybody, stored, strict=True)
    }
    RoleAssignment.objects.bulk_create(roles)
    Membership.objects.bulk_create(memberships)


def _store_leaders(centre: Centre) -> None:
    plan = centre.plan
    changed, day = plan.former_leader
    rows = []
    for index, planned in enumerate(plan.leaders):
        since = planned.started_on
        if index == changed and len(plan.leaders) > index + 1:
            # The leader of the next team led this one too until the present leader took over.
            before = centre.leader(index + 1)
            rows.append(
                Leadership(
                    person=before,
                    team=centre.teams[index],
                    starts_on=plan.leaders[index + 1].started_on,
                    ends_before=day,
                )
            )
            since = day
        rows.append(Leadership(person=centre.person(planned), team=centre.teams[index], starts_on=since))
    Leadership.objects.bulk_create(rows)
    Span.objects.bulk_create(
        Span(person=centre.person(manager), site=centre.sites[index], starts_on=manager.started_on)
        for index, manager in enumerate(plan.managers)
    )
    if len(plan.leaders) > 4:
        Delegation.objects.create(
            delegator=centre.leader(4),
            delegate=centre.leader(3),
            reason="Annual leave",
            starts_on=centre.today - timedelta(days=2),
            ends_before=centre.today + timedelta(days=6),
        )


def _role_logins(centre: Centre) -> list[dict[str, str]]:
    """One login for each role, with a password of its own that is known only to whoever runs this."""
    plan = centre.plan
    here = (person for person in plan.present() if person.spells[-1][0] == 0)
    agent = next(person for person in here if not person.is_bad_intake)
    people = {
        "agent": agent,
        "supervisor": plan.leaders[0],
        "manager": plan.managers[0],
        "hr": plan.officers["hr"],
        "admin": plan.officers["admin"],
        "privacy": plan.officers["privacy_officer"],
    }
    logins = []
    for name, planned in people.items():
        user = centre.person(planned).user
        wanted = free_login_name(name, lambda taken: User.objects.filter(username=taken).exists())
        password = "-".join(secrets.choice(WORDS) for _ in range(3))
        user.username, user.password = wanted, make_password(password)
        user.save(update_fields=["username", "password"])
        role = Role(planned.role).label
        logins.append({"role": role, "username": wanted, "password": password})
    return logins


WORDS = (
    "amber", "badge", "barley", "beacon", "birch", "bridge", "candle", "canvas", "cedar", "chalk",
    "cliff", "cloud", "clover", "cobalt", "copper", "coral", "cotton", "cradle", "dawn", "delta", "drift",
    "ember", "falcon", "fern", "ferry", "field", "flint", "forest", "garnet", "ginger", "grove",
    "harvest", "hazel", "heron", "hollow", "indigo", "island", "ivory", "jasper", "kettle", "lantern",
    "laurel", "linen", "lunar", "maple", "marble", "meadow", "mellow", "mint", "moss", "nectar", "ocean",
    "olive", "opal", "orchard", "otter", "paper", "pebble", "pepper", "pine", "plum", "poppy", "quartz",
    "quill", "raven", "reed", "river", "robin", "rocket", "saddle", "sage", "salmon", "shell", "silver",
    "slate", "spruce", "stone", "summit", "thistle", "timber", "topaz", "tulip", "velvet", "violet",
    "walnut", "willow", "winter",
)  # fmt: skip
