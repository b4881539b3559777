"""The numbers of run charts against published values."""

import pytest

from ccperf.metrics import analysis as a
from ccperf.metrics import analysis_charts as c
from ccperf.metrics import analysis_rates as r
from tests.metrics import vectors as v

near = pytest.approx


def test_individuals_chart_of_the_nist_handbook():
    limits = a.xmr(v.NIST_INDIVIDUALS)
    assert limits.mean == near(v.NIST_INDIVIDUALS_MEAN)
    assert limits.mean_range == near(v.NIST_INDIVIDUALS_MEAN_RANGE, abs=1e-6)
    assert (limits.lower, limits.upper) == near(v.NIST_INDIVIDUALS_LIMITS, abs=1e-6)
    assert limits.range_limit == near(3.267 * v.NIST_INDIVIDUALS_MEAN_RANGE, abs=1e-5)
    assert limits.trial
    assert a.signals(v.NIST_INDIVIDUALS, limits) == [None] * 10


def test_one_wild_value_is_kept_out_of_the_limits_that_reveal_it():
    plain = a.xmr(v.NHSR_OUTLIER, screen=False)
    screened = a.xmr(v.NHSR_OUTLIER)
    assert plain.mean == near(v.NHSR_OUTLIER_MEAN, abs=1e-6)
    assert (plain.lower, plain.upper) == near(v.NHSR_UNSCREENED, abs=1e-6)
    assert (screened.lower, screened.upper) == near(v.NHSR_SCREENED, abs=1e-6)
    assert a.signals(v.NHSR_OUTLIER, screened)[4] == a.Signal(a.Rule.OUTSIDE, is_high=True)


def test_limits_stay_inside_what_the_measure_can_be():
    limits = a.xmr([0.95, 0.99, 0.9, 1.0, 0.93, 0.99], floor=0, ceiling=1)
    assert limits.upper > 1
    assert limits.shown_upper == 1
    assert limits.shown_lower == limits.lower


def test_fewer_than_five_points_have_no_limits_and_twelve_lock_them():
    assert a.xmr([1, 2, 3, None, 4]) is None
    assert a.xmr([1, 2, 3, None, 4, 5]).trial
    assert not a.xmr(range(12)).trial


def test_run_rules_of_the_nhs():
    values, expected = v.NHSR_SHIFT
    assert a.shift_reached(values) == [bool(flag) for flag in expected]
    values, expected = v.NHSR_TREND
    assert a.trend_reached(values) == [bool(flag) for flag in expected]
    assert not any(a.trend_reached([1, 2, 3, 3, 4, 5, 6]))
    outer, side, expected = v.NHSR_TWO_OF_THREE
    assert a.two_of_three_reached([bool(flag) for flag in outer], side) == [bool(flag) for flag in expected]


def test_two_outer_points_on_opposite_sides_are_common_cause():
    limits = a.xmr(v.NHSR_OPPOSITE)
    assert a.signals(v.NHSR_OPPOSITE, limits)[-2:] == [None, None]


def test_every_point_of_a_run_is_marked_not_only_the_seventh():
    values = [9, 11, 9, 11, 9, 11, 9, 11, 9, 11, 9, 11] + [11.5] * 7
    limits = a.xmr(values[:12])
    found = a.signals(values, limits)
    # The point before the seven lies on the same side, so the run has eight points.
    assert found[:11] == [None] * 11
    assert found[11:] == [a.Signal(a.Rule.SHIFT, is_high=True)] * 8


def test_the_length_of_a_trend_can_be_chosen():
    values = [5, 4.9, 5.1, 5, 4.9, 5, 5.1, 5.2, 5.3, 5.4]
    limits = a.xmr([4, 6] * 6)
    assert a.signals(values, limits, trend=6)[-1] == a.Signal(a.Rule.TREND, is_high=True)
    assert a.signals(values, limits, trend=7)[-1] is None


def test_outside_goes_before_trend():
    limits = a.xmr([10, 11] * 6)
    values = [8, 9, 10, 11, 12, 13, 20]
    rules = [signal.rule for signal in a.signals(values, limits)]
    assert rules[-1] == a.Rule.OUTSIDE
    assert rules[2] == a.Rule.TREND


def test_the_newest_points_are_judged_by_the_older_ones():
    assert [a.baseline_length(n) for n in (4, 11, 12, 19, 26, 52)] == [4, 11, 12, 19, 20, 20]
    values = [50, 52, 49, 51, 50, 48, 51, 49, 50, 52, 50, 49, 51, 50, 48, 50, 51, 49, 50, 51] + [58] * 6
    run = a.work_out(values)
    assert run.limits.mean == near(sum(values[:20]) / 20)
    assert all(signal.rule == a.Rule.OUTSIDE for signal in run.signals[20:])


