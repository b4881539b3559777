"""The ten checks of one measure in words: what was found, and what to make of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from ccperf.core.numbers import NBSP, format_count, format_share, format_value
from ccperf.metrics.health import analysis_health as health
from ccperf.metrics.health.evidence import Evidence
from ccperf.metrics.health.panels import Figures
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.readings import Reading
from ccperf.metrics.selectors import Bounds

GOOD, LOOK, FIX, EARLY = "good", "look", "fix", "early"
CHECKS = {
    "complete": "Complete",
    "delay": "Delay",
    "teams": "Tells teams apart",
    "agents": "Tells agents apart",
    "noise": "Noise",
    "overlap": "Overlap",
    "heaping": "Heaping at the target",
    "guard": "Guard measure",
    "hands": "In people\u2019s hands",
    "used": "Used in decisions",
}
NOT_ENOUGH = "not enough data"
SAME = 0.8
MONTH = 31
STOPPED = 45
"""Days without a new figure after which a source has stopped: more than a month that comes in late."""


@dataclass(frozen=True)
class Finding:
    """One check: the figure found, what it rests on, and its reading. ``state``: good, look, fix or early."""

    check: str
    state: str
    found: str
    detail: str
    words: str

    @property
    def title(self) -> str:
        return CHECKS[self.check]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Material:
    """Everything the checks of one measure look at."""

    metric: MetricDefinition
    as_of: date
    newest: date | None
    data_up_to: date | None
    unit: str
    units: Figures
    agents: Figures
    team_of: Mapping[int, int]
    others: Mapping[MetricDefinition, Figures]
    target: Bounds
    guard: Reading | None
    own: Reading | None
    evidence: Evidence
    fewest_agents: int


def findings_of(material: Material) -> list[Finding]:
    """The ten checks in their order."""
    return [
        _complete(material),
        _delay(material),
        _teams(material),
        _agents(material),
        _noise(material),
        _overlap(material),
        _heaping(material),
        _guard(material),
        _hands(material),
        _used(material),
    ]


def _complete(m: Material) -> Finding:
    found, by = health.completeness(m.units.sizes, m.metric.minimum_n), m.units.by
    if found is None:
        return Finding("complete", EARLY, "no data", f"no {m.unit} has figures", "Nothing to check yet")
    detail = (
        f"of {format_count(found.expected)} {m.unit} {by}s; "
        f"{format_share(found.enough_share)} with enough cases"
    )
    state, words = GOOD, "Works well"
    if by == "month":
        words = "Works by month" if m.units.comes_monthly else "Works by month; a week has too few cases"
    if found.share < 0.9:
        state, words = FIX, f"Fix: find out which {by}s are missing"
    elif found.enough_share < 0.8:
        state, words = LOOK, f"Often too few cases for a {by}"
    elif found.share < 0.97:
        state, words = LOOK, f"Some {by}s are missing"
    return Finding("complete", state, format_share(found.share), detail, words)


def _delay(m: Material) -> Finding:
    if m.newest is None or m.data_up_to is None:
        return Finding("delay", EARLY, "no data", "", "Nothing to check yet")
    behind = (m.data_up_to - m.newest).days
    old = (m.as_of - m.newest).days
    detail = f"newest figure {old} day{'' if old == 1 else 's'} old"
    wait = 0
    if m.units.comes_monthly:
        detail, wait = f"{detail}; they come once a month", MONTH
    if old > STOPPED + wait:
        state, words = FIX, "Fix: no new figures come in"
    elif behind <= 2 + wait:
        state, words = GOOD, "Works well"
    elif behind <= 9 + wait:
        state, words = LOOK, "Arrives late; the newest week may still change"
    else:
        state, words = FIX, "Fix: too late to act on"
    return Finding(
        "delay", state, f"{behind} day{'' if behind == 1 else 's'}", f"behind other measures; {detail}", words
    )


def _teams(m: Material) -> Finding:
    found = health.tells_apart(m.units.values)
    if found is None:
        needed = f"two {m.unit}s with six {m.units.by}s needed"
        return Finding("teams", EARLY, NOT_ENOUGH, needed, "Too early to say")
    detail = _pairs(found, m.units)
    if found.share >= 0.3:
        words = "Works well" if found.single_share >= 0.1 else f"Works over a year; not from one {m.units.by}"
        return Finding("teams", GOOD, format_share(found.share), detail, words)
    if found.share > 0.1:
        return Finding("teams", LOOK, format_share(found.share), detail, "Few differences: use limits only")
    return Finding(
        "teams", LOOK, format_share(found.share), detail, f"No more than chance: {m.unit}s are alike"
    )


def _agents(m: Material) -> Finding:
    units = len(health.levels(m.agents.values))
    if units < m.fewest_agents:
        if too_few := _too_few(m):
            return too_few
        words = "Not measured by agent" if m.metric.level != m.metric.Level.AGENT else "Too early to say"
        return Finding("agents", EARLY, NOT_ENOUGH, f"{units} agents with six {m.agents.by}s", words)
    found = health.tells_apart(m.agents.values, m.team_of)
    if found is None:
        return Finding("agents", EARLY, NOT_ENOUGH, "no two agents of one team", "Too early to say")
    detail, by = _pairs(found, m.agents), m.agents.by
    whole = "13 weeks" if by == "week" else "a year"
    if found.share >= 0.3:
        words = f"Works over {whole}; one {by} shows little" if found.single_share < 0.1 else "Works well"
        return Finding("agents", GOOD, format_share(found.share), detail, words)
    if found.share > 0.1:
        return Finding(
            "agents", LOOK, format_share(found.share), detail, f"Use {whole} or more, never one {by}"
        )
    words = "Fix: do not judge agents by it"
    return Finding("agents", FIX, format_share(found.share), detail, words)


def _too_few(m: Material) -> Finding | None:
    """Said where agents have figures for long enough, and hardly ever enough cases: waiting mends nothing."""
    known = [periods for periods in m.agents.sizes.values() if sum(map(bool, periods)) >= health.FEWEST_WEEKS]
    if len(known) < m.fewest_agents or m.agents.enough_share >= 0.5:
        return None
    return Finding(
        "agents",
        LOOK,
        f"n{NBSP}={NBSP}{format_count(m.agents.typical_n)}",
        f"in a {m.agents.by} of an agent; {format_count(m.metric.minimum_n)} needed to compare",
        "Too few cases: do not compare agents",
    )


def _pairs(found: health.Apart, figures: Figures) -> str:
    return (
        f"of {format_count(found.pairs)} pairs, 5% by chance; from one {figures.by} "
        f"{format_share(found.single_share)}, n{NBSP}={NBSP}{format_count(figures.typical_n)}"
    )


def _noise(m: Material) -> Finding:
    share = health.noise_share(m.units.values)
    if share is None:
        return Finding("noise", EARLY, NOT_ENOUGH, f"three {m.unit}s needed", "Too early to say")
    agents = health.noise_share(m.agents.values) if len(m.agents.values) >= m.fewest_agents else None
    detail = f"of a {m.units.by}, {m.unit}s"
    if agents is not None:
        detail += f"; agents {format_share(agents)}" + (
            "" if m.agents.by == m.units.by else f" of a {m.agents.by}"
        )
    if share > 0.7:
        return Finding(
            "noise",
            LOOK,
            format_share(share),
            detail,
            f"Use limits, not differences from {m.units.by} to {m.units.by}",
        )
    return Finding(
        "noise",
        GOOD,
        format_share(share),
        detail,
        f"{m.units.by.capitalize()}s say something of the {m.unit}",
    )


def _overlap(m: Material) -> Finding:
    found = [
        (metric, both)
        for metric, figures in m.others.items()
        if (both := health.moves_together(m.units.values, figures.values))
    ]
    if not found:
        return Finding("overlap", EARLY, NOT_ENOUGH, "no other measure to compare", "Too early to say")
    metric, both = max(found, key=lambda pair: abs(pair[1].r))
    detail = f"with {metric.name.lower()}, {_r(both.low)} to {_r(both.high)}"
    if abs(both.r) >= SAME:
        name = metric.short_name.lower()
        return Finding(
            "overlap", FIX, f"r = {_r(both.r)}", detail, f"Says nearly the same as {name}: keep one"
        )
    return Finding("overlap", GOOD, f"r = {_r(both.r)}", detail, "Says something of its own")


def _heaping(m: Material) -> Finding:
    low, high = m.target
    target, is_least = (low, True) if low is not None else (high, False)
    if target is None:
        return Finding("heaping", EARLY, "no target", "", "Nothing to heap at")
    values, what = m.agents.known(), f"agent {m.agents.by}s"
    if len(values) < health.FEWEST_VALUES:
        values, what = m.units.known(), f"{m.unit} {m.units.by}s"
    found = health.heaping(values, target, is_least=is_least)
    if found is None:
        return Finding(
            "heaping",
            EARLY,
            NOT_ENOUGH,
            f"{len(values)} {what[:-1] if len(values) == 1 else what}",
            "Too few near the target",
        )
    shown = f"{found.found / found.values:.1%}"
    detail = (
        f"{found.expected / found.values:.1%} expected, n{NBSP}={NBSP}{format_count(found.values)} {what}"
    )
    if found.is_heaped:
        return Finding("heaping", FIX, shown, detail, "Fix: steered by the target; look how it is counted")
    return Finding("heaping", GOOD, shown, detail, "None found")


def _guard(m: Material) -> Finding:
    if m.metric.guard is None:
        if m.metric.direction == m.metric.Direction.NONE:
            return Finding("guard", GOOD, "none", "nobody aims at it", "None needed")
        return Finding("guard", LOOK, "none", "", "Name what must not suffer")
    name = m.metric.guard.name.lower()
    if m.guard is None or m.guard.state == "early" or m.guard.latest is None:
        return Finding("guard", EARLY, NOT_ENOUGH, name, "Too early to say")
    shown = format_value(m.guard.latest.value, m.metric.guard.unit, m.guard.latest.n)
    if m.guard.state == "worse":
        improved = m.own is not None and m.own.state == "better"
        words = "Fix: the guard pays for the gain" if improved else "The guard got worse: find out why"
        return Finding("guard", FIX if improved else LOOK, shown, f"{name}, {m.guard.words.lower()}", words)
    if m.guard.state == "changed":
        words = "It moved: ask whether it pays for this measure"
        return Finding("guard", LOOK, shown, f"{name}, {m.guard.words.lower()}", words)
    return Finding("guard", GOOD, shown, f"{name}, {m.guard.words.lower()}", "Stands still")


def _hands(m: Material) -> Finding:
    shared = health.shared_movement(m.units.values)
    told = m.evidence
    acted = f"; {told.moved} of {told.judged} judged actions moved it" if told.judged else ""
    if shared is None:
        return Finding("hands", EARLY, NOT_ENOUGH, f"three {m.unit}s needed{acted}", "Too early to say")
    detail = f"of the movement is a {m.unit}\u2019s own; {format_share(shared)} all {m.unit}s share{acted}"
    if shared > 0.6:
        return Finding(
            "hands", FIX, format_share(1 - shared), detail, "Fix: mostly system; do not coach for it"
        )
    if told.judged >= 5 and not told.moved:
        return Finding("hands", LOOK, format_share(1 - shared), detail, "No action moved it yet")
    return Finding("hands", GOOD, format_share(1 - shared), detail, f"{m.unit.capitalize()}s can move it")


def _used(m: Material) -> Finding:
    uses = [use for use in m.evidence.uses if use.count]
    detail = (
        ", ".join(f"{use.count} {use.label}" for use in uses) or "no action, objective or change names it"
    )
    if not uses:
        return Finding("used", LOOK, "0", detail, "Nobody decides by it: why count it?")
    return Finding("used", GOOD, str(m.evidence.decisions), detail, "Works well")


def _r(value: float) -> str:
    return f"{value:.2f}".replace("-", "\u2212")
