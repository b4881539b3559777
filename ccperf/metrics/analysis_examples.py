"""Worked examples of measures: one line each, ``numerator 8, denominator 10 -> 80 %``, run as tests.

A line gives the parts, an arrow, and the value as a page would say it, or *no data*; after ``#`` may stand
what the case is. Values are typed with or without their unit; another unit is refused, never converted.
"""

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ccperf.metrics.analysis_formula import SIDES, Part, Sum

MOST = 20
LONGEST_LINE = 300
NUMBER = r"[-−]?\d+(?:\.\d+)?"
ARROW = re.compile(r"->|→")
GIVEN = re.compile(rf"([a-z]\w*(?:\.(?:{'|'.join(SIDES)}))?)\s*[=:]?\s*({NUMBER})")
MINUTES = re.compile(r"(\d+) ?min(?: (\d+(?:\.\d+)?) ?s)?")
SCALES = {"percent": 100.0, "per_thousand": 1000.0}
SUFFIXES = {
    "percent": ("%", "percent"),
    "per_thousand": ("per 1,000", "per 1000", "‰"),
    "seconds": ("s", "seconds"),
    "points": ("points",),
    "score": ("score",),
    "currency": ("£",),
    "ratio": ("ratio",),
}
EXAMPLES_OF_VALUES = {
    "percent": "80 %",
    "per_thousand": "3.5 per 1,000",
    "seconds": "480 s",
    "points": "30 points",
    "score": "4.2",
    "currency": "£5.58",
    "ratio": "11.6",
}


class ValueRefused(ValueError):
    """A value that is no number of the unit asked for."""


def two_ways(number: float) -> str:
    """Why a bare number below 1 is no percentage: people write 0.7 for 70 % and for 0.7 %."""
    return f"“{number:g}” can mean {number * 100:g} % or {number:g} %. Write which, with the sign."


@dataclass(frozen=True)
class Typed:
    """A value in stored units (a share as 0 to 1), and half of the last digit that was typed."""

    value: float
    slack: float


def read_value(text: str, unit: str) -> Typed:
    """``80 %`` as people type it, in stored units. Raises ValueRefused with a sentence."""
    shown = " ".join(text.replace("\u00a0", " ").split())
    minutes = MINUTES.fullmatch(shown)
    if unit == "seconds" and minutes:
        return Typed(60.0 * int(minutes[1]) + float(minutes[2] or 0), 0.5)
    bare = shown.removeprefix("£").strip() if unit == "currency" else shown
    for suffix in SUFFIXES[unit]:
        if bare.lower().endswith(suffix):
            bare = bare[: -len(suffix)].strip()
            break
    if not re.fullmatch(NUMBER, bare):
        raise ValueRefused(f"“{shown}” is no value of this unit. Write it like {EXAMPLES_OF_VALUES[unit]}.")
    scale = SCALES.get(unit, 1.0)
    decimals = len(bare.partition(".")[2])
    number = float(bare.replace("−", "-"))
    if unit == "percent" and bare == shown and 0 < abs(number) < 1:
        raise ValueRefused(two_ways(number))
    return Typed(number / scale, 0.5 * 10.0**-decimals / scale)


@dataclass(frozen=True)
class Example:
    """One line: the parts it gives, the value it expects (None is no data), and what the case is."""

    line: int
    given: Mapping[Part, float]
    expected: Typed | None
    expected_text: str
    case: str = ""


@dataclass(frozen=True)
class Outcome:
    """How an example came out: the parts, the value, and whether it is the expected one."""

    example: Example
    numerator: float
    denominator: float
    value: float | None

    @property
    def is_met(self) -> bool:
        expected = self.example.expected
        if expected is None or self.value is None:
            return expected is None and self.value is None
        return math.isclose(self.value, expected.value, rel_tol=1e-9, abs_tol=expected.slack + 1e-12)


def run_examples(
    text: str, *, key: str, unit: str, numerator: Sum, denominator: Sum
) -> tuple[list[Outcome], list[str]]:
    """The outcomes of every line, and a sentence with its line for each that cannot be read."""
    outcomes, problems = [], []
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if len(lines) > MOST:
        return [], [f"Line {lines[MOST][0]}: a measure has at most {MOST} worked examples."]
    if long := next((number for number, line in lines if len(line) > LONGEST_LINE), None):
        return [], [f"Line {long}: an example has at most {LONGEST_LINE} characters."]
    needed = [*{**numerator.weights, **denominator.weights}]
    for number, line in lines:
        try:
            outcomes.append(_run(_example(number, line, key, unit, needed), numerator, denominator))
        except ValueRefused as problem:
            problems.append(f"Line {number}: {problem}")
    return outcomes, problems


def _run(example: Example, numerator: Sum, denominator: Sum) -> Outcome:
    top, base = numerator.of(example.given), denominator.of(example.given)
    return Outcome(example, top, base, top / base if base > 0 else None)


def _example(number: int, line: str, key: str, unit: str, needed: Sequence[Part]) -> Example:
    body, _, case = line.partition("#")
    sides = ARROW.split(body)
    model = f"Write it like {_model_line(key, unit, needed)}."
    if len(sides) != 2:
        raise ValueRefused(f"A line has parts, an arrow and the value. {model}")
    given = dict(_given(item.strip(), key, model) for item in sides[0].split(","))
    missing = [part for part in needed if part not in given]
    if missing:
        raise ValueRefused(f"{'.'.join(missing[0])} is missing. {model}")
    spare = [part for part in given if part not in needed]
    if spare:
        raise ValueRefused(f"{'.'.join(spare[0])} is not in the formula.")
    wanted = sides[1].strip()
    expected = None if wanted.lower() == "no data" else read_value(wanted, unit)
    return Example(number, given, expected, wanted, case.strip())


def _model_line(key: str, unit: str, needed: Sequence[Part]) -> str:
    """A line with the parts of this very measure, as it has to be written; its own parts go without key."""
    names = [side if measure == key else f"{measure}.{side}" for measure, side in needed]
    parts = ", ".join(f"{name} {number}" for name, number in zip(names, itertools.count(8, 2)))
    return f"{parts} -> {EXAMPLES_OF_VALUES[unit]}"


def _given(item: str, key: str, model: str) -> tuple[Part, float]:
    found = GIVEN.fullmatch(item)
    if not found:
        raise ValueRefused(f"“{item}” is no part with a number. {model}")
    measure, _, side = found[1].partition(".")
    if not side:
        measure, side = key, measure
    if side not in SIDES:
        raise ValueRefused(f"“{found[1]}” is no part. Write {measure}.numerator or {measure}.denominator.")
    return (measure, side), float(found[2].replace("−", "-"))


def write_value(value: float | None, unit: str) -> str:
    """A stored value as ``read_value`` reads it: the text of a form's field."""
    if value is None:
        return ""
    shown = f"{round(value * SCALES.get(unit, 1.0), 6):g}"
    return {"percent": f"{shown} %", "seconds": f"{shown} s", "currency": f"£{shown}"}.get(unit, shown)
