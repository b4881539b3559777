"""Typed formulas of measures: sums of imported parts with numbers before them, read without running anything.

A part is the numerator or the denominator of a measure, written ``aht.numerator``. A formula adds parts,
takes them away, and multiplies or divides them by numbers, nothing else: what comes out is a weighted sum, so
that the formula of a sum of days equals the sum of the formula of each day, and figures pool by construction.
Every part has a unit. Only parts of one unit add up; ``seconds()``, ``minutes()`` and ``hours()`` convert.
"""

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import takewhile

LONGEST = 500
GREATEST = 1e9
"""The greatest weight of a part; sums of the largest centre stay numbers far below what a float holds."""
SIDES = ("numerator", "denominator")
TIMES = {"seconds": 1.0, "minutes": 60.0, "hours": 3600.0}
"""Units of time, in seconds; each is also the function that converts into it."""
AMOUNTS = frozenset({*TIMES, "days", "person-days", "£"})
"""Units of time and money, of which nobody counts events, answers or points."""
TYPED = str.maketrans("×÷−–", "*/--")
"""Signs as people write them; each stands for one sign, so places stay true."""

Part = tuple[str, str]
Lookup = Callable[[Part], "Sum | None"]


class FormulaError(ValueError):
    """Why a formula is refused; ``place`` is the sign it happens at, counted from 1."""

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.message = message
        self.place = place

    def __str__(self) -> str:
        return f"At character {self.place}: {self.message}"


class CycleError(FormulaError):
    """A formula that comes back to itself; the message names the way round."""


@dataclass(frozen=True)
class Sum:
    """A weighted sum of parts in one unit: weights by (measure, side)."""

    weights: Mapping[Part, float]
    unit: str

    def times(self, factor: float, unit: str = "") -> "Sum":
        weights = {part: weight * factor for part, weight in self.weights.items()}
        return Sum(weights, unit or self.unit)

    def plus(self, other: "Sum", sign: int = 1) -> "Sum":
        """Both together; a part that cancels out stays with weight 0, because its row must still be there."""
        weights = dict(self.weights)
        for part, weight in other.weights.items():
            weights[part] = weights.get(part, 0.0) + sign * weight
        return Sum(weights, self.unit)

    def of(self, values: Mapping[Part, float]) -> float:
        """The value for the values of its parts. Raises KeyError for a missing part."""
        return math.fsum(weight * values[part] for part, weight in self.weights.items())

    @property
    def measures(self) -> set[str]:
        return {measure for measure, _ in self.weights}


@dataclass(frozen=True)
class Definition:
    """What a measure is made of: imported parts with their units, or two formulas over other measures."""

    numerator_unit: str = ""
    denominator_unit: str = ""
    numerator: str = ""
    denominator: str = ""

    @property
    def is_derived(self) -> bool:
        return bool(self.numerator or self.denominator)

    def text(self, side: str) -> str:
        return self.numerator if side == "numerator" else self.denominator

    def unit(self, side: str) -> str:
        return self.numerator_unit if side == "numerator" else self.denominator_unit


def resolve(text: str, known: Mapping[str, Definition], path: tuple[str, ...] = ()) -> Sum:
    """The formula as a weighted sum of imported parts, formulas of other measures written out.

    ``path`` names the measures being worked out. Raises FormulaError with the place in ``text``.
    """

    def lookup(part: Part) -> Sum | None:
        measure, side = part
        definition = known.get(measure)
        if definition is None:
            return None
        if measure in path:
            way = " → ".join([*path[path.index(measure) :], measure])
            raise CycleError(f"It comes back to itself: {way}.", 1)
        if not definition.is_derived:
            return Sum({part: 1.0}, definition.unit(side))
        try:
            return resolve(definition.text(side), known, (*path, measure))
        except CycleError:
            raise
        except FormulaError as problem:
            raise FormulaError(f"{measure}.{side} cannot be worked out: {problem.message}", 1) from None

    return _Reader(text, lookup, known).read()


