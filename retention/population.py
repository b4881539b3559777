"""Employment spells as retention counts them: who was where, from when to when, and how it ended."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import Subquery

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


@dataclass(frozen=True, slots=True)
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
    """Read the population of ``user`` in three queries, whatever its size."""
    is_whole = user.access.can("retention.read")
    team_ids = user.access.managed_team_ids
    memberships = Membership.objects.order_by("person_id", "starts_on")
    employments = Employment.objects.order_by("person_id", "starts_on")
    if not is_whole:
        in_span = Membership.objects.filter(team_id__in=team_ids).order_by().values("person_id")
        memberships = memberships.filter(person_id__in=in_span)
        employments = employments.filter(person_id__in=in_span)
    stays: dict[int, list[tuple]] = defaultdict(list)
    for person_id, *stay in memberships.values_list(
        "person_id", "team_id", "team__site_id", "starts_on", "ends_before"
    ):
        stays[person_id].append(tuple(stay))
    ends, left_days = _endings(user)
    named = Subquery(RegisterStart.objects.order_by("pk").values("recorded_from")[:1])
    fields = ("pk", "person_id", "starts_on", "ends_before", "start_is_known", "since")
    rows = list(employments.annotate(since=named).values_list(*fields))
    services = tuple(
        Service(
            Spell(starts_on, ends_before),
            _pieces(stays.get(person_id, ()), starts_on, ends_before, None if is_whole else team_ids),
            *ends.get(pk, (UNRECORDED if ends_before else "", None)),
            start_is_known=is_known,
        )
        for pk, person_id, starts_on, ends_before, is_known, _ in rows
    )
    left_days += [service.last_day for service in services if service.last_day]
    return Population(
        services,
        recorded_from=rows[0][-1] if rows and rows[0][-1] else _first_leaving(services),
        earliest=min(left_days, default=None),
        is_whole=is_whole,
    )


def _endings(user: User) -> tuple[dict[int, tuple[str, bool | None]], list[date]]:
    """How each registered employment ended, and every last day in the register, with or without a person."""
    ends, days = {}, []
    rows = Leaver.objects.counted_for(user).from_employer().order_by()
    for employment_id, kind, regretted, left_on in rows.values_list(
        "employment_id", "kind", "is_regretted", "left_on"
    ):
        if employment_id:
            ends[employment_id] = (kind, regretted)
        if left_on:
            days.append(left_on)
    return ends, days


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
