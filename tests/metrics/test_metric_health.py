"""Health of measures: what the checks find in figures whose truth is known, and what people decide."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from ccperf.audit.models import AuditEvent
from ccperf.core.dates import today, week_start
from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from ccperf.metrics import rollups
from ccperf.metrics.health.evidence import evidence_since
from ccperf.metrics.health.models import MetricHealth, MetricReview
from ccperf.metrics.health.services import check_all
from ccperf.metrics.models import MetricDefinition, MetricTarget
from ccperf.metrics.scopes import ObservationRow, Scope
from ccperf.metrics.services import write_observations
from strategy.models import Change
from tests.factories import make_person, make_team

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("D7")]
WOBBLE = (0, 3, -2, 1, -3, 2, 0, -1, 3, -2)


def rows(scope, metric, level, *, weeks=26, n=200, phase=0):
    first = week_start(today()) - timedelta(weeks=weeks)
    return [
        ObservationRow(
            first + timedelta(weeks=index, days=2),
            scope,
            metric,
            (level + WOBBLE[(index + phase) % 10] / 200) * n,
            n,
            n,
        )
        for index in range(weeks)
    ]


@pytest.fixture
def figures(centre):
    """Four teams that differ in first contact resolution; answered repeats it; six agents alike."""
    teams = [
        centre.team,
        centre.other_team,
        *(make_team(name, site=centre.site) for name in ("Tide", "Pier")),
    ]
    found = []
    for index, team in enumerate(teams):
        found += rows(Scope.team(team.pk), "fcr_net", 0.60 + index / 20, phase=3 * index)
        found += rows(Scope.team(team.pk), "resolved_rate", 0.65 + index / 20, phase=3 * index)
    for index in range(6):
        agent = make_person(team=centre.team)
        found += rows(Scope.agent(agent.pk), "csat_t2b", 0.8, phase=2 * index)
    write_observations(found, origin="direct")
    rollups.refresh()
    return centre


def findings(key):
    return {row["check"]: row for row in MetricHealth.objects.get(metric__key=key).findings}


def test_the_checks_find_what_was_put_into_the_figures(figures):
    check_all()
    found = findings("fcr_net")
    assert len(found) == 10
    assert found["complete"]["found"] == "100%"
    assert (found["delay"]["found"], found["delay"]["state"]) == ("0 days", "good")
    assert (found["teams"]["found"], found["teams"]["state"]) == ("100%", "good")
    assert found["agents"]["state"] == "early"
    assert found["overlap"]["found"] == "r = 1.00"
    assert found["overlap"]["state"] == "fix"
    assert "keep one" in found["overlap"]["words"]
    assert found["used"]["words"] == "Nobody decides by it: why count it?"
    alike = findings("csat_t2b")["agents"]
    assert "of 15 pairs" in alike["detail"]
    assert (alike["found"], alike["words"]) == ("0%", "Fix: do not judge agents by it")


def test_few_agents_are_not_spoken_of(centre):
    for index in range(3):
        agent = make_person(team=centre.team)
        write_observations(rows(Scope.agent(agent.pk), "csat_t2b", 0.6 + index / 10), origin="direct")
    rollups.refresh()
    check_all()
    assert findings("csat_t2b")["agents"]["found"] == "not enough data"


def test_what_has_too_few_cases_in_a_week_is_checked_by_month(figures):
    found = []
    for index, team in enumerate((figures.team, figures.other_team, make_team("Mole", site=figures.site))):
        found += rows(Scope.team(team.pk), "qa_score", 0.80 + index / 20, weeks=50, n=10, phase=3 * index)
    for index in range(6):
        agent = make_person(team=figures.team)
        found += rows(Scope.agent(agent.pk), "critical_accuracy", 0.9, n=2, phase=2 * index)
    write_observations(found, origin="direct")
    rollups.refresh()
    check_all()
    quality = findings("qa_score")
    assert quality["complete"]["words"] == "Works by month; a week has too few cases"
    assert "team months" in quality["complete"]["detail"]
    assert (quality["teams"]["found"], quality["teams"]["state"]) == ("100%", "good")
    assert "from one month" in quality["teams"]["detail"]
    agents = findings("critical_accuracy")["agents"]
    assert (agents["state"], agents["words"]) == ("look", "Too few cases: do not compare agents")
    assert "30 needed" in agents["detail"]


def test_what_comes_once_a_month_is_neither_late_nor_full_of_gaps(figures):
    monthly = rows(Scope.team(figures.team.pk), "complaint_rate", 0.9, weeks=50, n=9000)[:-1][::-1][::4]
    write_observations(monthly, origin="direct")
    rollups.refresh()
    check_all()
    found = findings("complaint_rate")
    assert (found["complete"]["state"], found["complete"]["words"]) == ("good", "Works by month")
    assert (found["delay"]["state"], found["delay"]["words"]) == ("good", "Works well")
    assert "they come once a month" in found["delay"]["detail"]


def test_what_comes_once_a_month_with_too_few_cases_misses_no_weeks(figures):
    metric = MetricDefinition.objects.get(key="complaint_rate")
    few = rows(Scope.team(figures.team.pk), metric.key, 0.9, weeks=50, n=metric.minimum_n // 3)
    write_observations(few[:-1][::-1][::4], origin="direct")
    rollups.refresh()
    check_all()
    found = findings(metric.key)["complete"]
    assert (found["state"], found["words"]) == ("look", "Often too few cases for a month")


def test_a_guard_with_two_bad_sides_does_not_stand_still_while_it_moves(figures):
    guard = MetricDefinition.objects.get(key="fcr_net").guard
    assert guard.direction == "band"
    MetricTarget.objects.filter(metric=guard).delete()
    team = Scope.team(figures.team.pk)
    first = rows(team, guard.key, 500)
    moved = [
        row._replace(numerator=row.numerator * (1.5 if index > 20 else 1)) for index, row in enumerate(first)
    ]
    write_observations(moved, origin="direct")
    rollups.refresh()
    check_all()
    found = findings("fcr_net")["guard"]
    assert (found["state"], "changed" in found["detail"]) == ("look", True)


def test_a_measure_that_comes_late_and_with_gaps_is_to_fix(figures):
    late = rows(Scope.team(figures.team.pk), "answered_rate", 0.9, weeks=26)[:20:2]
    write_observations(late, origin="direct")
    rollups.refresh()
    check_all()
    found = findings("answered_rate")
    assert found["delay"]["state"] == "fix"
    assert found["complete"]["state"] == "fix"


def test_a_centre_whose_figures_stopped_altogether_is_told_so(centre):
    """Nothing is behind anything else: the newest figures of all are sixty days old."""
    old = [
        row._replace(day=row.day - timedelta(days=60))
        for row in rows(Scope.team(centre.team.pk), "fcr_net", 0.7)
    ]
    write_observations(old, origin="direct")
    rollups.refresh()
    check_all()
    found = findings("fcr_net")["delay"]
    assert (found["state"], found["words"]) == ("fix", "Fix: no new figures come in")
    assert "behind other measures; newest figure" in found["detail"]


def test_rooms_above_say_what_a_measure_is_used_for(figures):
    metric = MetricDefinition.objects.get(key="fcr_net")
    change = Change.objects.create(
        title="New telephone system", category="system", description="-", reason="-",
        starts_on=today(), goes_live_on=today(), ends_on=today(),
    )  # fmt: skip
    change.metrics.add(metric)
    assert evidence_since(today() - timedelta(days=30))[metric.pk].decisions == 1
    check_all()
    assert findings("fcr_net")["used"]["detail"] == "1 change"


def test_the_check_runs_as_a_job_and_again_without_a_second_row(client, figures):
    client.force_login(figures.admin)
    for _ in range(2):
        client.post(reverse("metric_health:check-start"))
    job = Job.objects.get(kind="metric_health.check")
    assert run_job_now(job.pk).result == {"checked": 3}
    check_all()
    assert MetricHealth.objects.count() == 3
    page = client.get(reverse("metric_health:overview")).content.decode()
    assert "Overlap" in page
    assert "Not reviewed" in page


def review(client, **data):
    return client.post(reverse("metric_health:review-create", args=["fcr_net"]), data)


def test_a_review_freezes_the_findings_and_is_compared_with_the_last(client, figures):
    check_all()
    client.force_login(figures.manager)
    assert review(client, verdict="fix", works_well="Everybody means the same.").status_code == 422
    assert review(client, verdict="fix", works_well="").status_code == 422
    answer = review(
        client, verdict="fix", works_well="Everybody means the same.", to_do="Split it by reason."
    )
    assert answer.status_code == 302
    first = MetricReview.objects.get()
    assert (first.reviewer_name, first.reviewed_on) == (figures.people.manager.name, today())
    assert len(first.findings) == 10
    assert AuditEvent.objects.get(event="metrics.metric.reviewed").by == figures.manager
    MetricReview.objects.update(reviewed_on=today() - timedelta(days=200))
    write_observations(rows(Scope.team(figures.team.pk), "resolved_rate", 0.4, phase=1), origin="direct")
    write_observations(
        rows(Scope.team(figures.other_team.pk), "resolved_rate", 0.9, phase=7), origin="direct"
    )
    rollups.refresh()
    check_all()
    review(client, verdict="keep", works_well="It moves when we act.")
    page = client.get(reverse("metric_health:metric", args=["fcr_net"])).content.decode()
    assert "<strong>Overlap</strong>: says nearly the same as" in page
    assert "says something of its own" in page
    assert "Review before: fix" in page
    assert MetricReview.objects.get(verdict="fix").findings == first.findings


def test_a_measure_that_was_never_checked_cannot_be_reviewed(client, centre):
    client.force_login(centre.manager)
    assert review(client, verdict="keep", works_well="Yes.").status_code == 422
    assert not MetricReview.objects.exists()


def test_the_overview_as_a_file(client, figures):
    check_all()
    client.force_login(figures.manager)
    answer = client.get(reverse("metric_health:overview"), {"format": "csv"})
    found = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(found) == 30
    assert {row["State"] for row in found} <= {"good", "look", "fix", "early"}
    only = client.get(reverse("metric_health:overview"), {"show": "fix"}).content.decode()
    assert "First contact resolution" in only
    assert client.get(reverse("metric_health:overview"), {"format": "xlsx"}).content[:2] == b"PK"


def test_pages_cost_few_queries(client, figures, django_assert_max_num_queries):
    check_all()
    client.force_login(figures.manager)
    with django_assert_max_num_queries(8):
        client.get(reverse("metric_health:overview"))
    with django_assert_max_num_queries(8):
        client.get(reverse("metric_health:metric", args=["fcr_net"]))
