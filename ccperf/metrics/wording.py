"""Definitions in words: what differs between two versions, and the studio's tables."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ccperf.core.dates import today
from ccperf.metrics.analysis_examples import write_value
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.selectors import Catalogue
from ccperf.metrics.terms import TERMS, MetricVersion, Terms, version_on

POOLING = "Counts are added, then divided; never a mean of values"
HEADER = (
    *("Key", "Name", "State", "Version", "From", "Unit", "Direction", "Lowest level", "Numerator"),
    *("Denominator", "Numerator formula", "Denominator formula", "Numerator unit", "Denominator unit"),
    *("Pooling", "Fewest n", "Guard", "Owner", "Purpose", "Decision", "Target"),
)
VALUES = {"lower_bound", "upper_bound", "usual_low", "usual_high"}
LABELS = {
    "numerator_formula": "Formula of what is counted",
    "denominator_formula": "Formula of what it is divided by",
    "numerator_unit": "Unit of what is counted",
    "denominator_unit": "Unit of what it is divided by",
    "usual_low": "Usual range from",
    "usual_high": "Usual range to",
    "guard_id": "Guard measure",
    "owner_id": "Owner",
}


def differences(old: Terms, new: Terms, guards: Mapping[int, str]) -> list[tuple[str, str, str]]:
    """Each term that differs: its label, what it was and what it is. ``guards`` names measures by id."""
    return [
        (_label(name), _shown(name, old, guards), _shown(name, new, guards))
        for name in TERMS
        if getattr(old, name) != getattr(new, name)
    ]


def _label(name: str) -> str:
    if name in LABELS:
        return LABELS[name]
    words = str(MetricVersion._meta.get_field(name).verbose_name)
    return words[0].upper() + words[1:]


def _shown(name: str, terms: Terms, guards: Mapping[int, str]) -> str:
    value = getattr(terms, name)
    if value in (None, ""):
        return "none"
    if name == "guard_id":
        return guards.get(value, "another measure")
    if name == "owner_id":
        return str(terms.owner)
    if name in VALUES:
        return write_value(value, terms.unit)
    display = getattr(terms, f"get_{name}_display", None)
    return str(display() if display else value)


def version_rows(metric: MetricDefinition, guards: Mapping[int, str]) -> list[dict[str, Any]]:
    """The published versions, the newest first, each with what it changed."""
    history = metric.history
    return [
        {
            "version": version,
            "changes": differences(history[index - 1], version, guards) if index else [],
        }
        for index, version in reversed(list(enumerate(history)))
    ]


def beyond_bounds(metric: MetricDefinition, value: float) -> str:
    """Why ``value``, in stored units, is one that the measure can never reach; empty when it can."""
    least, most = metric.lower_bound, metric.upper_bound
    if (least is None or value >= least) and (most is None or value <= most):
        return ""
    shown = [write_value(bound, metric.unit) for bound in (least, most) if bound is not None]
    return f"This measure can only be {' to '.join(shown)}{' or more' if most is None else ''}."


SIDES = {
    "higher": ("low", "Higher is better: say what it is to reach at least."),
    "lower": ("high", "Lower is better: say what it is to be at most."),
    "none": ("low", "No side of this measure is better, so it has no target. Give it a direction first."),
}


def wrong_side(direction: str, low: float | None, high: float | None) -> tuple[str, str] | None:
    """Which bound a target lacks for a measure of this direction, and why it cannot do without."""
    if direction not in SIDES:
        return None
    name, words = SIDES[direction]
    is_there = direction != "none" and {"low": low, "high": high}[name] is not None
    return None if is_there else (name, words)


def state_of(metric: MetricDefinition) -> str:
    """Where a measure stands: active, draft (never published yet), retired, or to begin later."""
    if metric.retired_on:
        return "retired"
    if metric.is_active:
        return "active"
    return "planned" if metric.history else "draft"


def studio_rows(rows: Iterable[tuple[MetricDefinition, str]], known: Catalogue) -> Iterator[tuple[Any, ...]]:
    """Every term of every measure, for a file."""
    keys = {metric.pk: metric.key for metric in known.every}
    for metric, target in rows:
        version = version_on(metric.history, today())
        yield (
            *(metric.key, metric.name, state_of(metric)),
            *((version.number, version.starts_on) if version else (None, None)),
            *(metric.get_unit_display(), metric.get_direction_display(), metric.get_level_display()),
            *(metric.numerator_label, metric.denominator_label),
            *(metric.numerator_formula, metric.denominator_formula),
            *(metric.numerator_unit, metric.denominator_unit, POOLING, metric.minimum_n),
            *(keys.get(metric.guard_id, ""), str(metric.owner or "")),
            *(metric.purpose, metric.decision, target.replace("\u00a0", " ")),
        )
