# ruff: noqa: SIM905
"""Suggest which column fills which field, from its heading and from what its values look like.

A suggestion is *sure* when the heading is a known name of the field and the values fit; *likely* when
only part of
it matches. Sure ones are used unless told otherwise, likely ones are shown for the person to decide.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ccperf.imports.amounts import decimal_mark
from ccperf.imports.cells import distinct, text_of
from ccperf.imports.clocktimes import read_durations, read_times
from ccperf.imports.converting import READERS, _Context
from ccperf.imports.dates import read_dates
from ccperf.imports.fields import Field
from ccperf.imports.problems import UndecidedDates, UnusableFile
from ccperf.imports.tables import Table
from ccperf.imports.words import fold, read_choices

SAMPLE = 200
LEAST = 0.7
SPOKEN = 1.1
PERHAPS = 0.8
PERCENT_FITS = 0.001
"""Of two columns that may be a share, the one that says so in its heading."""
DATED = 0.7
"""Any column headed as a date may be a date that is looked for; never for sure."""
COUNTED = frozenset({"number", "duration"})
NOISE = frozenset("the of in a an per to for y n yes or and is was total avg average mean name".split())
TOTALS, MEANS = frozenset({"total", "sum"}), frozenset({"avg", "mean"})
EXTREMES = frozenset("max maximum min minimum longest shortest highest lowest oldest peak".split())
PERCENT = re.compile(r"%|\b(percent|percentage|pct)\b", re.IGNORECASE)
UNITS = frozenset(
    "s sec secs second seconds min mins minutes hh mm ss hms h hrs hours pct percent dd yyyy".split()
)
SAME = {
    "calls": "contacts",
    "call": "contact",
    "average": "avg",
    "identifier": "id",
    "reference": "ref",
    "number": "no",
    "num": "no",
    "nr": "no",
    "duration": "time",
    "termination": "term",
    "mgr": "manager",
    "dept": "department",
    "emp": "employee",
    "acct": "account",
    "centre": "center",
    "rating": "score",
    "adviser": "agent",
    "advisor": "agent",
    "associate": "agent",
    "operator": "agent",
    "representative": "agent",
    "rep": "agent",
    "csr": "agent",
    "interaction": "contact",
    "interactions": "contacts",
    "chat": "contact",
    "chats": "contacts",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One column offered for one field."""

    field: str
    column: str
    is_sure: bool
    why: str


