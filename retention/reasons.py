"""Why people left, as shares of those who said so, behind the threshold guard."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.core.cache import cache

from ccperf.core.listing import FieldsAsWords, listed
from ccperf.people.models import User
from ccperf.privacy.threshold import HIDDEN, TOTAL, Grain, Hidden, guard_list, guard_table, minimum
from retention.analysis_turnover import Share
from retention.models import Leaver, LeaverReason, ReasonForLeaving
from retention.periods import Year
from retention.population import NO_SITE

CACHE_SECONDS = 6 * 3600
OTHERS = "Another reason"


class Voice(NamedTuple):
    """One column of the table: who said it, and when."""

    stated_by: str
    occasion: str

    @property
    def label(self) -> str:
        if self.stated_by == LeaverReason.StatedBy.HR:
            return "Coded by HR"
        return LeaverReason.Occasion(self.occasion).label


class Named(NamedTuple):
    """One reason named by one leaver."""

    leaver_id: int
    reason: str
    voice: Voice
    site_id: int


@dataclass(frozen=True, slots=True)
class ReasonColumn:
    """How many leavers answered in this voice; a column of too few people is hidden whole."""

    voice: Voice
    n: int | Hidden


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One reason with the share of leavers naming it, per column."""

    name: str
    mitigable: str
    labels: tuple[str, ...]
    shares: tuple[Share | Hidden, ...]

    @property
    def is_hidden(self) -> bool:
        return all(isinstance(share, Hidden) for share in self.shares)

    @property
    def cells(self) -> list[dict[str, object]]:
        """Each share with the head of its column, for tables that fold on a phone."""
        return [
            {"label": label, "share": share} for label, share in zip(self.labels, self.shares, strict=True)
        ]

    @property
    def weight(self) -> int:
        return max((share.part for share in self.shares if isinstance(share, Share)), default=0)


@dataclass(frozen=True, slots=True)
class ReasonTable:
    """The reasons of a group, most named first; those hidden in every column stand at the end."""

    columns: tuple[ReasonColumn, ...]
    rows: tuple[ReasonRow, ...]
    has_hidden: bool
    names_health: bool

    @property
    def told(self) -> tuple[ReasonRow, ...]:
        """Rows with at least one figure."""
        return tuple(row for row in self.rows if not row.is_hidden)

    @property
    def untold(self) -> tuple[ReasonRow, ...]:
        """Rows hidden throughout: named, but without any figure."""
        return tuple(row for row in self.rows if row.is_hidden)


def reason_table(user: User, year: Year, site_id: int | None) -> ReasonTable:
    """Reasons of those who left within the year; two queries. Special categories are named to HR only."""
    minima = (minimum(Grain.AVERAGE), minimum(Grain.DISTRIBUTION))
    said = _said(user, year)  # Before the reasons, so that each of its own is among them.
    fields = ("pk", "name", "is_special_category", "mitigable")
    reasons = tuple(ReasonForLeaving.objects.order_by("pk").values_list(*fields))
    return _kept_table(said, reasons, minima, site_id, user.access.can("retention.read"))


@lru_cache(maxsize=64)
def _kept_table(
    said: str, reasons: tuple[tuple, ...], minima: tuple[int, int], site_id: int | None, names_health: bool
) -> ReasonTable:
    """The table of what was named, kept under its content: by the process, and for all of them by the cache.

    The guard takes longer over a large table than the rest of the page.
    """
    content = repr((said, reasons, minima, site_id, names_health))
    key = f"retention.reasons.{hashlib.sha256(content.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        found = _table(*_named(said, reasons, names_health), site_id, names_health)
        cache.set(key, found, CACHE_SECONDS)
    return found


