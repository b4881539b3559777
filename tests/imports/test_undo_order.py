"""Imports that changed the same rows can be undone in any order, and nothing of them is left at the end."""

import datetime as dt

import pytest

from ccperf.imports.models import ImportBatch, RowChange
from ccperf.metrics.models import Observation
from ccperf.metrics.records import ContactRecord
from ccperf.people.models import Employment, Membership, Person
from tests.factories import make_person

pytestmark = pytest.mark.django_db
HEAD = "Call ID,Date,Agent,Answered,Talk time"
FIRST = (HEAD, "1,2026-04-13,Ann,Y,100", "2,2026-04-14,Bob,Y,50")
SECOND = (HEAD, "1,2026-04-15,Bob,Y,120", "2,2026-04-14,Bob,Y,50", "3,2026-04-14,Bob,N,")


def agents() -> dict[str, str]:
    return dict(ContactRecord.objects.values_list("key", "person__name"))


def test_the_first_of_two_imports_can_go_before_the_second(run, undo, csv):
    first = run("contacts", csv(*FIRST), "--create-people").import_id
    second = run("contacts", csv(*SECOND)).import_id
    notes = " ".join(undo(first).notes)
    assert "1 row stays as it is" in notes
    assert f"Rows that import {second} brought again went too" in notes
    assert not Person.objects.filter(name="Ann").exists()
    assert agents() == {"id:1": "Bob", "id:3": "Bob"}
    undo(second)
    assert ContactRecord.objects.count() == Observation.objects.count() == RowChange.objects.count() == 0
    assert set(ImportBatch.objects.values_list("status", flat=True)) == {"undone"}


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1), (2, 1, 0)])
def test_three_changes_of_one_row_are_undone_in_any_order(run, undo, csv, order):
    for name in ("Ann", "Bob", "Cid"):
        make_person(name)
    ids = [
        run("contacts", csv(HEAD, f"1,2026-04-1{day},{name},Y,{talk}")).import_id
        for day, name, talk in ((3, "Ann", 100), (4, "Bob", 100), (4, "Cid", 90))
    ]
    assert undo(ids[order[0]])
    left = sorted(order[1:])[-1]
    assert agents() == {"id:1": ("Ann", "Bob", "Cid")[left]}
    assert undo(ids[order[1]])
    assert agents() == {"id:1": ("Ann", "Bob", "Cid")[order[2]]}
    figure = Observation.objects.get(metric__key="talk_time")
    assert (figure.person.name, figure.day) == (
        ("Ann", "Bob", "Cid")[order[2]],
        dt.date(2026, 4, (13, 14, 14)[order[2]]),
    )
    undo(ids[order[2]])
    assert not ContactRecord.objects.exists()
    assert not Observation.objects.exists()


def test_a_row_whose_former_person_is_gone_is_restored_without_one(run, undo, csv):
    staff = run("people", csv("Employee number,Name", "E1,Ann", name="staff.csv")).import_id
    run("contacts", csv(HEAD, "1,2026-04-13,E1,Y,100"))
    make_person("Bob")
    second = run("contacts", csv(HEAD, "1,2026-04-13,Bob,Y,100")).import_id
    undo(staff)
    assert not Person.objects.filter(name="Ann").exists()
    assert "1 restored row names nobody" in " ".join(undo(second).notes)
    record = ContactRecord.objects.get()
    assert (record.person, record.subject) == (None, "organisation")
    assert set(Observation.objects.values_list("subject", flat=True)) == {"organisation"}


def test_a_person_whom_other_rows_name_keeps_employment_and_team(run, undo, csv):
    head = HEAD + ",Team,Site"
    first = run("contacts", csv(head, "1,2026-04-14,Ann,Y,100,Blue,Leeds"), "--create-people").import_id
    run("contacts", csv(HEAD, "2,2026-04-15,Ann,Y,100"))
    assert "stay, because other records hang on them" in " ".join(undo(first).notes)
    assert Employment.objects.get().starts_on == Membership.objects.get().starts_on == dt.date(2026, 4, 15)
    assert Observation.objects.values_list("team__name", flat=True).distinct().get() == "Blue"
