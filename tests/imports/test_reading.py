"""Reading: formats, encodings, delimiters, headings. Every file here is written by the test itself."""

import datetime as dt
import io
import zipfile

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccperf.imports.problems import UnusableFile
from ccperf.imports.reading import read_file
from ccperf.imports.tables import letter, table_of


def written(tmp_path, content, name="file.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def workbook(tmp_path, *sheets, name="book.xlsx"):
    path = tmp_path / name
    book = xlsxwriter.Workbook(str(path))
    for title, rows in sheets:
        sheet = book.add_worksheet(title)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, dt.datetime):
                    sheet.write_datetime(r, c, cell, book.add_format({"num_format": "dd/mm/yyyy"}))
                elif isinstance(cell, (dt.time, dt.timedelta)):
                    sheet.write_datetime(r, c, cell, book.add_format({"num_format": "[h]:mm:ss"}))
                elif cell is not None:
                    sheet.write(r, c, cell)
    book.close()
    return path


def table(path, sheet=None):
    raw = read_file(path)
    return table_of(raw.sheet(sheet) if sheet else raw.sheets[0])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_any_encoding_delimiter_and_line_ending_gives_the_same_table(tmp_path, encoding, delimiter, ending):
    rows = [["Agent", "Näme", "Calls"], ["Zoë", '"said ""no"""', "3"], ["Ana", '"two\nlines"', "4"]]
    if delimiter != ",":
        rows[1][0] = "Zoë, late"
    text = ending.join(delimiter.join(row) for row in rows) + ending
    got = table(written(tmp_path, text.encode(encoding)))
    assert got.columns == ["Agent", "Näme", "Calls"]
    assert got.rows[0][1] == 'said "no"'
    assert got.rows[1][1].splitlines() == ["two", "lines"]
    assert list(got.lines) == [2, 3]


def test_line_numbers_count_lines_inside_quoted_cells_and_blank_lines(tmp_path):
    got = table(written(tmp_path, 'a,b\n\n"x\ny",1\n\nz,2\n'))
    assert list(got.lines) == [3, 6]


def test_an_excel_separator_line_is_obeyed(tmp_path):
    got = table(written(tmp_path, "sep=;\r\nName;Score\r\nA,B;3\r\n"))
    assert got.columns == ["Name", "Score"]
    assert got.rows == [["A,B", "3"]]
    assert list(got.lines) == [3]


def test_titles_blank_rows_and_blank_columns_before_the_heading_are_skipped(tmp_path):
    text = ",Weekly report,,,\n,From 1 Jan 2024,,,\n,,,,\n,Date,,Offered,Handled\n,2024-01-01,,5,4\n"
    text += ",2024-01-02,,6,6\n"
    got = table(written(tmp_path, text))
    assert got.columns == ["Date", "Offered", "Handled"]
    assert got.header_lines == [4]
    assert list(got.lines) == [5, 6]


def test_a_heading_of_two_rows_is_joined(tmp_path):
    path = workbook(
        tmp_path,
        (
            "S",
            [
                ["Date", "Voice", None, "Chat", None],
                [None, "Offered", "Handled", "Offered", "Handled"],
                ["2024-01-01", 5, 4, 3, 2],
                ["2024-01-02", 6, 5, 4, 3],
            ],
        ),
    )
    got = table(path)
    assert got.columns == ["Date", "Voice Offered", "Voice Handled", "Chat Offered", "Chat Handled"]
    assert got.rows[0] == ["2024-01-01", 5, 4, 3, 2]
    assert got.find("chat handled") == 4
    assert got.find("#2") == 1
    assert got.find("nothing") is None


def test_a_row_of_units_belongs_to_the_heading(tmp_path):
    got = table(written(tmp_path, "Agent,Talk,Hold\n,(seconds),(seconds)\nAna,100,2\nBen,120,3\n"))
    assert got.columns == ["Agent", "Talk (seconds)", "Hold (seconds)"]


def test_a_table_of_words_alone_keeps_its_first_row(tmp_path):
    got = table(written(tmp_path, "text,category\nwhere is my card,card\nlost card,card\n"))
    assert got.columns == ["text", "category"]
    assert len(got.rows) == 2


def test_duplicate_and_missing_headings_get_names(tmp_path):
    got = table(written(tmp_path, "a,a,,b\n1,2,3,4\n"))
    assert got.columns == ["a", "a (2)", "Column C", "b"]


