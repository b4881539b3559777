"""Fixtures that every room's tests share."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Times are not tested: a busy machine must not turn a right answer into a failure. The same examples come
# again wherever CI is set, new ones on the machine of whoever writes the code.
settings.register_profile(
    "ccperf",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("ccperf")

LONGEST_FIRST = (
    "test_every_page.py",
    "test_killed_worker.py",
    "test_killed_import.py",
    "test_access_matrix.py",
    "test_production.py",
    "test_query_budget.py",
    "test_run_centre.py",
    "browser",
    "imports",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Processes share the suite file by file, the longest first so that none is left waiting for another.

    Files that mostly wait stand between those that mostly compute. What is said of one database only is not
    asked of another.
    """
    from django.db import connection

    others = {"sqlite", "postgresql"} - {connection.vendor}
    foreign = [item for item in items if any(map(item.get_closest_marker, others))]
    if foreign:
        config.hook.pytest_deselected(items=foreign)
        items[:] = [item for item in items if item not in foreign]
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    places = {item.path.parent.name, item.path.name}
    return next((turn for turn, name in enumerate(LONGEST_FIRST) if name in places), len(LONGEST_FIRST))


@pytest.fixture
def centre(db):
    """A small centre with one user of every role; see ``make_centre``."""
    from tests.factories import make_centre

    return make_centre()


@pytest.fixture
def sample_data() -> Path:
    """The folder of real files; tests that need it are skipped, visibly, where it is not at hand."""
    folder = os.environ.get("CCPERF_SAMPLE_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("CCPERF_SAMPLE_DATA does not name the folder of sample data.")
    return Path(folder)


@pytest.fixture(autouse=True)
def clean_cache():
    """No test sees what another left in the cache."""
    from django.core.cache import cache

    cache.clear()
