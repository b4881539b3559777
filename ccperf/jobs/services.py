"""Queueing, claiming, running and retrying jobs."""

import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from ccperf.audit.services import record
from ccperf.jobs.models import Job, WorkerHeartbeat
from ccperf.jobs.registry import KINDS
from ccperf.people.models import User

logger = logging.getLogger(__name__)

# A hint that no worker took by then is dropped: the sweep has sent others.
HINT_SECONDS = 60


class LeaseLost(Exception):
    """Another worker took the job over; this run must stop."""


class JobFailed(Exception):
    """A failure with a sentence meant for the person who waits for the job."""


@dataclass
class JobRun:
    """What a handler gets: its parameters, and a way to say how far it is."""

    job: Job
    attempt: int

    @property
    def params(self) -> dict[str, Any]:
        return self.job.params

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Store the progress and renew the lease.

        Raises LeaseLost when another worker has taken the job over.
        """
        mine = Job.objects.filter(pk=self.job.pk, status=Job.Status.RUNNING, attempts=self.attempt)
        if not mine.update(
            done=done, total=total, message=message[:300], lease_until=timezone.now() + settings.JOB_LEASE
        ):
            raise LeaseLost


@transaction.atomic
def enqueue(
    kind: str,
    params: dict[str, Any] | None = None,
    *,
    by: User | None = None,
    key: str | None = None,
    title: str = "",
) -> Job:
    """Store a job in the caller's transaction and hint a worker after commit.

    With a ``key``, a job of that key that still waits is returned instead of a second one.
    Raises KeyError for an unknown kind.
    """
    made = {
        "kind": kind,
        "params": params or {},
        "title": (title or KINDS[kind].title)[:200],
        "created_by": by if by and by.pk else None,
    }
    job = _create_once(key, made) if key else Job.objects.create(**made)
    transaction.on_commit(partial(hint, job.pk))
    return job


def _create_once(key: str, made: dict[str, Any]) -> Job:
    """The waiting job of ``key``, or a new one, also when two ask at once."""
    if job := _queued(key):
        return job
    try:
        with transaction.atomic():
            return Job.objects.create(key=key, **made)
    except IntegrityError:
        return _queued(key) or Job.objects.create(**made)


def _queued(key: str) -> Job | None:
    """The waiting job of ``key``, locked so that no worker starts it before the caller commits."""
    return Job.objects.select_for_update().filter(key=key, status=Job.Status.QUEUED).first()


def hint(job_id: int) -> None:
    """Tell a worker that a job waits. A lost hint costs one sweep, never the job."""
    try:
        current_app.send_task(
            "jobs.run", args=[job_id], retry=False, expires=HINT_SECONDS, ignore_result=True
        )
    except Exception:
        logger.warning("No broker took the hint for job %s; the sweep will find it.", job_id, exc_info=True)


def claim(job_id: int) -> Job | None:
    """Take a waiting job for this worker, or None when it is done or in other hands."""
    now = timezone.now()
    claimed = (
        Job.objects.waiting()
        .filter(pk=job_id)
        .update(
            status=Job.Status.RUNNING,
            attempts=F("attempts") + 1,
            lease_until=now + settings.JOB_LEASE,
            started_at=now,
            error="",
        )
    )
    return Job.objects.get(pk=job_id) if claimed else None


def run_job_now(job_id: int) -> Job:
    """Run a waiting job to its end in this process and return it; a job in other hands is left alone."""
    job = claim(job_id)
    if job is None:
        return Job.objects.get(pk=job_id)
    mine = Job.objects.filter(pk=job.pk, attempts=job.attempts, status=Job.Status.RUNNING)
    if job.attempts > settings.JOB_MAX_ATTEMPTS:
        mine.update(
            status=Job.Status.FAILED,
            finished_at=timezone.now(),
            error=f"Given up after {settings.JOB_MAX_ATTEMPTS} attempts: the worker stopped each time.",
        )
        return Job.objects.get(pk=job_id)
    try:
        with _kept_lease(job):
            result = KINDS[job.kind].handler(JobRun(job, job.attempts)) or {}
    except LeaseLost:
        logger.warning("Job %s went on in another worker.", job.pk)
    except JobFailed as failure:
        mine.update(status=Job.Status.FAILED, error=str(failure), finished_at=timezone.now())
    except Exception as failure:
        logger.exception("Job %s failed.", job.pk)
        error = f"{type(failure).__name__}: {failure}\n\n{traceback.format_exc(limit=-6)}"
        mine.update(status=Job.Status.FAILED, error=error, finished_at=timezone.now())
    else:
        mine.update(
            status=Job.Status.DONE,
            done=F("total"),
            result=result,
            finished_at=timezone.now(),
            lease_until=None,
        )
    return Job.objects.get(pk=job_id)


@contextmanager
def _kept_lease(job: Job) -> Iterator[None]:
    """Renew the lease from a thread while the handler computes.

    A database in memory (tests) cannot be reached from a second connection, so there the lease is
    renewed by ``progress`` alone.
    """
    if connection.vendor == "sqlite" and "mode=memory" in str(connection.settings_dict["NAME"]):
        yield
        return
    stop = threading.Event()

    def renew() -> None:
        while not stop.wait(settings.JOB_LEASE.total_seconds() / 4):
            try:
                Job.objects.filter(pk=job.pk, attempts=job.attempts, status=Job.Status.RUNNING).update(
                    lease_until=timezone.now() + settings.JOB_LEASE
                )
            except Exception:
                logger.warning("The lease of job %s could not be renewed.", job.pk, exc_info=True)
        connection.close()

    thread = threading.Thread(target=renew, name=f"lease-{job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=5)


def sweep() -> list[int]:
    """Hint every job that waits although its message should have arrived, and return their ids."""
    old = timezone.now() - timedelta(seconds=5)
    waiting = Job.objects.waiting().filter(Q(created_at__lt=old)).order_by("pk").values_list("pk", flat=True)
    ids = list(waiting[:200])
    for job_id in ids:
        hint(job_id)
    return ids


@transaction.atomic
def retry(job: Job, *, by: User) -> Job:
    """Queue a failed job again.

    Raises ValueError when the job has not failed.
    """
    again = Job.objects.filter(pk=job.pk, status=Job.Status.FAILED).update(
        status=Job.Status.QUEUED, attempts=0, error="", finished_at=None, lease_until=None
    )
    if not again:
        raise ValueError("Only a failed job can be tried again.")
    record("jobs.job.retried", by=by, subject=job)
    transaction.on_commit(partial(hint, job.pk))
    job.refresh_from_db()
    return job


def beat_heart(worker: str) -> None:
    """Store that ``worker`` is alive."""
    WorkerHeartbeat.objects.update_or_create(worker=worker, defaults={"seen_at": timezone.now()})
