"""Employment spells as retention counts them: who was where, from when to when, and how it ended."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from ccperf.core.listing import FieldsAsWords, listed
from ccperf.people.models import Employment, Membership, User
from retention.analysis_survival import Tenure
from retention.analysis_turnover import Spell
from retention.models import Leaver, RegisterStart

NO_SITE = 0
UNRECORDED = "unrecorded"


class Piece(NamedTuple):
    """The part of an employment spent in one team; ``counts`` when that team is in the user's scope."""

    team_id: int
    site_id: int
    counts: bool
    spell: Spell


class Service(NamedTuple):
    """One employment with the teams it was spent in; ``kind`` says how it ended, once it has."""

    spell: Spell
    pieces: tuple[Piece, ...]
    kind: str = ""
    is_regretted: bool | None = None
    start_is_known: bool = True

    @property
    def last_day(self) -> date | None:
        end = self.spell.ended_before
        return end - timedelta(days=1) if end else None

    @property
    def first_piece(self) -> Piece | None:
        return self.pieces[0] if self.pieces else None

    @property
    def last_piece(self) -> Piece | None:
        """The team of the last employed day."""
        last = self.last_day
        return next((p for p in reversed(self.pieces) if last and p.spell.covers(last)), None)


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """All services that may enter a user's figures, and from when leavers are recorded completely.

    For HR that is everybody. For a manager only time spent in the teams of today's span is headcount, only
    those who started there are an intake, and only those who left from there are leavers.
    """

    services: tuple[Service, ...]
    recorded_from: date | None
    earliest: date | None
    is_whole: bool

    def starters(self, site_id: int | None = None) -> list[Service]:
        """Services that began in scope, at the site if one is given, on a day that is known.

        Who came with the rows of a file was here before: as an intake they would all seem to stay.
        """
        known = [service for service in self.services if service.start_is_known]
        return [service for service in known if self._is_at(service.first_piece, site_id)]

    def exposure(self, site_id: int | None = None) -> list[Spell]:
        """Time that counts as headcount: the whole employment, or the parts spent in scope at the site."""
        if site_id is None and self.is_whole:
            return [service.spell for service in self.services]
        return [
            piece.spell
            for service in self.services
            for piece in service.pieces
            if self._is_at(piece, site_id)
        ]

    def leavers(self, start: date, end: date, site_id: int | None = None) -> list[Service]:
        """Those whose last employed day lies in [start, end), at the site where they were then."""
        return [
            service
            for service in self.services
            if service.spell.ended_within(start, end) and self._is_at(service.last_piece, site_id)
        ]

    def _is_at(self, piece: Piece | None, site_id: int | None) -> bool:
        if piece is None:
            return self.is_whole and site_id in (None, NO_SITE)
        return piece.counts and site_id in (None, piece.site_id)

    def tenures(self, services: Iterable[Service], as_of: date) -> list[Tenure]:
        """Survival clocks up to ``as_of``, each followed only from when leavers are recorded."""
        clocks = []
        for service in services:
            spell = service.spell
            end = spell.ended_before
            left = end is not None and end <= as_of
            days = ((end if end and left else as_of) - spell.started_on).days
            entered = max(0, (self.recorded_from - spell.started_on).days) if self.recorded_from else 0
            if days > entered:
                clocks.append(Tenure(days, left, entered))
        return clocks


def load_population(user: User) -> Population:
    """The population of ``user`` as it stands, in one query, whatever its size.

    Services are put together when what the database says differs from what it said before.
    """
    team_ids = None if user.access.can("retention.read") else user.access.managed_team_ids
    memberships, employments = Membership.objects.all(), Employment.objects.all()
    if team_ids is not None:
        in_span = Membership.objects.filter(team_id__in=team_ids).order_by().values("person_id")
        memberships = memberships.filter(person_id__in=in_span)
        employments = employments.filter(person_id__in=in_span)
    leavers = Leaver.objects.counted_for(user).from_employer()
    parts = [listed(name, rows, FieldsAsWords(*FIELDS[name])) for name, rows in (
        ("stays", memberships), ("employments", employments), ("endings", leavers),
        ("recorded", RegisterStart.objects.all()),
    )]  # fmt: skip
    found = dict(parts[0].union(*parts[1:], all=True))
    return _population(team_ids, *(found.get(name) or "" for name in FIELDS))


FIELDS = {
    "stays": ("person_id", "starts_on", "team_id", "team__site_id", "ends_before"),
    "employments": ("person_id", "starts_on", "pk", "ends_before", "start_is_known"),
    "endings": ("employment_id", "kind", "is_regretted", "left_on"),
    "recorded": ("pk", "recorded_from"),
}


@lru_cache(maxsize=8)
def _population(
    team_ids: frozenset[int] | None, stays: str, employments: str, endings: str, recorded: str
) -> Population:
    """The population in these words of the database; kept under them, so it is never stale.

    Of the whole organisation, which HR reads, ``team_ids`` is None.
    """
    teams: dict[str, list[tuple]] = defaultdict(list)
    for person, start, team, site, end in sorted(_rows(stays)):
        teams[person].append((int(team), int(site), _day(start), _day(end)))
    ends, left_days = {}, []
    for employment, kind, regretted, left in _rows(endings):
        if employment:
            ends[employment] = (kind, _truth(regretted))
        if left:
            left_days.append(_day(left))
    services = tuple(
        Service(
            Spell(_day(start), _day(end)),
            _pieces(teams.get(person, ()), _day(start), _day(end), team_ids),
            *ends.get(pk, (UNRECORDED if end else "", None)),
            start_is_known=bool(_truth(is_known)),
        )
        for person, start, pk, end, is_known in sorted(_rows(employments))
    )
    left_days += [service.last_day for service in services if service.last_day]
    named = min(((int(pk), day) for pk, day in _rows(recorded)), default=None)
    return Population(
        services,
        recorded_from=_day(named[1]) if named and services else _first_leaving(services),
        earliest=min(left_days, default=None),
        is_whole=team_ids is None,
    )


def _rows(words: str) -> list[list[str]]:
    return [row.split(" ") for row in words.split(",")] if words else []


@lru_cache(maxsize=20_000)
def _day(word: str) -> Any:
    """A day, None for an empty word."""
    return date.fromisoformat(word) if word else None


def _truth(word: str) -> bool | None:
    """A truth value as SQLite or PostgreSQL writes it, None for an empty word."""
    return word in ("1", "true") if word else None


def _pieces(
    stays: Iterable[tuple], start: date, end: date | None, team_ids: frozenset[int] | None
) -> tuple[Piece, ...]:
    """Memberships clipped to one employment; what lies outside it is not worked time."""
    pieces = []
    for team_id, site_id, starts_on, ends_before in stays:
        first = max(start, starts_on)
        stops = [day for day in (end, ends_before) if day]
        last = min(stops) if stops else None
        if last is None or last > first:
            counts = team_ids is None or team_id in team_ids
            pieces.append(Piece(team_id, site_id, counts, Spell(first, last)))
    return tuple(pieces)


def _first_leaving(services: Sequence[Service]) -> date | None:
    """The first leaving known: where HR named no day, before it nobody's leaving was ever seen."""
    return min((service.last_day for service in services if service.last_day), default=None)
