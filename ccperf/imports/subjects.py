"""Whom and which team each row is about; shared by the kinds that name people."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import ngettext

from ccperf.imports.cells import numbering
from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field
from ccperf.imports.kinds import Context
from ccperf.imports.matching import People, Wanted
from ccperf.imports.problems import Problem

NUMBER = re.compile(r"[A-Za-z]{0,4}[-_]?\d+")
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
                "users interacted",
                "worker",
                "assignee",
                "ticket assignee",
                "owner",
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
                "agent number",
                "person id",
            ),
        ),
        Field(
            "email",
            "E-mail",
            "text",
            "The person's e-mail address.",
            maximum=254,
            synonyms=("email address", "mail", "e mail", "agent email", "work email", "user email"),
            weak_synonyms=("agent", "agent login", "agent id", "user", "user name", "login", "login id"),
        ),
        Field(
            "team",
            "Team",
            "text",
            "Team name; with people, it only helps to tell equal names apart.",
            maximum=120,
            synonyms=("team name", "agent team", "squad"),
            weak_synonyms=("organization", "organisation", "supervisory organization", "work group"),
        ),
        Field(
            "site",
            "Site",
            "text",
            "Site name.",
            maximum=120,
            synonyms=("site name", "location", "centre name", "office"),
        ),
        *name_parts("agent "),
    ]


def name_parts(whose: str = "") -> list[Field]:
    """First and last name, for files that have no whole one; ``whose`` is what headings say in front."""
    return [
        Field(
            f"{place}_name",
            f"{place.capitalize()} name",
            "text",
            "Where the file has no whole name.",
            maximum=80,
            synonyms=tuple(f"{front}{word}" for word in words for front in dict.fromkeys(("", whose))),
        )
        for place, words in (
            ("first", ("first name", "forename", "given name", "firstname")),
            ("last", ("last name", "surname", "family name", "lastname")),
        )
    ]


def match_people(rows: Rows, context: Context, days: Sequence[date | None]) -> None:
    """Find the person, team and site of every row, or set the row aside; fills ``_person``, ``_team``,
    ``_site``.
    """
    columns = [rows.column(name) for name in ("agent", "employee_number", "email", "team", "site")]
    places = numbering()
    codes = list(map(places.__getitem__, zip(*columns, strict=True)))
    found = _found(context, list(places))
    for position, code in enumerate(codes) if any(one.problem for one in found) else ():
        if (problem := found[code].problem) is not None:
            rows.problems.setdefault(position, problem)
    for name, ids in (
        ("_person", [one.person_id for one in found]),
        ("_team", [one.team_id for one in found]),
        ("_site", [one.site_id for one in found]),
    ):
        rows.values[name] = list(map(ids.__getitem__, codes))
    if any(one.is_wanted or one.is_wanted_place for one in found):

        def want(position: int) -> None:
            one, words = found[codes[position]], [column[position] or "" for column in columns]
            if one.is_wanted:
                _want(context, words, days[position])
            if one.is_wanted_place:
                context.matcher.unknown_places.add((words[3], words[4]))

        context.memory["want"] = want


def note_rows_of_nobody(rows: Rows, context: Context) -> None:
    """Say how many rows name no person, queue, team or site, and so count for the whole centre alone."""
    owners = [rows.column(name) for name in ("agent", "employee_number", "email", "queue", "team", "site")]
    count = sum(not any(said) for at, said in enumerate(zip(*owners, strict=True)) if at not in rows.problems)
    if count:
        one = "{:,} row names no person, queue, team or site. It counts for the whole centre."
        many = "{:,} rows name no person, queue, team or site. They count for the whole centre."
        context.note(ngettext(one, many, count).format(count))


def want_unknown(rows: Rows, context: Context) -> None:
    """Remember who and which teams are to be created: those of rows that will be imported, and no others.

    A kind leaves ``want`` in the context's memory, which does so for the row of a position.
    """
    want = context.memory.pop("want", None)
    for position in rows.good() if want else ():
        want(position)


@dataclass(slots=True)
class _Found:
    """What the words of a row about its person and place mean. Who ``is_wanted`` will be created, and so will
    a wanted place.
    """

    person_id: int | None
    team_id: int | None
    site_id: int | None
    problem: Problem | None
    is_wanted: bool = False
    is_wanted_place: bool = False


def _found(context: Context, said: Sequence[tuple]) -> list[_Found]:
    """Each different wording, looked up once."""
    people = People(context.matcher)
    teams: dict[tuple, tuple] = {}
    found = []
    for agent, number, email, team, site in said:
        person_id, problem = people.find(agent, number, email, team or "")
        is_wanted = problem is not None and problem.code == "unknown_person" and _is_creating(context)
        named = person_id is not None or bool(agent or number or email)
        if (team, site) not in teams:
            teams[team, site] = _place(context, team, site)
        (team_id, site_id), place_problem = teams[team, site]
        is_wanted_place = False
        if place_problem and place_problem.code in CREATABLE and (_is_creating(context) or named):
            if not named:
                is_wanted_place = True
            elif not _is_creating(context) and team:
                context.note("Teams the file names but nobody knows were passed over; membership decides.")
            place_problem = None
        problem = place_problem if is_wanted else problem or place_problem
        found.append(_Found(person_id, team_id, site_id, problem, is_wanted, is_wanted_place))
    return found


def _is_creating(context: Context) -> bool:
    return context.plan.create_people and not context.memory.get("created")


def _want(context: Context, said: Sequence[str], day: date | None) -> None:
    """A number or an address in the agent column is a number or an address, not a name."""
    agent, number, email, team, site = said
    wanted = Wanted(number, agent, email, team, site, day)
    if wanted.name and not wanted.number and "@" in wanted.name:
        wanted.email, wanted.name = wanted.name, ""
    elif wanted.name and not wanted.number and NUMBER.fullmatch(wanted.name):
        wanted.number, wanted.name = wanted.name, ""
    context.matcher.want(wanted)


def _place(context: Context, team: str | None, site: str | None) -> tuple:
    team_id, team_problem = context.matcher.team(team, site)
    site_id, site_problem = context.matcher.site(site)
    if team_id is not None and site_id is None:
        site_id = context.matcher.team_sites.get(team_id)
    return (team_id, site_id), team_problem or (site_problem if not team_id else None)
