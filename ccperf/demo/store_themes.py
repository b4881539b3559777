"""Lets the theme engine read the stored comments, by the same job that a person starts."""

from ccperf.demo.store_people import Centre
from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from feedback.themes.models import Assignment
from feedback.themes.services import start_analysis
from feedback.themes.taxonomy import seed_taxonomy


def analyse_comments(centre: Centre) -> int:
    """Run one whole analysis; returns how many items carry a theme.

    Raises RuntimeError with the job's own words when it fails.
    """
    seed_taxonomy()
    manager = centre.person(centre.plan.managers[0]).user
    job = start_analysis(by=manager, seed=centre.plan.scale.seed)
    run_job_now(job.pk)
    job.refresh_from_db()
    if job.status != Job.Status.DONE:
        raise RuntimeError(f"The analysis of comments failed: {job.error}")
    return Assignment.objects.values("item").distinct().count()
