"""Formulas of measures: what they mean, that they pool, and where they are refused."""

import random

import pytest

from ccperf.metrics.analysis_examples import ValueRefused, read_value, run_examples
from ccperf.metrics.analysis_formula import (
    CycleError,
    Definition,
    FormulaError,
    check_unit,
    resolve,
)
from ccperf.metrics.catalogue import MEASURES, PART_UNITS

KNOWN = {
    "aht": Definition("seconds", "contacts"),
    "hold": Definition("seconds", "contacts"),
    "rota": Definition("minutes", "minutes"),
    "talk_only": Definition("seconds", "contacts", "aht.numerator - hold.numerator", "aht.denominator"),
    "twice": Definition("seconds", "contacts", "2 * talk_only.numerator", "talk_only.denominator"),
    "a": Definition("contacts", "contacts", "b.numerator", "aht.denominator"),
    "b": Definition("contacts", "contacts", "c.numerator", "aht.denominator"),
    "c": Definition("contacts", "contacts", "a.numerator", "aht.denominator"),
}
TOP, BASE, HOLD = ("aht", "numerator"), ("aht", "denominator"), ("hold", "numerator")


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("aht.numerator", {TOP: 1}),
        ("aht.numerator − hold.numerator", {TOP: 1, HOLD: -1}),
        ("-(aht.numerator - 2 × hold.numerator) ÷ 4", {TOP: -0.25, HOLD: 0.5}),
        ("aht.numerator * (1 + 2 / 4) * 2", {TOP: 3}),
        ("aht.numerator + aht.numerator - aht.numerator", {TOP: 1}),
        ("hold.numerator - hold.numerator", {HOLD: 0}),
        ("twice.numerator", {TOP: 2, HOLD: -2}),
        ("seconds(rota.numerator) + aht.numerator", {("rota", "numerator"): 60, TOP: 1}),
        ("hours(seconds(rota.denominator))", {("rota", "denominator"): 1 / 60}),
    ],
)
def test_a_formula_is_a_weighted_sum(text, weights):
    assert resolve(text, KNOWN).weights == pytest.approx(weights)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", 1, "Write a formula"),
        ("5", 1, "number alone"),
        ("aht.numerator + 5", 17, "count once for every row"),
        ("aht.numerator + aht.denominator", 17, "This has contacts, what stands before it has seconds"),
        ("  aht.numerator - rota.numerator", 19, "subtracted"),
        ("2 × ahd.numerator", 5, "Did you mean aht?"),
        ("aht", 1, "Write aht.numerator"),
        ("aht.n", 1, ".numerator or .denominator"),
        ("aht.numerator * hold.numerator", 17, "product of sums"),
        ("aht.numerator / aht.denominator", 17, "belongs in the denominator"),
        ("aht.numerator / (2 - 2)", 18, "divides by 0"),
        ("aht.numerator + ", 16, "cannot be read"),
        ("(aht.numerator", 1, "cannot be read"),
        ("aht.numerator\n+ hold.numerator", 14, "one line"),
        ("aht.numerator\r+ hold.numerator", 14, "one line"),
        ("  aht.numerator\u2028+ hold.numerator", 16, "one line"),
        ("1e999 * aht.numerator", 1, "too large"),
        ("aht.numerator × 1e308 × 1e308", 1, "too large a number"),
        ("aht.numerator ÷ 1e-300", 1, "too large a number"),
        ("aht.numerator * True", 17, "Only parts"),
        ("aht.numerator ** 2", 1, "Only parts"),
        ("__import__('os').system('id')", 1, "Only parts"),
        ("[x for x in aht.numerator]", 1, "Only parts"),
        ("aht.numerator.real", 1, "Only parts"),
        ("minutes(aht.denominator)", 9, "converts times only"),
        ("aht.numerator + a.numerator", 17, "a → b → c → a"),
        ("-" * 490 + "5", 1, ""),
        ("(" * 240 + "aht.numerator" + ")" * 240, 1, ""),
        ("aht.numerator +" * 60, 500, "at most 500"),
    ],
)
def test_a_refused_formula_names_the_place(text, place, says):
    with pytest.raises(FormulaError) as caught:
        resolve(text, KNOWN)
    assert says in caught.value.message
    assert caught.value.place == place or not says


def test_a_measure_cannot_be_made_of_itself_on_any_way():
    own = {**KNOWN, "new": Definition("", "", "aht.numerator + user.numerator", "aht.denominator")}
    own["user"] = Definition("seconds", "contacts", "new.numerator", "new.denominator")
    with pytest.raises(CycleError, match=r"At character 17: It comes back to itself: new → user → new\."):
        resolve(own["new"].numerator, own, ("new",))


