"""What the pages about jobs show."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from ccperf.jobs.models import Job, JobQuerySet
from ccperf.jobs.registry import KINDS
from ccperf.people.models import User

EVERYTHING = "all"
FIRST_ESTIMATE_AFTER = timedelta(seconds=4)


@dataclass(frozen=True)
class JobFilters:
    """Which jobs the list shows: with empty words those somebody started, and those not done."""

    status: str = ""
    kind: str = ""

    def apply(self, jobs: JobQuerySet) -> QuerySet[Job]:
        """The jobs that pass."""
        chosen = {name: value for name, value in vars(self).items() if value and value != EVERYTHING}
        return jobs.filter(**chosen) if self.status or self.kind else jobs.noteworthy()


def jobs_for_list(user: User, filters: JobFilters) -> QuerySet[Job]:
    """The user's jobs, newest first, with who started them; the heavy columns stay in the database."""
    visible = Job.objects.visible_to(user).select_related("created_by")
    return filters.apply(visible).defer("params", "result").order_by("-pk")


def counts_by_status(user: User) -> dict[str, int]:
    """How many of the user's jobs are in each state; one query."""
    rows = Job.objects.visible_to(user).order_by().values_list("status").annotate(number=Count("pk"))
    found = dict(rows)
    return {status: found.get(status, 0) for status in Job.Status.values}


def kind_choices() -> list[tuple[str, str]]:
    """Every kind of job with its title, by title."""
    return sorted(((kind.name, kind.title) for kind in KINDS.values()), key=lambda pair: pair[1])


def seconds_left(job: Job) -> int | None:
    """How long a running job will still take at its pace so far; None while that cannot be said."""
    if job.status != Job.Status.RUNNING or not job.started_at or not job.total or not job.done:
        return None
    spent = timezone.now() - job.started_at
    if spent < FIRST_ESTIMATE_AFTER or job.done >= job.total:
        return None
    return round(spent.total_seconds() / job.done * (job.total - job.done))


def duration_words(seconds: float) -> str:
    """A length of time as people say it: `9 s`, `4 min`, `2 h 5 min`."""
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def progress_facts(job: Job) -> dict[str, Any]:
    """What the progress fragment says about a job, in words."""
    left = seconds_left(job)
    took = ""
    if job.started_at and job.finished_at:
        took = duration_words((job.finished_at - job.started_at).total_seconds())
    return {
        "job": job,
        "left": duration_words(left) if left is not None else "",
        "took": took,
        "failure_details": job.error if job.failure != job.error else "",
    }
