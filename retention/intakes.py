"""What became of each intake: 90-day leavers and survival curves, behind the threshold guard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ccperf.core.dates import add_months
from ccperf.privacy.threshold import (
    HIDDEN,
    TOTAL,
    Grain,
    Hidden,
    guard_list,
    guard_table,
    is_large_enough,
    minimum,
)
from retention.analysis_comparison import fisher_p
from retention.analysis_survival import LogRank, Survival, holm, kaplan_meier, log_rank
from retention.analysis_turnover import Cohort, Share, early_leavers
from retention.periods import Year
from retention.population import NO_SITE, Population, Service

SIGNIFICANT = 0.05
INTAKE_MONTHS = 24
READ_DAYS = (30, 90, 180, 365)


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """One intake of the 90-day table. Hidden rows say so in every figure and give no reading."""

    month: date
    starters: int | Hidden
    left_early: int | Hidden | None
    share: Share | Hidden | None
    reading: str
    state: str

    @property
    def is_hidden(self) -> bool:
        return isinstance(self.starters, Hidden)


@dataclass(frozen=True, slots=True)
class IntakeTable:
    """90-day leavers by intake with their sum, over mature intakes only."""

    rows: tuple[IntakeRow, ...]
    total: Share | Hidden
    immature: int | Hidden
    has_hidden: bool

    @property
    def concerns(self) -> list[IntakeRow]:
        return [row for row in self.rows if row.state == "worse"]


def intake_table(population: Population, year: Year, site_id: int | None) -> IntakeTable:
    """Intakes that started within the year.

    The view of all sites is guarded first and stays the same whatever is chosen; a single site shows only
    what, together with it, gives no small group of that or another site away.
    """
    guards_leavers = not population.is_whole
    cohorts = _cohorts_by_site(population, year)
    months = sorted({month for month, _ in cohorts})
    sites = sorted({site for _, site in cohorts})
    whole = {month: _pooled(cohorts, month, sites) for month in months}
    mature = {month for month in months if whole[month].is_mature}
    shown = whole if site_id is None else _at_site(cohorts, months, site_id)
    parts = [
        _hidden_months(cohorts, whole, [m for m in months if (m in mature) == kind], site_id, guards_leavers)
        for kind in (True, False)
    ]
    hidden = parts[0].months | parts[1].months
    readings = _readings([cohort for month, cohort in shown.items() if month in mature])
    rows = tuple(_row(shown[m], m in mature, m in hidden, readings.get(m)) for m in sorted(shown))
    immature = sum(cohort.starters for month, cohort in shown.items() if month not in mature)
    return IntakeTable(
        rows=rows,
        total=HIDDEN if parts[0].total else _sum(shown, mature),
        immature=HIDDEN if parts[1].total else immature,
        has_hidden=any(row.is_hidden for row in rows),
    )


@dataclass(frozen=True, slots=True)
class _HiddenMonths:
    months: frozenset[date]
    total: bool


def _hidden_months(
    cohorts: dict[tuple[date, int], Cohort],
    whole: dict[date, Cohort],
    months: Sequence[date],
    site_id: int | None,
    guards_leavers: bool,
) -> _HiddenMonths:
    """What must not be shown of these intakes; mature and immature ones have a sum each, and a table each.

    HR reads the register and knows who left: there only sizes are guarded, or one small intake without a
    leaver would hide all others. For managers it is also guarded how many of a hidden intake left.
    """
    if not months:
        return _HiddenMonths(frozenset(), total=False)
    least = minimum(Grain.AVERAGE)
    counts = [[whole[month].left_early if whole[month].is_mature else 0 for month in months]]
    counts = counts if guards_leavers else []
    overall = guard_list([whole[month].starters for month in months], minimum=least, counts=counts)
    hidden = frozenset(months[position] for position in overall.hidden)
    if site_id is None:
        return _HiddenMonths(hidden, overall.total_hidden)
    cells = {key: cohort.starters for key, cohort in cohorts.items() if key[0] in months}
    keep: list[tuple[Any, Any]] = [(month, TOTAL) for month in months if month not in hidden]
    keep += [] if overall.total_hidden else [(TOTAL, TOTAL)]
    left = {key: cohorts[key].left_early if whole[key[0]].is_mature else 0 for key in cells}
    guard = guard_table(
        cells,
        minimum=least,
        counts=[left] if guards_leavers else [],
        also_hide=[(month, TOTAL) for month in hidden],
        keep=keep,
    )
    return _HiddenMonths(
        frozenset(month for month in months if guard.hides(month, site_id)), guard.hides(TOTAL, site_id)
    )


def _at_site(
    cohorts: dict[tuple[date, int], Cohort], months: Sequence[date], site_id: int
) -> dict[date, Cohort]:
    return {month: cohorts[month, site_id] for month in months if (month, site_id) in cohorts}


def _cohorts_by_site(population: Population, year: Year) -> dict[tuple[date, int], Cohort]:
    by_site: dict[int, list[Service]] = {}
    for service in population.starters():
        site = service.first_piece.site_id if service.first_piece else NO_SITE
        by_site.setdefault(site, []).append(service)
    return {
        (cohort.month, site): cohort
        for site, services in by_site.items()
        for cohort in early_leavers(
            [service.spell for service in services], start=year.start, end=year.end, as_of=year.end
        )
    }


def _pooled(cohorts: dict[tuple[date, int], Cohort], month: date, sites: Sequence[int]) -> Cohort:
    found = [cohorts[month, site] for site in sites if (month, site) in cohorts]
    return Cohort(
        month,
        starters=sum(cohort.starters for cohort in found),
        immature=sum(cohort.immature for cohort in found),
        left_early=sum(cohort.left_early for cohort in found),
    )


def _sum(shown: dict[date, Cohort], mature: set[date]) -> Share:
    cohorts = [cohort for month, cohort in shown.items() if month in mature]
    return Share(sum(c.left_early for c in cohorts), sum(c.starters for c in cohorts))


def _readings(cohorts: Sequence[Cohort]) -> dict[date, str]:
    """better, worse or noise for each intake against all others, corrected for how many are compared."""
    left, started = sum(c.left_early for c in cohorts), sum(c.starters for c in cohorts)
    p_values = {
        cohort.month.isoformat(): fisher_p(
            cohort.share, Share(left - cohort.left_early, started - cohort.starters)
        )
        for cohort in cohorts
    }
    adjusted = holm(p_values)
    overall = left / started if started else 0.0
    readings = {}
    for cohort in cohorts:
        clear = adjusted[cohort.month.isoformat()] < SIGNIFICANT
        worse = (cohort.share.value or 0.0) > overall
        readings[cohort.month] = ("worse" if worse else "better") if clear else "noise"
    return readings


def _row(cohort: Cohort, is_mature: bool, is_hidden: bool, state: str | None) -> IntakeRow:
    if is_hidden:
        few = f"Fewer than {minimum(Grain.AVERAGE)} people, or one that would reveal them"
        return IntakeRow(cohort.month, HIDDEN, HIDDEN, HIDDEN, few, "hidden")
    if not is_mature:
        early = "Too early: not all have reached 90 days"
        return IntakeRow(cohort.month, cohort.starters, None, None, early, "early")
    words = {
        "worse": "Higher than the others",
        "better": "Lower than the others",
        "noise": "No detectable difference",
    }
    state = state or "noise"
    return IntakeRow(cohort.month, cohort.starters, cohort.left_early, cohort.share, words[state], state)


@dataclass(frozen=True, slots=True)
class SurvivalPanel:
    """One intake against all others of the last two years, or all together when none can be shown."""

    intake: date | None
    chosen: Survival | None
    others: Survival | None
    test: LogRank | None
    adjusted_p: float | None
    tried: int
    choices: tuple[date, ...]
    as_of: date
    recorded_from: date | None

    @property
    def state(self) -> str:
        if self.test is None or self.adjusted_p is None or self.adjusted_p >= SIGNIFICANT:
            return "noise"
        return "worse" if self.test.observed["chosen"] > self.test.expected["chosen"] else "better"


def survival_panel(
    population: Population, year: Year, site_id: int | None, wanted: date | None
) -> SurvivalPanel:
    """Kaplan–Meier of the intake that differs most, or of the wanted one, against the others.

    A curve shows single leavings as steps, so it counts as a distribution: it needs that minimum of people
    on either side. Every intake is tested against the rest and p is corrected for all of them.
    """
    start = add_months(year.end, -INTAKE_MONTHS)
    members: dict[date, list[Service]] = {}
    for service in population.starters(site_id):
        if start <= service.spell.started_on < year.end:
            members.setdefault(service.spell.started_on.replace(day=1), []).append(service)
    clocks = {month: population.tenures(services, year.end) for month, services in sorted(members.items())}
    everyone = [tenure for tenures in clocks.values() for tenure in tenures]
    tests = {}
    for month, tenures in clocks.items():
        others = [tenure for m, found in clocks.items() if m != month for tenure in found]
        if _may_draw(tenures) and _may_draw(others) and any(t.left for t in everyone):
            tests[month] = log_rank({"chosen": tenures, "others": others})
    adjusted = holm({month.isoformat(): test.p for month, test in tests.items()})
    intake = wanted if wanted in tests else min(tests, key=lambda month: tests[month].p, default=None)
    others = [tenure for month, found in clocks.items() if month != intake for tenure in found]
    return SurvivalPanel(
        intake=intake,
        chosen=kaplan_meier(clocks[intake]) if intake else None,
        others=kaplan_meier(others) if _may_draw(others) else None,
        test=tests[intake] if intake else None,
        adjusted_p=adjusted[intake.isoformat()] if intake else None,
        tried=len(tests),
        choices=tuple(tests),
        as_of=year.end,
        recorded_from=population.recorded_from if any(tenure.entered for tenure in everyone) else None,
    )


def _may_draw(tenures: Sequence) -> bool:
    return is_large_enough(len(tenures), Grain.DISTRIBUTION)