def test_the_formula_of_sums_is_the_sum_of_formulas():
    """What lets a measure be pooled over days, people and teams, for any formula that is accepted."""
    chance = random.Random(5)
    parts = ["aht.numerator", "hold.numerator", "twice.numerator", "seconds(rota.numerator)"]
    for _ in range(200):
        terms = [
            f"{chance.choice('+-')} {chance.uniform(0, 9):.3f} * ({part} / {chance.randint(1, 9)})"
            for part in chance.choices(parts, k=chance.randint(1, 8))
        ]
        text = " ".join(terms)
        formula = resolve(text, KNOWN)
        rows = [{part: chance.uniform(0, 1e4) for part in formula.weights} for _ in range(20)]
        pooled = {part: sum(row[part] for row in rows) for part in formula.weights}
        assert formula.of(pooled) == pytest.approx(sum(formula.of(row) for row in rows), abs=1e-5)


@pytest.mark.parametrize(
    ("unit", "parts", "says"),
    [
        ("percent", ("contacts", "contacts"), ""),
        ("percent", ("seconds", "contacts"), "divides seconds by contacts"),
        ("seconds", ("seconds", "contacts"), ""),
        ("seconds", ("minutes", "contacts"), "Seconds need seconds"),
        ("currency", ("£", "contacts"), ""),
        ("currency", ("contacts", "contacts"), "Money needs £"),
        ("per_thousand", ("complaints", "contacts"), ""),
        ("per_thousand", ("complaints", "hours"), ""),
        ("per_thousand", ("seconds", "contacts"), "counts events"),
        ("per_thousand", ("complaints", "£"), "counts events"),
        ("score", ("rating points", "ratings"), ""),
        ("score", ("seconds", "£"), "from answers or ratings"),
        ("points", ("responses times 100", "responses"), ""),
        ("points", ("£", "contacts"), "from answers or ratings"),
        ("points", ("rating points", "person-days"), "from answers or ratings"),
        ("ratio", ("contacts", "hours"), ""),
        *((entry.unit, PART_UNITS[entry.key], "") for entry in MEASURES),
    ],
)
def test_the_unit_fits_what_is_divided(unit, parts, says):
    found = check_unit(unit, *parts)
    assert says in found
    assert bool(says) == bool(found)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("80 %", "percent", 0.8),
        ("80", "percent", 0.8),
        ("9 min 13 s", "seconds", 553),
        ("480 s", "seconds", 480),
        ("−12", "points", -12),
        ("£5.58", "currency", 5.58),
        ("3.5 per 1,000", "per_thousand", 0.0035),
    ],
)
def test_values_are_read_as_pages_say_them(text, unit, value):
    assert read_value(text, unit).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("80 s", "percent"),
        ("80 %", "seconds"),
        ("5", ""),
        ("£5", "percent"),
        ("nan", "score"),
        ("1e9", "ratio"),
    ],
)
def test_a_value_of_another_unit_is_refused(text, unit):
    with pytest.raises((ValueRefused, KeyError)):
        read_value(text, unit)


def test_a_bare_fraction_is_asked_about():
    with pytest.raises(ValueRefused, match=r"70 % or 0\.7 %"):
        read_value("0.7", "percent")
    assert read_value("0.7 %", "percent").value == pytest.approx(0.007)
    assert read_value("0.7", "score").value == 0.7


def test_worked_examples_are_run():
    share = {"top": resolve("x.numerator", {"x": Definition("contacts", "contacts")})}
    base = resolve("x.denominator", {"x": Definition("contacts", "contacts")})
    outcomes, problems = run_examples(
        "numerator 8, denominator 10 -> 80 %\n"
        "numerator 2, denominator 3 → 67 % # to the digit that is typed\n"
        "numerator 2, denominator 3 → 66 %\n"
        "numerator 0, denominator 0 -> no data\n"
        "numerator 0, denominator 5 -> no data\n"
        "numerator 8 -> 80 %\n"
        "numerator 8, denominator 10 -> 80 s\n"
        "aht.numerator 8, numerator 1, denominator 10 -> 80 %\n"
        "eight of ten\n",
        key="x",
        unit="percent",
        numerator=share["top"],
        denominator=base,
    )
    assert [outcome.is_met for outcome in outcomes] == [True, True, False, True, False]
    assert outcomes[1].example.case == "to the digit that is typed"
    assert [problem.split(":")[0] for problem in problems] == ["Line 6", "Line 7", "Line 8", "Line 9"]
    assert "x.denominator is missing" in problems[0]
    assert "aht.numerator is not in the formula" in problems[2]
