"""Whose figure it is: an agent, a team, a queue, a site or the whole organisation."""

from dataclasses import dataclass
from datetime import date

AGENT, TEAM, QUEUE, SITE, ORGANISATION = "agent", "team", "queue", "site", "organisation"
KINDS = (AGENT, TEAM, QUEUE, SITE, ORGANISATION)
SPAN = "span"
"""In addresses: all teams of the reader together. No figure is stored for it."""
ROLLED_UP = (AGENT, TEAM, SITE, ORGANISATION)


@dataclass(frozen=True, order=True)
class Scope:
    """One subject of figures; ``subject`` is how an observation stores it."""

    kind: str
    id: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is not one of {', '.join(KINDS)}.")
        if (self.kind == ORGANISATION) != (self.id == 0):
            raise ValueError("Every scope but the organisation needs an id.")

    @property
    def subject(self) -> str:
        return ORGANISATION if self.kind == ORGANISATION else f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, subject: str) -> "Scope":
        """The scope of ``team:3``. Raises ValueError for anything else."""
        kind, _, number = subject.partition(":")
        return cls(kind, int(number) if number else 0)

    @classmethod
    def agent(cls, person_id: int) -> "Scope":
        return cls(AGENT, person_id)

    @classmethod
    def team(cls, team_id: int) -> "Scope":
        return cls(TEAM, team_id)

    @classmethod
    def queue(cls, queue_id: int) -> "Scope":
        return cls(QUEUE, queue_id)

    @classmethod
    def site(cls, site_id: int) -> "Scope":
        return cls(SITE, site_id)

    @classmethod
    def organisation(cls) -> "Scope":
        return cls(ORGANISATION)


@dataclass(frozen=True)
class ObservationRow:
    """What a source says: one measure of one subject on one day, in its parts."""

    day: date
    scope: Scope
    metric: str
    numerator: float
    denominator: float
    n: int


@dataclass(frozen=True)
class ObservationKey:
    """Which observation is meant."""

    day: date
    scope: Scope
    metric: str
