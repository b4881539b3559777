"""The map of themes: circles can be told apart, and names stand clear."""

from itertools import combinations

import numpy as np

from feedback.themes.map_chart import HALF_LETTER, LINE, _labels
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
    labels = _labels(spots, [], 700, 520)
    assert {name for _, _, name in labels} == {name for *_, name in spots}
    boxes = {
        n: (x - HALF_LETTER * len(n), y - LINE + 2, x + HALF_LETTER * len(n), y + 3) for x, y, n in labels
    }
    for one, two in combinations(boxes.values(), 2):
        assert one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
    for name, box in boxes.items():
        for x, y, radius, other in spots:
            if other != name:
                nearest = (min(max(x, box[0]), box[2]), min(max(y, box[1]), box[3]))
                assert (nearest[0] - x) ** 2 + (nearest[1] - y) ** 2 >= radius**2, (name, other)
