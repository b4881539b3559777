"""Rates, cohorts, stability and hazards: worked vectors and the traps they are there for."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.analysis_turnover import (
    Share,
    Spell,
    byar_interval,
    crude_turnover,
    early_leavers,
    person_days,
    person_time_rate,
    rolling_turnover,
    stability,
    tenure_hazard,
    years_before,
)

JAN = date(2026, 1, 1)


def test_crude_turnover_of_contact_center_pipeline():
    """Start 232, end 189, 45 leavers: 21.38 % for the quarter."""
    assert crude_turnover(45, 232, 189) == pytest.approx(0.21377672209026127)
    assert crude_turnover(50, 200, 200) == 0.25
    assert crude_turnover(1, 0, 0) is None


def test_byar_interval_of_twelve_leavers_in_forty_person_years():
    low, high = byar_interval(12, 40)
    assert (low, high) == (pytest.approx(0.15483573919679117), pytest.approx(0.5240759155027387))


def test_byar_interval_without_leavers_starts_at_zero():
    low, high = byar_interval(0, 10)
    assert low == 0.0
    assert 0.3 < high < 0.4


def test_rate_refuses_impossible_input():
    with pytest.raises(ValueError, match="exposure"):
        byar_interval(1, 0)


def test_person_days_count_only_days_inside_the_period():
    spells = [
        Spell(date(2025, 12, 1), date(2026, 1, 11)),
        Spell(date(2026, 1, 21)),
        Spell(date(2026, 3, 1)),
    ]
    assert person_days(spells, JAN, date(2026, 2, 1)) == 10 + 11


def test_person_time_handles_growth_where_the_mean_of_two_days_does_not():
    """One hundred arrive on the last day: the mean of first and last headcount would halve the rate."""
    stayed = [Spell(date(2025, 1, 1))] * 100
    arrived = [Spell(date(2026, 12, 31))] * 100
    rate = person_time_rate(20, stayed + arrived, JAN, date(2027, 1, 1))
    assert rate.mean_headcount == pytest.approx(100 + 100 / 365)
    assert rate.value == pytest.approx(0.2, rel=0.01)
    assert crude_turnover(20, 100, 200) == pytest.approx(0.1333, abs=1e-4)


def test_rate_without_exposure_is_no_data():
    rate = person_time_rate(0, [], JAN, date(2026, 2, 1))
    assert rate.value is None
    assert rate.interval is None


def test_rolling_turnover_takes_the_year_before_each_month_end():
    spells = [Spell(date(2024, 1, 1))] * 10
    left = [date(2025, 1, 31), date(2025, 2, 1), date(2026, 1, 31)]
    ends = [date(2026, 1, 1), date(2026, 2, 1)]
    points = rolling_turnover(spells, left, ends, recorded_from=date(2024, 1, 1))
    assert [point.rate.events for point in points] == [2, 2]
    late = rolling_turnover(spells, left, ends, recorded_from=date(2025, 10, 15))
    assert [point.ends_before for point in late] == [date(2026, 2, 1)], "below ninety days nothing is said"
    assert late[0].rate.days == 109
    assert years_before(date(2024, 2, 29), 1) == date(2023, 2, 28)


@pytest.mark.criterion("D16")
def test_cohort_is_immature_until_every_starter_has_had_ninety_days():
    spells = [
        Spell(date(2026, 1, 5), date(2026, 2, 1)),
        Spell(date(2026, 1, 30)),
        Spell(date(2026, 4, 1)),
        Spell(date(2026, 5, 4), date(2026, 5, 20)),
        Spell(date(2026, 5, 4)),
    ]
    cohorts = early_leavers(spells, start=JAN, end=date(2026, 7, 1), as_of=date(2026, 7, 1))
    january, april, may = cohorts
    assert (january.starters, january.left_early, january.immature) == (2, 1, 0)
    assert (april.starters, april.immature, april.is_mature) == (1, 0, True)
    assert (may.starters, may.immature, may.is_mature) == (2, 2, False)


def test_cohort_boundary_is_the_ninetieth_day():
    start = date(2026, 1, 1)
    on_time = Spell(start, start + timedelta(days=90))
    late = Spell(start, start + timedelta(days=91))
    (cohort,) = early_leavers([on_time, late], start=JAN, end=date(2026, 2, 1), as_of=date(2026, 4, 1))
    assert (cohort.left_early, cohort.immature) == (1, 0)
    (cohort,) = early_leavers([late], start=JAN, end=date(2026, 2, 1), as_of=date(2026, 3, 31))
    assert cohort.immature == 1


def test_stability_follows_those_of_a_year_ago_and_ignores_a_rehire():
    spells = [
        Spell(date(2024, 1, 1)),
        Spell(date(2024, 1, 1), date(2026, 1, 1)),
        Spell(date(2024, 1, 1), date(2025, 9, 1)),
        Spell(date(2025, 10, 1)),
        Spell(date(2025, 6, 1)),
    ]
    share = stability(spells, as_of=date(2026, 1, 1))
    assert (share.part, share.whole) == (1, 3)


def test_hazard_by_tenure_puts_each_day_and_exit_into_its_band():
    spells = [
        Spell(date(2026, 1, 1), date(2026, 1, 21)),
        Spell(date(2026, 1, 1), date(2026, 3, 2)),
        Spell(date(2024, 1, 1)),
    ]
    bands = tenure_hazard(spells, start=JAN, end=date(2026, 4, 1))
    assert [(band.from_day, band.to_day, band.events) for band in bands] == [
        (0, 30, 1),
        (30, 90, 1),
        (90, 180, 0),
        (180, 365, 0),
        (365, 730, 0),
        (730, None, 0),
    ]
    assert bands[0].person_months == pytest.approx((20 + 30) * 12 / 365.25)
    assert bands[1].person_months == pytest.approx(30 * 12 / 365.25)
    assert bands[5].person_months == pytest.approx(90 * 12 / 365.25, rel=0.02)
    assert bands[2].value is None


dates = st.dates(date(2024, 1, 1), date(2026, 12, 31))
any_spell = st.tuples(dates, st.none() | st.integers(1, 900)).map(
    lambda row: Spell(row[0], None if row[1] is None else row[0] + timedelta(days=row[1]))
)


@given(st.lists(any_spell, max_size=30), dates, st.integers(1, 700))
def test_hazard_bands_add_up_to_all_days_and_all_exits(spells, start, length):
    end = start + timedelta(days=length)
    bands = tenure_hazard(spells, start=start, end=end)
    months = sum(band.person_months for band in bands)
    assert months == pytest.approx(person_days(spells, start, end) * 12 / 365.25)
    assert sum(band.events for band in bands) == sum(spell.ended_within(start, end) for spell in spells)


@given(st.integers(0, 200), st.integers(1, 200))
def test_intervals_hold_their_estimate(part, extra):
    whole = part + extra
    low, high = Share(part, whole).interval
    assert 0 <= low <= part / whole + 1e-12
    assert part / whole - 1e-12 <= high <= 1
    low, high = byar_interval(part, extra)
    assert low <= part / extra <= high
