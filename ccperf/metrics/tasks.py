"""Long work of the measures room."""

from collections.abc import Callable
from typing import Any

from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun
from ccperf.metrics import rollups

AFTER: list[Callable[[], Any]] = []


def on_sums_refreshed(start: Callable[[], Any]) -> None:
    """Let a room start its own work whenever sums changed; called in ``AppConfig.ready()``."""
    if start not in AFTER:
        AFTER.append(start)


def _start_what_follows() -> None:
    for start in AFTER:
        start()


@job_kind("metrics.refresh", title="Bringing sums up to date")
def refresh(run: JobRun) -> dict[str, Any]:
    """Sum again what changed; safe to repeat at any point."""
    cleared = rollups.refresh(run.progress)
    _start_what_follows()
    return {"cleared": cleared}


@job_kind("metrics.rebuild", title="Working out all sums anew")
def rebuild(run: JobRun) -> dict[str, Any]:
    """Sum everything again; safe to repeat at any point."""
    sums = rollups.rebuild(run.progress)
    _start_what_follows()
    return {"sums": sums}
