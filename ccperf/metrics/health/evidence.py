"""What a measure is used for, and whether it moved when people acted: told by the rooms above."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Use:
    """How often something stood on a measure: ``7 actions``."""

    count: int
    label: str


@dataclass(frozen=True)
class Evidence:
    """What one room knows of one measure since a day.

    ``judged`` actions meant to move it have a verdict, ``moved`` of them that it did.
    """

    uses: tuple[Use, ...] = ()
    judged: int = 0
    moved: int = 0

    def __add__(self, other: "Evidence") -> "Evidence":
        return Evidence(self.uses + other.uses, self.judged + other.judged, self.moved + other.moved)

    @property
    def decisions(self) -> int:
        return sum(use.count for use in self.uses)


# A provider answers for all measures at once, by their ids.
Provider = Callable[[date], dict[int, Evidence]]
PROVIDERS: dict[str, Provider] = {}


def register_evidence(name: str, provider: Provider) -> None:
    """Let a room say what it used measures for; called in ``AppConfig.ready()``."""
    PROVIDERS[name] = provider


def evidence_since(day: date) -> dict[int, Evidence]:
    """Everything that every room knows, by measure."""
    found: dict[int, Evidence] = {}
    for provider in PROVIDERS.values():
        for metric_id, told in provider(day).items():
            found[metric_id] = found.get(metric_id, Evidence()) + told
    return found
