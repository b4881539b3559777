"""Addresses of records, as often as a page needs them."""

from functools import cache

from django.urls import reverse


@cache
def _around_number(name: str) -> tuple[str, str]:
    before, after = reverse(name, args=[0]).rsplit("0", 1)
    return before, after


def record_address(name: str, pk: int) -> str:
    """``reverse(name, args=[pk])`` for addresses that take the number of a record and nothing else.

    A list asks for dozens, and ``reverse`` would compose and check each of them anew.
    """
    before, after = _around_number(name)
    return f"{before}{pk}{after}"
