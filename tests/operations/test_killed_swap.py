"""kill -9 of a rebuild while it swaps the tables of sums: the old ones stand, and the next rebuild works."""

import contextlib

import psycopg2
import pytest

from tests.operations.installation import ServiceMissingError, kill_nine, own_postgres, wait_for
from tests.operations.test_rebuild_beside_writers import PROGRAM, run

pytestmark = pytest.mark.slow
ROWS = 20_000
SUMS = "SELECT scope, grain, scope_id, starts_on, metric_id, numerator, denominator, n FROM metrics_rollup"
STATE = "SELECT generation, status FROM metrics_rollupstate"
TABLES = "SELECT relname FROM pg_class WHERE relname LIKE 'metrics_rollup%' ORDER BY 1"
BEGUN = (
    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'DROP TABLE%'"
)


@contextlib.contextmanager
def a_reader(centre):
    """Somebody who reads sums for a while; the old table cannot go before they have read."""
    with contextlib.closing(psycopg2.connect(centre.environment["DATABASE_URL"])) as connection:
        connection.cursor().execute("SELECT 1 FROM metrics_rollup LIMIT 1")
        yield
        connection.rollback()


def test_a_rebuild_killed_in_the_swap_leaves_the_old_sums_and_no_trace(install):
    with contextlib.ExitStack() as stack:
        try:
            address = stack.enter_context(own_postgres())
        except ServiceMissingError as missing:
            pytest.skip(str(missing))
        centre = install(DATABASE_URL=address)
        stack.callback(centre.close)
        run(centre, "fill", str(ROWS))
        run(centre, "rebuild", "0")
        before = sorted(centre.ask(SUMS)), centre.ask(STATE), centre.ask(TABLES)
        assert before[0]
        written = run(centre, "write", "1", "1")["rows"]

        with a_reader(centre):
            killed = centre.start(*PROGRAM, "rebuild", "0", log="rebuild")
            wait_for(lambda: centre.ask(BEGUN) == [(1,)], seconds=120, what="the swap\n" + centre.logs())
            kill_nine(killed)
        wait_for(lambda: centre.ask(BEGUN) == [(0,)], seconds=30, what="the end of the connection")
        assert (sorted(centre.ask(SUMS)), centre.ask(STATE), centre.ask(TABLES)) == before

        run(centre, "rebuild", "0")
        assert centre.ask(TABLES) == before[2]
        assert run(centre, "check") == {"rows": written, "equal": True, "status": "done"}
