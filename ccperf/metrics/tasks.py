"""Long work of the measures room."""

from collections.abc import Callable
from datetime import date
from typing import Any

from celery import shared_task

from ccperf.core.dates import today
from ccperf.jobs.registry import job_kind
from ccperf.jobs.services import JobRun
from ccperf.metrics import derivation, rollups
from ccperf.metrics.models import MetricDefinition
from ccperf.metrics.services import renew_pages
from ccperf.metrics.versions import bring_current

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


@job_kind("metrics.derive", title="Working out a measure by its formula")
def derive(run: JobRun) -> dict[str, Any]:
    """Work out one measure for the days from ``since`` on, or for all; safe to repeat at any point."""
    metric = MetricDefinition.objects.get(key=run.params["metric"])
    since = run.params.get("since")
    for done, months in derivation.mark_stale(metric, date.fromisoformat(since) if since else None):
        run.progress(done, months, f"{done} of {months} months noted")
    cleared = rollups.refresh(run.progress)
    _start_what_follows()
    return {"cleared": cleared}


@shared_task(name="metrics.begin_versions", ignore_result=True)
def begin_versions() -> None:
    """Give measures the terms of the versions that begin today."""
    if bring_current(today()):
        renew_pages()
