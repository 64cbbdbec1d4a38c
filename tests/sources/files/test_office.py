"""Office documents: everything that carries text, hidden or not."""

import pytest

from sekisho.sources.files.extract import read_file
from tests.sources.files import make
from tests.sources.files.test_extract import ROWS, tables, texts, unread
from tests.sources.files.test_sheets import read_here

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def row(*cells: str) -> str:
    return "<w:tr>" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in cells) + "</w:tr>"


def test_docx_paragraphs_tables_and_side_parts() -> None:
    body = (
        "<w:p><w:r><w:t>証券</w:t></w:r><w:r><w:t>番号</w:t><w:tab/><w:t>A-1</w:t><w:br/></w:r></w:p>"
        f"<w:tbl>{row('証券番号', '契約者名')}{row('A-1234567', '山田太郎')}</w:tbl>"
        "<w:p><w:r><w:txbxContent><w:p><w:r><w:t>枠の中</w:t></w:r></w:p></w:txbxContent></w:r></w:p>"
        "<w:p><w:del><w:r><w:delText>消した A-9</w:delText></w:r></w:del></w:p>" + paragraph("終わり")
    )
    side = {
        f"word/{name}.xml": f"<w:x {W}>{paragraph(name)}</w:x>".encode()
        for name in ("header1", "footer2", "comments", "footnotes")
    }
    contents = read_file("a.docx", make.docx(body, side), "p")
    assert texts(contents)["p"] == "証券番号\tA-1\n\n枠の中\n消した A-9\n終わり"
    assert tables(contents) == {"p!table[1]": ROWS}
    assert {part for part in texts(contents) if part != "p"} == {"p!header1", "p!footer2", "p!comments", "p!footnotes"}
    assert unread(contents) == []


def test_nested_docx_tables() -> None:
    inner = f"<w:tbl>{row('a', 'b')}</w:tbl>"
    contents = read_file("a.docx", make.docx(f"<w:tbl><w:tr><w:tc>{inner}{paragraph('c')}</w:tc></w:tr></w:tbl>"), "p")
    assert tables(contents) == {"p!table[1]": [["a", "b"]], "p!table[2]": [["c"]]}


def test_embedded_workbooks_are_read() -> None:
    embedded = {"word/embeddings/Book1.xlsx": make.workbook({"S": [list(one) for one in ROWS]})}
    assert tables(read_file("a.docx", make.docx(paragraph("x"), embedded), "p")) == {"p!Book1.xlsx!S": ROWS}


def test_pptx_slides_and_tables() -> None:
    a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    cell = "<a:tc><a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc>"
    slide = (
        f"<p {a}><a:p><a:r><a:t>満期一覧</a:t></a:r></a:p><a:tbl><a:tr>{cell.format('A-1')}{cell.format('山田')}"
        "</a:tr></a:tbl></p>"
    )
    raw = make.zipped(
        {"[Content_Types].xml": b"", "ppt/slides/slide2.xml": slide.encode(), "ppt/slides/slide10.xml": slide.encode()}
    )
    contents = read_file("a.pptx", raw, "p")
    assert list(texts(contents)) == ["p!slide2", "p!slide10"]
    assert tables(contents)["p!slide2!table[1]"] == [["A-1", "山田"]]


def test_xlsx_hidden_sheets_comments_and_pivot_caches() -> None:
    book = make.workbook({"見える": [["a"]], "隠れた": [list(one) for one in ROWS]}, hidden=("隠れた",))
    assert tables(read_file("a.xlsx", book, "p"))["p!隠れた"] == ROWS
    with_extras = _add(
        book,
        {
            "xl/comments1.xml": b"<comments><comment><text><t>A-9 memo</t></text></comment></comments>",
            "xl/pivotCache/pivotCacheDefinition1.xml": "<x><s v=\"山田太郎\"/><n v='12'/></x>".encode(),
        },
    )
    found = texts(read_file("a.xlsx", with_extras, "p"))
    assert found["p!comments1"] == "A-9 memo"
    assert found["p!pivotCacheDefinition1"] == "山田太郎\n12"


def test_charts_keep_values_and_diagrams_text() -> None:
    chart = "<c:chart xmlns:c='c'><c:strCache><c:pt><c:v>山田太郎</c:v></c:pt></c:strCache></c:chart>".encode()
    diagram = b"<d xmlns:a='a'><a:p><a:r><a:t>A-9</a:t></a:r></a:p></d>"
    raw = make.docx(paragraph("A-1"), {"word/charts/chart1.xml": chart, "word/diagrams/data1.xml": diagram})
    assert texts(read_file("a.docx", raw, "p")) == {"p": "A-1", "p!data1": "A-9", "p!chart1": "山田太郎"}


def _add(raw: bytes, members: dict[str, bytes]) -> bytes:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return make.zipped({name: archive.read(name) for name in archive.namelist()} | members)


def test_open_document_text_and_sheet() -> None:
    names = 'xmlns:t="urn:text" xmlns:table="urn:table" xmlns:office="urn:office"'
    xml = (
        f"<x {names}><t:h>題</t:h><t:p>証券<t:span>番号</t:span> A-1</t:p><table:table><table:table-row>"
        "<table:table-cell><t:p>山田</t:p></table:table-cell><table:table-cell table:number-columns-repeated='2'>"
        "<t:p>A-2</t:p></table:table-cell></table:table-row></table:table></x>"
    )
    raw = make.zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": xml.encode()})
    contents = read_file("a.odt", raw, "p")
    assert texts(contents) == {"p": "題\n証券番号 A-1"}
    assert tables(contents) == {"p!table[1]": [["山田", "A-2", "A-2"]]}


@pytest.mark.parametrize("codec", ["utf_8", "utf_16"])
def test_a_billion_laughs_are_refused(codec: str) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'.encode(codec)
    docx = make.zipped({"[Content_Types].xml": b"", "word/document.xml": bomb})
    assert unread(read_file("a.docx", docx, "p")) == [("p", "suspicious")]
    xlsx = make.zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b"<x/>", "xl/worksheets/sheet1.xml": bomb})
    assert unread(read_here("office, carefully", xlsx)) == [("p", "suspicious")]


def test_damaged_xml_is_read_as_far_as_possible() -> None:
    raw = make.docx(paragraph("A-1") + "<w:p><broken")
    contents = read_file("a.docx", raw, "p")
    assert texts(contents) == {"p": "A-1"}
    assert unread(contents) == [("p", "broken")]


def test_spreadsheetml_2003() -> None:
    raw = (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>'
        "<Row><Cell><Data>証券番号</Data></Cell><Cell><Data>契約者名</Data></Cell></Row>"
        "<Row><Cell><Data>A-1234567</Data></Cell><Cell><Data>山田太郎</Data></Cell></Row></Table></Worksheet></Workbook>"
    ).encode()
    assert tables(read_file("a.xls", raw, "p")) == {"p!table[1]": ROWS}
