"""kill -9 of the worker in the middle of a real import: the figures are those of an import left in peace."""

import pytest

from tests.bench.importing import write_file
from tests.operations.installation import Installation, kill_nine, wait_for

pytestmark = pytest.mark.slow
ROWS = 20_000
WORKER = ["--pool", "threads", "--concurrency", "2", "--beat", "--schedule"]
FIGURES = [
    "SELECT COUNT(*), COUNT(DISTINCT key), SUM(talk_seconds), SUM(wait_seconds) FROM metrics_contactrecord",
    "SELECT metric_id, COUNT(*), SUM(numerator), SUM(denominator), SUM(n) FROM metrics_observation"
    " GROUP BY metric_id ORDER BY metric_id",
    "SELECT scope, grain, metric_id, COUNT(*), SUM(numerator), SUM(denominator) FROM metrics_rollup"
    " GROUP BY scope, grain, metric_id ORDER BY scope, grain, metric_id",
    "SELECT COUNT(*) FROM people_person",
]


def is_at_rest(centre: Installation) -> bool:
    return centre.ask("SELECT COUNT(*) FROM jobs_job WHERE status <> 'done'") == [(0,)]


def figures(centre: Installation) -> list:
    return [centre.ask(question) for question in FIGURES]


def contacts(centre: Installation) -> int:
    return centre.ask("SELECT COUNT(*) FROM metrics_contactrecord")[0][0]


def worker(centre: Installation):
    return centre.start_worker(*WORKER, str(centre.folder / "schedule"))


def test_a_killed_import_ends_with_the_figures_of_one_left_in_peace(install, tmp_path):
    path = tmp_path / "contacts.csv"
    write_file(path, [f"E{number:04d}" for number in range(60)], ROWS)

    disturbed = install()
    first = worker(disturbed)
    disturbed.manage("queue_import", str(path))
    wait_for(lambda: contacts(disturbed) > 0, seconds=90, what="the first rows\n" + disturbed.logs())
    kill_nine(first)
    assert 0 < contacts(disturbed) < ROWS
    worker(disturbed)

    # The other import runs while the lease of the dead worker lapses.
    peaceful = install()
    worker(peaceful)
    peaceful.manage("queue_import", str(path))
    wait_for(lambda: is_at_rest(disturbed), seconds=90, what="the end of all jobs\n" + disturbed.logs())
    wait_for(lambda: is_at_rest(peaceful), seconds=90, what="the end of all jobs\n" + peaceful.logs())

    found, expected = figures(disturbed), figures(peaceful)
    assert expected[0][0][:2] == (ROWS, ROWS)
    assert len(expected[1]) >= 3
    for one, other in zip(found, expected, strict=True):
        assert [row[:-2] for row in one] == [row[:-2] for row in other]
        assert [value for row in one for value in row[-2:] if isinstance(value, float)] == pytest.approx(
            [value for row in other for value in row[-2:] if isinstance(value, float)]
        )
    assert disturbed.ask("SELECT MAX(attempts) FROM jobs_job") == [(2,)]
