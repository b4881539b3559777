"""The Celery side of jobs: a hint runs one job, a sweep finds what hints missed."""

import os
import socket
from datetime import timedelta

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from ccperf.core.models import Submission
from ccperf.jobs import services
from ccperf.jobs.models import Job, WorkerHeartbeat

KEPT_FOR = timedelta(days=90)


@shared_task(name="jobs.run", ignore_result=True)
def run_job(job_id: int) -> None:
    """Run a job if it still waits. A message can outlive its job, when the data were erased meanwhile."""
    if Job.objects.filter(pk=job_id).exists():
        services.run_job_now(job_id)


@shared_task(name="jobs.sweep", ignore_result=True)
def sweep() -> None:
    """Find waiting jobs whose message was lost or whose worker died, and say that this worker lives."""
    services.beat_heart(f"{socket.gethostname()}:{os.getpid()}")
    services.sweep()


@shared_task(name="jobs.tidy", ignore_result=True)
def tidy() -> None:
    """Delete what nobody asks for any more: sessions, old form tokens, dead workers, jobs done long ago."""
    now = timezone.now()
    SessionStore.clear_expired()
    Submission.objects.filter(created_at__lt=now - timedelta(days=2)).delete()
    WorkerHeartbeat.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
    Job.objects.filter(status=Job.Status.DONE, finished_at__lt=now - KEPT_FOR).delete()
