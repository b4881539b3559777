"""The retention page as one guarded object, for the page, its files and its charts alike (D16)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.core.cache import cache

from ccperf.core.dates import add_months, month_start, today
from ccperf.metrics.analysis import Xmr, xmr
from ccperf.people.models import Site, User
from ccperf.privacy.threshold import HIDDEN, Grain, Hidden, guard_list, guard_table, minimum
from retention.analysis_comparison import RateChange, rate_change
from retention.analysis_turnover import (
    Rate,
    RollingPoint,
    Share,
    TenureHazard,
    person_time_rate,
    rolling_turnover,
    stability,
    tenure_hazard,
    years_before,
)
from retention.intakes import IntakeTable, SurvivalPanel, intake_table, survival_panel
from retention.models import Leaver
from retention.periods import Year, month_ends, reporting_years
from retention.population import NO_SITE, UNRECORDED, Population, Service
from retention.reasons import ReasonTable, reason_table

CACHE_SECONDS = 6 * 3600
LIMIT_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for, already narrowed to what this user may choose."""

    year: Year
    site_id: int | None = None
    intake: date | None = None


@dataclass(frozen=True, slots=True)
class KindRow:
    """How many leavers of one kind; the split is guarded, its sum is not."""

    kind: str
    label: str
    count: int | Hidden
    rate: Rate | Hidden


