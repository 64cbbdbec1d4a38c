"""Workbooks: cells as people read them, and none that would not fit into memory."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.content import Contents, Table
from sekisho.sources.files import sheets
from sekisho.sources.files.extract import contained, read_file, read_into
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import Limits
from sekisho.sources.files.readers import read_apart
from tests.sources.files import make
from tests.sources.files.test_extract import tables, unread


def read_here(reader: str, raw: bytes, limits: Limits | None = None) -> Contents:
    """By a reader that otherwise runs apart."""
    job = Job(limits or Limits(), read_into)
    contained(job, "p", lambda: read_apart(reader, raw, "p", job))
    return job.contents


def test_cells_as_text() -> None:
    rows: list[list[object]] = [
        [1234567890, 12.5, "0123", True, date(2026, 4, 1), datetime(2026, 4, 1, 9, 30), "", 1e15]
    ]
    (row,) = tables(read_file("a.xlsx", make.workbook({"S": rows}), "p"))["p!S"]
    assert row == ["1234567890", "12.5", "0123", "TRUE", "2026-04-01", "2026-04-01 09:30:00", "", "1000000000000000"]


def test_the_first_row_keeps_its_number() -> None:
    rows: list[list[object]] = [[], [], ["", "証券番号"], ["", "A-1"]]
    (piece,) = read_file("a.xlsx", make.workbook({"S": rows}), "p").pieces
    assert isinstance(piece, Table)
    assert piece.first_row == 3
    assert piece.rows == [["証券番号"], ["A-1"]]


def sheet(cells: str) -> bytes:
    """A workbook whose one sheet holds this XML."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return make.zipped(
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": (
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                f'<Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            ).encode(),
            "xl/workbook.xml": (
                f'<workbook {main} xmlns:r="{relations}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
                "</workbook>"
            ).encode(),
            "xl/_rels/workbook.xml.rels": (
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                f'<Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
            ).encode(),
            "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData>{cells}</sheetData></worksheet>".encode(),
        }
    )


def test_the_handmade_workbook_is_one() -> None:
    assert tables(read_file("a.xlsx", sheet('<row r="1"><c r="A1"><v>5</v></c></row>'), "p")) == {"p!S": [["5"]]}


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c t="n" r="XFD1048576"><v>1</v></c></row>',
        "<row r='1'><c r='XFD1'><v>1</v></c></row><row r='9999999'><c r='A9999999'><v>1</v></c></row>",
    ],
)
def test_two_cells_in_far_corners_are_refused(cells: str) -> None:
    assert [reason for _, reason in unread(read_file("a.xlsx", sheet(cells), "p"))] == ["too_big"]
    assert unread(read_here("office, carefully", sheet(cells))) == [("p", "too_big")]


def test_the_limit_counts_cells() -> None:
    book = make.workbook({"S": [["a"] * 10] * 20, "T": [["a"]]})
    contents = read_file("a.xlsx", book, "p", Limits(max_cells=200))
    assert (unread(contents), list(tables(contents))) == ([("p!T", "too_big")], ["p!S"])
    assert unread(read_file("a.xlsx", book, "p", Limits(max_cells=201))) == []
    assert unread(read_here("office, carefully", book, Limits(max_cells=200))) == [("p", "too_big")]
    assert unread(read_here("office, carefully", book, Limits(max_cells=201))) == []


def test_ods_and_its_repetitions() -> None:
    def ods(repeat: str) -> bytes:
        names = (
            'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
        )
        xml = (
            f"<office:document-content {names}><office:body><office:spreadsheet><table:table table:name='S'>"
            f"<table:table-row {repeat}><table:table-cell table:number-columns-repeated='3' office:value-type='string'>"
            "<text:p>A-1</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>"
            "</office:document-content>"
        )
        kind = b"application/vnd.oasis.opendocument.spreadsheet"
        return make.zipped({"mimetype": kind, "content.xml": xml.encode(), "META-INF/manifest.xml": b"<m/>"})

    assert tables(read_file("a.ods", ods(""), "p")) == {"p!S": [["A-1", "A-1", "A-1"]]}
    assert len(tables(read_file("a.ods", ods("table:number-rows-repeated='5'"), "p"))["p!S"]) == 5
    for times in (2_000, 999_999_999):
        raw = ods(f"table:number-rows-repeated='{times}'")
        assert unread(read_file("a.ods", raw, "p", Limits(max_cells=1000))) == [("p", "too_big")]


