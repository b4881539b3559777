"""The look at all teams as a job."""

from dataclasses import asdict
from typing import Any

from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun
from ccperf.metrics.alerts.services import LOOK, look


@job_kind(LOOK, title="Looking for signals")
def look_for_signals(run: JobRun) -> dict[str, Any]:
    """Look at every team; safe to repeat at any point."""
    return asdict(look(run.progress))