@dataclass(frozen=True, slots=True)
class Turnover:
    """Leavers over person-years of the year, its kinds, its rolling history and its comparison."""

    rate: Rate
    kinds: tuple[KindRow, ...]
    regretted: Share | Hidden | None
    rolling: tuple[RollingPoint, ...]
    change: RateChange | None
    monthly: tuple[tuple[date, int], ...]
    limits: Xmr | None
    unrecorded: int
    recorded_from: date

    @property
    def resigned(self) -> Rate | Hidden:
        return next(row.rate for row in self.kinds if row.kind == Leaver.Kind.VOLUNTARY)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Everything the page shows. ``turnover`` is None where the group itself is too small to be shown, and
    where it is not ``is_staffed``: nobody is known to have been employed then.
    """

    filters: Filters
    population: int
    is_staffed: bool
    turnover: Turnover | None
    stability: Share | Hidden | None
    intakes: IntakeTable
    survival: SurvivalPanel | None
    hazard: tuple[TenureHazard, ...]
    reasons: ReasonTable

    @property
    def is_empty(self) -> bool:
        return not self.population and not self.reasons.rows


def years_for(population: Population) -> list[Year]:
    """The years this population can be read by, newest first."""
    return reporting_years(today=today(), earliest=population.earliest, with_all=population.is_whole)


def sites_for(user: User) -> list[Site]:
    """The sites this user can filter by: all for HR, those of the span for a manager."""
    sites = Site.objects.order_by("name")
    if user.access.can("retention.read"):
        return list(sites)
    return list(sites.filter(teams__in=user.access.managed_team_ids).distinct())


def patterns(user: User, population: Population, filters: Filters) -> Patterns:
    """The guarded figures; one query. Statistics are kept by the content they came from: never stale."""
    reasons = reason_table(user, filters.year, filters.site_id)
    minima = (minimum(Grain.AVERAGE), minimum(Grain.DISTRIBUTION))
    figures = _kept_figures(population, filters, user.access.can("retention.read"), minima, today())
    return Patterns(filters=filters, reasons=reasons, **figures)


@lru_cache(maxsize=16)
def _kept_figures(
    population: Population, filters: Filters, with_curves: bool, minima: tuple[int, int], day: date
) -> dict[str, Any]:
    """The figures of a day, kept under what they came from: by the process, and for all by the cache."""
    content = repr((population, filters, with_curves, minima, day))
    key = f"retention.patterns.guarded.{hashlib.sha256(content.encode()).hexdigest()}"
    figures = cache.get(key)
    if figures is None:
        figures = _figures(population, filters, with_curves)
        cache.set(key, figures, CACHE_SECONDS)
    return figures


def _figures(population: Population, filters: Filters, with_curves: bool) -> dict[str, object]:
    year, site_id = filters.year, filters.site_id
    spells = population.exposure(site_id)
    is_shown = _headcount_may_be_shown(population, year, site_id)
    # By time since start, leavers of a small intake could be told: the table is for HR, who know them.
    with_hazard = is_shown and population.is_whole
    return {
        "population": len(spells),
        "is_staffed": person_time_rate(0, spells, year.start, year.end).person_years > 0,
        "turnover": turnover(population, year, site_id) if is_shown else None,
        "stability": _stability(population, year, site_id) if is_shown else None,
        "intakes": intake_table(population, year, site_id),
        "survival": survival_panel(population, year, site_id, filters.intake) if with_curves else None,
        "hazard": _hazard(population, year, site_id) if with_hazard else (),
    }


def _headcount_may_be_shown(population: Population, year: Year, site_id: int | None) -> bool:
    """Whether the mean headcount, and with it every rate, may be shown for this site beside the others."""
    sites = sorted({piece.site_id for s in population.services for piece in s.pieces if piece.counts})
    heads = [_mean_headcount(population, year, site) for site in sites]
    whole = _mean_headcount(population, year, None)
    # People without a team are no site one can choose, but they keep totals from being a site in disguise.
    rest = [left] if (left := whole - sum(heads)) >= minimum(Grain.AVERAGE) else []
    guard = guard_list(heads + rest, minimum=minimum(Grain.AVERAGE))
    if site_id is None:
        return not guard.total_hidden and whole >= minimum(Grain.AVERAGE)
    position = sites.index(site_id) if site_id in sites else None
    return position is not None and heads[position] > 0 and position not in guard.hidden


def _mean_headcount(population: Population, year: Year, site_id: int | None) -> int:
    rate = person_time_rate(0, population.exposure(site_id), year.start, year.end)
    return round(rate.mean_headcount)


def turnover(population: Population, year: Year, site_id: int | None) -> Turnover:
    """Turnover of a year, all parts of it."""
    spells = population.exposure(site_id)
    leavers = population.leavers(year.start, year.end, site_id)
    first = min(max(year.start, population.recorded_from or year.start), year.end)
    rate = person_time_rate(len(leavers), spells, first, year.end)
    before = years_before(year.start, 1)
    since = population.recorded_from or year.start
    earlier = person_time_rate(
        len(population.leavers(before, year.start, site_id)), spells, before, year.start
    )
    history = population.leavers(add_months(year.end, -24), year.end, site_id)
    days = [service.last_day for service in history if service.last_day]
    monthly = _by_month(days, year, since)
    return Turnover(
        rate=rate,
        kinds=_kinds(population, year, site_id, rate),
        regretted=_regretted(leavers),
        rolling=tuple(rolling_turnover(spells, days, month_ends(year), since)) if not year.is_all else (),
        change=rate_change(rate, earlier) if since <= before and not year.is_all else None,
        monthly=monthly,
        limits=xmr([count for _, count in monthly], floor=0) if len(monthly) >= LIMIT_MONTHS else None,
        unrecorded=sum(service.kind == UNRECORDED for service in leavers),
        recorded_from=since,
    )


def _by_month(days: Sequence[date], year: Year, since: date) -> tuple[tuple[date, int], ...]:
    """Leavers of the last 24 months that were recorded from their first day on."""
    months = [add_months(year.end, -back) for back in range(24, 0, -1)]
    months = [month for month in months if month >= since]
    counts = dict.fromkeys(months, 0)
    for day in days:
        if month_start(day) in counts:
            counts[month_start(day)] += 1
    return tuple(counts.items())


def _kinds(population: Population, year: Year, site_id: int | None, rate: Rate) -> tuple[KindRow, ...]:
    """Leavers by kind. One of a kind among few would say who was dismissed, so the split is guarded.

    The sum of a site is always shown; a split with hidden parts at any site is therefore given for all
    sites together only, and there it is hidden whole when fewer than the minimum have left. HR reads the
    register itself: how an employment ended is an employment record, and not hidden from HR.
    """
    labels = {**dict(Leaver.Kind.choices), UNRECORDED: "Not in the register yet"}
    labels.pop(Leaver.Kind.INTERNAL)
    sizes: dict[tuple[str, int], int] = {}
    for service in population.leavers(year.start, year.end):
        site = service.last_piece.site_id if service.last_piece else NO_SITE
        sizes[service.kind, site] = sizes.get((service.kind, site), 0) + 1
    guard = guard_table(sizes, minimum=minimum(Grain.AVERAGE)) if sizes else None
    counts = {
        kind: sum(count for (k, site), count in sizes.items() if k == kind and site_id in (None, site))
        for kind in labels
    }
    hides_all = bool(guard and guard.hidden) if site_id is not None else rate.events < minimum(Grain.AVERAGE)
    whole = guard_list(list(counts.values()), minimum=minimum(Grain.AVERAGE))
    rows = []
    for position, (kind, label) in enumerate(labels.items()):
        hidden = not population.is_whole and ((hides_all and rate.events > 0) or position in whole.hidden)
        count = HIDDEN if hidden else counts[kind]
        shown = HIDDEN if hidden else Rate(counts[kind], rate.person_years, rate.days)
        rows.append(KindRow(kind, label, count, shown))
    return tuple(rows)


def _regretted(leavers: Sequence[Service]) -> Share | Hidden | None:
    """Of those for whom it was said, the share that would have been kept; None where nobody said."""
    asked = [service.is_regretted for service in leavers if service.is_regretted is not None]
    if not asked:
        return None
    parts = guard_list([sum(asked), len(asked) - sum(asked)], minimum=minimum(Grain.AVERAGE))
    return (
        HIDDEN if parts.hidden or len(asked) < minimum(Grain.DISTRIBUTION) else Share(sum(asked), len(asked))
    )


def _stability(population: Population, year: Year, site_id: int | None) -> Share | Hidden | None:
    if year.is_all:
        return None
    share = stability((service.spell for service in population.starters(site_id)), as_of=year.end)
    if not share.whole:
        return None
    return share if share.whole >= minimum(Grain.AVERAGE) else HIDDEN


def _hazard(population: Population, year: Year, site_id: int | None) -> tuple[TenureHazard, ...]:
    """Bands of tenure with enough time worked in them; a band of few people is left out whole."""
    spells = [service.spell for service in population.starters(site_id)]
    bands = tenure_hazard(spells, start=year.start, end=year.end)
    return tuple(band for band in bands if band.person_months >= minimum(Grain.AVERAGE))