def references(text: str) -> set[str]:
    """The measures a formula names, without looking them up. Empty for a formula that cannot be read."""
    try:
        tree = ast.parse(text.translate(TYPED).strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {
        node.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


class _Reader:
    """One reading of a formula. The grammar is the whitelist of ``_node``; anything else is refused."""

    def __init__(self, text: str, lookup: Lookup, known: Mapping[str, Definition]) -> None:
        self.text = text
        self.indent = sum(1 for _ in takewhile(str.isspace, text))
        self.lookup = lookup
        self.known = known

    def read(self) -> Sum:
        if not self.text.strip():
            raise FormulaError("Write a formula, for example aht.numerator.", 1)
        if len(self.text) > LONGEST:
            raise FormulaError(f"A formula has at most {LONGEST} characters.", LONGEST)
        first, *more = self.text.strip().splitlines()
        if more:
            raise FormulaError("Write the formula in one line.", self.indent + len(first) + 1)
        try:
            tree = ast.parse(self.text.translate(TYPED).strip(), mode="eval")
            found = self._node(tree.body)
        except SyntaxError as problem:
            # An end that comes too early has no place of its own.
            place = self.indent + (problem.offset or len(self.text))
            raise FormulaError(
                "This cannot be read. Check brackets and signs.", min(place, len(self.text))
            ) from None
        except (ValueError, RecursionError, MemoryError) as problem:
            if isinstance(problem, FormulaError):
                raise
            raise FormulaError("This is nested too deeply to be read.", 1) from None
        if isinstance(found, float):
            raise FormulaError("A number alone counts nothing. Name a part, for example aht.numerator.", 1)
        for (measure, side), weight in found.weights.items():
            if not abs(weight) <= GREATEST:
                raise FormulaError(f"{measure}.{side} is multiplied by too large a number.", 1)
        return found

    def _place(self, node: ast.AST) -> int:
        # ast counts bytes; what stands before the node may hold signs of several bytes.
        before = self.text.translate(TYPED).strip().encode()[: getattr(node, "col_offset", 0)]
        return self.indent + len(before.decode(errors="ignore")) + 1

    def _node(self, node: ast.expr) -> Sum | float:
        match node:
            case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
                return self._number(node, value)
            case ast.Attribute(value=ast.Name(id=measure), attr=side):
                return self._part(node, measure, side)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=operand):
                return self._scaled(self._node(operand), -1.0 if isinstance(sign, ast.USub) else 1.0)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as sign, right=right):
                return self._added(node, self._node(left), self._node(right), isinstance(sign, ast.Sub))
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                return self._multiplied(node, self._node(left), self._node(right))
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._divided(right, self._node(left), self._node(right))
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in TIMES:
                return self._converted(argument, name)
            case ast.Name(id=name):
                raise FormulaError(
                    f"{name} is no part. Write {name}.numerator or {name}.denominator."
                    if name in self.known
                    else self._unknown(name),
                    self._place(node),
                )
        raise FormulaError(
            "Only parts, numbers, + − × ÷, brackets and seconds(), minutes(), hours() can be used.",
            self._place(node),
        )

    def _number(self, node: ast.expr, value: float) -> float:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise FormulaError("This number is too large.", self._place(node))
        return number

    def _part(self, node: ast.expr, measure: str, side: str) -> Sum:
        place = self._place(node)
        if side not in SIDES:
            raise FormulaError(f"After {measure} comes .numerator or .denominator.", place)
        try:
            found = self.lookup((measure, side))
        except FormulaError as problem:
            raise type(problem)(problem.message, place) from None
        if found is None:
            raise FormulaError(self._unknown(measure), place)
        return found

    def _unknown(self, measure: str) -> str:
        near = get_close_matches(measure, self.known, n=1)
        return f"There is no measure {measure}." + (f" Did you mean {near[0]}?" if near else "")

    @staticmethod
    def _scaled(value: Sum | float, factor: float) -> Sum | float:
        return value.times(factor) if isinstance(value, Sum) else value * factor

    def _added(self, node: ast.BinOp, left: Sum | float, right: Sum | float, is_minus: bool) -> Sum | float:
        place = self._place(node.right)
        if isinstance(left, float) and isinstance(right, float):
            return self._number(node, left - right if is_minus else left + right)
        if isinstance(left, float) or isinstance(right, float):
            raise FormulaError(
                "A number cannot be added to a part: it would count once for every row. Multiply instead.",
                place,
            )
        if left.unit != right.unit:
            raise FormulaError(
                f"This has {right.unit}, what stands before it has {left.unit}: different units cannot be "
                f"{'subtracted' if is_minus else 'added'}.",
                place,
            )
        return left.plus(right, -1 if is_minus else 1)

    def _multiplied(self, node: ast.BinOp, left: Sum | float, right: Sum | float) -> Sum | float:
        if isinstance(left, float):
            return self._number(node, left * right) if isinstance(right, float) else right.times(left)
        if isinstance(right, float):
            return left.times(right)
        raise FormulaError(
            "Two parts cannot be multiplied: a product of sums is not the sum of products, so it would not "
            "pool over days and teams.",
            self._place(node.right),
        )

    def _divided(self, by: ast.expr, left: Sum | float, right: Sum | float) -> Sum | float:
        if isinstance(right, Sum):
            raise FormulaError(
                "Divide by numbers only. What the measure is divided by belongs in the denominator.",
                self._place(by),
            )
        if right == 0:
            raise FormulaError("This divides by 0.", self._place(by))
        return self._scaled(left, 1 / right)

    def _converted(self, argument: ast.expr, unit: str) -> Sum:
        value = self._node(argument)
        if not isinstance(value, Sum) or value.unit not in TIMES:
            has = value.unit if isinstance(value, Sum) else "a number"
            raise FormulaError(f"{unit}() converts times only; this is {has}.", self._place(argument))
        return value.times(TIMES[value.unit] / TIMES[unit], unit)


def check_unit(unit: str, numerator: str, denominator: str) -> str:
    """What is wrong with showing numerator over denominator in ``unit``; empty when nothing is."""
    if unit == "percent" and numerator != denominator:
        return (
            f"A share divides like by like; this divides {numerator} by {denominator}. "
            "Choose another unit or change the formula."
        )
    if unit == "seconds" and (numerator != "seconds" or denominator in TIMES):
        return f"Seconds need seconds divided by a count; this divides {numerator} by {denominator}."
    if unit == "currency" and (numerator != "£" or denominator == "£"):
        return f"Money needs £ divided by a count; this divides {numerator} by {denominator}."
    if unit == "per_thousand" and (numerator in AMOUNTS or denominator == "£"):
        return f"A rate per 1,000 counts events; this divides {numerator} by {denominator}."
    if unit in {"points", "score"} and not AMOUNTS.isdisjoint({numerator, denominator}):
        what = "Points come" if unit == "points" else "A score comes"
        return f"{what} from answers or ratings; this divides {numerator} by {denominator}."
    return ""
