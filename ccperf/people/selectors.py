"""Reads for the pages of people and teams."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from ccperf.core.dates import today
from ccperf.core.identifiers import as_id
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

STATUSES = {
    "employed": "Employed",
    "left": "Has left",
    "invited": "Invited, no password yet",
    "no_account": "Employed, cannot sign in",
    "shut": "Account shut",
}


def people_list(
    *, user: User, query: str = "", site: str = "", team: str = "", role: str = "", status: str = ""
) -> QuerySet[Person]:
    """People visible to ``user`` with present team and site as annotations, narrowed by the filters."""
    now = Membership.objects.on().filter(person=OuterRef("pk"))
    rows = (
        Person.objects.visible_to(user)
        .select_related("user")
        .annotate(
            team_name=Subquery(now.values("team__name")[:1]),
            team_id=Subquery(now.values("team_id")[:1]),
            site_name=Subquery(now.values("team__site__name")[:1]),
            is_employed=Exists(Employment.objects.on().filter(person=OuterRef("pk"))),
        )
        .order_by("name", "pk")
    )
    for word in query.split()[:6]:
        rows = rows.filter(
            Q(name__icontains=word)
            | Q(employee_number__iexact=word)
            | Q(user__username__icontains=word)
            | Q(email__icontains=word)
        )
    if (team_id := as_id(team)) is not None:
        rows = rows.filter(_in_teams(Q(team_id=team_id)))
    if (site_id := as_id(site)) is not None:
        rows = rows.filter(_in_teams(Q(team__site_id=site_id)) | _site_span(site_id))
    if role in Role.values:
        rows = rows.filter(pk__in=RoleAssignment.objects.on().filter(role=role).values("person_id"))
    return _with_status(rows, status)


def _in_teams(condition: Q) -> Q:
    """Members or leaders today of teams that meet ``condition``."""
    return Q(pk__in=Membership.objects.on().filter(condition).values("person_id")) | Q(
        pk__in=Leadership.objects.on().filter(condition).values("person_id")
    )


def _site_span(site_id: int) -> Q:
    return Q(pk__in=Span.objects.on().filter(site_id=site_id).values("person_id"))


def _with_status(rows: QuerySet[Person], status: str) -> QuerySet[Person]:
    match status:
        case "employed":
            return rows.filter(Q(is_employed=True))
        case "left":
            return rows.filter(Q(is_employed=False))
        case "invited":
            unusable = Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
            return rows.filter(unusable, user__is_active=True, user__last_login=None)
        case "no_account":
            return rows.filter(Q(is_employed=True), user=None)
        case "shut":
            return rows.filter(user__is_active=False)
    return rows


def roles_of(people: list[Person]) -> dict[int, list[str]]:
    """The names of the roles that each of the people holds today; one query."""
    held: dict[int, list[str]] = defaultdict(list)
    rows = RoleAssignment.objects.on().filter(person_id__in=[person.pk for person in people]).order_by("role")
    for person_id, role in rows.values_list("person_id", "role"):
        held[person_id].append(Role(role).label)
    return held


@dataclass
class PersonRow:
    """One line of the list of people, also of its export."""

    person: Person
    roles: list[str]
    leads: list[str] = field(default_factory=list)

    @property
    def status(self) -> str:
        """In words: whether the person works here and can sign in."""
        user = self.person.user
        if user and not user.is_active:
            return "Account shut"
        if not self.person.is_employed:  # type: ignore[attr-defined]
            return "Has left"
        if user is None:
            return "Cannot sign in"
        if user.last_login is None and not user.has_usable_password():
            return "Invited"
        return "Active"


def person_rows(people: list[Person]) -> list[PersonRow]:
    """The people with their roles and what they lead; three queries whatever their number."""
    held, leads = roles_of(people), leads_of(people)
    return [PersonRow(person, held.get(person.pk, []), leads.get(person.pk, [])) for person in people]


def leads_of(people: list[Person]) -> dict[int, list[str]]:
    """In words, what each of the people leads or is responsible for today; two queries."""
    ids = [person.pk for person in people]
    found: dict[int, list[str]] = defaultdict(list)
    for row in Leadership.objects.on().filter(person_id__in=ids).select_related("team"):
        found[row.person_id].append(f"Leads {row.team.name}")
    for span in Span.objects.on().filter(person_id__in=ids).select_related("site", "team"):
        found[span.person_id].append(f"Responsible for {span.site or span.team}")
    return found


@dataclass(frozen=True)
class Spell:
    """One line of a person's history."""

    kind: str
    text: str
    starts_on: date
    ends_before: date | None
    pk: int

    @property
    def is_open(self) -> bool:
        return self.ends_before is None or self.ends_before > today()

    @property
    def is_future(self) -> bool:
        return self.starts_on > today()


