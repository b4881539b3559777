"""Real files, by command and through the pages, against figures worked out elsewhere."""

import pytest
from django.db.models import Avg, Count, Sum
from django.urls import reverse

from ccperf.imports.models import ImportBatch
from ccperf.jobs.services import run_job_now
from ccperf.metrics import rollups
from ccperf.metrics.boards import check_of_days, place_of_organisation, readings_for
from ccperf.metrics.models import DirtyPartition, MetricDefinition, Observation
from ccperf.metrics.records import ContactRecord, IntervalRecord
from ccperf.metrics.selectors import freshness, usual_end, window
from feedback.models import FeedbackItem
from retention.models import Leaver

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("M1")]
PWC = "pwc_calls/Call-Center-Dataset.xlsx"
EXIT = "exit_dete/dete-exit-survey-january-2014.csv"
NHS = "nhs_comments_v6/v6framework_230831.csv"
KINDS_OF_EXIT = (
    "kind:Resignation-Other reasons=voluntary,Resignation-Other employer=voluntary,"
    "Resignation-Move overseas/interstate=voluntary,Voluntary Early Retirement (VER)=retired,"
    "Ill Health Retirement=retired"
)


def value(metric, **where):
    found = Observation.objects.filter(metric__key=metric, **where)
    found = found.aggregate(a=Sum("numerator"), b=Sum("denominator"))
    return found["a"] / found["b"]


def check_pwc():
    assert ContactRecord.objects.count() == 5000
    assert value("answered_rate") == pytest.approx(0.8108)
    assert value("asa") == pytest.approx(67.5207, abs=1e-4)
    assert value("talk_time") == pytest.approx(224.92, abs=0.005)
    assert value("satisfaction_mean") == pytest.approx(3.40355, abs=1e-5)
    assert value("resolved_rate") == pytest.approx(3646 / 4054)
    assert value("asa", person__name="Becky") == pytest.approx(65.3308, abs=1e-4)
    assert value("satisfaction_mean", day__month=2) == pytest.approx(3.3775, abs=1e-4)
    topics = dict(ContactRecord.objects.values_list("topic").annotate(Count("pk")))
    assert topics["Streaming"] == 1022


def test_calls_of_both_sheets_do_not_double(run, sample_data):
    first = run("contacts", sample_data / PWC, "--create-people", "--set", "team=Blue")
    assert (first.rows, first.imported, first.quarantined) == (5000, 5000, 0)
    second = run("contacts", sample_data / PWC, "--sheet", "final_data")
    assert (second.imported, second.updated, second.unchanged) == (0, 0, 5000)
    check_pwc()


def test_daily_figures_of_two_years_are_weighted(run, undo, sample_data):
    for year, rows in ((2023, 365), (2024, 213)):
        path = sample_data / f"vancouver311/3-1-1-contact-centre-metrics-{year}.xlsx"
        result = run("intervals", path, "--set", "site=City Hall", "--create-people")
        assert (result.rows, result.imported) == (rows, rows)
    sums = IntervalRecord.objects.filter(day__year=2023).aggregate(
        Sum("offered"), Sum("handled"), Sum("abandoned")
    )
    assert list(sums.values()) == [400_896, 377_605, 19_661]
    assert value("asa", day__year=2023) == pytest.approx(52.956, abs=1e-3)
    assert value("service_level", day__year=2023) == pytest.approx(0.77926, abs=5e-6)
    assert value("abandon_rate", day__year=2023) == pytest.approx(0.04904, abs=5e-6)
    assert value("answered_rate", day__year=2023) == pytest.approx(0.94190, abs=5e-6)
    assert value("asa", day__year=2024) == pytest.approx(72.270, abs=5e-4)
    assert value("service_level", day__year=2024) == pytest.approx(0.72185, abs=5e-6)
    assert set(Observation.objects.values_list("site__name", flat=True)) == {"City Hall"}
    check_pages_of_the_city()


