"""The map of themes: circles can be told apart, and names stand clear."""

from itertools import combinations

import numpy as np
import pytest

from feedback.themes.map_labels import Label, labels_of
from feedback.themes.map_places import LEAST_APART, apart


def test_places_that_coincide_are_pushed_apart_and_the_others_stay():
    places = np.array([[0.5, 0.5], [0.5, 0.5], [0.52, 0.5], [0.0, 0.0], [1.0, 1.0]])
    found = apart(places)
    distances = [np.linalg.norm(found[one] - found[two]) for one, two in combinations(range(5), 2)]
    assert min(distances) > 0.95 * LEAST_APART
    assert np.allclose(found[3:], places[3:])
    assert found.min() >= 0
    assert found.max() <= 1
    assert np.array_equal(found, apart(places)), "The same from run to run."


def test_names_stand_on_no_other_name_and_on_no_other_circle_where_there_is_room():
    spots = [
        (300.0, 200.0, 34.0, "Resolution"),
        (300.0, 262.0, 20.0, "Systems and tools"),
        (330.0, 150.0, 12.0, "Ownership"),
    ]
    assert_stand_clear(labels_of(spots, [], 700, 520), spots)


def test_in_a_crowd_names_take_two_lines_or_stand_apart_and_none_is_left_out():
    """Nine circles in a heap with the longest names."""
    names = ["Opening and identification", "Communication and change", "Equipment and environment"] * 3
    spots = [
        (300.0 + 60 * (number % 3), 200.0 + 50 * (number // 3), 20.0 - number, f"{name} {number}")
        for number, name in enumerate(names)
    ]
    labels = labels_of(spots, [], 700, 520)
    assert_stand_clear(labels, spots)
    assert any(len(label.lines) == 2 for label in labels)
    for label in labels:
        if label.tie:
            x, y, radius, _ = next(spot for spot in spots if spot[3] == label.name)
            assert np.hypot(label.tie[0] - x, label.tie[1] - y) == pytest.approx(radius), "From its circle"
            assert label.box[0] - 3 <= label.tie[2] <= label.box[2] + 3, "to its name."


def test_a_circle_walled_in_by_names_has_its_own_at_the_end_of_a_line_across_them():
    ring = [(310, 210, 390, 238), (310, 262, 390, 290), (310, 210, 340, 290), (360, 210, 390, 290)]
    (label,) = labels_of([(350.0, 250.0, 4.0, "Small one")], ring, 700, 520)
    assert label.tie is not None
    left, top, right, bottom = label.box
    assert all(right <= box[0] or box[2] <= left or bottom <= box[1] or box[3] <= top for box in ring)


def assert_stand_clear(labels: list[Label], spots) -> None:
    """Every circle has a name, which stands on no other name and on no other circle."""
    assert {label.name for label in labels} == {name for *_, name in spots}
    for one, two in combinations([label.box for label in labels], 2):
        assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
    for label in labels:
        for x, y, radius, other in spots:
            if other != label.name:
                left, top, right, bottom = label.box
                nearest = (min(max(x, left), right), min(max(y, top), bottom))
                assert (nearest[0] - x) ** 2 + (nearest[1] - y) ** 2 >= radius**2, (label.name, other)