@dataclass
class PersonFile:
    """Everything the administration page shows about one person; no figures, no feedback."""

    person: Person
    spells: list[Spell] = field(default_factory=list)

    def of(self, kind: str) -> list[Spell]:
        return [spell for spell in self.spells if spell.kind == kind]

    @property
    def team(self) -> Spell | None:
        return next((spell for spell in self.of("team") if spell.is_open and not spell.is_future), None)

    @property
    def next_team(self) -> Spell | None:
        return next((spell for spell in self.of("team") if spell.is_future), None)

    @property
    def open_roles(self) -> list[Spell]:
        return [spell for spell in self.of("role") if spell.is_open]

    @property
    def open_spans(self) -> list[Spell]:
        return [spell for spell in self.of("span") if spell.is_open]

    @property
    def open_leads(self) -> list[Spell]:
        return [spell for spell in self.of("lead") if spell.is_open]

    @property
    def employment(self) -> Spell | None:
        return next((spell for spell in self.of("employment") if spell.is_open), None)

    @property
    def delegations(self) -> list[Spell]:
        return [spell for spell in self.of("away") + self.of("deputy") if spell.is_open]


def person_file(person: Person) -> PersonFile:
    """The dated history of one person, newest first; six queries."""
    spells = [
        *_spells("team", Membership.objects.filter(person=person), F("team__name")),
        *_spells("role", RoleAssignment.objects.filter(person=person), F("role")),
        *_spells("lead", Leadership.objects.filter(person=person), F("team__name")),
        *_spells("employment", Employment.objects.filter(person=person), F("person__name")),
    ]
    for span in Span.objects.filter(person=person).select_related("site", "team"):
        text = f"Site {span.site}" if span.site else f"Team {span.team}"
        spells.append(Spell("span", text, span.starts_on, span.ends_before, span.pk))
    delegations = Delegation.objects.filter(Q(delegator=person) | Q(delegate=person))
    for row in delegations.select_related("delegator", "delegate"):
        away = row.delegator_id == person.pk
        other = row.delegate if away else row.delegator
        text = f"{other} stands in" if away else f"Stands in for {other}"
        spells.append(Spell("away" if away else "deputy", text, row.starts_on, row.ends_before, row.pk))
    spells.sort(key=lambda spell: spell.starts_on, reverse=True)
    return PersonFile(person, spells)


def _spells(kind: str, rows: QuerySet, text: F) -> list[Spell]:
    named = rows.annotate(_text=text).values_list("_text", "starts_on", "ends_before", "pk")
    return [
        Spell(kind, Role(text).label if kind == "role" else text, starts_on, ends_before, pk)
        for text, starts_on, ends_before, pk in named
    ]


@dataclass
class TeamRow:
    """One team with its leaders and size today."""

    team: Team
    members: int
    leaders: list[str]
    span_limit: tuple[int, int] = (8, 15)

    @property
    def size_note(self) -> str:
        """In words when the span of control is unusual; the range is the trade's, not a rule."""
        if not self.members or self.team.closed_on:
            return ""
        low, high = self.span_limit
        if self.members > high:
            return f"more than {high}"
        return f"fewer than {low}" if self.members < low else ""


@dataclass
class SiteRow:
    site: Site
    managers: list[str]
    teams: list[TeamRow]

    @property
    def members(self) -> int:
        return sum(row.members for row in self.teams)


def sites_and_teams(*, with_closed: bool = False) -> list[SiteRow]:
    """All sites with their teams, leaders, sizes and managers today; four queries."""
    teams = Team.objects.order_by("name") if with_closed else Team.objects.open().order_by("name")
    sizes = dict(Membership.objects.on().values_list("team_id").annotate(count=Count("pk")).order_by())
    leaders: dict[int, list[str]] = defaultdict(list)
    led = Leadership.objects.on().order_by("person__name")
    for team_id, name in led.values_list("team_id", "person__name"):
        leaders[team_id].append(name)
    managers: dict[int | None, list[str]] = defaultdict(list)
    for span in (
        Span.objects.on().filter(site__isnull=False).select_related("person").order_by("person__name")
    ):
        managers[span.site_id].append(span.person.name)
    by_site: dict[int, list[TeamRow]] = defaultdict(list)
    for team in teams:
        by_site[team.site_id].append(TeamRow(team, sizes.get(team.pk, 0), leaders[team.pk]))
    return [SiteRow(site, managers[site.pk], by_site[site.pk]) for site in Site.objects.order_by("name")]


def delegations_for(user: User) -> QuerySet[Delegation]:
    """Delegations a user may know of: administrators all, everyone else those they gave or hold."""
    rows = Delegation.objects.select_related("delegator", "delegate").order_by("-starts_on", "-pk")
    if user.access.can("people.manage"):
        return rows
    mine = user.access.person_id
    return rows.filter(Q(delegator_id=mine) | Q(delegate_id=mine))


EXPORT_HEADER = ["Name", "Employee number", "E-mail", "User name", "Roles", "Team", "Site", "Status"]


def export_line(row: PersonRow) -> list[str]:
    """The cells of one person in the exported list."""
    person = row.person
    return [
        person.name,
        person.employee_number or "",
        person.email,
        person.user.username if person.user else "",
        ", ".join(row.roles),
        ", ".join(row.leads) or person.team_name or "",  # type: ignore[attr-defined]
        person.site_name or "",  # type: ignore[attr-defined]
        row.status,
    ]
