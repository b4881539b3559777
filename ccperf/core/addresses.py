"""Addresses of records, as often as a page needs them."""

from functools import cache

from django.urls import reverse

MARK = 9_876_543_210


@cache
def _around_numbers(name: str, count: int) -> list[str]:
    return reverse(name, args=[MARK] * count).split(str(MARK))


def record_address(name: str, *pks: int) -> str:
    """``reverse(name, args=pks)`` for addresses that take the numbers of records and nothing else.

    A list asks for dozens, and ``reverse`` would compose and check each of them anew.
    """
    first, *others = _around_numbers(name, len(pks))
    return first + "".join(f"{pk}{after}" for pk, after in zip(pks, others, strict=True))
