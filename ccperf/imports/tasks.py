"""The jobs of the importer. Each may be killed at any point and run again."""

from celery import shared_task

from ccperf.imports import applying, checking, services
from ccperf.imports.models import ImportBatch
from ccperf.imports.problems import UnusableFile
from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobFailed, JobRun, LeaseLost


def _guarded(run: JobRun, work) -> None:
    batch_id = run.params["batch"]
    try:
        work(batch_id, run.progress)
    except (applying.Overtaken, LeaseLost) as gone:
        raise LeaseLost from gone
    except UnusableFile as refused:
        services.stop(batch_id, str(refused))
        raise JobFailed(str(refused))
    except Exception:
        services.stop(
            batch_id, "The import stopped by a fault. What was imported so far can be undone or gone on with."
        )
        raise


@job_kind("imports.check", title="Check of a file")
def check_import(run: JobRun) -> dict:
    """Read every row of a draft; what was found waits on its page."""
    batch = ImportBatch.objects.select_related("created_by").filter(pk=run.params["batch"]).first()
    if batch and batch.version == run.params["version"] and batch.status == ImportBatch.Status.DRAFT:
        checking.store_check(batch, run.progress)
    return {"batch": run.params["batch"]}


@job_kind("imports.apply", title="Import")
def apply_import(run: JobRun) -> dict:
    """Import a file's rows."""
    _guarded(run, applying.apply_batch)
    return {"batch": run.params["batch"]}


@job_kind("imports.undo", title="Undo of an import")
def undo_import(run: JobRun) -> dict:
    """Take an import back."""
    _guarded(run, applying.undo_batch)
    return {"batch": run.params["batch"]}


@job_kind(services.HELD_ROWS, title="Rows that waited for people")
def resolve_held(run: JobRun) -> dict:
    """Import held rows whose people are known now."""
    try:
        return {"rows": applying.resolve_held(run.progress)}
    except applying.Overtaken as gone:
        raise LeaseLost from gone


@shared_task(name="imports.tidy", ignore_result=True)
def tidy() -> None:
    """Delete drafts nobody went on with, and their files."""
    services.tidy()
