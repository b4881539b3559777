"""What PostgreSQL compiles before it answers, whoever waits meanwhile."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper


def compile_nothing(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Signal handler for processes that serve pages: a new connection answers as questions come.

    Conditions on hundreds of teams look dear to PostgreSQL, which compiles for 0.2 seconds what it then runs
    in a hundredth of that.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")
