"""Work of this room that runs beside the pages."""

from typing import Any

from celery import shared_task

from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun, enqueue
from retention.figures import write_figures


@job_kind("retention.figures", title="Attrition as measures")
def store_figures(run: JobRun) -> dict[str, Any]:
    """Bring the measures of attrition up to the register as it stands."""
    return {"changed": write_figures().changed}


@shared_task(name="retention.figures", ignore_result=True)
def queue_figures() -> None:
    """Queue the daily figures; while one waits, a second is not added."""
    enqueue("retention.figures", key="retention.figures")
