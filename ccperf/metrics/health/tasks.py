"""The check of all measures as a job, by hand and every week."""

from typing import Any

from celery import shared_task

from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun
from ccperf.metrics.health.services import CHECK, check_all, start_check


@job_kind(CHECK, title="Health check of the measures")
def check(run: JobRun) -> dict[str, Any]:
    """Check every measure; safe to repeat at any point."""
    return {"checked": check_all(run.progress)}


@shared_task(name="metric_health.weekly", ignore_result=True)
def check_every_week() -> None:
    """Queue the check."""
    start_check()