def test_limits_are_reset_only_where_enough_points_follow():
    values = [10, 11] * 6 + [20, 21] * 6
    assert [s.start for s in a.work_out(values, resets=[12]).stretches] == [0, 12]
    early = a.work_out(values[:15], resets=[12])
    assert [s.start for s in early.stretches] == [0]
    assert early.signals[12] == a.Signal(a.Rule.OUTSIDE, is_high=True)


@pytest.mark.parametrize("before", [1, 3, 7])
def test_the_few_points_before_a_change_do_not_mix_with_those_after_it(before):
    run = a.work_out([10, 11, 12, 10, 11, 12, 10][:before] + [20, 21] * 10, resets=[before])
    first, second = run.stretches
    assert (first.limits is None, second.start, run.since) == (before < 5, before, before)
    assert second.limits.mean == near(20.5)
    assert not any(run.signals)


def test_after_a_break_another_time_begins_at_once():
    run = a.work_out([10, 11] * 10 + [20, 21, 20], breaks=[20])
    assert [(part.start, part.limits is None) for part in run.stretches] == [(0, False), (20, True)]
    assert (run.limits, any(run.signals)) == (None, False)


def test_trial_limits_are_there_and_judge_nothing():
    run = a.work_out([10, 11, 12, 10, 11, 12, 10, 40])
    assert (run.limits.trial, run.limits.points) == (True, 8)
    assert not any(run.signals)


def test_a_gap_is_passed_over():
    values = [9, 11, None, 9, 11, 9, None, 11, 9, 11, 9, 11, 9, 11, 30]
    run = a.work_out(values)
    assert run.signals[2] is None
    assert run.signals[-1] == a.Signal(a.Rule.OUTSIDE, is_high=True)


@pytest.mark.parametrize(
    ("direction", "is_high", "state", "words"),
    [
        ("higher", True, "better", "Improvement, rising"),
        ("higher", False, "worse", "Concern, falling"),
        ("lower", True, "worse", "Concern, rising"),
        ("lower", False, "better", "Improvement, falling"),
        ("none", True, "changed", "Changed, rising"),
        ("band", True, "changed", "Changed, rising"),
        ("band", False, "changed", "Changed, falling"),
    ],
)
def test_variation_in_words(direction, is_high, state, words):
    signal = a.Signal(a.Rule.OUTSIDE, is_high)
    assert a.meaning(signal, direction) == state
    assert a.variation(state, signal) == a.Reading(state, words)


def test_towards_the_band_is_an_improvement():
    signal = a.Signal(a.Rule.SHIFT, is_high=True)
    assert a.meaning(signal, "band", value=0.91, mean=0.85, band=(0.9, 0.95)) == "better"
    assert a.meaning(signal, "band", value=0.99, mean=0.93, band=(0.9, 0.95)) == "worse"
    assert a.meaning(signal, "band", value=0.94, mean=0.92, band=(0.9, 0.95)) == "changed"
    assert a.variation("noise", None).words == "Within normal variation"


@pytest.mark.parametrize(
    ("direction", "low", "high", "state"),
    [
        ("higher", 40, None, "meet"),
        ("higher", 60, None, "miss"),
        ("higher", 50, None, "hit"),
        ("lower", None, 60, "meet"),
        ("lower", None, 40, "miss"),
        ("lower", None, 50, "hit"),
        ("band", 40, 60, "meet"),
        ("band", 60, 70, "miss"),
        ("band", 50, 60, "hit"),
        ("higher", None, None, "none"),
        ("none", 40, None, "none"),
    ],
)
def test_assurance(direction, low, high, state):
    limits = a.xmr(v.NIST_INDIVIDUALS)
    assert a.assurance(limits, direction, low, high).state == state
    assert a.assurance(None, direction, low, high).state == "none"


def test_p_chart_of_the_nist_handbook():
    events = [share * v.NIST_FRACTIONS_SIZE for share in v.NIST_FRACTIONS]
    chart = c.p_chart(events, [v.NIST_FRACTIONS_SIZE] * len(events))
    assert (chart.centre, chart.lower[0], chart.upper[0]) == near(v.NIST_FRACTIONS_CHART, abs=1e-6)
    assert chart.outside == v.NIST_FRACTIONS_OUTSIDE


def test_p_and_laney_charts_of_unequal_samples():
    plain = c.p_chart(v.UNEQUAL_EVENTS, v.UNEQUAL_SIZES)
    assert plain.centre == near(v.UNEQUAL_CENTRE)
    assert list(plain.upper) == near(v.UNEQUAL_UPPER)
    assert list(plain.lower) == near(v.UNEQUAL_LOWER)
    laney = c.laney_p_chart(v.UNEQUAL_EVENTS, v.UNEQUAL_SIZES, least_spread=0)
    assert laney.spread == near(v.LANEY_SPREAD)
    assert list(laney.upper) == near(v.LANEY_UPPER)
    assert list(c.laney_p_chart(v.UNEQUAL_EVENTS, v.UNEQUAL_SIZES).upper) == near(v.UNEQUAL_UPPER)