def test_xls_rectangles() -> None:
    raw = make.ole({"Workbook": make.biff([(0, 0, "a"), (99, 9, "b")])})
    for most, reasons in ((999, ["too_big"]), (1000, [])):
        limits = Limits(max_cells=most)
        assert [reason for _, reason in unread(read_file("a.xls", raw, "p", limits))] == reasons
        assert [reason for _, reason in unread(read_here("ole, carefully", raw, limits))] == reasons


def test_xlsb() -> None:
    rows = [["証券番号", "契約者名"], ["A-1234567", "山田太郎"]]
    assert tables(read_file("a.xlsb", make.xlsb(rows), "p")) == {"p!一覧": rows}
    assert tables(read_here("office, carefully", make.xlsb(rows))) == {"p!一覧": rows}
    assert unread(read_here("office, carefully", make.xlsb(rows), Limits(max_cells=3))) == [("p", "too_big")]


def test_a_panic_of_the_reader_is_listed_and_quotes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    panic = type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})

    def fail(_: object) -> None:
        raise panic("A-1234567")

    monkeypatch.setattr(sheets.python_calamine.CalamineWorkbook, "from_filelike", fail, raising=False)
    contents = read_here("office", make.workbook({"S": [["a"]]}))
    assert unread(contents) == [("p", "broken")]
    assert "A-1234567" not in contents.unread[0].detail


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"/></row><row r="9999"><c r="xfd9999"/></row>',
        '<row r="1"><c r="A1"/></row><row r="9999"><c r = "XFD9999"/></row>',
        "<row r='1'><c r='A1'/></row><row r='9999'><c r='XFD9999'/></row>",
        '<row r="1"><c r="A1"/></row><row r="9999"><x-y:c xmlns:x-y="z" r="XFD9999"/></row>',
        '<row r="1"><c r="A1"/></row><row r="9999"><c x=">" r="XFD9999"/></row>',
        '<row r="1"><c r="A1"/></row><row x=">" r="1048576"><c/><c/><c/><c/><c/></row>',
        '<row r="1"><c/></row><row r="1048576"><c/><c/><c/><c/><c/></row>',
        '<row r="99999999999999999999"><c r="B2"/></row>',
    ],
)
def test_a_huge_rectangle_is_found_however_its_corners_are_written(cells: str) -> None:
    assert unread(read_here("office, carefully", sheet(cells))) == [("p", "too_big")]
    assert unread(read_file("a.xlsx", sheet(cells), "p")) == [("p", "no_text")]  # cells without a value take no room


def test_small_sheets_without_references_are_read() -> None:
    cells = "<row><c><v>1</v></c><c><v>2</v></c></row>" * 3_000
    assert len(tables(read_file("a.xlsx", sheet(cells), "p"))["p!S"]) == 3_000


_CELLS = st.lists(
    st.sampled_from(
        [
            '<row r="{n}">', "<row>", "</row>", '<c r="{c}{n}">', "<c>", "<c r = '{c}{n}'>", "</c>", "<v>{n}</v>",
            '<c s="1" r="{c}{n}" t="s">', '<x:c r="{c}{n}">', '<c\nr="{c}{n}"/>', "<x:row>", '<cols><col min="{n}"/>',
        ]
    )
)  # fmt: skip


@given(_CELLS, st.sampled_from(["A", "z", "AA", "xfd", "WXYZ"]), st.sampled_from([1, 9_999, 10_000, 1_048_576]))
def test_the_quick_bound_is_never_below_the_count(pieces: list[str], column: str, row: int) -> None:
    xml = ("<sheetData>" + "".join(pieces).format(c=column, n=row)).encode()
    assert sheets._most_cells(xml) >= sheets._cells(xml)
