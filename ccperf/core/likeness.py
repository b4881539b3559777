"""Words that are nearly the same, on both databases by one name.

PostgreSQL's pg_trgm compares words by the groups of three letters they share; SQLite is given a function of
the same name that does the same for a single word (https://www.postgresql.org/docs/15/pgtrgm.html).
"""

import re
from functools import lru_cache

from django.db.models import F, FloatField, Func, Q, QuerySet, Value

NEAR = 0.37
"""A letter missing, doubled or wrong passes in a word of five; two changed about need a word of seven."""

FUNCTION = "strict_word_similarity"
_WORD = re.compile(r"\w+")


class Likeness(Func):
    """How like a word is to the nearest word of a text, from 0 to 1."""

    function = FUNCTION
    output_field = FloatField()


@lru_cache(maxsize=20_000)
def trigrams(word: str) -> frozenset[str]:
    """The groups of three letters of a word, with two blanks before it and one after."""
    padded = f"  {word.lower()} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def word_likeness(word: str | None, text: str | None) -> float:
    """Shared groups over all groups of ``word`` and the word of ``text`` that is most like it."""
    if not word or not text:
        return 0.0
    own = trigrams(word)
    return max(
        (len(own & other) / len(own | other) for other in map(trigrams, _WORD.findall(text))), default=0.0
    )


def give_sqlite_likeness(connection, **kwargs) -> None:
    """Signal handler: let a new connection to SQLite know the function."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(FUNCTION, 2, word_likeness, deterministic=True)


def holding_or_like(rows: QuerySet, terms: list[str], name: str, *others: str) -> QuerySet:
    """Rows that hold every term in ``name`` or ``others``, or one like it in ``name``; most alike first."""
    nearness = Value(0.0, FloatField())
    for number, term in enumerate(terms):
        held = Q()
        for field in (name, *others):
            held |= Q(**{f"{field}__icontains": term})
        alias = f"likeness_{number}"
        rows = rows.alias(**{alias: Likeness(Value(term), name)})
        rows = rows.filter(held | Q(**{f"{alias}__gte": NEAR}))
        nearness = nearness + F(alias)
    return rows.order_by(nearness.desc(), "pk")