def test_totals_and_repeated_headings_are_seen(tmp_path):
    got = table(written(tmp_path, "Agent,Calls\nAna,3\nAgent,Calls\nBen,4\nGrand Total,7\n"))
    assert [row[0] for row in got.rows] == ["Ana", "Ben", "Grand Total"]
    assert got.repeated_headings == 1
    assert got.summaries == {2: "Grand Total"}


def test_the_right_sheet_by_name_or_number(tmp_path):
    path = workbook(tmp_path, ("Notes", [["Read me"]]), ("Data", [["Day", "n"], ["2024-01-01", 1]]))
    assert table(path, "data").rows == [["2024-01-01", 1]]
    assert table(path, "2").columns == ["Day", "n"]
    with pytest.raises(UnusableFile, match="“Notes”, “Data”"):
        read_file(path).sheet("Sheet9")


def test_spreadsheet_times_and_dates_keep_their_type(tmp_path):
    path = workbook(
        tmp_path, ("S", [["d", "t"], [dt.datetime(2024, 2, 29), dt.timedelta(hours=26, seconds=5)]])
    )
    row = table(path).rows[0]
    assert row[0] in (dt.date(2024, 2, 29), dt.datetime(2024, 2, 29))
    assert row[1] == dt.timedelta(hours=26, seconds=5)


BAD = {
    "an empty file": (b"", "x.csv", "is empty"),
    "only blanks": (b"\n , \n", "x.csv", "no rows"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), "x.xlsx", "picture"),
    "a pdf": (b"%PDF-1.7 ...", "x.csv", "PDF"),
    "text named xlsx": (b"a,b\n1,2\n", "x.xlsx", "plain text"),
    "text named xls": (b"a,b\n1,2\n", "x.xls", "plain text"),
    "a web page": (b"<html><table><tr><td>1</td></tr></table></html>", "x.xls", "web page"),
    "JSON": (b'[{"a": 1}]', "x.csv", "JSON"),
    "an unknown ending": (b"a,b\n1,2\n", "x.docx", "name of a table"),
    "random bytes": (bytes(range(256)) * 20, "x.csv", "binary"),
    "only a heading": (b"a,b\n", "x.csv", "no rows under it"),
    "only figures": (b"1,2\n3,4\n5,6\n", "x.csv", "No heading row"),
    "a broken workbook": (b"PK\x03\x04" + b"broken" * 20, "x.xlsx", "damaged"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_cannot_be_used_gets_one_sentence(tmp_path, case):
    content, name, words = BAD[case]
    with pytest.raises(UnusableFile, match=words) as caught:
        table(written(tmp_path, content, name))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_workbook_named_csv_is_refused(tmp_path):
    path = workbook(tmp_path, ("S", [["a", "b"], [1, 2]]))
    with pytest.raises(UnusableFile, match=r"is an Excel workbook, although its name ends in \.csv"):
        read_file(path.rename(tmp_path / "x.csv"))


def test_a_password_protected_workbook_is_named_as_such(tmp_path):
    content = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    )
    with pytest.raises(UnusableFile, match="protected by a password"):
        read_file(written(tmp_path, content, "x.xlsx"))


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(120_000_000))
    with pytest.raises(UnusableFile, match="unpacks to far more"):
        read_file(written(tmp_path, buffer.getvalue(), "x.xlsx"))


def test_column_letters():
    assert [letter(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=600), st.sampled_from(["x.csv", "x.xlsx", "x.xls", "x.txt"]))
def test_no_file_brings_anything_but_a_table_or_a_sentence(tmp_path, content, name):
    try:
        got = table(written(tmp_path, content, name))
    except UnusableFile:
        return
    else:
        assert len(got.rows) == len(got.lines)
        assert all(len(row) == len(got.columns) for row in got.rows)


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and text
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(CELL, CELL, st.integers(0, 9999)), min_size=3, max_size=20), st.sampled_from(",;\t|")
)
def test_what_a_spreadsheet_writes_is_read_back(tmp_path, rows, delimiter):
    import csv

    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("first words", "second words", "figure"), *rows])
    got = table(written(tmp_path, buffer.getvalue().encode("utf-8-sig")))
    assert [(a, b, int(c)) for a, b, c in got.rows] == [
        row for row in rows if tuple(map(str, row)) != ("first words", "second words", "figure")
    ]
