"""Who may see what today: the only place where dated assignments turn into rights."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection
from django.db.models import CharField, F, IntegerField, Q, Value
from django.db.models.functions import Cast

from ccperf.core.dates import today
from ccperf.people.access import HOME_ORDER, capabilities_of

if TYPE_CHECKING:
    from ccperf.people.models import User


@dataclass(frozen=True)
class Access:
    """The rights of one user on one day.

    ``led_team_ids`` and ``managed_team_ids`` include what a current delegation lends; roles lent by a
    delegation are only supervisor and manager, never HR or administration. ``once_led_team_ids`` and
    ``once_managed`` tell of any day, in person or as a delegate: who led sees as a leader, or no longer.
    """

    person_id: int | None = None
    roles: frozenset[str] = frozenset()
    own_team_ids: frozenset[int] = frozenset()
    led_team_ids: frozenset[int] = frozenset()
    managed_team_ids: frozenset[int] = frozenset()
    once_led_team_ids: frozenset[int] = frozenset()
    once_managed: bool = False
    capabilities: frozenset[str] = field(default=frozenset())

    @property
    def scope_team_ids(self) -> frozenset[int]:
        """Teams this user leads or manages today."""
        return self.led_team_ids | self.managed_team_ids

    def can(self, capability: str) -> bool:
        return capability in self.capabilities

    @property
    def home_role(self) -> str:
        """The role whose home page is shown first."""
        return next((role for role in HOME_ORDER if role in self.roles), "agent")


NOBODY = Access()


SOMEBODY = -1
"""Stands in the cached statement where a user's id goes; no row has it."""


def load_access(user: "User") -> Access:
    """The access of ``user`` today, in one query.

    An inactive or anonymous user has none.
    """
    if not user.is_authenticated or not user.is_active:
        return NOBODY
    statement, values = _access_statement(today(), connection.vendor)
    found: dict[str, set] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(statement, [user.pk if value == SOMEBODY else value for value in values])
        for kind, text, number in cursor.fetchall():
            found[kind].add(text if kind == "role" else number)
    held = frozenset(found["role"])
    return Access(
        person_id=next(iter(found["person"]), None),
        roles=held,
        own_team_ids=frozenset(found["own"]),
        led_team_ids=frozenset(found["led"]),
        managed_team_ids=frozenset(found["managed"]),
        once_led_team_ids=frozenset(found["once"]),
        once_managed=bool(found["spanned"]),
        capabilities=capabilities_of(held),
    )


@lru_cache(maxsize=4)
def _access_statement(day: date, vendor: str) -> tuple[str, tuple]:
    """The SQL of ``_access_rows`` and its values.

    Every request asks it, and putting its parts together costs ten times as much as the answer; so they
    are put together once a day and database (``vendor``).
    """
    statement, values = _access_rows(SOMEBODY, day).query.sql_with_params()
    return statement, tuple(values)


def _access_rows(user_id: int, day: date):
    """Rows of (kind, text, number): the person, roles and teams of a user on a day."""
    people = apps.get_app_config("people")
    person = people.get_model("Person").objects.filter(user_id=user_id)
    delegations = people.get_model("Delegation").objects.filter(delegate__user_id=user_id)
    delegators = delegations.on(day).values("delegator_id")
    mine = Q(person__user_id=user_id)
    mine_or_lent = mine | Q(person_id__in=delegators)
    leaderships, spans = people.get_model("Leadership").objects, people.get_model("Span").objects
    ever = mine | Q(person_id__in=delegations.values("delegator_id"))

    def leg(rows, kind: str, text, number):
        return rows.order_by().values_list(
            Value(kind, CharField()), Cast(text, CharField()), Cast(number, IntegerField())
        )

    roles = people.get_model("RoleAssignment").objects.on(day)
    return leg(person, "person", Value(""), F("pk")).union(
        leg(roles.filter(mine), "role", F("role"), Value(0)),
        leg(
            roles.filter(person_id__in=delegators, role__in=["supervisor", "manager"]),
            "role",
            F("role"),
            Value(0),
        ),
        leg(people.get_model("Membership").objects.on(day).filter(mine), "own", Value(""), F("team_id")),
        leg(leaderships.on(day).filter(mine_or_lent), "led", Value(""), F("team_id")),
        leg(_teams_of(spans.on(day).filter(mine_or_lent)), "managed", Value(""), F("pk")),
        leg(leaderships.filter(ever), "once", Value(""), F("team_id")),
        leg(_teams_of(spans.filter(ever)), "once", Value(""), F("pk")),
        leg(spans.filter(ever), "spanned", Value(""), Value(0)),
        all=True,
    )


def _teams_of(spans):
    """The teams that spans of managers reach, one by one or by their site."""
    team = apps.get_model("people", "Team")
    return team.objects.filter(Q(pk__in=spans.values("team_id")) | Q(site_id__in=spans.values("site_id")))


def people_in_scope(access: Access, key: str = "pk") -> Q:
    """Oneself, today's members of one's teams, and for a manager their leaders.

    A condition on Person, or by its ``key`` on a record about a person.
    """
    people = apps.get_app_config("people")
    members = people.get_model("Membership").objects.on().filter(team_id__in=access.scope_team_ids)
    # A record about nobody is not about a user without a person.
    condition = Q(**{key: access.person_id}) if access.person_id else Q(pk__in=[])
    if access.scope_team_ids:
        condition |= Q(**{f"{key}__in": members.values("person_id")})
    if access.managed_team_ids:
        leaders = people.get_model("Leadership").objects.on().filter(team_id__in=access.managed_team_ids)
        condition |= Q(**{f"{key}__in": leaders.values("person_id")})
    return condition


def team_ids_on(pairs: Iterable[tuple[int, date]]) -> list[int | None]:
    """The team of each (person id, day), None where the person belonged to no team; one query for all."""
    pairs = list(pairs)
    ids = {person_id for person_id, _ in pairs}
    spells: dict[int, list[tuple[date, date | None, int]]] = defaultdict(list)
    membership = apps.get_model("people", "Membership")
    rows = membership.objects.order_by("starts_on")
    # A long list of ids would pass SQLite's limit of variables; then reading all is the shorter way.
    rows = rows.filter(person_id__in=ids) if len(ids) <= 500 else rows
    for person_id, starts_on, ends_before, team_id in rows.values_list(
        "person_id", "starts_on", "ends_before", "team_id"
    ):
        spells[person_id].append((starts_on, ends_before, team_id))
    starts = {person_id: [spell[0] for spell in found] for person_id, found in spells.items()}
    teams: list[int | None] = []
    for person_id, day in pairs:
        index = bisect_right(starts.get(person_id, []), day) - 1
        spell = spells[person_id][index] if index >= 0 else None
        teams.append(spell[2] if spell and (spell[1] is None or day < spell[1]) else None)
    return teams
