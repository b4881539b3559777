"""What a kind of import can take: its fields, what they mean and in which unit, and the plan that fills
them.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. ``type`` decides how its column is read."""

    name: str
    label: str
    type: str
    help: str = ""
    unit: str = ""
    required: bool = False
    synonyms: tuple[str, ...] = ()
    weak_synonyms: tuple[str, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    choice_synonyms: Mapping[str, str] = field(default_factory=dict)
    unknown: str = "unknown_choice"
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    maximum: int = 200
    minimum: float | None = None
    whole: bool = False
    precision: str = "day"
    several: bool = False


@dataclass(slots=True)
class Plan:
    """How one file is to be read: saved with the import so that it can be repeated, resumed and looked up."""

    mapping: dict[str, list[str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    meanings: dict[str, dict[str, str]] = field(default_factory=dict)
    date_order: str = "auto"
    date_orders: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, dict[str, Any]] = field(default_factory=dict)
    only: dict[str, str] = field(default_factory=dict)
    create_people: bool = False
    explicit: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Plan":
        return cls(**{name: data[name] for name in cls.__slots__ if name in data})

    def fills(self, name: str) -> bool:
        """Whether a column or a constant gives this field."""
        return bool(self.mapping.get(name)) or name in self.constants