def check_pages_of_the_city():
    """What the pages of measures say of these days once the sums are in."""
    if DirtyPartition.objects.exists():
        rollups.refresh()
    metric = MetricDefinition.objects.get(key="abandon_rate")
    fresh = freshness()
    place = place_of_organisation()
    months = window("month", before=usual_end(fresh))
    (reading,) = readings_for([place], months, fresh, only=metric)[place.scope]
    limits = reading.limits
    assert limits.points == 19
    assert (limits.mean, limits.lower, limits.upper) == pytest.approx(
        (0.053001, 0.026794, 0.079207), abs=1e-6
    )
    assert check_of_days(metric, place.scope).words.startswith(
        "19 of 578 days outside limits (Laney p\u2032, \u03c3z 3.40); a plain p chart would call 257."
    )


def test_an_exit_survey_with_rough_dates(run, undo, sample_data):
    result = run(
        "leavers", sample_data / EXIT, "--map", "reference=ID", "--map", "started_on=DETE Start Date",
        "--map", "secondary_reasons=Work life balance", "--map", "secondary_reasons=Ill Health",
        "--map", "reason.workload=Workload", "--values", KINDS_OF_EXIT,
        "--values", "secondary_reasons:Work life balance=work_life,Ill Health=health",
    )  # fmt: skip
    assert (result.rows, result.imported, result.quarantined) == (822, 822, 0)
    assert Leaver.objects.filter(kind="voluntary").count() == 311
    assert Leaver.objects.filter(left_precision="unknown").count() == 34
    assert Leaver.objects.filter(left_precision="month").count() == 242
    counts = dict(Leaver.objects.values_list("reasons__key").annotate(Count("pk")))
    assert (counts["work_life"], counts["health"], counts["workload"]) == (217, 112, 87)
    resigned = Leaver.objects.filter(kind="voluntary", left_on__isnull=False, started_on__isnull=False)
    years = [leaver.left_on.year - leaver.started_on.year for leaver in resigned]
    assert len(years) == 273
    assert sum(years) / len(years) == pytest.approx(10.458, abs=5e-4)
    undo(result.import_id)
    assert not Leaver.objects.exists()


def check_nhs():
    assert FeedbackItem.objects.exclude(text="").count() == 1083
    ratings = dict(FeedbackItem.objects.values_list("rating").annotate(Count("pk")))
    assert [ratings[float(score)] for score in range(1, 6)] == [834, 314, 126, 106, 134]
    assert FeedbackItem.objects.aggregate(Avg("rating_best"))["rating_best__avg"] == 1


def test_comments_of_one_service(run, undo, sample_data):
    arguments = ("--only", "Service type 1=111", "--values", "rating:6=,7=", "--set", "rating_best=1")
    result = run("feedback", sample_data / NHS, *arguments)
    assert (result.rows, result.imported) == (1526, 1522)
    assert result.reasons == {"Neither comment nor rating": 4}
    check_nhs()
    again = run("feedback", sample_data / NHS, *arguments)
    assert (again.imported, again.unchanged) == (0, 1522)
    undo(result.import_id)
    assert not FeedbackItem.objects.exists()


def test_a_column_of_dates_in_two_orders_is_asked_about(run, sample_data):
    result = run("feedback", sample_data / NHS, "--values", "rating:6=,7=")
    assert result.exit == 2
    assert "more than one order" in result.sentence
    told = run("feedback", sample_data / NHS, "--values", "rating:6=,7=", "--date-order", "dmy", "--dry-run")
    assert told.reasons["Date in another order"] == 289


def test_calls_through_the_pages(client, centre, sample_data):
    client.force_login(centre.admin)
    batch = through_the_pages(
        client, sample_data / PWC, "contacts", {"set-team": "Blue", "set-site": "Northgate"}
    )
    assert (batch.status, batch.imported) == ("applied", 5000)
    check_pwc()


def through_the_pages(client, path, kind, extra):
    """Upload, confirm the columns, check, import, and run the job as a worker would."""
    with path.open("rb") as source:
        response = client.post(reverse("imports:import-new"), {"kind": kind, "file": source})
    assert response.status_code == 302, response.context["form"].errors
    batch = ImportBatch.objects.latest("pk")
    page = client.get(response.url, follow=True)
    form = page.context["form"]
    data = {field.html_name: field.value() or "" for field in form if field.html_name != "create_people"}
    response = client.post(
        reverse("imports:import-columns", args=[batch.pk]), data | {"create_people": "on"} | extra
    )
    assert response.status_code == 302, response.context["form"].errors
    batch.refresh_from_db()
    if batch.job_id:  # A long file is checked by a job.
        run_job_now(batch.job_id)
    page = client.get(response.url)
    assert page.status_code == 200
    client.post(reverse("imports:import-start", args=[batch.pk]))
    batch.refresh_from_db()
    run_job_now(batch.job_id)
    batch.refresh_from_db()
    assert client.get(batch.get_absolute_url()).status_code == 200
    return batch


