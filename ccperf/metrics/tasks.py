"""Long work of the measures room."""

from typing import Any

from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun
from ccperf.metrics import rollups


@job_kind("metrics.refresh", title="Bringing sums up to date")
def refresh(run: JobRun) -> dict[str, Any]:
    """Sum again what changed; safe to repeat at any point."""
    return {"cleared": rollups.refresh(run.progress)}


@job_kind("metrics.rebuild", title="Working out all sums anew")
def rebuild(run: JobRun) -> dict[str, Any]:
    """Sum everything again; safe to repeat at any point."""
    return {"sums": rollups.rebuild(run.progress)}
