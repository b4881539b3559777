"""The database is the queue of record: jobs are claimed once, fail visibly and can be tried again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ccperf.jobs import services
from ccperf.jobs.models import Job
from ccperf.jobs.registry import KINDS, job_kind
from ccperf.jobs.tasks import run_job
from tests.factories import make_user

pytestmark = pytest.mark.django_db
RUNS: list[dict] = []


@pytest.fixture(autouse=True)
def kinds():
    RUNS.clear()

    @job_kind("test.count", title="Count")
    def count(run):
        RUNS.append(run.params)
        run.progress(1, 2, "half")
        return {"counted": 2}

    @job_kind("test.fail", title="Fail")
    def fail(run):
        raise services.JobFailed("The file is gone. Upload it again.")

    yield
    KINDS.pop("test.count")
    KINDS.pop("test.fail")


def test_job_runs_once_and_keeps_its_result():
    job = services.enqueue("test.count", {"a": 1})
    finished = services.run_job_now(job.pk)
    assert (finished.status, finished.result, finished.percent) == ("done", {"counted": 2}, 100)
    services.run_job_now(job.pk)
    assert RUNS == [{"a": 1}]


def test_equal_key_is_queued_once_but_again_when_the_first_has_begun():
    first = services.enqueue("test.count", key="same")
    assert services.enqueue("test.count", key="same").pk == first.pk
    services.claim(first.pk)
    assert services.enqueue("test.count", key="same").pk != first.pk


def test_failure_shows_its_sentence_and_can_be_tried_again():
    user = make_user()
    job = services.run_job_now(services.enqueue("test.fail").pk)
    assert (job.status, job.error) == ("failed", "The file is gone. Upload it again.")
    assert services.retry(job, by=user).status == "queued"
    with pytest.raises(ValueError, match="Only a failed job"):
        services.retry(job, by=user)


def test_job_of_a_dead_worker_is_found_and_its_late_worker_stopped():
    job = services.enqueue("test.count")
    lost = services.claim(job.pk)
    assert services.claim(job.pk) is None
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    taken = services.claim(job.pk)
    assert taken.attempts == 2
    with pytest.raises(services.LeaseLost):
        services.JobRun(lost, lost.attempts).progress(1, 2)


def test_job_that_kills_its_worker_every_time_is_given_up(settings):
    job = services.enqueue("test.count")
    Job.objects.filter(pk=job.pk).update(attempts=settings.JOB_MAX_ATTEMPTS)
    assert services.run_job_now(job.pk).status == "failed"
    assert RUNS == []


def test_sweep_finds_what_a_lost_message_left_behind():
    job = services.enqueue("test.count")
    assert services.sweep() == []
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(seconds=30))
    assert services.sweep() == [job.pk]


def test_a_message_about_a_job_that_was_erased_does_nothing():
    run_job(99_999_999)
    assert not Job.objects.exists()
