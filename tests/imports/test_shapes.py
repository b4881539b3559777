"""Shapes of real exports: periods by both ends, headings of two rows, decimal marks, counts, measures."""

import datetime as dt

import pytest

from ccperf.imports.clocktimes import read_times
from ccperf.imports.dates import read_dates
from ccperf.metrics.records import IntervalRecord


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
