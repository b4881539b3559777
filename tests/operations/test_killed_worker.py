"""kill -9 of a worker in the middle of a job: the job is finished soon after, and no step twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.operations.installation import (
    Installation,
    ServiceMissingError,
    kill_nine,
    own_postgres,
    own_redis,
    wait_for,
)

pytestmark = pytest.mark.slow
EMBEDDED = ["--pool", "threads", "--concurrency", "2", "--beat"]
PREFORK = ["--pool", "prefork", "--concurrency", "2", "--beat"]
STEPS = 40


def worker_options(centre: Installation, pool: list[str]) -> list[str]:
    return [*pool, "--schedule", str(centre.folder / "schedule")]


def interrupt_and_restart(centre: Installation, pool: list[str]) -> None:
    """Kill the worker in the middle of the job, start another, and look at what was done."""
    options = worker_options(centre, pool)
    centre.manage("steps", "--steps", str(STEPS))
    first = centre.start_worker(*options)
    wait_for(lambda: centre.report()["steps"] >= 3, seconds=60, what="the first steps\n" + centre.logs())
    kill_nine(first)
    half = centre.report()
    assert half["status"] == "running"
    assert 3 <= half["steps"] < STEPS
    centre.start_worker(*options)
    wait_for(lambda: centre.report()["status"] == "done", seconds=60, what="the end\n" + centre.logs())
    report = centre.report()
    assert report == {"status": "done", "attempts": 2, "steps": STEPS, "doubled": [], "processes": 2}


def on_the_embedded_broker(install, folder):
    interrupt_and_restart(install(), EMBEDDED)


def on_redis(install, folder):
    with own_redis(folder) as redis_url:
        interrupt_and_restart(install(REDIS_URL=redis_url), EMBEDDED)


def on_redis_and_postgresql_with_a_pool_of_processes(install, folder):
    with own_redis(folder) as redis_url, own_postgres() as postgres_url:
        centre = install(REDIS_URL=redis_url, DATABASE_URL=postgres_url)
        interrupt_and_restart(centre, PREFORK)
        centre.close()


SCENARIOS = [on_the_embedded_broker, on_redis, on_redis_and_postgresql_with_a_pool_of_processes]


@pytest.fixture(scope="module")
def outcomes(install, tmp_path_factory):
    """All scenarios side by side: each mostly waits for the dead worker's lease to lapse."""
    with ThreadPoolExecutor(len(SCENARIOS)) as pool:
        yield {
            scenario: pool.submit(scenario, install, tmp_path_factory.mktemp("redis"))
            for scenario in SCENARIOS
        }


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_job_is_finished_and_no_step_is_done_twice(outcomes, scenario):
    try:
        outcomes[scenario].result()
    except ServiceMissingError as missing:
        pytest.skip(str(missing))


def test_lost_and_doubled_messages_change_nothing(install):
    """One job loses its message, the next has three more of it: both are done, each step once."""
    centre = install()
    spool = centre.folder / "data" / "broker" / "ready"
    centre.manage("steps", "--steps", "3")
    for message in spool.rglob("*.msg"):
        message.unlink()
    centre.manage("steps", "--steps", "10")
    (message,) = spool.rglob("*.msg")
    for number in range(3):
        message.with_name(message.name.replace("-", f"{number}-", 1)).write_bytes(message.read_bytes())
    centre.start_worker(*worker_options(centre, EMBEDDED))
    wait_for(
        lambda: centre.ask("SELECT count(*) FROM jobs_job WHERE status = 'done'") == [(2,)],
        seconds=60,
        what="both jobs\n" + centre.logs(),
    )
    report = centre.report()
    assert (report["steps"], report["attempts"]) == (10, 1)
