"""The kind of import that brings people, their teams and who leads them."""

from collections.abc import Sequence

from ccperf.imports.converting import Rows
from ccperf.imports.fields import Field
from ccperf.imports.kinds import Context, Counts, ImportKind, Progress, register
from ccperf.imports.matching import first_name_first
from ccperf.imports.models import RowChange
from ccperf.imports.people_fields import people_fields
from ccperf.imports.words import fold
from ccperf.people.intake import PeopleIntake, PersonRow, may_grant

TEXTS = ("employee_number", "name", "email", "role", "team", "site", "team_leader", "manager")
NAMES = ("name", "team_leader", "manager")
GRANTS = {"role": "Role", "team_leader": "Team leader", "manager": "Manager"}
"""Columns that decide who sees whom; only who may give roles in the application may bring them."""


class People(ImportKind):
    """Staff lists: who works in which team, since when, led by whom."""

    key = "people"
    title = "People"
    noun = "people"
    description = "A staff list: people, their teams and sites, team leaders and managers."
    requires = (("name", "last_name", "employee_number"),)
    roles = frozenset({"admin", "hr"})
    constants = ("role", "team", "site", "started_on")
    chunk_size = 20

    def fields(self) -> list[Field]:
        return people_fields()

    def examine(self, rows: Rows, context: Context) -> None:
        _set_grants_aside(rows, context)
        started, left = _days(rows, "started_on"), _days(rows, "left_on")
        seen: dict[str, int] = {}
        for position, number in enumerate(rows.column("employee_number")):
            name = rows.get("name", position)
            if not number and not name:
                rows.refuse(position, "no_name", "The row has neither a name nor an employee number.")
                continue
            if not name and fold(number) not in context.matcher.numbers:
                rows.refuse(
                    position, "no_name", f"Employee number {number} is new; a new person needs a name."
                )
            if started[position] and left[position] and left[position] < started[position]:
                rows.refuse(position, "refused", "The last day is before the first day.")
            if number and position not in rows.problems:
                first = seen.setdefault(fold(number), position)
                if first != position and _row(rows, first) != _row(rows, position):
                    rows.refuse(
                        position,
                        "conflicting_identifier",
                        f"Employee number {number} stands on line {rows.lines[first]} already, with "
                        f"other values.",
                    )

    def write(self, rows: Rows, positions: Sequence[int], context: Context) -> Counts:
        intake = context.memory.get("intake") or PeopleIntake(by=context.user)
        context.memory["intake"] = intake
        counts, undo = Counts(), []
        outcomes = intake.apply([_row(rows, position) for position in positions])
        for position, outcome in zip(positions, outcomes, strict=True):
            undo += outcome.undo
            if outcome.status == "refused":
                rows.refuse(position, "refused", outcome.reason)
                continue
            if outcome.reason:
                context.note(f"Line {rows.lines[position]}: {outcome.reason}")
            counts.imported += outcome.status == "inserted"
            counts.updated += outcome.status == "updated"
            counts.unchanged += outcome.status == "unchanged"
        if undo:
            RowChange.objects.create(
                batch_id=context.batch_id, table="people", row_id=0, after={"undo": undo}
            )
        return counts

    def undo(self, batch_id: int, progress: Progress) -> list[str]:
        """The journal of people is taken back by the engine, for every kind that may create some."""
        return []


def _set_grants_aside(rows: Rows, context: Context) -> None:
    """Forget what the importer may not give, and say so; people, teams and dates are taken over."""
    if may_grant(context.user):
        return
    found = [title for name, title in GRANTS.items() if any(rows.column(name))]
    for name in GRANTS:
        rows.values.pop(name, None)
    if found:
        words = " and ".join(filter(None, [", ".join(found[:-1]), found[-1]]))
        context.note(
            f"Set aside: {words}. Only an administrator gives roles and says who leads or manages a team. "
            f"Everything else in the rows is taken over."
        )


def _days(rows: Rows, name: str) -> list:
    return [moment.at.date() if moment else None for moment in rows.column(name)]


def _row(rows: Rows, position: int) -> PersonRow:
    started, left = rows.get("started_on", position), rows.get("left_on", position)
    texts = {name: rows.get(name, position) or "" for name in TEXTS}
    texts |= {name: first_name_first(texts[name]) for name in NAMES}
    return PersonRow(
        **texts,
        started_on=started.at.date() if started else None,
        left_on=left.at.date() if left else None,
    )


register(People())
