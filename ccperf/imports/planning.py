"""Making a plan: what the person said, then a saved profile, then what the headings say for sure."""

import csv
from collections.abc import Iterable, Mapping, Sequence

from ccperf.imports.fields import Field, Plan
from ccperf.imports.kinds import ImportKind
from ccperf.imports.problems import MappingNeeded, UnusableFile
from ccperf.imports.reading import RawFile, RawSheet
from ccperf.imports.suggesting import Suggestion, suggest
from ccperf.imports.tables import Table, is_prose, table_of


def parse_pairs(texts: Iterable[str], flag: str) -> list[tuple[str, str]]:
    """``FIELD=VALUE`` arguments."""
    pairs = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UnusableFile(
                f"{flag} {text}: write it as FIELD={'COLUMN' if flag == '--map' else 'VALUE'}."
            )
        pairs.append((name.strip(), value.strip()))
    return pairs


def parse_values(texts: Iterable[str]) -> dict[str, dict[str, str]]:
    """``FIELD:RAW=VALUE,RAW=VALUE`` arguments; a value in quotes may hold commas, an empty value means
    missing.
    """
    meanings: dict[str, dict[str, str]] = {}
    for text in texts:
        name, colon, rest = text.partition(":")
        if not colon or "=" not in rest:
            raise UnusableFile(f"--values {text}: write it as FIELD:RAW=VALUE,RAW=VALUE.")
        for part in next(csv.reader([rest], skipinitialspace=True)):
            raw, equals, value = part.rpartition("=")
            if not equals:
                raise UnusableFile(
                    f"--values {text}: “{part}” has no “=”. Put quotes around a value with a comma."
                )
            meanings.setdefault(name.strip(), {})[raw.strip()] = value.strip()
    return meanings


def check_names(plan: Plan, fields: Sequence[Field], kind: ImportKind) -> None:
    """Call each field by its own name; refuse a plan that names one the kind does not have."""
    names = [one.name for one in fields]
    for said, own in kind.other_names.items():
        if said not in names:
            for part in (plan.mapping, plan.constants, plan.meanings):
                if said in part:
                    part.setdefault(own, part.pop(said))
            plan.explicit = [own if name == said else name for name in plan.explicit]
    for name in [*plan.mapping, *plan.constants, *plan.meanings]:
        if name not in names:
            listed = ", ".join(names[:40])
            raise MappingNeeded(f"There is no field “{name}” in {kind.key}. The fields are: {listed}.")


def choose_sheet(raw: RawFile, wanted: str, kind: ImportKind, plan: Plan) -> tuple[RawSheet, Table, str]:
    """The sheet that was asked for, else the one whose headings fit this kind best; with a note when there
    was a choice.
    """
    if wanted:
        sheet = raw.sheet(wanted)
        return sheet, table_of(sheet), ""
    best: tuple[float, RawSheet, Table] | None = None
    refusal: UnusableFile | None = None
    fields = kind.fields()
    for sheet in raw.sheets:
        if not sheet.rows:
            continue
        try:
            table = table_of(sheet)
        except UnusableFile as error:
            refusal = refusal or error
            continue
        named = sum(
            table.find(heading) is not None for headings in plan.mapping.values() for heading in headings
        )
        sure = sum(one.is_sure for one in suggest(table, fields))
        score = 10 * named + sure
        if best is None or score > best[0]:
            best = (score, sheet, table)
    if best is None:
        raise refusal or UnusableFile("The file holds no table.")
    if best[0] == 0 and raw.form == "text" and is_prose(best[2]):
        raise UnusableFile(
            "The file reads like sentences, not like a table: it needs one line that names the columns, with "
            "a line for each row under it. Export the table as CSV, then choose that file."
        )
    others = [sheet.name for sheet in raw.sheets if sheet.rows and sheet.name != best[1].name]
    note = ""
    if others:
        note = f"Sheet “{best[1].name}” was read; not read: {', '.join(f'“{name}”' for name in others)}."
    return best[1], best[2], note


def complete(plan: Plan, table: Table, fields: Sequence[Field]) -> list[Suggestion]:
    """Fill what the plan leaves open with sure suggestions; returns the likely ones, for the person to
    decide.
    """
    taken = [heading for headings in plan.mapping.values() for heading in headings]
    columns = [table.columns[at] for heading in taken if (at := table.find(heading)) is not None]
    likely = []
    several = {field.name for field in fields if field.several}
    closed = (set(plan.mapping) - several) | set(plan.explicit)
    for one in suggest(table, [field for field in fields if field.name not in closed], columns):
        if one.is_sure:
            plan.mapping.setdefault(one.field, []).append(one.column)
        else:
            likely.append(one)
    return likely


def check_complete(plan: Plan, table: Table, kind: ImportKind, likely: Sequence[Suggestion] = ()) -> None:
    """Refuse a plan without what the kind needs, naming the columns that were seen."""
    lack = kind.missing(plan)
    if not lack:
        return
    seen = ", ".join(f"“{name}”" for name in table.columns[:40]) + (" …" if len(table.columns) > 40 else "")
    labels = {field.name: field.label for field in kind.fields()}
    hints = [f"“{labels[one.field]}” may be “{one.column}”" for one in likely][:5]
    hint = f" Perhaps {'; '.join(hints)}." if hints else ""
    named = " or ".join(kind.lacking(plan))
    option = "--map FIELD=COLUMN, --set FIELD=VALUE" + (f", where FIELD is {named}" if named else "")
    raise MappingNeeded(f"{lack} The file has the columns: {seen}.{hint}", option=option)


def from_profile(saved: Mapping, table: Table) -> Plan:
    """A saved plan, less the columns this file does not have."""
    plan = Plan.from_json(saved)
    plan.decisions = {}
    plan.mapping = {
        name: kept
        for name, headings in plan.mapping.items()
        if (kept := [heading for heading in headings if table.find(heading) is not None])
    }
    return plan
