"""A first day that nobody stated follows the rows: figures and feedback of earlier months have a team."""

import datetime as dt

import pytest
from django.db.models import Q

from ccperf.core.dates import today
from ccperf.metrics import rollups
from ccperf.metrics.models import Observation, Rollup
from ccperf.metrics.records import ContactRecord
from ccperf.people.models import Employment, Person
from feedback.models import FeedbackItem

pytestmark = pytest.mark.django_db
STAFF = ("Employee number,Name,Team,Site", "E1,Ann Lee,Blue,Leeds", "E2,Bob Ray,Blue,Leeds")
HEAD = "Call ID,Date,Agent,Team,Answered,Talk time"
APRIL = ("1,2026-04-14,E1,Blue,Y,100", "2,2026-04-13,E1,Blue,Y,60", "3,2026-04-20,E2,Blue,Y,90")
MARCH = ("4,2026-03-09,E1,Blue,Y,80",)


@pytest.fixture
def staff(run, csv):
    return run("people", csv(*STAFF, name="staff.csv"))


def starts(word: str) -> list[dt.date]:
    """First day of employment and of membership of the person of that number or, if created, of that name."""
    person = Person.objects.get(Q(employee_number=word) | Q(name=word))
    return [person.employments.get().starts_on, person.memberships.get().starts_on]


def teams() -> tuple[set, set]:
    """The teams of contacts and of the figures made of them."""
    return tuple(
        set(model.objects.values_list("team__name", flat=True)) for model in (ContactRecord, Observation)
    )


def team_sums() -> set:
    fields = ("grain", "starts_on", "metric__key", "numerator", "denominator", "n")
    return set(Rollup.objects.filter(scope="team").values_list(*fields))


def test_a_staff_list_without_dates_takes_figures_of_earlier_months(run, csv, staff):
    assert starts("E1") == [today()] * 2
    result = run("contacts", csv(HEAD, *APRIL))
    assert starts("E1") == [dt.date(2026, 4, 13)] * 2
    assert starts("E2") == [dt.date(2026, 4, 20)] * 2
    assert teams() == ({"Blue"}, {"Blue"})
    assert any("first days of 2 people were not known" in note for note in result.notes)
    assert Employment.objects.filter(start_is_known=True).count() == 0


def test_months_that_come_backwards_give_the_same_as_forwards_and_as_a_rebuild(run, csv, staff):
    run("contacts", csv(HEAD, *APRIL))
    run("contacts", csv(HEAD, *MARCH, name="march.csv"))
    rollups.refresh()
    by_parts = team_sums()
    assert {day for grain, day, *_ in by_parts if grain == "month"} == {
        dt.date(2026, 3, 1),
        dt.date(2026, 4, 1),
    }
    assert teams() == ({"Blue"}, {"Blue"})
    rollups.rebuild()
    assert team_sums() == by_parts


def test_people_created_by_one_month_are_there_in_the_month_before(run, undo, csv):
    run("contacts", csv(HEAD + ",Site", *(f"{row},Leeds" for row in APRIL)), "--create-people")
    march = run("contacts", csv(HEAD, *MARCH, name="march.csv"))
    assert starts("E1") == [dt.date(2026, 3, 9)] * 2
    assert teams() == ({"Blue"}, {"Blue"})
    undo(march.import_id)
    assert starts("E1") == [dt.date(2026, 4, 13)] * 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_undo_moves_first_days_back_in_any_order(run, undo, csv, staff, order):
    ids = [run("contacts", csv(HEAD, *rows)).import_id for rows in (APRIL, MARCH)]
    assert starts("E1") == [dt.date(2026, 3, 9)] * 2
    undo(ids[order[0]])
    left = [dt.date(2026, 3, 9), dt.date(2026, 4, 13)][order[0]]
    assert starts("E1") == [left] * 2
    assert teams() == ({"Blue"}, {"Blue"})
    undo(ids[order[1]])
    assert starts("E1") == starts("E2") == [today()] * 2


def test_a_stated_first_day_stays_and_rows_before_it_are_counted(run, csv):
    run("people", csv(STAFF[0] + ",Start date", "E1,Ann Lee,Blue,Leeds,2026-04-14", name="staff.csv"))
    result = run("contacts", csv(HEAD, *APRIL[:2], *MARCH))
    assert starts("E1") == [dt.date(2026, 4, 14)] * 2
    assert "2 rows are about days when their person was in no team" in " ".join(result.notes)
    for model in (ContactRecord, Observation):
        assert set(model.objects.values_list("day", "team__name").distinct()) == {
            (dt.date(2026, 4, 14), "Blue"),
            (dt.date(2026, 4, 13), None),
            (dt.date(2026, 3, 9), None),
        }


def test_a_first_day_stated_later_replaces_the_day_seen_and_undo_brings_it_back(run, undo, csv, staff):
    run("contacts", csv(HEAD, *APRIL))
    dated = run("people", csv(STAFF[0] + ",Start date", "E1,Ann Lee,Blue,Leeds,2026-04-14", name="dated.csv"))
    assert starts("E1") == [dt.date(2026, 4, 14)] * 2
    for model in (ContactRecord, Observation):
        assert set(model.objects.filter(day="2026-04-13").values_list("team__name", flat=True)) == {None}
    undo(dated.import_id)
    assert starts("E1") == [dt.date(2026, 4, 13)] * 2
    assert teams() == ({"Blue"}, {"Blue"})


def test_figures_and_feedback_show_the_first_day_too(run, csv, staff):
    run("metrics", csv("Date,Agent,Metric,Value,n", "2026-04-10,E1,aht,300,10"))
    assert starts("E1") == [dt.date(2026, 4, 10)] * 2
    assert teams()[1] == {"Blue"}
    run("feedback", csv("Received on,Agent,Team,Comment", "2026-02-10,E2,Blue,Kind and quick"))
    assert starts("E2") == [dt.date(2026, 2, 10)] * 2
    assert FeedbackItem.objects.get().team.name == "Blue"


def test_rows_that_waited_for_a_person_have_a_team_when_the_person_arrives(run, csv):
    run("contacts", csv(HEAD, *APRIL))
    assert run("people", csv(*STAFF, name="staff.csv")).came_in == 3
    assert starts("E1") == [dt.date(2026, 4, 13)] * 2
    assert teams() == ({"Blue"}, {"Blue"})


def test_an_undo_leaves_first_days_of_others_alone(run, undo, csv, staff):
    run("contacts", csv("Call ID,Date,Agent", "9,2026-02-01,E1"))
    other = run("contacts", csv(HEAD, *APRIL)).import_id
    undo(other)
    assert (starts("E1"), starts("E2")) == ([dt.date(2026, 2, 1)] * 2, [today()] * 2)


def test_rows_set_aside_move_nobody(run, csv, staff):
    run("contacts", csv(HEAD, "1,2026-04-14,E1,Blue,N,100", "2,2026-04-20,E1,Blue,Y,60"))
    assert starts("E1") == [dt.date(2026, 4, 20)] * 2