def _table(
    named: Sequence[Named], mitigable: Mapping[str, str], site_id: int | None, names_health: bool
) -> ReasonTable:
    voices = sorted({row.voice for row in named}, key=_voice_order)
    found = [_column([row for row in named if row.voice == voice], site_id) for voice in voices]
    rows = [
        ReasonRow(
            name=reason,
            mitigable=mitigable.get(reason, ""),
            labels=tuple(voice.label for voice in voices),
            shares=tuple(shares.get(reason, _absent(n)) for n, shares in found),
        )
        for reason in {reason for _, shares in found for reason in shares}
    ]
    rows.sort(key=lambda row: (-row.weight, row.name))
    return ReasonTable(
        columns=tuple(ReasonColumn(voice, n) for voice, (n, _) in zip(voices, found, strict=True)),
        rows=tuple(rows),
        has_hidden=any(isinstance(n, Hidden) for n, _ in found)
        or any(isinstance(share, Hidden) for row in rows for share in row.shares),
        names_health=names_health,
    )


def _said(user: User, year: Year) -> str:
    """Every reason named by those who left the employer in the year, as words; one query.

    With all years, leavers whose last day is not known count too.
    """
    leavers = Leaver.objects.counted_for(user).from_employer()
    if not year.is_all:
        leavers = leavers.filter(left_on__gte=year.start, left_on__lt=year.end)
    rows = LeaverReason.objects.filter(leaver__in=leavers)
    fields = FieldsAsWords("leaver_id", "reason_id", "stated_by", "occasion", "leaver__site_id")
    return dict(listed("said", rows, fields)).get("said") or ""


def _named(said: str, reasons: Iterable[tuple], names_health: bool) -> tuple[list[Named], dict[str, str]]:
    """What was named by whom, in order, and whether managers can act on each reason."""
    known = {str(pk): (name, special, can_act) for pk, name, special, can_act in reasons}
    named, mitigable = [], {}
    for row in said.split(",") if said else ():
        leaver, reason_id, by, occasion, site = row.split(" ")
        name, special, can_act = known[reason_id]
        reason = name if names_health or not special else OTHERS
        # HR codes a leaving once it is understood: one column, whenever that was.
        voice = Voice(by, "" if by == LeaverReason.StatedBy.HR else occasion)
        named.append(Named(int(leaver), reason, voice, int(site or NO_SITE)))
        mitigable[reason] = "" if reason == OTHERS else ReasonForLeaving.Mitigable(can_act).label
    return sorted(named), mitigable


def _column(named: Sequence[Named], site_id: int | None) -> tuple[int | Hidden, dict[str, Share | Hidden]]:
    """n and the guarded share of each reason in one voice, for a site or for all of them."""
    leavers: dict[int, set[int]] = defaultdict(set)
    naming: dict[tuple[str, int], set[int]] = defaultdict(set)
    for row in named:
        leavers[row.site_id].add(row.leaver_id)
        naming[row.reason, row.site_id].add(row.leaver_id)
    sites = sorted(leavers)
    groups = guard_list([len(leavers[site]) for site in sites], minimum=minimum(Grain.DISTRIBUTION))
    too_few = {sites[position] for position in groups.hidden}
    guard = guard_table(
        {key: len(people) for key, people in naming.items()},
        minimum=minimum(Grain.AVERAGE),
        also_hide=[key for key in naming if key[1] in too_few],
    )
    if groups.total_hidden if site_id is None else site_id in too_few:
        return HIDDEN, {}
    at = TOTAL if site_id is None else site_id
    wanted = [site for site in sites if site_id in (None, site)]
    n = sum(len(leavers[site]) for site in wanted)
    shares: dict[str, Share | Hidden] = {}
    for reason in {reason for reason, site in naming if site in wanted}:
        count = sum(len(naming.get((reason, site), ())) for site in wanted)
        shares[reason] = HIDDEN if guard.hides(reason, at) else Share(count, n)
    return n, shares


def _absent(n: int | Hidden) -> Share | Hidden:
    return HIDDEN if isinstance(n, Hidden) else Share(0, n)


def _voice_order(voice: Voice) -> tuple[bool, int]:
    order = list(LeaverReason.Occasion.values)
    return voice.stated_by == LeaverReason.StatedBy.HR, order.index(voice.occasion) if voice.occasion else 0
