"""The addresses for machines, with each part unwell in turn."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from ccperf.jobs.models import Job, WorkerHeartbeat
from ccperf.jobs.services import beat_heart


@pytest.fixture(autouse=True)
def own_data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def unwell(client) -> set[str]:
    response = client.get("/readyz")
    checks = response.json()["checks"]
    failed = {name for name, check in checks.items() if not check["ok"]}
    assert (response.status_code == 200) == (not failed) == response.json()["ready"]
    assert set(checks) == {"database", "broker", "worker", "jobs"}
    return failed


def test_healthz_asks_no_database(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_only_reading_is_allowed(client):
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405


def test_ready_when_all_is_well(client, db):
    beat_heart("somewhere:1")
    assert unwell(client) == set()


def test_not_ready_before_any_worker_reported(client, db):
    assert unwell(client) == {"worker"}


def test_not_ready_when_every_worker_fell_silent(client, db):
    WorkerHeartbeat.objects.create(worker="a:1", seen_at=timezone.now() - timedelta(minutes=2))
    assert unwell(client) == {"worker"}
    beat_heart("b:2")
    assert unwell(client) == set()


def test_not_ready_when_a_running_job_lost_its_worker(client, db):
    beat_heart("a:1")
    job = Job.objects.create(
        kind="x", title="x", status=Job.Status.RUNNING, lease_until=timezone.now() - timedelta(seconds=30)
    )
    assert unwell(client) == set()  # the sweep still has time to take it over
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=90))
    assert unwell(client) == {"jobs"}


def test_not_ready_when_jobs_wait_and_nothing_runs(client, db):
    beat_heart("a:1")
    job = Job.objects.create(kind="x", title="x")
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(minutes=11))
    assert unwell(client) == {"jobs"}
    Job.objects.create(kind="y", title="y", status=Job.Status.DONE, started_at=timezone.now())
    assert unwell(client) == set()


def test_not_ready_when_the_embedded_broker_cannot_be_written(client, db, settings, tmp_path):
    beat_heart("a:1")
    settings.REDIS_URL = ""
    (tmp_path / "broker").write_text("a file where the folder should be")
    assert unwell(client) == {"broker"}


def test_not_ready_when_redis_is_away(client, db, settings):
    beat_heart("a:1")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert unwell(client) == {"broker"}


def test_not_ready_when_the_database_is_away(client, db, monkeypatch):
    def refuse(*args):
        raise OSError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        assert {"database", "worker", "jobs"} <= unwell(client)
