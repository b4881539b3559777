"""The ten checks on panels whose truth is known because it was put in."""

import random

import pytest

from ccperf.metrics.health import analysis_health as h

near = pytest.approx


def panel(means, noise, *, weeks=52, common=0.0, seed=3):
    draw = random.Random(seed)
    shared = [draw.gauss(0, common) for _ in range(weeks)]
    return {
        unit: [mean + shared[week] + draw.gauss(0, noise) for week in range(weeks)]
        for unit, mean in enumerate(means)
    }


def test_weeks_before_the_first_figure_are_not_missing():
    sizes = {1: [None, None, 40, 50, None, 20], 2: [30, 30, 30, 30, 30, 30], 3: [None] * 6}
    assert h.completeness(sizes, 30) == h.Complete(expected=10, present=9, enough=8)
    assert h.completeness({3: [None] * 6}, 30) is None


def test_units_alike_are_told_apart_about_once_in_twenty_and_different_ones_always():
    alike = h.tells_apart(panel([0.7] * 40, 0.05, weeks=26))
    assert alike.pairs == 780
    assert alike.share < 0.09
    different = h.tells_apart(panel([0.5, 0.6, 0.7, 0.8], 0.05))
    assert different.share == 1
    assert different.single_share == near(0.5, abs=0.34)  # only the widest gaps show within a week


def test_agents_are_compared_within_their_team_only():
    units = panel([0.5, 0.5, 0.9, 0.9], 0.01)
    assert h.tells_apart(units).pairs == 6
    within = h.tells_apart(units, {0: "a", 1: "a", 2: "b", 3: "b"})
    assert within.pairs == 2
    assert h.tells_apart({0: [1.0] * 20}) is None


def test_noise_share_is_the_part_of_variance_that_was_put_in_as_noise():
    means = [0.60, 0.65, 0.70, 0.75, 0.80, 0.70, 0.66, 0.74]
    between = sum((m - 0.7) ** 2 for m in means) / 7
    noisy = h.noise_share(panel(means, 0.06, weeks=104))
    assert noisy == near(0.06**2 / (0.06**2 + between), abs=0.06)
    assert h.noise_share(panel([0.7, 0.8], 0.05)) is None


def test_measures_that_say_the_same_move_together():
    one = panel([1, 2, 3], 1.0)
    same = {unit: [2 * value + 5 for value in weeks] for unit, weeks in one.items()}
    assert h.moves_together(one, same).r == near(1, abs=1e-5)
    other = h.moves_together(one, panel([5, 1, 3], 1.0, seed=9))
    assert other.low < 0 < other.high
    short = {unit: weeks[:10] for unit, weeks in one.items()}
    assert h.moves_together(short, short) is None  # 30 weeks are too few


def test_fishers_interval():
    # atanh(0.70711) = 0.8814, and 1.96 over the root of 104 - 3 is 0.1950 on either side.
    xs = [1.0, -1.0] * 52
    ys = [1.0, -1.0] * 26 + [0.0] * 52
    found = h.moves_together({1: xs}, {1: ys})
    assert found.r == near(0.70711, abs=1e-5)
    assert (found.low, found.high) == near((0.5939, 0.7928), abs=2e-3)


def test_movement_of_all_units_together_belongs_to_the_system():
    assert h.shared_movement(panel([0.7] * 8, 0.02, common=0.06)) == near(0.9, abs=0.05)
    assert h.shared_movement(panel([0.7] * 8, 0.05)) < 0.1
    assert h.shared_movement(panel([0.7] * 2, 0.05)) is None


def test_values_that_crowd_just_past_a_target_are_seen():
    draw = random.Random(5)
    honest = [draw.gauss(0.78, 0.08) for _ in range(1200)]
    assert not h.heaping(honest, 0.8, is_least=True).is_heaped
    bent = [
        0.8 + 0.004 * draw.random() if 0.76 < value < 0.8 and draw.random() < 0.5 else value
        for value in honest
    ]
    found = h.heaping(bent, 0.8, is_least=True)
    assert found.is_heaped
    assert found.found > 2 * found.expected
    mirrored = [1 - value for value in bent]
    assert h.heaping(mirrored, 0.2, is_least=False).is_heaped
    assert h.heaping(honest[:30], 0.8, is_least=True) is None