@pytest.mark.parametrize("size", sorted(v.FUNNEL_AROUND_08))
def test_funnel_limits(size):
    plot = c.Funnel(0.8, 1.0, ())
    low95, high95, low998, high998 = v.FUNNEL_AROUND_08[size]
    assert plot.limits(size) == near((low95, high95), abs=6e-5)
    assert plot.limits(size, c.Z998) == near((low998, high998), abs=6e-5)


def test_rates_per_unit_are_widened_where_they_spread_more_than_chance():
    calm = c.laney_u_chart([10, 12, 9, 11, 10, 8], [5] * 6)
    assert not c.is_widened(calm.spread, [5] * 6)
    wild = c.laney_u_chart([100, 180, 90, 170, 95, 175], [50] * 6)
    assert wild.spread > 3
    assert c.is_widened(wild.spread, [50] * 6)
    assert len(wild.outside) < len(c.u_chart([100, 180, 90, 170, 95, 175], [50] * 6).outside)
    many = c.laney_u_chart([2000, 2010, 1990, 2005], [1001] * 4)
    assert c.is_widened(many.spread, [1001] * 4)
    assert many.spread == 1  # widened in name, with the floor that keeps luck from narrowing the limits


def test_only_a_significant_spread_widens_a_funnel():
    # Ten scores whose squares add up to just below and just above the 95% point of chi-square, 18.307.
    assert c.overdispersion([1.35] * 10) == 1
    assert c.overdispersion([1.36] * 10) == near(1.36**2)


def test_funnel_widens_where_units_alike_differ_more_than_chance():
    alike = c.funnel([80, 79, 81, 80, 78, 82], [100] * 6)
    assert alike.spread == 1
    assert {point.state for point in alike.points} == {"noise"}
    wild = c.funnel([600, 900, 700, 950, 650, 880, 720, 910], [1000] * 8)
    assert wild.spread > 5
    assert {point.state for point in wild.points} == {"noise"}
    one = c.funnel([800, 805, 795, 802, 798, 801, 799, 803, 797, 800, 600], [1000] * 11)
    assert [point.state for point in one.points].index("beyond_998") == 10


def test_a_funnel_of_rates_has_poisson_limits_and_no_ceiling():
    # Centre 0.01 by 10,000 units: 100 expected, and a Poisson count of 100 has a deviation of 10.
    plot = c.funnel([100, 100, 100, 140], [10_000] * 3 + [14_000], is_rate=True)
    assert plot.limits(10_000) == near((0.01 - 1.959964e-3, 0.01 + 1.959964e-3), abs=1e-8)
    assert {point.state for point in plot.points} == {"noise"}
    beyond = c.funnel([100, 98, 102, 99, 101, 100, 97, 103, 100, 100, 135], [10_000] * 11, is_rate=True)
    assert beyond.spread == 1
    assert beyond.points[-1].state == "beyond_998"
    assert c.funnel([9, 10, 11], [2, 2, 2], is_rate=True).limits(1)[1] > 1


@pytest.mark.parametrize(("events", "size", "low", "high"), v.WILSON)
def test_wilson(events, size, low, high):
    assert r.wilson(events, size) == near((low, high), abs=5e-5)


def test_newcombe_difference():
    *counts, difference, low, high = v.NEWCOMBE
    assert r.newcombe_difference(*counts) == near((difference, low, high))


def test_net_promoter_score_is_wide():
    score, error = r.net_promoter(50, 20, 100)
    assert score == near(30)
    assert 1.96 * error == near(15.3, abs=0.05)


def test_error_of_a_ratio_equals_that_of_a_mean_when_units_are_equal():
    ratio, error = r.ratio_error([2, 4, 6], [1, 1, 1])
    assert ratio == 4
    assert error == near((4 / 3) ** 0.5)
    with pytest.raises(ValueError):
        r.ratio_error([1], [1])


def test_the_interval_of_a_ratio_is_the_t_interval_of_its_units():
    """With denominators alike it is that of a mean: 4 ± 4.3027 × 2/√3 for 2, 4 and 6."""
    low, high = r.ratio_interval([2, 4, 6], [1, 1, 1])
    assert (low, high) == (pytest.approx(4 - 4.968275, abs=1e-5), pytest.approx(4 + 4.968275, abs=1e-5))


def test_least_detectable_change():
    sigma = (0.8 * 0.2) ** 0.5
    assert [round(100 * r.detectable_change(sigma, n)) for n in (10, 20, 30, 60, 100)] == [50, 35, 29, 20, 16]


def test_a_shift_among_the_first_points_does_not_hide_itself():
    values = [
        50,
        52,
        49,
        51,
        50,
        48,
        51,
        49,
        50,
        52,
        50,
        49,
        51,
        50,
        48,
        58,
        59,
        57,
        58,
        60,
        58,
        59,
        57,
        58,
        59,
        58,
    ]
    run = a.work_out(values)
    assert run.limits.mean == near(50, abs=0.5)
    assert not any(run.signals[:15])
    assert all(signal and signal.is_high for signal in run.signals[15:])
