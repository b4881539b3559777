"""The look at all teams as a job."""

from dataclasses import asdict
from typing import Any

from celery import shared_task

from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun
from ccperf.metrics.alerts.services import LOOK, look, start_look


@job_kind(LOOK, title="Looking for signals")
def look_for_signals(run: JobRun) -> dict[str, Any]:
    """Look at every team; safe to repeat at any point."""
    return asdict(look(run.progress))


@shared_task(name="alerts.daily", ignore_result=True)
def look_every_day() -> None:
    """A week is complete when it is over, not when its last figures came in."""
    start_look()
