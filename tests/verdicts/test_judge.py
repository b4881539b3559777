"""Verdicts: what counts as a change, and what never does."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from ccperf.verdicts import analysis as a
from ccperf.verdicts.analysis import Kind, Series, judge
from tests.metrics import vectors

START = date(2026, 1, 5)
WOBBLE = [0.0, 0.012, -0.01, 0.006, -0.014, 0.01, 0.003, -0.008, 0.015, -0.004, 0.007, -0.012, 0.002, -0.006]


@dataclass(frozen=True)
class Week:
    start: date
    numerator: float
    denominator: float
    n: int

    @property
    def value(self):
        return self.numerator / self.denominator if self.denominator else None


def weeks(level, count, *, first=0, n=400, wobble=WOBBLE):
    return [
        Week(START + timedelta(weeks=first + i), (level + wobble[(first + i) % len(wobble)]) * n, n, n)
        for i in range(count)
    ]


def test_a_lasting_rise_is_an_improvement_told_in_a_sentence():
    verdict = judge(weeks(0.72, 14), weeks(0.78, 10, first=14), direction="higher", name="First contact")
    assert verdict.kind == Kind.IMPROVED
    assert verdict.change == pytest.approx(0.06, abs=0.003)
    assert verdict.interval[0] > 0.04
    assert verdict.sentence == (
        "First contact rose from 72.0% to 78.1% (+6.1\u00a0points, 95% interval 4.8 to 7.4\u00a0points). "
        "That is more than chance explains: an improvement."
    )
    assert "n\u00a0=\u00a09,600" in verdict.basis
    assert (verdict.words, verdict.state) == ("Improved", "better")


@pytest.mark.parametrize(("direction", "kind"), [("higher", Kind.WORSE), ("lower", Kind.IMPROVED)])
def test_a_fall_depends_on_the_direction(direction, kind):
    verdict = judge(weeks(0.78, 14), weeks(0.70, 8, first=14), direction=direction)
    assert verdict.kind == kind
    assert verdict.change < 0


def test_noise_is_no_change():
    verdict = judge(weeks(0.75, 14), weeks(0.752, 10, first=14), direction="higher")
    assert verdict.kind == Kind.NO_CHANGE
    assert "not more than what chance alone does" in verdict.sentence


def test_few_points_after_are_too_early_and_few_before_are_not_enough():
    early = judge(weeks(0.72, 14), weeks(0.9, 5, first=14), direction="higher")
    assert (early.kind, early.words) == (Kind.NOT_ENOUGH_DATA, "Too early to tell")
    assert "5 of the 6 periods" in early.sentence
    thin = judge(weeks(0.72, 11), weeks(0.9, 10, first=11), direction="higher")
    assert (thin.words, thin.is_early) == ("Not enough data", False)
    assert judge(weeks(0.72, 12), weeks(0.9, 6, first=12), direction="higher").kind == Kind.IMPROVED


def test_periods_are_called_what_they_are():
    early = judge(weeks(0.72, 14), weeks(0.9, 5, first=14), direction="higher", step="week")
    assert "5 of the 6 weeks needed" in early.sentence
    assert early.basis == "14 weeks before, 5 after."


def test_periods_below_the_minimum_n_do_not_count():
    small = judge(weeks(0.72, 14, n=29), weeks(0.9, 10, first=14, n=29), direction="higher", minimum_n=30)
    assert small.kind == Kind.NOT_ENOUGH_DATA
    assert "0 of the 12" in small.sentence


def test_the_levels_are_pooled_not_averaged():
    before = [*weeks(0.5, 11), Week(START + timedelta(weeks=11), 9000, 10000, 10000)]
    verdict = judge(before, weeks(0.5, 8, first=12), direction="higher")
    assert verdict.before == pytest.approx(
        sum(week.numerator for week in before) / sum(week.denominator for week in before)
    )


def test_a_guard_that_suffered_outweighs_the_improvement():
    guard = Series(
        "Handle time",
        "seconds",
        "lower",
        weeks(500, 14, wobble=[0, 4, -5, 3]),
        weeks(560, 8, first=14, wobble=[0, 4, -5, 3]),
    )
    verdict = judge(weeks(0.72, 14), weeks(0.78, 8, first=14), direction="higher", guard=guard)
    assert verdict.kind == Kind.GUARD_BREACHED
    assert verdict.sentence.startswith("The guard measure Handle time moved from 501\u00a0s to 560\u00a0s")
    unhurt = Series(
        "Handle time", "seconds", "lower", guard.before, weeks(500, 8, first=14, wobble=[0, 4, -5, 3])
    )
    fine = judge(weeks(0.72, 14), weeks(0.78, 8, first=14), direction="higher", guard=unhurt)
    assert fine.kind == Kind.IMPROVED
    assert "Guard measure Handle time: not hurt." in fine.notes


def test_what_every_team_did_is_not_the_actions_doing():
    other = Series("Other", "percent", "higher", weeks(0.70, 14), weeks(0.76, 10, first=14))
    alike = [other, Series("Third", "percent", "higher", weeks(0.74, 14), weeks(0.80, 10, first=14))]
    main = (weeks(0.72, 14), weeks(0.78, 10, first=14))
    verdict = judge(*main, direction="higher", comparison=alike)
    assert verdict.kind == Kind.NO_CHANGE
    assert verdict.net_change == pytest.approx(0, abs=1e-9)
    assert "comparison teams did too" in verdict.sentence
    still = [
        Series("O", "percent", "higher", weeks(level, 14), weeks(level, 10, first=14))
        for level in (0.7, 0.74)
    ]
    assert judge(*main, direction="higher", comparison=still).kind == Kind.IMPROVED


def test_one_comparison_or_one_that_drifted_before_does_not_take_part():
    drifting = Series(
        "Drifting",
        "percent",
        "higher",
        [Week(w.start, w.numerator + 8 * i, w.denominator, w.n) for i, w in enumerate(weeks(0.5, 14))],
        weeks(0.76, 10, first=14),
    )
    alike = Series("Alike", "percent", "higher", weeks(0.7, 14), weeks(0.76, 10, first=14))
    verdict = judge(
        weeks(0.72, 14), weeks(0.78, 10, first=14), direction="higher", comparison=[drifting, alike]
    )
    assert verdict.net_change is None
    assert verdict.kind == Kind.IMPROVED
    assert any("Compared with nobody" in note for note in verdict.notes)


def test_the_worst_get_better_by_themselves():
    main = (weeks(0.60, 14), weeks(0.64, 10, first=14))
    assert judge(*main, direction="higher").kind == Kind.IMPROVED
    verdict = judge(*main, direction="higher", expected_drift=0.05)
    assert verdict.kind == Kind.NO_CHANGE
    assert any("expected without any action" in note for note in verdict.notes)


def test_towards_the_band_is_better_and_beyond_it_is_worse():
    band = {"direction": "band", "band": (0.9, 0.95)}
    assert judge(weeks(0.84, 14), weeks(0.92, 8, first=14), **band).kind == Kind.IMPROVED
    assert judge(weeks(0.925, 14), weeks(0.99, 8, first=14), **band).kind == Kind.WORSE
    assert judge(weeks(0.92, 14), weeks(0.93, 8, first=14), **band).kind == Kind.NO_CHANGE


def test_a_measure_without_better_side_needs_an_expectation():
    parts = (weeks(0.5, 14), weeks(0.6, 8, first=14))
    with pytest.raises(ValueError, match="no better side"):
        judge(*parts, direction="none")
    assert judge(*parts, direction="none", expected_change=0.1).kind == Kind.IMPROVED


def test_confounders_are_named():
    verdict = judge(
        weeks(0.72, 14), weeks(0.78, 8, first=14), direction="higher", confounders=["billing screen 4.2"]
    )
    assert "billing screen 4.2" in verdict.notes[-1]


def test_false_alarms_are_rare():
    rng = random.Random(7)

    def noise(count, first):
        return [
            Week(START + timedelta(weeks=first + i), 400 * rng.gauss(0.75, 0.02), 400, 400)
            for i in range(count)
        ]

    kinds = [judge(noise(20, 0), noise(12, 20), direction="higher").kind for _ in range(1000)]
    assert sum(kind != Kind.NO_CHANGE for kind in kinds) < 60
    found = [
        judge(
            noise(20, 0),
            [Week(w.start, w.numerator + 16, 400, 400) for w in noise(12, 20)],
            direction="higher",
        )
        for _ in range(200)
    ]
    assert sum(verdict.kind == Kind.IMPROVED for verdict in found) > 180


def test_published_difference_in_differences():
    treated, comparison, expected = vectors.CARD_KRUEGER
    assert a.difference_in_differences(treated, comparison) == pytest.approx(expected)


def test_published_regression_to_the_mean():
    case = vectors.REGRESSION_TO_MEAN
    parts = (case["mean"], case["between"], case["within"], case["cut"])
    assert a.regression_to_mean(*parts) == pytest.approx(case["once"])
    assert a.regression_to_mean(*parts, measures=2) == pytest.approx(case["twice"])


@pytest.mark.parametrize(("freedom", "expected"), [(4, 2.776), (10, 2.228), (20, 2.086), (120, 1.980)])
def test_students_t(freedom, expected):
    assert a.t_95(freedom) == pytest.approx(expected, abs=0.01)


def test_without_a_band_both_sides_are_bad_unless_a_change_was_wanted():
    up, down = weeks(560, 8, first=14), weeks(440, 8, first=14)
    before = weeks(500, 14)
    for after in (up, down):
        assert judge(before, after, direction="band", unit="seconds").kind == Kind.WORSE
    assert judge(before, down, direction="band", unit="seconds", expected_change=-50).kind == Kind.IMPROVED
    guard = Series("Handle time", "seconds", "band", before, down)
    verdict = judge(weeks(0.72, 14), weeks(0.78, 8, first=14), direction="higher", guard=guard)
    assert verdict.kind == Kind.GUARD_BREACHED
