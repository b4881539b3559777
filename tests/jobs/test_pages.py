"""The pages about jobs: what each person sees, while a job runs, ends and fails."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ccperf.jobs.models import Job
from ccperf.jobs.selectors import duration_words, progress_facts, seconds_left

FAILED = Job.Status.FAILED


def make_job(user, **fields) -> Job:
    return Job.objects.create(
        **{"kind": "test.kind", "title": "Import of calls.csv", "created_by": user, **fields}
    )


def sign_in(client, user):
    client.force_login(user)
    return client


def test_a_person_sees_their_own_jobs_and_an_admin_sees_all(client, centre):
    make_job(centre.supervisor, title="Mine")
    make_job(centre.manager, title="Theirs")
    page = sign_in(client, centre.supervisor).get("/jobs/").content.decode()
    assert "Mine" in page
    assert "Theirs" not in page
    page = sign_in(client, centre.admin).get("/jobs/").content.decode()
    assert "Mine" in page
    assert "Theirs" in page


def test_the_list_filters_by_state_and_ignores_nonsense(client, centre):
    make_job(centre.admin, title="Broken one", status=FAILED)
    make_job(centre.admin, title="Waiting one")
    sign_in(client, centre.admin)
    page = client.get("/jobs/?status=failed").content.decode()
    assert "Broken one" in page
    assert "Waiting one" not in page
    assert "Waiting one" in client.get("/jobs/?status=nonsense&kind=nothing&page=x").content.decode()


def test_what_the_system_did_by_itself_and_finished_is_shown_on_demand(client, centre):
    make_job(None, title="Sums of the night", status=Job.Status.DONE)
    make_job(None, title="Sums that broke", status=FAILED)
    make_job(centre.manager, title="A wanted analysis", status=Job.Status.DONE)
    sign_in(client, centre.admin)
    page = client.get("/jobs/").content.decode()
    assert "Sums of the night" not in page
    assert "Sums that broke" in page
    assert "A wanted analysis" in page
    assert "Sums of the night" in client.get("/jobs/?status=all").content.decode()
    assert "Sums of the night" in client.get("/jobs/?status=done").content.decode()


def test_the_list_says_what_it_is_when_it_is_empty(client, centre):
    assert "No job has run yet" in sign_in(client, centre.agent).get("/jobs/").content.decode()


def test_a_running_job_shows_its_progress_and_is_polled(client, centre):
    job = make_job(
        centre.supervisor,
        status=Job.Status.RUNNING,
        done=4780,
        total=4800,
        message="rows stored",
        # Long ago, so that a slow answer does not change what is left.
        started_at=timezone.now() - timedelta(seconds=9560),
    )
    page = sign_in(client, centre.supervisor).get(job.get_absolute_url()).content.decode()
    assert "4,780 of 4,800" in page
    assert "About 40 s left" in page
    assert f'data-follow="{reverse("jobs:job-progress", args=[job.pk])}"' in page


@pytest.mark.parametrize("status", [Job.Status.RUNNING, Job.Status.DONE, FAILED])
def test_a_job_is_followed_until_it_has_ended(client, centre, status):
    job = make_job(centre.supervisor, status=status, error="Line 812 ended too early." * (status == FAILED))
    response = sign_in(client, centre.supervisor).get(reverse("jobs:job-progress", args=[job.pk]))
    assert ("data-follow" in response.content.decode()) == (status == Job.Status.RUNNING)


def test_somebody_elses_job_is_not_there(client, centre):
    job = make_job(centre.manager, status=FAILED)
    sign_in(client, centre.supervisor)
    assert client.get(job.get_absolute_url()).status_code == 404
    assert client.post(reverse("jobs:job-retry", args=[job.pk])).status_code == 404
    job.refresh_from_db()
    assert job.status == FAILED


def test_a_failure_meant_for_people_is_shown_and_a_program_fault_only_to_admins(client, centre):
    told = make_job(centre.supervisor, status=FAILED, error="The file ended in line 812.")
    fault = make_job(centre.supervisor, status=FAILED, error="KeyError: 'secret'\n\nTraceback: secret")
    sign_in(client, centre.supervisor)
    assert "The file ended in line 812." in client.get(told.get_absolute_url()).content.decode()
    assert "secret" not in client.get(fault.get_absolute_url()).content.decode()
    sign_in(client, centre.admin)
    assert "Traceback: secret" in client.get(fault.get_absolute_url()).content.decode()


def test_retry_queues_a_failed_job_once(client, centre):
    job = make_job(centre.supervisor, status=FAILED, error="No.", attempts=5)
    sign_in(client, centre.supervisor)
    address = reverse("jobs:job-retry", args=[job.pk])
    assert client.post(address).status_code == 302
    job.refresh_from_db()
    assert (job.status, job.error, job.attempts) == (Job.Status.QUEUED, "", 0)
    second = client.post(address, follow=True)
    assert "Only a failed job can be tried again." in second.content.decode()
    assert client.get(address).status_code == 405


def test_no_estimate_before_there_is_a_pace():
    started = timezone.now() - timedelta(seconds=10)
    running = Job(status=Job.Status.RUNNING, started_at=started, done=0, total=10)
    assert seconds_left(running) is None
    running.done = 5
    assert seconds_left(running) == 10
    running.started_at = timezone.now()
    assert seconds_left(running) is None


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (89, "89 s"), (90, "2 min"), (3600, "60 min"), (7500, "2 h 5 min")]
)
def test_lengths_of_time_in_words(seconds, words):
    assert duration_words(seconds) == words


def test_the_time_a_job_took():
    now = timezone.now()
    job = Job(status=Job.Status.DONE, started_at=now - timedelta(seconds=14), finished_at=now)
    assert progress_facts(job)["took"] == "14 s"


def test_the_page_says_which_source_is_behind(client, centre):
    from ccperf.imports.models import ImportBatch

    now = timezone.now()
    for days in (23, 16, 9):
        ImportBatch.objects.create(
            kind="metrics",
            filename="figures.csv",
            status="applied",
            applied_at=now - timedelta(days=days),
            data_up_to=timezone.localdate(now - timedelta(days=days + 1)),
            created_by=centre.supervisor,
        )
    page = sign_in(client, centre.supervisor).get("/jobs/").content.decode()
    assert "every 7 days" in page
    assert "2 days late" in page
    assert ">10 days " in page
    assert "Data by source" not in sign_in(client, centre.agent).get("/jobs/").content.decode()


def test_each_profile_says_how_far_it_is_behind_also_after_one_import(client, centre):
    from ccperf.imports.models import ImportBatch, ImportProfile

    now = timezone.now()
    for name, days in (("Telephone", 1), ("Survey", 34)):
        profile = ImportProfile.objects.create(kind="metrics", name=name)
        ImportBatch.objects.create(
            kind="metrics", filename="figures.csv", status="applied", profile=profile,
            applied_at=now - timedelta(days=1), data_up_to=timezone.localdate() - timedelta(days=days),
            created_by=centre.supervisor,
        )  # fmt: skip
    page = sign_in(client, centre.supervisor).get("/jobs/").content.decode()
    rows = page[page.index("Data by source") :].split("<tr>")[2:4]
    assert [">Metrics: Survey</a>" in rows[0], ">34 days<" in rows[0]] == [True, True]
    assert [">Metrics: Telephone</a>" in rows[1], ">1 day<" in rows[1]] == [True, True]
