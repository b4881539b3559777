"""Tables as files: nothing in them runs as a formula, headings included."""

import io

from python_calamine import CalamineWorkbook

from ccperf.core.exports import table_response

HEADER, ROW = ["Name", "=1+1"], ["Ann", "@SUM(A1)"]


def test_headings_and_cells_are_plain_text_in_csv():
    text = table_response("csv", "people", HEADER, [ROW]).content.decode("utf-8-sig")
    assert text.splitlines() == ["Name,'=1+1", "Ann,'@SUM(A1)"]


def test_headings_and_cells_are_plain_text_in_a_workbook():
    content = table_response("xlsx", "people", HEADER, [ROW]).content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows == [["Name", "'=1+1"], ["Ann", "'@SUM(A1)"]]
