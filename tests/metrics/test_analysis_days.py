"""Days judged with the rhythm of the week taken out."""

import random
from datetime import date, timedelta

import pytest

from ccperf.metrics import analysis as a
from ccperf.metrics import analysis_charts as c
from ccperf.metrics import analysis_days as d

near = pytest.approx
MONDAY = date(2026, 1, 5)
RHYTHM = (0.10, 0.05, 0.05, 0.05, 0.05, 0.02, 0.02)


def shares(weeks, *, size=400, change=None, seed=1):
    """Days whose share follows the weekday, drawn at random; ``change`` replaces single days."""
    draw = random.Random(seed)
    days = []
    for index in range(7 * weeks):
        level = (change or {}).get(index, RHYTHM[index % 7])
        events = sum(draw.random() < level for _ in range(size))
        days.append(d.Day(MONDAY + timedelta(days=index), events, size))
    return days


def test_a_monday_like_every_monday_is_no_signal():
    days = shares(10)
    run = d.work_out_days(days, "share", floor=0, ceiling=1)
    outside = [i for i, found in enumerate(run.signals) if found and found.rule == a.Rule.OUTSIDE]
    assert outside == []
    unadjusted = c.laney_p_chart([day.numerator for day in days], [day.denominator for day in days])
    assert unadjusted.spread > 1.8  # the weekday alone looks like more spread than chance explains
    assert "weekday factors" in run.method


def test_limits_follow_the_weekday_and_a_bad_day_stands_out():
    run = d.work_out_days(shares(10, change={65: 0.15}), "share", floor=0, ceiling=1)  # a Wednesday
    assert run.signals[65] == a.Signal(a.Rule.OUTSIDE, is_high=True)
    monday, saturday = run.stretches[63].limits, run.stretches[68].limits
    assert monday.mean == near(0.10, abs=0.02)
    assert saturday.mean == near(0.02, abs=0.01)
    assert monday.upper - monday.mean > saturday.upper - saturday.mean


def test_the_first_six_weeks_set_the_limits_for_good():
    run = d.work_out_days(shares(10, change=dict.fromkeys(range(56, 70), 0.15)), "share")
    assert run.stretches[-1].limits.points == 42
    assert run.stretches[:56] == d.work_out_days(shares(8), "share").stretches
    assert all(run.signals[index] for index in range(57, 70))


def test_days_need_four_weeks():
    assert d.work_out_days(shares(3), "share").limits is None
    assert d.work_out_days(shares(4), "share").limits is not None
    assert d.check_days(shares(2), "share") is None


def test_a_weekday_seldom_worked_is_not_judged_and_a_closed_day_is_passed_over():
    days = [day if day.day.weekday() < 6 or index < 14 else None for index, day in enumerate(shares(8))]
    run = d.work_out_days(days, "share")
    assert run.stretches[6].limits is None
    assert run.stretches[-1].limits is None
    assert run.limits is not None


def test_other_values_have_an_offset_by_weekday():
    level = (340, 300, 300, 300, 300, 260, 260)
    wobble = (0, 3, -2, 4, -3, 2, -1, 1, -4)
    days = [d.Day(MONDAY + timedelta(days=i), (level[i % 7] + wobble[i % 9]) * 100, 100) for i in range(63)]
    days[60] = d.Day(days[60].day, 340 * 100, 100)  # a Friday like a Monday
    run = d.work_out_days(days, "value", floor=0)
    assert [i for i, found in enumerate(run.signals) if found] == [60]
    assert d.rhythm(days[:49], "value").factors[0] == near(340 - 294.3, abs=2)


def test_days_before_a_change_have_no_limits_where_they_are_too_few():
    days = shares(10)
    run = d.work_out_days(days, "share", resets=[10])
    assert all(part.limits is None for part in run.stretches if part.start < 10)
    assert run.limits is not None
    assert len(run.signals) == len(days)


def test_a_documented_change_starts_a_phase_once_six_weeks_follow_it():
    days = shares(6) + [
        d.Day(day.day + timedelta(weeks=6), day.numerator + 40, day.denominator) for day in shares(6, seed=2)
    ]
    run = d.work_out_days(days, "share", resets=[42])
    assert run.stretches[0].limits.mean < run.stretches[-7].limits.mean
    early = d.work_out_days(days[:70], "share", resets=[42])
    assert any(found and found.is_high for found in early.signals[42:])
