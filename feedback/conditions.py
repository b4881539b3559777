"""Conditions that are put into SQL once and then asked many times.

Django puts a condition together anew for every query. For one with many parts, as who may read what, that
costs more than the answer; so it is written once and kept by whoever knows what it depends on.
"""

from typing import Any

from django.db import connection, models
from django.db.models import F, Func, Q


class Written(Func):
    """A condition on the rows of one table, in SQL, for whatever name the table has in a query."""

    output_field = models.BooleanField()

    def __init__(self, row: F, table: str, condition: str, values: tuple):
        super().__init__(row)
        self.table, self.condition, self.values = table, condition, values

    def as_sql(self, compiler: Any, connection: Any, **kwargs: Any) -> tuple[str, tuple]:
        name = compiler.quote_name_unless_alias(self.get_source_expressions()[0].alias)
        return self.condition.replace(f"{self.table}.", f"{name}."), self.values


def written(model: type[models.Model], rows: Q) -> Written:
    """The condition in the SQL of the present database. It may use other tables in subqueries only."""
    query = model._default_manager.filter(rows).query
    if sum(map(bool, query.alias_refcount.values())) > 1:
        raise ValueError("A written condition joins no other table.")
    condition, values = query.get_compiler(connection=connection).compile(query.where)
    table = connection.ops.quote_name(model._meta.db_table)
    return Written(F("pk"), table, f"({condition})", tuple(values))
