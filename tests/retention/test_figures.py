"""Attrition as measures of the whole: each intake once, nobody alone, nothing of a file overwritten."""

from datetime import date, timedelta

import pytest

from ccperf.core.dates import add_months, month_start, today
from ccperf.metrics.models import Observation
from ccperf.metrics.scopes import ObservationRow, Scope
from ccperf.metrics.seeding import seed_catalogue
from ccperf.metrics.services import write_observations
from ccperf.people.models import Employment, Person
from retention.analysis_turnover import Cohort, joined_intakes
from retention.figures import EARLY, write_figures
from retention.models import RegisterStart

pytestmark = [pytest.mark.django_db, pytest.mark.criterion("D16")]


def starters(months_ago: int, *stays: int | None) -> None:
    """People who began on the first of a month; each stayed so many days, or is still here."""
    start = add_months(month_start(today()), -months_ago)
    for stay in stays:
        person = Person.objects.create(name=f"Starter {Person.objects.count()}")
        ends = start + timedelta(days=stay) if stay else None
        Employment.objects.create(person=person, starts_on=start, ends_before=ends)


def stored(key=EARLY):
    rows = Observation.objects.filter(metric__key=key, subject="organisation").order_by("day")
    return list(rows.values_list("numerator", "denominator"))


def test_small_intakes_are_joined_until_nobody_stands_alone():
    cohorts = [
        Cohort(date(2026, 1, 1), 2, 0, 1),
        Cohort(date(2026, 2, 1), 4, 0, 0),
        Cohort(date(2026, 3, 1), 9, 0, 3),
        Cohort(date(2026, 4, 1), 3, 0, 1),
        Cohort(date(2026, 5, 1), 8, 2, 0),
    ]
    assert joined_intakes(cohorts, least=5) == [
        Cohort(date(2026, 2, 1), 6, 0, 1),
        Cohort(date(2026, 3, 1), 9, 0, 3),
    ]


def test_the_measure_follows_the_register_and_a_file_comes_first():
    seed_catalogue()
    RegisterStart.objects.create(recorded_from=add_months(month_start(today()), -12))
    starters(9, 30, *[None] * 3)
    starters(8, 200, 80, *[None] * 4)
    starters(1, 5, *[None] * 9)
    starters(7, *[None] * 30)
    Employment.objects.order_by("-pk").filter(starts_on=add_months(month_start(today()), -7)).update(
        start_is_known=False
    )
    write_figures()
    assert stored() == [(2, 10)]
    assert write_figures().changed == 0
    starters(9, 40)
    write_figures()
    assert stored() == [(2, 5), (1, 6)]
    assert len(stored("attrition_annualised")) == 9
    Employment.objects.all().delete()
    write_figures()
    assert stored() == []
    row = ObservationRow(today() - timedelta(days=9), Scope.organisation(), EARLY, 1, 20, 20)
    write_observations([row], origin="direct", batch_id=7)
    starters(9, *[None] * 9)
    write_figures()
    assert stored() == [(1, 20)]
