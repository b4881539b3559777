"""The text that people agree to, put together from the parts of an action. Pure: no Django."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

TEAM, LEADER = "team", "leader"


@dataclass(frozen=True)
class PromiseTerms:
    """One promise as it stands in the text."""

    side: str
    text: str
    due_on: str = ""


@dataclass(frozen=True)
class Terms:
    """Everything that is bound by an agreement; days are ISO text so that terms can be frozen as JSON."""

    title: str
    what: str
    starts_on: str
    due_on: str
    check_every_days: int = 28
    metric: str = ""
    target_value: float | None = None
    guard_metric: str = ""
    guard_limit: float | None = None
    promises: tuple[PromiseTerms, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON column."""
        return asdict(self) | {"promises": [asdict(promise) for promise in self.promises]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Terms":
        promises = tuple(PromiseTerms(**promise) for promise in data.get("promises", ()))
        return cls(**(data | {"promises": promises}))


@dataclass(frozen=True)
class Names:
    """How the parts of an action are called in its text."""

    metric: str = ""
    baseline: str = ""
    target: str = ""
    guard: str = ""
    guard_limit: str = ""
    team_side: str = "The team"
    leader_side: str = "The team leader"


def agreement_text(terms: Terms, names: Names) -> str:
    """The whole text in sentences, the way it is read out before people say yes."""
    lines = [f"{_sentence(terms.what)} From {_day(terms.starts_on)}."]
    if names.metric:
        start = f" from {names.baseline}" if names.baseline else ""
        goal = f"{names.metric}{start} to {names.target}" if names.target else f"a better {names.metric}"
        lines.append(f"Aim: {goal} by {_day(terms.due_on)}.")
    else:
        lines.append(f"We look at it together on {_day(terms.due_on)}.")
    if names.guard:
        limit = f" must not pass {names.guard_limit}" if names.guard_limit else " must not get worse"
        lines.append(f"Guard: {names.guard}{limit}.")
    for side, name in ((TEAM, names.team_side), (LEADER, names.leader_side)):
        promised = [_promise(promise) for promise in terms.promises if promise.side == side]
        if promised:
            lines.append(f"{name} will: {'; '.join(promised)}.")
    return "\n".join(lines)


def changed_parts(old: Terms, new: Terms) -> list[str]:
    """Which parts differ between two wordings, in words, for the story of an agreement."""
    labels: Sequence[tuple[str, str]] = (
        ("title", "the title"),
        ("what", "what will be done"),
        ("starts_on", "the start"),
        ("due_on", "the review day"),
        ("check_every_days", "the time between check-ins"),
        ("metric", "the measure"),
        ("target_value", "the target"),
        ("guard_metric", "the guard measure"),
        ("guard_limit", "the limit of the guard"),
        ("promises", "the promises"),
    )
    return [label for name, label in labels if getattr(old, name) != getattr(new, name)]


def _promise(promise: PromiseTerms) -> str:
    """A promise in the words that were typed; only the full stop makes room for the next one."""
    text = promise.text.strip().rstrip(".")
    return f"{text} by {_day(promise.due_on)}" if promise.due_on else text


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _day(day: str) -> str:
    when = date.fromisoformat(day)
    return f"{when.day}\u00a0{when:%B %Y}"
