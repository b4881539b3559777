"""Whom and which team each row is about; shared by the kinds that name people."""

from collections.abc import Sequence
from datetime import date

from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field
from ccperf.imports.kinds import Context
from ccperf.imports.matching import People, Wanted
from ccperf.imports.problems import Problem

CREATABLE = frozenset({"unknown_person", "unknown_team", "unknown_site"})


def agent_fields() -> list[Field]:
    """The ways in which a file can say whom a row is about."""
    return [
        Field(
            "agent",
            "Agent",
            "text",
            "Employee number, e-mail address or a name that only one person has.",
            maximum=160,
            synonyms=(
                "agent name",
                "agent id",
                "adviser name",
                "handled by",
                "answered by",
                "user",
                "user name",
                "employee",
                "employee name",
                "staff member",
                "staff name",
                "full name",
                "team member",
                "csr",
                "agent full name",
            ),
        ),
        Field(
            "employee_number",
            "Employee number",
            "identifier",
            "The person's number in the personnel or telephone system.",
            maximum=60,
            synonyms=(
                "employee id",
                "staff number",
                "staff id",
                "personnel number",
                "payroll number",
                "emp id",
                "emp no",
                "employee code",
                "worker id",
                "associate id",
                "hr id",
            ),
        ),
        Field(
            "email",
            "E-mail",
            "text",
            "The person's e-mail address.",
            maximum=254,
            synonyms=("email address", "mail", "e mail", "agent email", "work email"),
        ),
        Field(
            "team",
            "Team",
            "text",
            "Team name; with people, it only helps to tell equal names apart.",
            maximum=120,
            synonyms=("team name", "agent team", "squad"),
        ),
        Field(
            "site",
            "Site",
            "text",
            "Site name.",
            maximum=120,
            synonyms=("site name", "location", "centre name", "office"),
        ),
    ]


def match_people(rows: Rows, context: Context, days: Sequence[date | None]) -> None:
    """Find the person, team and site of every row, or set the row aside; fills ``_person``, ``_team``,
    ``_site``.
    """
    people = People(context.matcher)
    columns = [rows.column(name) for name in ("agent", "employee_number", "email", "team", "site")]
    found_people: list[int | None] = []
    found_teams: list[int | None] = []
    found_sites: list[int | None] = []
    teams: dict[tuple, tuple[int | None, Problem | None]] = {}
    is_creating = context.plan.create_people and not context.memory.get("created")
    for position, (agent, number, email, team, site) in enumerate(zip(*columns, strict=True)):
        person_id, problem = people.find(agent, number, email, team or "")
        if problem and problem.code == "unknown_person" and is_creating:
            _want(
                context,
                Wanted(number or "", agent or "", email or "", team or "", site or "", days[position]),
            )
            problem = None
        named = person_id is not None or bool(agent or number or email)
        key = (team, site)
        if key not in teams:
            teams[key] = _place(context, team, site)
        (team_id, site_id), place_problem = teams[key]
        if place_problem and (place_problem.code in CREATABLE and (is_creating or named)):
            if is_creating and not named:
                context.matcher.unknown_places.add((team or "", site or ""))
            elif named and not is_creating and team:
                context.note("Teams the file names but nobody knows were passed over; membership decides.")
            place_problem = None
        problem = problem or place_problem
        if problem is not None:
            rows.problems.setdefault(position, problem)
        found_people.append(person_id)
        found_teams.append(team_id)
        found_sites.append(site_id)
    rows.values["_person"], rows.values["_team"], rows.values["_site"] = (
        found_people,
        found_teams,
        found_sites,
    )
    if is_creating and context.matcher.unknown:
        context.memory["will_create"] = len(context.matcher.unknown)


def _want(context: Context, wanted: Wanted) -> None:
    """A number or an address in the agent column is a number or an address, not a name."""
    if wanted.name and not wanted.number and "@" in wanted.name:
        wanted.email, wanted.name = wanted.name, ""
    elif wanted.name and not wanted.number and wanted.name.isdigit():
        wanted.number, wanted.name = wanted.name, ""
    context.matcher.want(wanted)


def _place(context: Context, team: str | None, site: str | None) -> tuple:
    team_id, team_problem = context.matcher.team(team, site)
    site_id, site_problem = context.matcher.site(site)
    if team_id is not None and site_id is None:
        site_id = context.matcher.team_sites.get(team_id)
    return (team_id, site_id), team_problem or (site_problem if not team_id else None)
