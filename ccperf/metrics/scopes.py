"""Whose figure it is: an agent, a team, a queue, a site or the whole organisation."""

from datetime import date
from typing import NamedTuple

AGENT, TEAM, QUEUE, SITE, ORGANISATION = "agent", "team", "queue", "site", "organisation"
KINDS = (AGENT, TEAM, QUEUE, SITE, ORGANISATION)
SPAN = "span"
"""In addresses: all teams of the reader together. No figure is stored for it."""
ROLLED_UP = (AGENT, TEAM, SITE, ORGANISATION)


class _Parts(NamedTuple):
    kind: str
    id: int


class Scope(_Parts):
    """One subject of figures; ``subject`` is how an observation stores it.

    A tuple, because imports compare and look up millions of them.
    """

    __slots__ = ()

    def __new__(cls, kind: str, id: int = 0) -> "Scope":
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is not one of {', '.join(KINDS)}.")
        if (kind == ORGANISATION) != (id == 0):
            raise ValueError("Every scope but the organisation needs an id.")
        return super().__new__(cls, kind, id)

    @property
    def subject(self) -> str:
        return ORGANISATION if self.kind == ORGANISATION else f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, subject: str) -> "Scope":
        """The scope of ``team:3``. Raises ValueError for anything else."""
        kind, _, number = subject.partition(":")
        return cls(kind, int(number) if number else 0)

    @classmethod
    def narrowest(
        cls,
        *,
        person_id: int | None = None,
        queue_id: int | None = None,
        team_id: int | None = None,
        site_id: int | None = None,
    ) -> "Scope":
        """Whose figures a record adds to, of all that it names."""
        named = ((AGENT, person_id), (QUEUE, queue_id), (TEAM, team_id), (SITE, site_id))
        return next((cls(kind, pk) for kind, pk in named if pk), cls(ORGANISATION))

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


class ObservationRow(NamedTuple):
    """What a source says: one measure of one subject on one day, in its parts."""

    day: date
    scope: Scope
    metric: str
    numerator: float
    denominator: float
    n: int


class ObservationKey(NamedTuple):
    """Which observation is meant."""

    day: date
    scope: Scope
    metric: str
