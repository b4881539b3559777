"""From a stored import to rows that are read, checked and matched: shared by check, import and repeated
runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import ngettext

from ccperf.imports.converting import Rows, convert
from ccperf.imports.fields import Plan
from ccperf.imports.kinds import KINDS, Context, ImportKind, zone
from ccperf.imports.matching import Matcher, Wanted, first_name_first
from ccperf.imports.models import ImportBatch
from ccperf.imports.planning import check_complete, check_names, choose_sheet
from ccperf.imports.problems import UnusableFile
from ccperf.imports.reading import RawFile, read_file
from ccperf.imports.subjects import want_unknown
from ccperf.imports.tables import Table
from ccperf.people.intake import PeopleIntake, PersonRow
from ccperf.people.models import Site, Team, User


@dataclass(slots=True)
class Loaded:
    """A file, read and matched. Nothing has been written."""

    kind: ImportKind
    table: Table
    rows: Rows
    context: Context


def open_file(
    path: Path, filename: str, sheet: str, kind: ImportKind, plan: Plan, *, head_only: bool = False
) -> tuple[RawFile, Table, str]:
    """Read the file, or its head, and choose its sheet."""
    if not path.is_file():
        raise UnusableFile("The file is no longer here. Choose it again.")
    raw = read_file(path, filename=filename, head_only=head_only)
    _, table, note = choose_sheet(raw, sheet, kind, plan)
    return raw, table, note


def load_rows(
    table: Table, plan: Plan, kind: ImportKind, *, user: User | None, batch: ImportBatch | None
) -> Loaded:
    """Convert and examine all rows of a table under a complete plan."""
    fields = kind.fields()
    check_names(plan, fields, kind)
    check_complete(plan, table, kind)
    rows = convert(table, plan, fields, zone=zone())
    plan.decisions = rows.decisions
    context = Context(
        plan=plan,
        user=user,
        batch_id=batch.pk if batch else 0,
        filename=batch.filename if batch else "",
        matcher=Matcher(user, load=kind.needs_people),
    )
    if table.repeated_headings:
        context.note(f"{table.repeated_headings:,} repeated heading lines were skipped.")
    if rows.left_out:
        said = ngettext("{:,} row was", "{:,} rows were", rows.left_out).format(rows.left_out)
        context.note(f"{said} left out by the condition.")
    for note in rows.notes:
        context.note(note)
    loaded = Loaded(kind, table, rows, context)
    examine(loaded)
    return loaded


def examine(loaded: Loaded) -> None:
    """Check across columns and match people; may run again after people were created."""
    read_problems = dict(loaded.rows.problems)
    loaded.context.memory["read_problems"] = read_problems
    loaded.kind.examine(loaded.rows, loaded.context)
    want_unknown(loaded.rows, loaded.context)


def examine_again(loaded: Loaded) -> None:
    """Match once more, after people or teams have arrived."""
    loaded.rows.problems = dict(loaded.context.memory["read_problems"])
    loaded.context.memory["created"] = True
    loaded.context.matcher.load()
    loaded.kind.examine(loaded.rows, loaded.context)


def batch_kind(batch: ImportBatch) -> ImportKind:
    if batch.kind not in KINDS:
        raise UnusableFile(f"“{batch.kind}” is no longer a kind of import.")
    return KINDS[batch.kind]


_kept: dict[int, Loaded] = {}


def keep(batch: ImportBatch, loaded: Loaded) -> None:
    """Let the import that follows in this very process use what the check has read."""
    _kept.clear()
    _kept[batch.pk] = loaded


def load_batch(batch: ImportBatch) -> Loaded:
    """Read the stored file of an import by its plan."""
    if kept := _kept.pop(batch.pk, None):
        return kept
    kind = batch_kind(batch)
    plan = Plan.from_json(batch.plan)
    table, note = open_file(batch.file, batch.filename, batch.sheet, kind, plan)[1:]
    loaded = load_rows(table, plan, kind, user=batch.created_by, batch=batch)
    loaded.context.note(note)
    return loaded


def person_rows(wanted: Sequence[Wanted], user: User | None) -> list[PersonRow]:
    """The agents to be created for the unknown people of a file, employed at the latest from their first day
    in it.
    """
    own_team = only_team(user)
    site = "" if Site.objects.exists() else "Main site"
    return [
        PersonRow(
            employee_number=one.number,
            name=first_name_first(one.name) or one.number or one.email,
            email=one.email,
            role="agent",
            team=one.team or own_team,
            site=one.site or (site if one.team or own_team else ""),
            started_on=one.first_day,
            start_is_known=False,
            left_on=one.last_day,
        )
        for one in wanted
    ]


def only_team(user: User | None) -> str:
    """A team leader with one team means that team, unless the file says otherwise."""
    if user is None or user.access.roles & {"admin", "hr"}:
        return ""
    teams = user.access.scope_team_ids
    if len(teams) != 1:
        return ""
    return Team.objects.get(pk=next(iter(teams))).name


def may_be_created(loaded: Loaded) -> list[Wanted]:
    """The unknown people that whoever imports may create: a team leader or manager only in teams of their
    own, because elsewhere they could neither see nor correct them.
    """
    matcher = loaded.context.matcher
    wanted = list(matcher.unknown.values())
    if matcher.allowed_teams is None:
        return wanted
    own_team = only_team(loaded.context.user)
    return [one for one in wanted if matcher.team(one.team or own_team, one.site)[0] is not None]


def create_places(loaded: Loaded) -> list[dict]:
    """Create the teams and sites that rows are about and nobody knows; returns the steps that undo it."""
    undo: list[dict] = []
    if loaded.context.matcher.allowed_teams is not None:
        return undo
    for team_name, site_name in sorted(loaded.context.matcher.unknown_places):
        known = Site.objects.filter(name__iexact=site_name) if site_name else Site.objects.all()
        site = known.first() if site_name or known.count() == 1 else None
        if site is None:
            if not site_name and known.exists():
                loaded.context.note(f"Team {team_name} could not be created: say which site it belongs to.")
                continue
            site = Site.objects.create(name=(site_name or "Main site")[:120])
            undo.append({"kind": "created", "model": "Site", "id": site.pk})
        if team_name and not Team.objects.filter(site=site, name__iexact=team_name).exists():
            team = Team.objects.create(site=site, name=team_name[:120])
            undo.append({"kind": "created", "model": "Team", "id": team.pk})
    return undo


def create_people(loaded: Loaded, intake: PeopleIntake, wanted: Sequence[Wanted]) -> list[dict]:
    """Create some unknown people; returns the steps that undo it. Refusals become notes."""
    undo: list[dict] = []
    rows = person_rows(wanted, loaded.context.user)
    for row, outcome in zip(rows, intake.apply(rows), strict=True):
        if outcome.status == "refused":
            loaded.context.note(f"{row.name} could not be created: {outcome.reason}")
        undo += outcome.undo
    return undo
