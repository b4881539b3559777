"""Dates, durations, figures, shares, yes and no: what a column says, and what it does not."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccperf.imports.amounts import read_numbers, read_shares
from ccperf.imports.cells import is_missing, is_missing_text, text_of
from ccperf.imports.clocktimes import read_durations, read_times
from ccperf.imports.dates import read_dates
from ccperf.imports.problems import UndecidedDates
from ccperf.imports.words import is_damaged_identifier, read_booleans, read_choices, with_meanings

TODAY = dt.date(2026, 11, 22)


def days(cells, **options):
    read = read_dates(cells, today=TODAY, **options)
    return [moment and moment.at.date().isoformat() for moment in read.values]


@pytest.mark.parametrize(
    ("cell", "day", "precision"),
    [
        ("2021-01-05", "2021-01-05", "day"),
        ("2021/1/5", "2021-01-05", "day"),
        ("20210105", "2021-01-05", "day"),
        (20210105.0, "2021-01-05", "day"),
        (44201.0, "2021-01-05", "day"),
        ("44201", "2021-01-05", "day"),
        (dt.datetime(2021, 1, 5, 9, 30), "2021-01-05", "second"),
        (dt.date(2021, 1, 5), "2021-01-05", "day"),
        ("5 January 2021", "2021-01-05", "day"),
        ("5th of January 2021", "2021-01-05", "day"),
        ("05-Jan-21", "2021-01-05", "day"),
        ("Jan 5, 2021", "2021-01-05", "day"),
        ("January 5th, 2021", "2021-01-05", "day"),
        ("Tuesday, 5 January 2021", "2021-01-05", "day"),
        ("Tue 5 Jan 2021", "2021-01-05", "day"),
        ("5. Januar 2021", "2021-01-05", "day"),
        ("2021-01-05T09:30:00Z", "2021-01-05", "second"),
        ("2021-01-05 09:30:12.500", "2021-01-05", "second"),
        ("5 Jan 2021 9:30 PM", "2021-01-05", "second"),
        ("Apr-15", "2015-04-01", "month"),
        ("April 2015", "2015-04-01", "month"),
        ("08/2012", "2012-08-01", "month"),
        ("2012-08", "2012-08-01", "month"),
        ("201208", "2012-08-01", "month"),
        ("Q2 2020", "2020-04-01", "month"),
        ("2021-W05", "2021-02-01", "day"),
        ("2012", "2012-01-01", "year"),
        (2012.0, "2012-01-01", "year"),
        ("1609837200", "2021-01-05", "second"),
    ],
)
def test_a_date_that_can_be_read_one_way_is_read(cell, day, precision):
    read = read_dates([cell], today=TODAY)
    assert not read.problems
    assert (read.values[0].at.date().isoformat(), read.values[0].precision) == (day, precision)


def test_the_whole_column_decides_the_order():
    assert days(["01/02/2021", "13/02/2021", "05/05/2021"]) == ["2021-02-01", "2021-02-13", "2021-05-05"]
    assert days(["01/02/2021", "02/13/2021"]) == ["2021-01-02", "2021-02-13"]
    assert days(["1.2.2021 08:00", "28.2.2021 09:00"]) == ["2021-02-01", "2021-02-28"]


def test_the_proof_may_stand_in_the_last_row():
    assert days(["01/02/2021"] * 5000 + ["31/12/2021"])[0] == "2021-02-01"


def test_an_undecidable_column_is_asked_about():
    with pytest.raises(
        UndecidedDates, match=r"“01/02/2021” can be 1 February 2021 \(dmy\) or 2 January 2021 \(mdy\)"
    ):
        read_dates(["01/02/2021", "03/04/2021"], column="Date", today=TODAY)
    assert days(["01/02/2021", "03/04/2021"], order="mdy") == ["2021-01-02", "2021-03-04"]


def test_dates_that_read_alike_both_ways_need_no_answer():
    assert days(["01/01/2021", "02/02/2021"]) == ["2021-01-01", "2021-02-02"]


def test_a_column_in_two_orders_is_asked_about_and_then_the_misfits_stand_aside():
    cells = ["30/09/2021", "10/17/2021", "05/06/2021"]
    with pytest.raises(UndecidedDates, match=r"more than one order: “30/09/2021” .* and “10/17/2021”"):
        read_dates(cells, today=TODAY)
    read = read_dates(cells, order="dmy", today=TODAY)
    assert read.problems[1].code == "date_order"
    assert list(read.problems) == [1]
    assert read.values[2].at == dt.datetime(2021, 6, 5)


def test_two_digit_years_are_decided_by_what_is_plausible():
    assert days(["13/01/26", "28/02/26", "30/04/26"]) == ["2026-01-13", "2026-02-28", "2026-04-30"]
    with pytest.raises(UndecidedDates):
        read_dates(["01/02/03"], today=TODAY)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("31/02/2021", "no_such_date"),
        ("2021-13-01", "no_such_date"),
        ("15-Apr", "date_without_year"),
        ("soon", "not_a_date"),
        (3.0, "not_a_date"),
        (dt.time(9, 0), "not_a_date"),
        ("99/99/9999", "no_such_date"),
    ],
)
def test_what_is_no_date_is_a_problem_of_its_row(cell, code):
    read = read_dates([cell, "2021-01-01"], today=TODAY)
    assert read.problems[0].code == code
    assert read.values[1] is not None


def test_time_zones_are_turned_into_the_day_of_the_centre():
    assert days(["2021-07-01T23:30:00Z"], zone="Europe/London") == ["2021-07-02"]


@settings(max_examples=100)
@given(st.lists(st.dates(dt.date(1995, 1, 1), dt.date(2026, 12, 31)), min_size=1, max_size=30), st.booleans())
def test_a_column_is_read_right_or_asked_about_never_wrong(some, day_first):
    cells = [day.strftime("%d/%m/%Y" if day_first else "%m/%d/%Y") for day in some]
    try:
        got = days(cells)
    except UndecidedDates:
        assert all(day.day <= 12 for day in some)
        assert any(day.day != day.month for day in some)
    else:
        assert got == [day.isoformat() for day in some]


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("143", 143),
        ("0:02:23", 143),
        ("2:23", 143),
        ("00:02:23.5", 143.5),
        ("26:00:05", 93605),
        ("2m 23s", 143),
        ("1h 2m", 3720),
        ("143 s", 143),
        ("1,143", 1143),
        ("PT2M23S", 143),
        (dt.time(0, 2, 23), 143),
        ("1.02:00:00", 93600),
        (dt.timedelta(hours=26), 93600),
        (dt.datetime(1899, 12, 31, 2, 0), 93600),
        (143.0, 143),
        ("90.5", 90.5),
    ],
)
def test_durations_in_many_spellings(cell, seconds):
    assert read_durations([cell]).values == [seconds]


def test_the_heading_or_the_column_gives_the_unit_of_a_duration():
    assert read_durations(["2.5"], heading="Talk time (min)").values == [150]
    assert read_durations(["2"], heading="TalkMinutes").values == [120]
    assert read_durations([0.001655092592, dt.time(0, 2)]).values == [pytest.approx(143, abs=0.01), 120]
    assert read_durations([0.25, 0.5, 2.0]).values == [0.25, 0.5, 2.0]


@pytest.mark.parametrize("cell", ["-5", "-0:01:00", "2:75", "1:60:00", "later", dt.datetime(2021, 1, 1)])
def test_what_is_no_duration_is_a_problem(cell):
    assert read_durations([cell]).problems


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("09:12:58", 33178),
        ("9:12 pm", 76320),
        ("12:00 AM", 0),
        (dt.time(9, 12, 58), 33178),
        (0.5, 43200),
        ("0930", 34200),
    ],
)
def test_times_of_day(cell, seconds):
    assert read_times([cell])[0] == [seconds]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1,204", "3"], [1204, 3]),
        (["1.234,56", "7,5"], [1234.56, 7.5]),
        (["1,234.56", "7.5"], [1234.56, 7.5]),
        (["1.234.567"], [1234567]),
        (["3,5", "12"], [3.5, 12]),
        (["1 204", "1\u202f204", "1'204"], [1204, 1204, 1204]),
        (["£5.58", "(12)", "12-", "−1.8", "1e3"], [5.58, -12, -12, -1.8, 1000]),
        (["12,34,567"], [1234567]),
        ([4, 2.5], [4, 2.5]),
    ],
)
def test_figures_in_many_spellings(cells, numbers):
    assert read_numbers(cells).values == numbers


def test_blank_is_never_zero():
    assert read_numbers(["", None, "n/a", "Not Stated", "0", float("nan")]).values == [
        None,
        None,
        None,
        None,
        0,
        None,
    ]


def test_words_and_figures_below_the_minimum_are_problems():
    read = read_numbers(["many", "-1", "4"], minimum=0)
    assert [read.problems[i].code for i in (0, 1)] == ["not_a_number", "too_low"]
    assert read.values[2] == 4


@pytest.mark.parametrize(
    ("cells", "shares"),
    [
        (["78%", "78.5 %"], [0.78, 0.785]),
        ([0.78, 1.0], [0.78, 1.0]),
        (["78", "100"], [0.78, 1.0]),
        (["77,9%"], [0.779]),
        (["78%", 0.5], [0.78, 0.5]),
        ([1.03, 0.9], [1.03, 0.9]),
    ],
)
def test_shares_as_text_fraction_or_percent(cells, shares):
    assert read_shares(cells).values == pytest.approx(shares)


@pytest.mark.parametrize(
    ("cells", "doubtful"),
    [
        (["80%", "0.8", "80"], [1]),
        (["82", "0.8", "91.5", "0", "0.75"], [1, 4]),
        (["0.3", "0.9", "1.2", "2.5", "14"], []),  # a column of small percentages
        (["0.4", "0.8", "12", "15"], []),  # 40 % and 80 % would be as far off
        (["80%", "0.8"], []),
    ],
)
def test_shares_of_two_kinds_in_one_column_are_not_guessed(cells, doubtful):
    read = read_shares(cells)
    assert sorted(read.problems) == doubtful
    again = read_shares(cells[:2], scale=read.scale, decimal=read.decimal, doubtful=read.doubtful)
    assert sorted(again.problems) == [position for position in doubtful if position < 2]
    for problem in read.problems.values():
        assert problem.code == "ambiguous"


def test_yes_and_no_and_what_is_neither():
    values, problems = read_booleans(["Y", "no", True, "0", 1.0, "", "perhaps"])
    assert values == [True, False, True, False, True, None, None]
    assert problems[6].message == "“perhaps” is neither yes nor no. Say what it means."


def test_choices_by_key_label_synonym_and_meaning():
    choices = {"voluntary": "Voluntary", "end_contract": "End of contract"}
    cells = with_meanings(
        ["VOLUNTARY", "end of contract", "Resigned", "VER"], {"ver": "voluntary", "Resigned": ""}
    )
    assert read_choices(cells, choices) == (["voluntary", "end_contract", None, "voluntary"], {})
    assert read_choices(["Sacked"], choices)[1][0].code == "unknown_choice"


def test_identifiers_a_spreadsheet_has_rounded_are_seen():
    assert all(map(is_damaged_identifier, ["6.3E+17", "6,30E+17", 6.3e17]))
    assert not any(map(is_damaged_identifier, ["ID0001", "630000000000000001", 63.0, "", None, "E+17"]))


def test_what_somebody_typed_is_a_comment_and_what_a_program_wrote_is_none():
    assert not is_missing_text("N/a")
    assert not is_missing_text("None.")
    assert is_missing_text("None")
    assert is_missing_text("Did not answer")
    assert is_missing_text("  ")
    assert is_missing("n/a")


@given(
    st.one_of(
        st.none(),
        st.text(),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.datetimes(),
        st.times(),
        st.timedeltas(dt.timedelta(0)),
    )
)
def test_every_cell_has_a_text_and_no_reader_breaks(cell):
    assert isinstance(text_of(cell), str)
    for read in (read_numbers, read_shares, read_durations):
        result = read([cell])
        assert len(result.values) == 1
        assert set(result.problems) <= {0}
    assert len(read_times([cell])[0]) == len(read_booleans([cell])[0]) == 1
    try:
        assert len(read_dates([cell], today=TODAY).values) == 1
    except UndecidedDates:
        assert isinstance(cell, str)
