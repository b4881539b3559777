"""Numbers as people read them."""

import pytest
from django.template import Context, Template

from ccperf.core.numbers import NBSP, format_value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "no data"),
        (0.0, "0%"),
        (0.004, "&lt;0.5%"),
        (0.005, "1%"),
        (0.006, "1%"),
        (0.994, "99%"),
        (0.995, "99%"),
        (0.997, "&gt;99.5%"),
        (1.0, "100%"),
        (1.4, "140%"),
    ],
)
def test_a_few_of_many_are_never_none_and_almost_all_never_all(value, words):
    assert Template("{% load ccperf %}{{ v|percent }}").render(Context({"v": value})) == words


@pytest.mark.parametrize(
    ("value", "words"), [(525, "525 s"), (640.4, "640 s"), (1250, "1,250 s"), (3661, "61 min 1 s")]
)
def test_handle_times_beside_each_other_share_their_unit(value, words):
    assert format_value(value, "seconds").replace(NBSP, " ") == words
