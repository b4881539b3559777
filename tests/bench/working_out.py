"""Sums and themes, each against a plain tool that does the core of the same work."""

from collections.abc import Iterator

from django.db import connection

from tests.bench.figures import Figure, rounded, timed


def run_waiting_jobs() -> int:
    """What the worker would do: run every waiting job to its end; fails when one fails."""
    from ccperf.jobs.models import Job
    from ccperf.jobs.services import run_job_now

    done = 0
    while job := Job.objects.waiting().order_by("pk").first():
        ended = run_job_now(job.pk)
        if ended.status != Job.Status.DONE:
            raise RuntimeError(f"{ended.title}: {ended.error}")
        done += 1
    return done


def rollups() -> Iterator[Figure]:
    """All sums anew, against the database's own grouping of the same rows into team-days and agent-months."""
    from ccperf.metrics.models import Observation
    from ccperf.metrics.rollups import rebuild

    rows = Observation.objects.count()
    with timed() as plain, connection.cursor() as cursor:
        for grouping in ("team_id, day, metric_id", "person_id, strftime('%Y-%m', day), metric_id"):
            cursor.execute(
                f"SELECT {grouping}, SUM(numerator), SUM(denominator), SUM(n) FROM metrics_observation "
                f"GROUP BY {grouping}"
            )
            cursor.fetchall()
    with timed() as watch:
        rebuild()
    yield Figure(
        f"all sums of {rows:,} observations",
        rounded(watch.wall),
        "s",
        rounded(watch.wall / plain.wall),
        "the database's own group by",
    )


def themes() -> Iterator[Figure]:
    """Theme analysis of every comment, against counting and weighting their words alone."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    from ccperf.jobs.models import Job
    from ccperf.jobs.services import enqueue, run_job_now
    from feedback.models import FeedbackItem

    texts = list(FeedbackItem.objects.exclude(text="").values_list("text", flat=True))
    with timed() as plain:
        TfidfVectorizer(ngram_range=(1, 2)).fit_transform(texts)
    job = enqueue("themes.run", {})
    with timed() as watch:
        ended = run_job_now(job.pk)
    if ended.status != Job.Status.DONE:
        raise RuntimeError(f"{ended.title}: {ended.error}")
    yield Figure(
        f"themes of {len(texts):,} comments",
        rounded(len(texts) / watch.cpu),
        "comments/CPU s",
        rounded(watch.cpu / plain.cpu),
        "weighting their words alone",
    )
