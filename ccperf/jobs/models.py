"""Long work as rows: the database, not the message broker, knows what is to be done."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ccperf.core.addresses import record_address


class JobQuerySet(models.QuerySet):
    def visible_to(self, user) -> Self:
        """Jobs a user may follow: their own, and all for whoever may read jobs."""
        return self if user.access.can("jobs.read") else self.filter(created_by=user)

    def noteworthy(self) -> Self:
        """Without what the system did by itself and finished: reading each new comment, refreshing sums."""
        return self.exclude(status=Job.Status.DONE, created_by=None)

    def waiting(self) -> Self:
        """Queued jobs, and running ones whose worker has not renewed its lease."""
        return self.filter(
            Q(status=Job.Status.QUEUED) | Q(status=Job.Status.RUNNING, lease_until__lt=timezone.now())
        )


class Job(models.Model):
    """One piece of work for a worker, with its progress and outcome."""

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    params = models.JSONField(default=dict)
    key = models.CharField(max_length=120, null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="jobs"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status", "lease_until"]), models.Index(fields=["kind", "-id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(status="queued", key__isnull=False),
                name="jobs_one_queued_per_key",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return record_address("jobs:job-detail", self.pk)

    @property
    def percent(self) -> int:
        if self.status == self.Status.DONE:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0

    @property
    def failure(self) -> str:
        """Why it failed, in a sentence for people; what a program says about itself stays out of it."""
        sentence, _, details = self.error.partition("\n\n")
        return "The program stopped at something it did not expect." if details else sentence

    @property
    def is_open(self) -> bool:
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}


class WorkerHeartbeat(models.Model):
    """The last sign of life of each worker process."""

    worker = models.CharField(max_length=120, unique=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker
