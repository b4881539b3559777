"""Shapes of real exports: periods by both ends, headings of two rows, decimal marks, counts, measures."""

import datetime as dt
from io import StringIO

import pytest
import xlsxwriter
from django.core.management import call_command
from django.db.models import Sum

from ccperf.imports.clocktimes import read_times
from ccperf.imports.dates import read_dates
from ccperf.imports.reading import read_file
from ccperf.imports.tables import table_of
from ccperf.metrics.records import IntervalRecord
from ccperf.people.models import Employment, Person
from feedback.models import FeedbackItem
from retention.models import Leaver


def starts(cells):
    read = read_dates(cells, today=dt.date(2026, 11, 22))
    assert not read.problems
    return [f"{moment.at:%Y-%m-%d %H:%M}" for moment in read.values]


@pytest.mark.parametrize(
    ("cell", "start"),
    [
        ("2026-01-05 15:00-15:30", "2026-01-05 15:00"),
        ("2026-01-05 0900-0930", "2026-01-05 09:00"),
        ("2026-01-05 23:30-00:00", "2026-01-05 23:30"),
        ("2026-01-05 23:30 - 24:00", "2026-01-05 23:30"),
        ("25/01/2026 09:00 - 09:30", "2026-01-25 09:00"),
        ("25/01/2026 09:00–25/01/2026 09:30", "2026-01-25 09:00"),
        ("5 Jan 2026 11:30 - 12:00 PM", "2026-01-05 11:30"),
        ("5 Jan 2026 9:00 - 9:30 PM", "2026-01-05 21:00"),
        ("2026-01-05T09:00:00.000Z/2026-01-05T09:30:00.000Z", "2026-01-05 09:00"),
        ("2026-01-05T09:00:00Z/PT30M", "2026-01-05 09:00"),
        ("19/01/2026 - 25/01/2026", "2026-01-19 00:00"),
    ],
)
def test_a_period_stands_at_its_start(cell, start):
    assert starts([cell]) == [start]


def test_the_end_of_a_week_tells_the_order_of_day_and_month():
    assert starts(["08/01/2026 - 14/01/2026"]) == ["2026-01-08 00:00"]


def test_an_offset_of_the_zone_is_no_end_of_a_period():
    same = ["2026-01-05 03:00-05:00", "2026-01-05 04:00-05:00", "2026-01-05 04:30-05:00"]
    assert starts(same) == ["2026-01-05 08:00", "2026-01-05 09:00", "2026-01-05 09:30"]
    assert starts(["2026-01-05 09:00-05:00"]) == ["2026-01-05 14:00"]
    assert starts(["2026-01-05T09:00:00-05:00"]) == ["2026-01-05 14:00"]


@pytest.mark.parametrize(
    ("cell", "hours"),
    [
        ("09:30 - 10:00", 9.5),
        ("09:00-09:30", 9),
        ("0930-1000", 9.5),
        ("9am-10am", 9),
        ("9 AM", 9),
        ("11:30 - 12:00 PM", 11.5),
        ("23:30-24:00", 23.5),
    ],
)
def test_a_time_of_day_may_be_a_period(cell, hours):
    assert read_times([cell]) == ([hours * 3600], {})


def test_plain_hours_are_times_only_where_the_heading_says_hour():
    assert read_times([9.0, "14", "9-10"], heading="Hour of day")[0] == [9 * 3600, 14 * 3600, 9 * 3600]
    assert read_times([9.0, "14"], heading="Interval")[0] == [None, None]


@pytest.mark.django_db
def test_intervals_written_as_periods_start_where_they_begin(run, csv, centre):
    path = csv("Interval start,Queue,Offered", "2026-01-05 09:00-09:30,A,10", "2026-01-05 15:00-15:30,A,12")
    assert run("intervals", path).imported == 2
    hours = [
        at.hour for at in IntervalRecord.objects.order_by("starts_at").values_list("starts_at", flat=True)
    ]
    assert hours == [9, 15]


