"""Turnover by person-time, early leavers by intake, stability and hazard by tenure. Pure numbers.

Every rate keeps its numerator, its denominator and an interval. Dates are half-open: a spell runs
from ``started_on`` up to but not including ``ended_before``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from ccperf.metrics.analysis_rates import byar_interval, wilson

DAYS_IN_YEAR = 365.25
FEWEST_DAYS = 90
TENURE_BANDS = ((0, 30), (30, 90), (90, 180), (180, 365), (365, 730), (730, None))


class Spell(NamedTuple):
    """One person's employment from start to end, or open while ``ended_before`` is None."""

    started_on: date
    ended_before: date | None = None

    def days_between(self, start: date, end: date) -> int:
        """Days of this spell inside [start, end)."""
        stop = end if self.ended_before is None else min(self.ended_before, end)
        return max(0, (stop - max(self.started_on, start)).days)

    def covers(self, day: date) -> bool:
        """Whether the person was employed on ``day``."""
        return self.started_on <= day and (self.ended_before is None or day < self.ended_before)

    def ended_within(self, start: date, end: date) -> bool:
        """Whether the last employed day lies in [start, end)."""
        return self.ended_before is not None and start <= self.ended_before - timedelta(days=1) < end


@dataclass(frozen=True, slots=True)
class Share:
    """A proportion with its Wilson interval; ``value`` is None while there is nobody to divide by."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.part, self.whole) if self.whole else None


@dataclass(frozen=True, slots=True)
class Rate:
    """Leavers per person-year with Byar's interval. It may exceed 1: it is a rate, not a share."""

    events: int
    person_years: float
    days: int

    @property
    def value(self) -> float | None:
        return self.events / self.person_years if self.person_years else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return byar_interval(self.events, self.person_years) if self.person_years else None

    @property
    def mean_headcount(self) -> float:
        """Person-days over days: handles growth and shrinkage, unlike the mean of first and last day."""
        return self.person_years * DAYS_IN_YEAR / self.days if self.days else 0.0


def crude_turnover(leavers: int, headcount_start: int, headcount_end: int) -> float | None:
    """Leavers over the mean of first and last headcount (CIPD): for files that hold only the two counts."""
    mean = (headcount_start + headcount_end) / 2
    return leavers / mean if mean else None


def person_days(spells: Iterable[Spell], start: date, end: date) -> int:
    """Days of employment inside [start, end), over all spells."""
    return sum(spell.days_between(start, end) for spell in spells)


def person_time_rate(events: int, spells: Iterable[Spell], start: date, end: date) -> Rate:
    """Leavers in [start, end) over the person-years worked in it."""
    return Rate(events, person_days(spells, start, end) / DAYS_IN_YEAR, (end - start).days)


@dataclass(frozen=True, slots=True)
class RollingPoint:
    """Turnover of the year that ends before ``ends_before``."""

    ends_before: date
    rate: Rate


def rolling_turnover(
    spells: Sequence[Spell], left_days: Sequence[date], month_ends: Sequence[date], recorded_from: date
) -> list[RollingPoint]:
    """Twelve-month turnover at each month end (exclusive); neighbouring points share eleven months.

    Days before leavers were recorded are no exposure: early points rest on fewer months, say so by their
    wider interval, and are left out below ninety days.
    """
    points = []
    for end in month_ends:
        start = max(years_before(end, 1), recorded_from)
        if (end - start).days < FEWEST_DAYS:
            continue
        events = sum(1 for day in left_days if start <= day < end)
        points.append(RollingPoint(end, person_time_rate(events, spells, start, end)))
    return points


def years_before(day: date, years: int) -> date:
    """The same calendar day ``years`` earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Starters of one month and how many left within the window, counted only once all have had it."""

    month: date
    starters: int
    immature: int
    left_early: int

    @property
    def is_mature(self) -> bool:
        return self.immature == 0

    @property
    def share(self) -> Share:
        return Share(self.left_early, self.starters)


def early_leavers(
    spells: Iterable[Spell], *, start: date, end: date, as_of: date, window: int = 90
) -> list[Cohort]:
    """Cohorts of everyone who started in [start, end), by month of starting.

    ``as_of`` is the first day not yet known. A starter is immature until the whole window lies before
    it, whether or not the person has left: counting early leavers of a month that is still running
    over its starters is the classic mistake.
    """
    months: dict[date, list[Spell]] = {}
    for spell in spells:
        if start <= spell.started_on < end:
            months.setdefault(spell.started_on.replace(day=1), []).append(spell)
    return [
        Cohort(
            month=month,
            starters=len(members),
            immature=sum(s.started_on + timedelta(days=window) > as_of for s in members),
            left_early=sum(_left_within(s, window) for s in members),
        )
        for month, members in sorted(months.items())
    ]


def joined_intakes(cohorts: Iterable[Cohort], *, least: int) -> list[Cohort]:
    """Mature cohorts in order, each small one together with those after it until ``least`` have started.

    The joined cohort bears the month of its last part; small ones at the end wait for the next.
    """
    joined: list[Cohort] = []
    starters = left = 0
    for cohort in sorted(cohorts, key=lambda one: one.month):
        if not cohort.is_mature:
            break
        starters, left = starters + cohort.starters, left + cohort.left_early
        if starters >= least:
            joined.append(Cohort(cohort.month, starters, 0, left))
            starters = left = 0
    return joined


def _left_within(spell: Spell, window: int) -> bool:
    return spell.ended_before is not None and (spell.ended_before - spell.started_on).days <= window


def stability(spells: Iterable[Spell], *, as_of: date) -> Share:
    """Of those employed a year before ``as_of``, the share still in that same spell on ``as_of``."""
    earlier = years_before(as_of, 1)
    there = [spell for spell in spells if spell.covers(earlier)]
    return Share(sum(spell.covers(as_of) for spell in there), len(there))


@dataclass(frozen=True, slots=True)
class TenureHazard:
    """Leavers per person-month in one band of tenure [from_day, to_day)."""

    from_day: int
    to_day: int | None
    events: int
    person_months: float

    @property
    def value(self) -> float | None:
        return self.events / self.person_months if self.person_months else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return byar_interval(self.events, self.person_months) if self.person_months else None


def tenure_hazard(spells: Sequence[Spell], *, start: date, end: date) -> list[TenureHazard]:
    """Who leaves when, by time since start: only days and exits inside [start, end) count."""
    bands = []
    for low, high in TENURE_BANDS:
        days, events = 0, 0
        for spell in spells:
            band_start = spell.started_on + timedelta(days=low)
            band_end = end if high is None else min(end, spell.started_on + timedelta(days=high))
            days += spell.days_between(max(start, band_start), band_end)
            events += spell.ended_within(max(start, band_start), band_end)
        bands.append(TenureHazard(low, high, events, days * 12 / DAYS_IN_YEAR))
    return bands