def test_comments_and_daily_figures_through_the_pages(client, centre, sample_data, tmp_path):
    client.force_login(centre.admin)
    lines = (sample_data / NHS).read_text(encoding="utf-8")
    import pandas as pd

    frame = pd.read_csv(sample_data / NHS, dtype=str, keep_default_na=False)
    part = tmp_path / "comments-111.csv"
    frame[frame["Service type 1"] == "111"].to_csv(part, index=False)
    assert len(lines) > part.stat().st_size
    batch = through_the_pages(client, part, "feedback", {"set-rating_scale": "7", "set-rating_best": "1"})
    assert batch.imported == 1526
    daily = sample_data / "vancouver311/3-1-1-contact-centre-metrics-2023.xlsx"
    batch = through_the_pages(client, daily, "intervals", {"set-site": "Northgate"})
    assert batch.imported == 365
    assert value("asa", day__year=2023) == pytest.approx(52.956, abs=1e-3)


def on_through_the_pages(client, path, kind, choices):
    """The same as a person goes who must give meanings to values, which are taken as suggested."""
    with path.open("rb") as source:
        response = client.post(reverse("imports:import-new"), {"kind": kind, "file": source})
    batch = ImportBatch.objects.latest("pk")
    form = client.get(response.url, follow=True).context["form"]
    data = {field.html_name: field.value() or "" for field in form if field.html_name != "create_people"}
    labels = {f"Goes to, for {heading}": f"column-{at}" for at, heading in form.columns}
    data |= {labels.get(name, name): value for name, value in choices.items()}
    client.post(reverse("imports:import-columns", args=[batch.pk]), data)
    values = checked(client, batch).context["form"]
    meanings = {field.html_name: field.value() for field in values}
    client.post(reverse("imports:import-values", args=[batch.pk]), meanings)
    assert checked(client, batch).context["form"] is None
    client.post(reverse("imports:import-start", args=[batch.pk]))
    batch.refresh_from_db()
    run_job_now(batch.job_id)
    batch.refresh_from_db()
    return batch


def checked(client, batch):
    """The page of the check, after its job where the file is long."""
    address = reverse("imports:import-check", args=[batch.pk])
    client.get(address)
    batch.refresh_from_db()
    if not batch.is_checked:
        run_job_now(batch.job_id)
    return client.get(address)


def test_an_exit_survey_through_the_pages(client, centre, sample_data):
    client.force_login(centre.hr)
    choices = {"Goes to, for DETE Start Date": "started_on"}
    batch = on_through_the_pages(client, sample_data / EXIT, "leavers", choices)
    assert (batch.rows, batch.imported, batch.quarantined) == (822, 822, 0)
    kinds = dict(Leaver.objects.values_list("kind").annotate(Count("pk")))
    assert (kinds["voluntary"], kinds["retired"]) == (311, 285 + 67 + 61)
    counts = dict(Leaver.objects.values_list("reasons__key").annotate(Count("pk")))
    wanted = {"work_life": 217, "health": 112, "workload": 87, "better_role": 80, "relocation": 68}
    assert {key: counts[key] for key in wanted} == wanted
    resigned = Leaver.objects.filter(kind="voluntary", left_on__isnull=False, started_on__isnull=False)
    years = [leaver.left_on.year - leaver.started_on.year for leaver in resigned]
    assert len(years) == 273
    assert sum(years) / len(years) == pytest.approx(10.458, abs=5e-4)


def test_comments_of_one_service_through_the_pages(client, centre, sample_data):
    client.force_login(centre.admin)
    choices = {"only_column": "Service type 1", "only_value": "111"}
    choices |= {"set-rating_scale": "5", "set-rating_best": "1"}
    batch = on_through_the_pages(client, sample_data / NHS, "feedback", choices)
    assert (batch.rows, batch.imported) == (1526, 1522)
    check_nhs()
