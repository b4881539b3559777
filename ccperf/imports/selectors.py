"""What the import pages show: the list, the outcome, the rows that stand aside."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db.models import Count, Min, Q
from django.template.defaultfilters import pluralize

from ccperf.imports.cells import shortened, text_of
from ccperf.imports.dates import Moment
from ccperf.imports.fields import Field
from ccperf.imports.kinds import KINDS, ImportKind
from ccperf.imports.loading import Loaded, only_team
from ccperf.imports.matching import SEES_EVERYONE
from ccperf.imports.models import ImportBatch, QuarantinedRow
from ccperf.imports.problems import Problem
from ccperf.imports.reasons import name_of
from ccperf.people.models import User

PREVIEW_ROWS = 20
NAMES_SHOWN = 8
NUMBERS_SHOWN = 5
CONTENT_RIGHTS = {"feedback": "feedback.read", "leavers": "retention.read"}
PLACES = {"unknown_team": "team", "unknown_site": "site"}
UNREAD = frozenset({"unknown_choice", "unknown_metric", "not_yes_or_no", "not_a_number", "too_high"})
QUOTING = frozenset({"unknown_choice", "not_yes_or_no", "too_long"})
"""Reasons whose sentence quotes the cell, which may be what somebody said or why somebody left."""
UNQUOTED = "The value is not shown, because it is confidential."


@dataclass(frozen=True)
class ReasonLine:
    """One reason with its rows, for the panel of rows that cannot be read."""

    name: str
    count: int
    lines: str
    example: str
    is_held: bool


@dataclass(frozen=True)
class PreviewRow:
    """One row as it would be stored."""

    line: int
    cells: list[str]
    problem: Problem | None


@dataclass(frozen=True)
class UnreadValue:
    """A raw value that nobody has given a meaning yet."""

    field: Field
    raw: str
    count: int


def open_kinds(user: User) -> list[ImportKind]:
    """The kinds of file this user may bring."""
    return [kind for kind in KINDS.values() if kind.is_open_to(user)]


def may_read_cells(user: User, batch: ImportBatch) -> bool:
    """Whoever brought a file may see its cells; others see only what became of it."""
    return batch.created_by_id == user.pk


def hides_content(user: User, kind: str) -> bool:
    """Whether files of this kind hold what this user may not read, such as reasons for leaving."""
    right = CONTENT_RIGHTS.get(kind)
    return right is not None and not user.access.can(right)


def _spoken(code: str, message: str, *, hidden: bool) -> str:
    """The sentence about a row, without the confidential cell it quotes."""
    return UNQUOTED if hidden and code in QUOTING else message


def stored_reasons(batch: ImportBatch, user: User) -> list[ReasonLine]:
    """Why rows of a finished import stand aside, most frequent first."""
    hidden = hides_content(user, batch.kind)
    waiting = QuarantinedRow.objects.filter(batch=batch, resolved_at__isnull=True)
    groups = waiting.values("code").annotate(
        rows=Count("pk"), example=Min("reason"), held=Count("pk", filter=Q(is_held=True))
    )
    lines: dict[str, list[int]] = defaultdict(list)
    for code, line in waiting.values_list("code", "line").order_by("position")[:2000]:
        lines[code].append(line)
    return [
        ReasonLine(
            name_of(group["code"]),
            group["rows"],
            _lines(lines[group["code"]], group["rows"]),
            _spoken(group["code"], group["example"], hidden=hidden),
            bool(group["held"]),
        )
        for group in groups.order_by("-rows", "code")
    ]


def brought_again(batch: ImportBatch) -> str:
    """By number, the later imports that brought rows which were there already: some of this import's own may
    be among them, and go with its undo.
    """
    later = ImportBatch.objects.filter(
        kind=batch.kind, pk__gt=batch.pk, status=ImportBatch.Status.APPLIED, unchanged__gt=0
    )
    numbers = list(later.order_by("pk").values_list("pk", flat=True)[: NUMBERS_SHOWN + 1])
    shown = [str(number) for number in numbers[:NUMBERS_SHOWN]]
    more = " and later ones" if len(numbers) > NUMBERS_SHOWN else ""
    return f"import{pluralize(numbers)} {', '.join(shown)}{more}" if batch.imported and numbers else ""


def read_from(batch: ImportBatch, kind: ImportKind | None, user: User) -> list[tuple[str, str]]:
    """Each field of an import by its label, the column or value it was filled from, and, for whoever may read
    cells, what raw values were said to mean.
    """
    fields = {one.name: one for one in kind.fields()} if kind else {}
    labels = {name: one.label for name, one in fields.items()}
    mapping = batch.plan.get("mapping", {}).items()
    constants = batch.plan.get("constants", {}).items()
    lines = [(labels.get(name, name), ", ".join(columns)) for name, columns in mapping]
    lines += [(labels.get(name, name), f"always “{value}”") for name, value in constants]
    is_open = may_read_cells(user, batch) and not hides_content(user, batch.kind)
    for name, meanings in batch.plan.get("meanings", {}).items() if is_open else ():
        choices = fields[name].choices if name in fields else {}
        said = (f"“{raw}” is {choices.get(value, value) or 'missing'}" for raw, value in meanings.items())
        lines.append((labels.get(name, name), ", ".join(said)))
    return lines


def found_reasons(loaded: Loaded, user: User) -> list[ReasonLine]:
    """Why rows of a checked file would stand aside."""
    hidden = hides_content(user, loaded.kind.key)
    by_code: dict[str, list[int]] = defaultdict(list)
    for position in sorted(loaded.rows.problems):
        by_code[loaded.rows.problems[position].code].append(position)
    return [
        ReasonLine(
            name_of(code),
            len(positions),
            _lines([loaded.rows.lines[position] for position in positions[:4]], len(positions)),
            _spoken(code, loaded.rows.problems[positions[0]].message, hidden=hidden),
            loaded.rows.problems[positions[0]].is_held,
        )
        for code, positions in sorted(by_code.items(), key=lambda item: -len(item[1]))
    ]


def _lines(lines: list[int], count: int) -> str:
    shown = [f"{line:,}" for line in lines[:3]]
    if count == 1:
        return f"line {shown[0]}" if shown else ""
    more = count - len(shown)
    return f"lines {', '.join(shown)}" + (f" and {more:,} more" if more > 0 else "")


def preview(loaded: Loaded, user: User) -> tuple[list[str], list[PreviewRow]]:
    """The first rows as they would be stored, without the content a user may not read."""
    fields = [one for one in loaded.kind.fields() if loaded.context.plan.fills(one.name)]
    is_hidden = hides_content(user, loaded.kind.key)
    hidden = loaded.kind.private_fields if is_hidden else frozenset()
    rows = []
    for position in range(min(PREVIEW_ROWS, len(loaded.rows))):
        cells = [
            _hidden(loaded.rows.get(one.name, position), one)
            if one.name.partition(".")[0] in hidden
            else shown(loaded.rows.get(one.name, position), one)
            for one in fields
        ]
        problem = loaded.rows.problems.get(position)
        if problem:
            problem = replace(problem, message=_spoken(problem.code, problem.message, hidden=is_hidden))
        rows.append(PreviewRow(loaded.rows.lines[position], cells, problem))
    return [one.label for one in fields], rows


def _hidden(value: Any, field: Field) -> str:
    """A comment by its length; any other value only as being there, since a length would give it away."""
    if field.type == "comment":
        return f"{len(text)} characters" if (text := text_of(value)) else ""
    return "" if value in (None, []) else "Confidential"


def shown(value: Any, field: Field) -> str:
    """A converted value in words, empty where the file says nothing."""
    if value is None or value == []:
        return ""
    if isinstance(value, Moment):
        return _moment(value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(text for part in value if (text := shown(part, field)))
    if field.type == "time":
        return str(timedelta(seconds=round(value)))
    if field.type == "share":
        return f"{value:.1%}"
    if field.type == "choice":
        return str(field.choices.get(value, value))
    if isinstance(value, float):
        return f"{value:,.10g}"
    return shortened(text_of(value), 80)


def _moment(value: Moment) -> str:
    if value.precision == "year":
        return str(value.at.year)
    if value.precision == "month":
        return f"{value.at:%b %Y}"
    day = f"{value.at.day} {value.at:%b %Y}"
    return day if value.precision == "day" else f"{day}, {value.at:%H:%M}"


@dataclass(frozen=True)
class UnknownPeople:
    """How many people a checked file names and nobody knows, the first of them in words, and where they
    would belong.
    """

    count: int
    shown: str
    rows: int
    will_be_created: bool
    can_be_created: bool
    joins: str


def unknown_people(loaded: Loaded, user: User) -> UnknownPeople | None:
    """Who a checked file names and nobody knows, in the order of the file."""
    plan, waiting = loaded.context.plan, 0
    if plan.create_people:
        wanted = loaded.context.matcher.unknown.values()
        names = [one.name or one.number or one.email for one in wanted]
    else:
        found: dict[str, None] = {}
        for position in sorted(loaded.rows.problems):
            if loaded.rows.problems[position].code == "unknown_person":
                waiting += 1
                cells = (loaded.rows.get(name, position) for name in ("agent", "employee_number", "email"))
                found.setdefault(next((text_of(cell) for cell in cells if cell), ""))
        names = [name for name in found if name]
    if not names:
        return None
    team = only_team(user)
    sees_everyone = bool(user.access.roles & SEES_EVERYONE)
    if plan.fills("team"):
        joins = "the team the file names" + (f", else team {team}" if team else "")
    elif team:
        joins = f"team {team}"
    else:
        joins = ""
    can_be_created = bool(joins) or sees_everyone
    return UnknownPeople(len(names), _first(names), waiting, plan.create_people, can_be_created, joins)


@dataclass(frozen=True)
class UnknownPlaces:
    """How many teams and sites hold rows back because nobody knows them, and the first of them in words."""

    count: int
    shown: str
    rows: int


def unknown_places(loaded: Loaded, user: User) -> UnknownPlaces | None:
    """Which teams and sites nobody knows, for those who may let the import create them."""
    if not user.access.roles & SEES_EVERYONE:
        return None
    found: dict[str, None] = {}
    waiting = 0
    for position, problem in sorted(loaded.rows.problems.items()):
        if field := PLACES.get(problem.code):
            waiting += 1
            found.setdefault(text_of(loaded.rows.get(field, position)))
    return UnknownPlaces(len(found), _first(list(found)), waiting) if found else None


def _first(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def unread_values(loaded: Loaded, limit: int = 40) -> list[UnreadValue]:
    """Raw values of choices, yes-or-no columns and ratings that could not be read, most frequent first."""
    fields = {one.name: one for one in loaded.kind.fields()}
    plan = loaded.context.plan
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for name, headings in plan.mapping.items():
        one = fields.get(name)
        if one is None or one.type not in {"choice", "boolean", "number"} or one.several:
            continue
        column = loaded.table.find(headings[0])
        if column is None:
            continue
        values = loaded.rows.column(name)
        for position, problem in loaded.rows.problems.items():
            if problem.code in UNREAD and (values[position] is None or problem.code == "too_high"):
                raw = text_of(loaded.rows.raw[position][column])
                if raw and f"“{shortened(raw, 30)[:20]}" in problem.message:
                    counts[(name, raw)] += 1
    ordered = sorted(counts.items(), key=lambda item: -item[1])[:limit]
    return [UnreadValue(fields[name], raw, count) for (name, raw), count in ordered]


def stored_values(batch: ImportBatch, kind: ImportKind) -> list[UnreadValue]:
    """The raw values that the stored check could not read."""
    fields = {one.name: one for one in kind.fields()}
    return [UnreadValue(fields[name], raw, count) for name, raw, count in batch.checked.get("values", [])]


def quarantine_table(batch: ImportBatch) -> tuple[list[str], Iterator[list[Any]]]:
    """The rows that were not imported, as they stood, with line and reason in front."""
    rows = QuarantinedRow.objects.filter(batch=batch, resolved_at__isnull=True).order_by("position")
    header = ["Line", "Reason", *batch.columns]
    return header, ([row.line, row.reason, *row.cells] for row in rows.iterator(chunk_size=2000))


def checked_table(loaded: Loaded) -> tuple[list[str], Iterator[list[Any]]]:
    """The same for a file that was only checked."""
    header = ["Line", "Reason", *loaded.rows.columns]
    problems = sorted(loaded.rows.problems.items())
    return header, (
        [loaded.rows.lines[at], problem.message, *map(text_of, loaded.rows.raw[at])]
        for at, problem in problems
    )
