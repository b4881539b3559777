"""Addresses of records are those that Django itself would compose."""

import pytest
from django.urls import reverse

from ccperf.core.addresses import record_address


@pytest.mark.parametrize(
    ("name", "pks"), [("people:person-edit", [10]), ("themes:comment-move", [7, 9_000_000_001])]
)
def test_an_address_is_what_reverse_makes_of_it(name, pks):
    assert record_address(name, *pks) == reverse(name, args=pks)


def test_an_address_that_takes_other_numbers_is_an_error():
    with pytest.raises(Exception, match="not found"):
        record_address("people:person-edit", 1, 2)
