"""A dip before the start is told from ordinary ups and downs."""

import random

import pytest

from improvement.analysis import has_dip

CALM = [0.80, 0.82, 0.79, 0.81, 0.83, 0.80, 0.78, 0.81, 0.82, 0.80, 0.79, 0.81, 0.80, 0.82, 0.81, 0.79]


@pytest.mark.parametrize(
    ("last", "higher_is_better", "dip"),
    [
        ([0.74, 0.73, 0.75, 0.74], True, True),
        ([0.74, 0.73, 0.75, 0.74], False, False),
        ([0.86, 0.87, 0.88, 0.86], False, True),
        ([0.80, 0.81, 0.79, 0.80], True, False),
        ([0.70, 0.84, 0.83, 0.84], True, False),
    ],
)
def test_four_bad_weeks_are_a_dip(last, higher_is_better, dip):
    assert has_dip([*CALM, *last], higher_is_better=higher_is_better) is dip


def test_too_few_earlier_weeks_say_nothing():
    assert not has_dip([0.8] * 11 + [0.1] * 4, higher_is_better=True)


def test_a_level_line_dips_at_once():
    assert has_dip([0.8] * 16 + [0.7] * 4, higher_is_better=True)
    assert not has_dip([0.8] * 20, higher_is_better=True)


def test_noise_alone_rarely_looks_like_a_dip():
    chance = random.Random(7)
    found = sum(
        has_dip([chance.gauss(0.8, 0.02) for _ in range(20)], higher_is_better=True) for _ in range(2000)
    )
    assert found / 2000 < 0.06