MARKS = {
    "another column shows the comma": ("Date;Queue;Offered;Answered;ASA", "13.02.2026;A;1.200;1.000;0,5",
                                       1200, 500),
    "only the counts have dots": ("Date;Queue;Offered;Answered;Total wait", "13.02.2026;A;1.200;900;12.345",
                                  1200, 12345),
    "a database writes three zeros": ("Date,Queue,Offered,Answered,Total wait",
                                      "13.02.2026,A,120.000,90.000,12.345", 120, 12.345),
    "another column shows the dot": ("Date,Queue,Offered,Answered,ASA", '13.02.2026,A,"1,200","1,000",0.5',
                                     1200, 500),
    "nothing shows anything": ("Date,Queue,Offered,Answered,Total wait", '13.02.2026,A,"1,200",900,"12,345"',
                               1200, 12345),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("case", MARKS)
def test_the_decimal_mark_is_decided_over_the_whole_file(run, csv, centre, case):
    head, row, offered, waited = MARKS[case]
    assert run("intervals", csv(head, row)).imported == 1
    record = IntervalRecord.objects.get()
    assert (record.offered, record.wait_seconds) == (offered, waited)


@pytest.mark.django_db
def test_a_part_of_a_contact_cannot_be_counted(run, csv, centre):
    result = run("intervals", csv("Date,Queue,Offered", "2026-01-05,A,10.5", "2026-01-06,A,10.0"))
    assert (result.imported, result.reasons) == (1, {"Not a whole number": 1})


GROUPS = ("2026-01-05,A,10,9,1,9,30,300,80%", "2026-01-06,A,10,9,1,9,30,300,80%")
HEADINGS = {
    "few names above": ("Date,Queue,Calls,,,,Times,,",
                        ",,Offered,Answered,Abandoned,Handled,Avg wait,Avg handle,SL"),
    "only groups above": (",,Calls,,,,Times,,",
                          "Date,Queue,Offered,Answered,Abandoned,Handled,Avg wait,Avg handle,SL"),
    "names of groups above all": ("When,Where,Calls,,,,Times,,",
                                  "Date,Queue,Offered,Answered,Abandoned,Handled,Avg wait,Avg handle,SL"),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("case", HEADINGS)
def test_a_heading_of_two_rows_is_understood(run, csv, centre, case):
    result = run("intervals", csv("Weekly report,,,,,,,,", *HEADINGS[case], *GROUPS))
    assert (result.imported, result.not_used) == (2, [])
    record = IntervalRecord.objects.order_by("starts_at").first()
    assert (record.queue.name, record.offered, record.within_target) == ("A", 10, 8)
    assert (record.wait_seconds, record.handle_seconds) == (270, 2700)


@pytest.mark.django_db
def test_channels_side_by_side_are_not_taken_for_one_another(run, csv, centre):
    days = ("2026-01-05,10,9,5,4", "2026-01-06,9,8,5,1")
    path = csv(",Voice,,Chat,", "Date,Offered,Handled,Offered,Abandoned", *days)
    result = run("intervals", path)
    assert result.exit == 2
    assert "“Voice Offered”, “Voice Handled”, “Chat Offered”, “Chat Abandoned”" in result.sentence
    assert run("intervals", path, "--map", "offered=Chat Offered", "abandoned=Chat Abandoned").imported == 2


def test_a_column_without_heading_is_called_by_its_letter_in_the_sheet(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "book.xlsx")
    sheet = book.add_worksheet()
    for at, row in enumerate((["Date", "Offered", None], ["2026-01-05", 5, "x"], ["2026-01-06", 6, "y"])):
        sheet.write_row(at, 1, row)
    book.close()
    assert table_of(read_file(tmp_path / "book.xlsx").sheets[0]).columns == ["Date", "Offered", "Column D"]


@pytest.mark.django_db
def test_an_open_quotation_mark_is_named_with_its_line(run, csv, centre):
    path = csv("Date,Agent,Answered", "2026-01-05,Zoe Park,Y", '2026-01-06,"Ann,Y', "2026-01-07,Bob,N")
    result = run("contacts", path, "--create-people")
    assert result.exit == 2
    assert "opens on line 3 is never closed" in result.sentence


@pytest.mark.django_db
def test_a_name_of_several_lines_is_set_aside(run, csv, centre):
    path = csv("Date,Agent,Answered", '2026-01-05,"Ann,Y', '2026-01-06,"Bob,N', "2026-01-07,Zoe Park,N")
    result = run("contacts", path, "--create-people")
    assert (result.imported, result.reasons) == (1, {"Several lines in one cell": 1})
    assert not Person.objects.filter(name__contains="\n").exists()


@pytest.mark.django_db
def test_comments_may_have_several_lines(run, csv, centre):
    result = run("feedback", csv("Date,Comment", '2026-01-05,"Kind.\nAnd quick."'))
    assert result.imported == 1


@pytest.mark.django_db
def test_weeks_are_taken_and_said(run, csv, centre):
    result = run("intervals", csv("Week,Queue,Offered", "2026-01-05,A,100", "2026-01-12,A,110"))
    assert result.imported == 2
    assert "All dates are Mondays: figures of a whole week stand on that one day." in result.notes


@pytest.mark.django_db
def test_the_date_of_a_kind_answers_to_the_name_date(run, csv, centre):
    assert run("feedback", csv("Comment", "Kind and quick."), "--set", "date=2026-01-05").imported == 1
    assert str(FeedbackItem.objects.get().received_on) == "2026-01-05"
    refused = run("feedback", csv("Comment", "Kind."), "--set", "dat=2026-01-05")
    assert "There is no field “dat” in feedback." in refused.sentence


@pytest.mark.django_db
def test_a_staff_list_may_say_job_start_and_term_date(run, csv, centre):
    path = csv(
        "Emp No,Full Name,Job,Team,Location,Start,Term Date",
        "E77,Ann Bo,Agent,Blue,Northgate,2020-01-05,2026-03-31",
        "E78,Lee Der,Team Leader,Blue,Northgate,2019-02-01,",
    )
    assert run("people", path).imported == 2
    spell = Employment.objects.get(person__employee_number="E77")
    assert (str(spell.starts_on), str(spell.ends_before)) == ("2020-01-05", "2026-04-01")
    assert Person.objects.get(employee_number="E78").role_assignments.get().role == "supervisor"


@pytest.mark.django_db
def test_titles_of_jobs_that_are_no_roles_cost_no_rows(run, csv, centre):
    path = csv(
        "Emp No,Full Name,Job,Team", "E77,Ann Bo,Senior Associate II,Harbour", "E78,Bo Lee,Agent,Harbour"
    )
    result = run("people", path)
    assert (result.imported, result.not_used) == (2, ["Job may be role"])


@pytest.mark.django_db
def test_an_exit_survey_may_say_start_year_and_other_reasons(run, csv, centre):
    path = csv("Ref,Start year,Cease date,Main reason,Other reasons", "1,2005,2012,Workload,Relocation;Study")
    result = run("leavers", path, "--map", "reference=Ref")
    assert (result.imported, result.not_used) == (1, [])
    leaver = Leaver.objects.get()
    assert (leaver.started_on.year, leaver.reasons.count()) == (2005, 3)


@pytest.mark.django_db
def test_the_command_counts_in_words_that_fit(csv, centre):
    out = StringIO()
    call_command("import_file", "intervals", str(csv("Date,Queue,Offered", "2026-01-05,A,1")), stdout=out)
    assert out.getvalue().startswith("1 row: 1 imported, 0 updated, 0 unchanged, 0 set aside.\n")


@pytest.mark.django_db
def test_a_cell_merged_downwards_counts_for_each_of_its_rows(run, tmp_path, centre):
    book = xlsxwriter.Workbook(tmp_path / "book.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Queue", "Date", "Offered"])
    for at in range(1, 5):
        sheet.write_row(at, 1, [f"2026-01-0{1 + at % 2}", 10 * at])
    sheet.merge_range(1, 0, 2, 0, "Sales")
    sheet.merge_range(3, 0, 4, 0, "Care")
    book.close()
    assert run("intervals", tmp_path / "book.xlsx").imported == 4
    totals = IntervalRecord.objects.values_list("queue__name").annotate(Sum("offered"))
    assert dict(totals) == {"Sales": 30, "Care": 70}
