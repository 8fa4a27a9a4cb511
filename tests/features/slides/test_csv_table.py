"""Tables in whatever shape a laboratory exports them, and cells no spreadsheet runs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coverslip.core.errors import InvalidRequest
from coverslip.features.slides import csv_table

ROWS = [["Slide ID", "Stain", "Größe"], ["a;b", "H&E", 'say "hi", äöü'], ["c", "", "x\ny"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_encoding_delimiter_and_line_end_reads_the_same(encoding: str, delimiter: str, line_end: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL).writerows(ROWS)
    table = csv_table.read_table(text.getvalue().encode(encoding))
    assert table.header == ("Slide ID", "Stain", "Größe")
    assert [csv_table.cells_of(table, row) for _, row in table.rows] == [
        {"Slide ID": "a;b", "Stain": "H&E", "Größe": 'say "hi", äöü'},
        {"Slide ID": "c", "Größe": "x\ny"},
    ]


def test_a_separator_that_excel_names_is_used() -> None:
    table = csv_table.read_table(b"sep=;\r\na,b;c\r\n1;2\r\n\r\n;\r\n3;4\r\n")
    assert table.header == ("a,b", "c")
    assert table.rows == ((1, ("1", "2")), (4, ("3", "4")))


@pytest.mark.parametrize("body", [b"", b"\n\n", b",,\n1,2,3\n", b"a,a\n1,2\n", b"\xef\xbb\xbf", b"a," * 400 + b"b\n"])
def test_what_is_no_table_is_refused_in_one_sentence(body: bytes) -> None:
    with pytest.raises(InvalidRequest, match=r"^The table cannot be used: .*\.$"):
        csv_table.read_table(body)


@pytest.mark.parametrize(
    ("column", "meaning"),
    [
        ("Case ID", "case"),
        ("accession_number", "case"),
        ("Bar Code Value", "label_text"),
        ("Slide ID", "slide"),
        ("File-Name", "slide"),
        ("Block Code", "block"),
        ("STAIN", "stain"),
        ("Patient Sex", "fields.Patient Sex"),
    ],
)
def test_columns_are_known_by_their_usual_names(column: str, meaning: str) -> None:
    assert csv_table.meaning_of(column) == meaning


@pytest.mark.parametrize("cell", ["=1+1", "+1+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert csv_table.safe(cell)[0] == "'"
    assert csv_table.plain(csv_table.safe(cell)) in (cell, cell.removeprefix("'"))


@pytest.mark.parametrize("cell", ["-7", "+1.5", "1e5", "-2,5", "text", "", 7, -1.5, None, True])
def test_numbers_and_text_stay_as_they_are(cell: object) -> None:
    assert csv_table.safe(cell) == ("" if cell is None else str(cell))


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    body = csv_table.written([["name", "note"], *rows]).encode("utf-8", "replace")
    found = [cells for _, cells in csv_table.read_table(body).rows]
    wanted = [[csv_table.safe(cell).replace("\0", "") for cell in row] for row in rows]
    wanted = [row for row in wanted if any(cell.strip() for cell in row)]
    assert [[cell.encode("utf-8", "replace").decode() for cell in row] for row in wanted] == [
        list(row) for row in found
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_are_refused(body: bytes) -> None:
    try:
        table = csv_table.read_table(body)
    except InvalidRequest:
        return
    assert table.header
    for _, row in table.rows:
        csv_table.cells_of(table, row)