def words_of(heading: str) -> tuple[str, ...]:
    """The words of a heading: camel case split, brackets and units dropped, trade words made equal."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", heading)
    bare = re.sub(r"\([^)]*\)|\[[^]]*\]|%", " ", re.sub(r"(?<=\w)\s*#\s*$", " no", text))
    words = [SAME.get(word, word) for word in re.split(r"[\W_]+", bare.casefold()) if word]
    kept = [word for word in words if word not in UNITS]
    while kept and kept[-1] in ("in", "of"):
        kept.pop()
    return tuple(kept or words)


def suggest(table: Table, fields: Sequence[Field], taken: Sequence[str] = ()) -> list[Suggestion]:
    """The best column for each field, each column used once, sure ones first."""
    used = {name.casefold() for name in taken}
    columns = [i for i, name in enumerate(table.columns) if name.casefold() not in used]
    samples = {column: distinct(table.rows.column(column, 0, SAMPLE * 10))[:SAMPLE] for column in columns}
    headings = {at: [table.columns[at], *table.part_names.get(at, [])] for at in columns}
    scored = []
    for place, one in enumerate(fields):
        for column in columns:
            score = max(_score(one, heading) for heading in headings[column])
            if score >= LEAST and _speaks_for(one, samples[column]):
                score = SPOKEN
            if score >= LEAST:
                scored.append((-score, place, column, one))
    scored.sort(key=lambda entry: entry[:3])
    found: list[Suggestion] = []
    done_fields: set[str] = set()
    done_columns: set[int] = set()
    for negative, _, column, one in scored:
        if (one.name in done_fields and not one.several) or column in done_columns:
            continue
        share = _fit(one, samples[column], table.columns[column])
        if share < 0.5:
            continue
        is_sure = -negative >= 0.95
        why = "the heading says so" if is_sure else "part of the heading fits"
        if -negative == SPOKEN:
            why = "its values say so"
        found.append(Suggestion(one.name, table.columns[column], is_sure, why))
        done_fields.add(one.name)
        done_columns.add(column)
    return sorted(found, key=lambda one: not one.is_sure)


def likely_choice(one: Field, raw: str) -> str:
    """The choice whose name or synonym stands in a raw value as whole words, the longest deciding:
    “Voluntary Early Retirement” is a retirement. Nothing when none does.
    """
    words = f" {_plain(raw)} "
    named = [(label, key) for key, label in one.choices.items()] + list(one.choice_synonyms.items())
    named += [(key, key) for key in one.choices if key != "other"]
    there = [(len(name), key) for name, key in named if f" {_plain(name)} " in words]
    return max(there, default=(0, ""))[1]


def _plain(text: str) -> str:
    return " ".join(re.split(r"[\W_]+", text.casefold())).strip()


def _speaks_for(one: Field, cells: list[Any]) -> bool:
    """Whether the column holds nothing but the field's own words: for yes and no both of them, choices, or
    e-mail addresses.
    """
    words = {fold(text_of(cell)) for cell in cells}
    if one.name == "email":
        return bool(words) and all("@" in word for word in words)
    if one.type == "choice" and not one.several:
        return bool(words) and not read_choices(cells, one.choices, synonyms=one.choice_synonyms)[1]
    return bool(words & one.yes) and bool(words & one.no) and words <= one.yes | one.no


def _score(one: Field, heading: str) -> float:
    words = words_of(heading)
    if not words or (one.type in COUNTED and PERCENT.search(heading)):
        return 0.0
    percent = PERCENT_FITS if one.type == "share" and PERCENT.search(heading) else 0.0
    best = DATED if one.type in ("date", "datetime") and "date" in words else 0.0
    for synonym in (one.name.replace("_", " "), one.label, *one.synonyms):
        best = max(best, _alike(words, words_of(synonym), is_sum=one.type == "duration"))
    for synonym in one.weak_synonyms:
        best = max(best, min(PERHAPS, _alike(words, words_of(synonym))))
    return best + percent if best else 0.0


def _alike(heading: tuple[str, ...], synonym: tuple[str, ...], *, is_sum: bool = False) -> float:
    """How far a heading says the same as a name of a field; sums (``is_sum``) tell totals from averages."""
    if heading == synonym or "".join(heading) == "".join(synonym):
        return 1.0
    wanted, there = set(synonym), set(heading)
    if "n" in wanted - there and "y" not in wanted:
        return 0.0  # The n of a measure is not the measure.
    if (
        there & EXTREMES - wanted
        or (there & TOTALS and wanted & MEANS)
        or (there & MEANS and wanted & TOTALS)
    ):
        return 0.0
    if wanted == there or wanted - NOISE == there - NOISE != set():
        return PERHAPS if is_sum and wanted & (TOTALS | MEANS) and not there & (TOTALS | MEANS) else 0.95
    core = wanted - NOISE
    if core and core <= there and len(there - wanted - NOISE) <= 2:
        return 0.6 + 0.1 * min(len(core), 3) - 0.05 * len(there - wanted - NOISE)
    return 0.0


def _fit(one: Field, cells: list[Any], heading: str) -> float:
    """The share of the different values that the field could read; an empty column fits nothing well."""
    if not cells:
        return 0.6
    if one.name == "email":
        return sum("@" in text_of(cell) for cell in cells) / len(cells)
    if one.type == "choice":
        return 1.0 if len(cells) <= 60 else 0.4
    if one.type in ("text", "identifier", "comment", "raw"):
        return 1.0
    if one.type == "boolean" and not one.several:
        return 1.0 if len(cells) <= 6 else 0.0
    try:
        if one.type in ("date", "datetime"):
            problems = read_dates(cells, column=heading).problems
        elif one.type == "time":
            problems = read_times(cells, heading=heading)[1]
        elif one.type == "duration":
            problems = read_durations(cells, heading=heading, decimal=decimal_mark(cells)).problems
        else:
            problems = READERS[one.type](cells, _Context(one, heading, {}, "auto", "UTC", None))[1]
    except UndecidedDates:
        return 1.0
    except UnusableFile:
        return 0.0
    return 1 - len(problems) / len(cells)
