"""PostgreSQL: all sums worked out beside the table, which is then swapped, all in one transaction.

Readers see the old sums until the new ones stand; a rebuild that is killed leaves no trace. Inserting first
and sorting the key once afterwards is several times quicker than keeping the key in order row by row.
"""

from datetime import date, timedelta
from typing import Any

from django.db import connection

from ccperf.core.dates import add_months, month_start, week_start
from ccperf.metrics.sums import GROUPS, TABLE, WEEK, Span, Sums

BESIDE = f"{TABLE}_beside"
KEY = "scope, grain, scope_id, starts_on, metric_id"


def rebuild_beside(first: date, last: date) -> None:
    """Sum the observations of ``first`` to ``last`` anew. The caller holds a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        # Of a table just made PostgreSQL expects a row, and would go through all teams for each of a million.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(f"CREATE TABLE {BESIDE} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        # Whole periods change at once. A row whose new version finds room on its page leaves the key alone.
        cursor.execute(f"ALTER TABLE {BESIDE} SET (fillfactor = 50)")
        _fill(Sums(cursor, BESIDE, replacing=False), first, last)
        _swap(cursor)


def _fill(sums: Sums, first: date, last: date) -> None:
    days = Span(first, last + timedelta(days=1), is_one=False)
    months = Span(month_start(first), add_months(month_start(last), 1), is_one=False)
    weeks = Span(week_start(first), week_start(last) + WEEK, is_one=False)
    sums.agent_weeks(weeks)
    sums.agent_months(months)
    sums.team_days(days)
    sums.site_days(days)
    for scope in GROUPS:
        sums.cascade(scope, "week", weeks)
        sums.cascade(scope, "month", months)


def _swap(cursor: Any) -> None:
    """Give the new table the key and the name of the old one."""
    cursor.execute(f"CREATE UNIQUE INDEX {BESIDE}_pkey ON {BESIDE} ({KEY})")
    cursor.execute(f"DROP TABLE {TABLE}")
    cursor.execute(f"ALTER TABLE {BESIDE} RENAME TO {TABLE}")
    cursor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {TABLE}_pkey PRIMARY KEY USING INDEX {BESIDE}_pkey")
    cursor.execute(f"ANALYZE {TABLE}")
