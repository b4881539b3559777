"""Contacts by command: figures, identity, held rows, late corrections, undo."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db.models import Sum

from ccperf.imports import applying, services
from ccperf.imports.kinds import KINDS
from ccperf.imports.models import ImportBatch, QuarantinedRow
from ccperf.jobs.models import Job
from ccperf.jobs.services import run_job_now
from ccperf.metrics.models import Observation
from ccperf.metrics.records import ContactRecord
from ccperf.people.models import Employment, Leadership, Membership, Person, Site, Team
from tests.factories import long_ago, make_person

pytestmark = pytest.mark.django_db
HEAD = "Call ID,Date,Time,Agent,Answered,Wait,Talk,Rating"


def figure(metric, **where):
    found = Observation.objects.filter(metric__key=metric, **where).aggregate(
        a=Sum("numerator"), b=Sum("denominator")
    )
    return found["a"], found["b"]


@pytest.fixture
def calls(csv):
    return csv(
        HEAD,
        "C1,2026-01-05,09:00,Amara Okonkwo,Y,20,0:02:00,5",
        "C2,2026-01-05,09:10,Amara Okonkwo,Y,40,0:04:00,2",
        "C3,2026-01-05,09:20,Amara Okonkwo,N,,,",
        "C4,2026-01-06,10:00,Rhys Llewellyn,Y,10,90,4",
    )


def test_contacts_become_figures_of_agent_and_day(run, calls, centre):
    result = run("contacts", calls, "--map", "satisfaction=Rating")
    assert (result.rows, result.imported, result.quarantined) == (4, 4, 0)
    day = {"person": centre.people.agent, "day": dt.date(2026, 1, 5)}
    assert figure("asa", **day) == (60, 2)
    assert figure("aht", **day) == (360, 2)
    assert figure("answered_rate", **day) == (2, 3)
    assert figure("csat_t2b", **day) == (1, 2)
    assert figure("satisfaction_mean", **day) == (7, 2)
    assert set(Observation.objects.values_list("team", flat=True)) == {centre.team.pk}


def test_the_same_file_again_writes_nothing(run, calls, centre):
    run("contacts", calls)
    before = list(Observation.objects.order_by("pk").values())
    again = run("contacts", calls)
    assert (again.imported, again.updated, again.unchanged) == (0, 0, 4)
    assert list(Observation.objects.order_by("pk").values()) == before
    assert ContactRecord.objects.count() == 4


def test_a_late_correction_changes_only_its_day(run, calls, csv, centre):
    run("contacts", calls, "--map", "satisfaction=Rating")
    late = csv(HEAD, "C2,2026-01-05,09:10,Amara Okonkwo,Y,40,0:04:00,5", name="late.csv")
    result = run("contacts", late, "--map", "satisfaction=Rating")
    assert (result.imported, result.updated) == (0, 1)
    assert figure("csat_t2b", day=dt.date(2026, 1, 5)) == (2, 2)
    untouched = Observation.objects.filter(day=dt.date(2026, 1, 6)).values_list("batch_id", flat=True)
    assert set(untouched) != {result.import_id}


def test_undo_deletes_what_came_and_restores_what_was_overwritten(run, undo, calls, csv, centre):
    first = run("contacts", calls, "--map", "satisfaction=Rating")
    late = csv(HEAD, "C2,2026-01-05,09:10,Amara Okonkwo,Y,40,0:04:00,5", name="late.csv")
    second = run("contacts", late, "--map", "satisfaction=Rating")
    assert undo(second.import_id).notes == []
    assert figure("csat_t2b", day=dt.date(2026, 1, 5)) == (1, 2)
    undo(first.import_id)
    assert ContactRecord.objects.count() == Observation.objects.count() == 0
    assert ImportBatch.objects.get(pk=first.import_id).status == ImportBatch.Status.UNDONE


def test_undo_keeps_what_a_later_import_changed_and_says_so(run, undo, calls, csv, centre):
    first = run("contacts", calls, "--map", "satisfaction=Rating")
    late = csv(HEAD, "C2,2026-01-05,09:10,Amara Okonkwo,Y,40,0:04:00,5", name="late.csv")
    run("contacts", late, "--map", "satisfaction=Rating")
    assert "1 row stays" in undo(first.import_id).notes[0]
    assert ContactRecord.objects.get().key == "id:C2"
    assert figure("csat_t2b") == (1, 1)


def test_rows_about_unknown_people_are_held_and_come_in_when_the_person_arrives(run, csv, centre):
    path = csv(
        HEAD, "C1,2026-01-05,09:00,Newt Okafor,Y,20,60,5", "C2,2026-01-05,09:00,Amara Okonkwo,Y,20,60,5"
    )
    result = run("contacts", path)
    assert (result.imported, result.quarantined, result.held) == (1, 1, 1)
    assert result.reasons == {"Person not known": 1}
    person = make_person("Newt Okafor", team=centre.team)
    run_job_now(Job.objects.get(kind="imports.resolve_held").pk)
    batch = ImportBatch.objects.get(pk=result.import_id)
    assert (batch.imported, batch.quarantined, batch.held) == (2, 0, 0)
    assert ContactRecord.objects.filter(person=person).count() == 1
    assert Observation.objects.filter(person=person).exists()


def test_a_held_row_that_is_wrong_otherwise_says_so_once_its_person_is_known(run, csv, centre, client):
    rows = ["C1,2026-01-05,09:00,Newt Okafor,Y,20,-60,5", "C2,2026-01-05,09:00,Nobody Yet,Y,20,60,5"]
    result = run("contacts", csv(HEAD, *rows))
    make_person("Newt Okafor", team=centre.team)
    run_job_now(Job.objects.get(kind="imports.resolve_held").pk)
    batch = ImportBatch.objects.get(pk=result.import_id)
    assert (batch.imported, batch.quarantined, batch.held) == (0, 2, 1)
    wrong, waiting = batch.quarantine.order_by("line")
    assert "below zero" in wrong.reason or "negative" in wrong.reason
    assert not wrong.is_held
    assert "Nobody Yet" in waiting.reason
    assert waiting.is_held


def test_the_command_that_brings_the_person_takes_their_held_rows_in(run, csv, centre, capsys):
    held = run("contacts", csv(HEAD, "C1,2026-01-05,09:00,Newt Okafor,Y,20,60,5")).import_id
    call_command("import_file", "people", str(csv("Name", "Newt Okafor", name="staff.csv")))
    assert "1 row that was held has come in" in capsys.readouterr().out
    assert ImportBatch.objects.get(pk=held).held == 0
    assert Observation.objects.filter(person__name="Newt Okafor").exists()


def test_unknown_people_are_created_with_their_first_day_in_the_file(run, undo, csv, centre):
    path = csv(
        "Call ID,Date,Agent,Team,Site",
        "1,2026-01-07,Ann Lee,Delta,Northgate",
        "2,2026-01-05,Ann Lee,Delta,Northgate",
    )
    result = run("contacts", path, "--create-people")
    person = Person.objects.get(name="Ann Lee")
    assert result.imported == 2
    assert Employment.objects.get(person=person).starts_on == dt.date(2026, 1, 5)
    assert Membership.objects.get(person=person).team.name == "Delta"
    undo(result.import_id)
    assert not Person.objects.filter(name="Ann Lee").exists()


def test_equal_rows_without_identifier_are_kept_said_and_counted_once_per_file(run, csv, centre):
    row = "2026-01-05,09:00,Amara Okonkwo,Y"
    path = csv("Date,Time,Agent,Answered", row, row, row)
    result = run("contacts", path)
    assert result.imported == 3
    assert any("2 rows equal an earlier row" in note for note in result.notes)
    again = run("contacts", path)
    assert (again.imported, again.unchanged) == (0, 3)


def test_one_identifier_with_two_stories_is_set_aside(run, csv, centre):
    path = csv(
        "Call ID,Date,Agent,Wait",
        "1,2026-01-05,Amara Okonkwo,10",
        "1,2026-01-05,Amara Okonkwo,10",
        "1,2026-01-05,Amara Okonkwo,99",
    )
    result = run("contacts", path)
    assert (result.imported, result.unchanged, result.quarantined) == (1, 1, 1)
    assert "line 2" in result.examples[0]["reason"]


def test_damaged_identifiers_are_no_keys(run, csv, centre):
    path = csv(
        "Call ID,Date,Agent,Wait",
        "6.3E+17,2026-01-05,Amara Okonkwo,10",
        "6.3E+17,2026-01-05,Amara Okonkwo,12",
    )
    result = run("contacts", path)
    assert result.imported == 2
    assert any("damaged by a spreadsheet" in note for note in result.notes)


def test_contacts_nobody_took_count_for_their_queue(run, csv, centre):
    path = csv(
        "Call ID,Date,Agent,Queue,Abandoned",
        "1,2026-01-05,,Billing,yes",
        "2,2026-01-05,Amara Okonkwo,Billing,no",
    )
    assert run("contacts", path).imported == 2
    subjects = set(Observation.objects.filter(metric__key="abandon_rate").values_list("subject", flat=True))
    assert len(subjects) == 2
    assert figure("abandon_rate") == (1, 2)


BAD = {
    "no date": (["Agent,Wait", "Amara Okonkwo,3"], [], "where FIELD is date or started_at"),
    "names the columns": (["Agent,Wait", "Amara Okonkwo,3"], [], "“Agent”, “Wait”"),
    "ambiguous dates": (["Date,Agent", "01/02/2026,Amara Okonkwo"], [], "ambiguous"),
    "unknown column": (
        ["Date,Agent", "2026-01-01,x"],
        ["--map", "wait_seconds=Waiting"],
        "no column “Waiting”",
    ),
    "unknown field": (["Date,Agent", "2026-01-01,x"], ["--map", "mood=Agent"], "no field “mood”"),
    "unknown sheet": (["Date,Agent", "2026-01-01,x"], ["--sheet", "Nine"], "no sheet “Nine”"),
    "bad set": (["Agent", "x"], ["--set", "date=soon"], "“soon” is not a date"),
    "unknown user": (["Date,Agent", "2026-01-01,x"], ["--as", "nobody"], "no user nobody"),
    "wide ratings": (["Date,Agent,CSAT", "2026-01-01,x,9"], [], "--set satisfaction_scale"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_cannot_be_used_exits_2_with_one_sentence_and_leaves_nothing(run, csv, case):
    lines, arguments, words = BAD[case]
    result = run("contacts", csv(*lines), *arguments)
    assert result.exit == 2
    assert words in result.sentence
    assert "\n" not in result.sentence
    assert not ImportBatch.objects.exists()


def test_rows_with_faults_stand_aside_with_line_and_reason(run, csv, centre):
    path = csv(
        HEAD,
        "1,2026-01-05,09:00,Amara Okonkwo,N,,0:03:10,",
        "2,31/02/2026,09:00,Amara Okonkwo,Y,1,1,",
        "3,2026-01-05,09:00,Amara Okonkwo,perhaps,1,1,",
        "4,2026-01-05,25:00,Amara Okonkwo,Y,1,1,",
        "5,2026-01-05,09:00,Amara Okonkwo,Y,-4,1,",
        "6,2030-01-05,09:00,Amara Okonkwo,Y,4,1,",
        "Total,,,,,4,6,",
    )
    result = run("contacts", path)
    assert result.imported == 0
    assert result.quarantined == 7 == sum(result.reasons.values())
    rows = QuarantinedRow.objects.filter(batch_id=result.import_id)
    assert list(rows.values_list("line", flat=True)) == [2, 3, 4, 5, 6, 7, 8]
    assert rows[1].cells[1] == "31/02/2026"


def test_a_name_that_fits_two_people_is_not_guessed(run, csv, centre):
    make_person("Greg Hall", team=centre.team)
    make_person("Greg Hall", team=centre.other_team)
    path = csv("Call ID,Date,Agent", "1,2026-01-05,Greg Hall")
    assert run("contacts", path).reasons == {"Name fits several people": 1}
    assert run("contacts", path, "--set", "team=Quay").imported == 1


def test_values_can_be_given_any_meaning(run, csv, centre):
    path = csv(
        "Call ID,Date,Agent,Status", "1,2026-01-05,Amara Okonkwo,OK!", "2,2026-01-05,Amara Okonkwo,gone, home"
    )
    path.write_text(path.read_text().replace("gone, home", '"gone, home"'))
    result = run("contacts", path, "--map", "answered=Status", "--values", 'answered:OK!=yes,"gone, home=no"')
    assert result.imported == 2
    assert figure("answered_rate") == (1, 2)


def test_a_dry_run_stores_nothing_and_says_so(run, calls, centre, capsys):
    result = run("contacts", calls, "--dry-run")
    assert result.ready == 4
    call_command("import_file", "contacts", str(calls), "--dry-run")
    said = capsys.readouterr().out
    assert "4 rows: 4 ready, 0 set aside" in said
    assert "Nothing was stored." in said
    assert not ImportBatch.objects.exists()
    assert not ContactRecord.objects.exists()


def test_an_import_killed_between_chunks_goes_on_and_counts_nothing_twice(calls, centre, monkeypatch):
    kind = KINDS["contacts"]
    monkeypatch.setattr(type(kind), "chunk_size", 1)
    with calls.open("rb") as source:
        planned = services.receive(
            by=None, kind=kind, source=source, filename="calls.csv", choices=services.Choices()
        )
    batch = services.start(by=None, batch=planned.batch)

    class Killed(BaseException):
        pass

    def stop_after_two(done, total, message=""):
        if (done, message) == (2, "rows"):
            raise Killed

    with pytest.raises(Killed):
        applying.apply_batch(batch.pk, stop_after_two)
    batch.refresh_from_db()
    assert (batch.status, batch.done_rows, batch.imported) == ("applying", 2, 2)
    done = applying.apply_batch(batch.pk, lambda *parts: None)
    assert (done.status, done.imported, done.unchanged) == ("applied", 4, 0)
    assert figure("answered_rate") == (3, 4)


def test_a_supervisor_creates_people_in_teams_of_their_own_only(run, csv, centre):
    before = Person.objects.count(), Team.objects.count(), Site.objects.count()
    path = csv(
        "Call ID,Date,Agent,Team,Site",
        "1,2026-01-05,Newt Okafor,,",
        "2,2026-01-05,Ivy Stone,Harbour,",
        "3,2026-01-05,Ben Cole,Quay,",
        "4,2026-01-05,Lea Wolf,Gale,Farside",
    )
    result = run("contacts", path, "--create-people", "--as", centre.supervisor.username)
    assert (result.imported, result.quarantined) == (2, 2)
    joined = Membership.objects.filter(person__name__in=["Newt Okafor", "Ivy Stone"])
    assert set(joined.values_list("team", flat=True)) == {centre.team.pk}
    assert (Person.objects.count(), Team.objects.count(), Site.objects.count()) == (
        before[0] + 2,
        *before[1:],
    )
    assert not Person.objects.filter(name="Newt Okafor", user__isnull=False).exists()


def test_a_leader_of_several_teams_creates_nobody_whose_team_the_file_does_not_say(run, csv, centre):
    Leadership.objects.create(person=centre.people.supervisor, team=centre.far_team, starts_on=long_ago())
    path = csv("Call ID,Date,Agent", "1,2026-01-05,Newt Okafor")
    result = run("contacts", path, "--create-people", "--as", centre.supervisor.username)
    assert (result.imported, result.held) == (0, 1)
    assert "1 person was not created, because the file names no team of yours" in " ".join(result.notes)
    assert not Person.objects.filter(name="Newt Okafor").exists()


def test_a_supervisor_brings_only_rows_about_their_own_team(run, csv, centre):
    path = csv("Call ID,Date,Agent", "1,2026-01-05,Amara Okonkwo", "2,2026-01-05,Zofia Kowalczyk")
    result = run("contacts", path, "--as", centre.supervisor.username)
    assert result.imported == 1
    assert result.reasons == {"Not in a team of yours": 1}
    sites = csv("Date,Site,Offered", "2026-01-05,Northgate,10", "2026-01-05,Southbank,20", name="sites.csv")
    result = run("intervals", sites, "--as", centre.supervisor.username)
    assert (result.imported, result.reasons) == (1, {"Not in a team of yours": 1})
    refused = run("leavers", path, "--as", centre.supervisor.username)
    assert refused.exit == 2
    assert "may not import leavers" in refused.sentence


@pytest.mark.parametrize("username", ["admin", ""])
def test_a_profile_is_saved_and_used_again(run, calls, centre, username):
    by = ["--as", centre.admin.username] if username else []
    run("contacts", calls, "--map", "satisfaction=Rating", "--save-profile", "Daily", *by)
    again = run("contacts", calls, "--profile", "daily")
    assert again.mapping["satisfaction"] == ["Rating"]
    assert again.unchanged == 4
    assert "Saved are: Daily" in run("contacts", calls, "--profile", "weekly").sentence


def test_fields_are_listed_with_meaning_and_unit(db, capsys):
    call_command("import_file", "contacts", "--fields")
    printed = capsys.readouterr().out
    assert "wait_seconds" in printed
    assert "[seconds]" in printed


def test_rows_that_are_set_aside_make_nobody(run, csv, centre):
    path = csv("Call ID,Date,Agent,Answered", "1,2026-01-05,Ann Lee,Y", "2,2026-01-05,Bob Cy,maybe")
    assert run("contacts", path, "--create-people").imported == 1
    assert Person.objects.filter(name="Ann Lee").exists()
    assert not Person.objects.filter(name="Bob Cy").exists()


def test_one_person_in_two_spellings_is_created_once(run, csv, centre):
    path = csv("Call ID,Date,Agent", '1,2026-01-05,"Lee, Ann"', "2,2026-01-05,ann  lee")
    assert run("contacts", path, "--create-people").imported == 2
    assert ContactRecord.objects.filter(person__name="Ann Lee").count() == 2


def test_a_person_stored_last_name_first_is_found(run, csv, centre):
    make_person("Lee, Ann", team=centre.team)
    assert run("contacts", csv("Call ID,Date,Agent", "1,2026-01-05,Ann Lee")).imported == 1
