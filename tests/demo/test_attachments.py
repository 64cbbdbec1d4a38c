import csv
import io
import zipfile

import pypdfium2
import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from sekisho.demo.attachments import (
    broken_xlsx,
    csv_bytes,
    docx_file,
    locked_zip,
    pdf_file,
    xlsx_bytes,
    zip_bytes,
)
from sekisho.demo.dice import Dice

ROWS = [["証券番号", "契約者名"], ["K101-1234567", "髙橋　太郎"]]


def test_csv_in_cp932() -> None:
    assert list(csv.reader(io.StringIO(csv_bytes(ROWS).decode("cp932"), newline=""))) == ROWS


def test_workbook_with_a_title() -> None:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_bytes(ROWS, title="一覧表"))).get_sheet_by_index(0)
    assert sheet.to_python() == [["一覧表", ""], ["", ""], *ROWS]


def test_the_same_bytes_every_time() -> None:
    assert xlsx_bytes(ROWS) == xlsx_bytes(ROWS)
    assert zip_bytes({"一覧.csv": b"x"}) == zip_bytes({"一覧.csv": b"x"})


def test_zip_names_are_cp932_without_a_flag() -> None:
    packed = zip_bytes({"満期一覧.csv": b"a" * 200, "説明.txt": b"b"})
    with zipfile.ZipFile(io.BytesIO(packed), metadata_encoding="cp932") as archive:
        assert archive.namelist() == ["満期一覧.csv", "説明.txt"]
        assert archive.read("満期一覧.csv") == b"a" * 200
        assert [entry.flag_bits & 0x800 for entry in archive.infolist()] == [0, 0]


def test_the_locked_zip_says_that_it_is_encrypted() -> None:
    attachment = locked_zip("x.zip", "list.csv", Dice(1).roll("n"))
    with zipfile.ZipFile(io.BytesIO(attachment.content)) as archive, pytest.raises(RuntimeError, match="encrypted"):
        archive.read("list.csv")


def test_the_broken_workbook_is_broken() -> None:
    assert not zipfile.is_zipfile(io.BytesIO(broken_xlsx("x.xlsx", ROWS).content))


def test_word_document() -> None:
    attachment = docx_file("x.docx", ["会議 <資料>"], ROWS)
    with zipfile.ZipFile(io.BytesIO(attachment.content)) as archive:
        document = etree.fromstring(archive.read("word/document.xml"))
    names = {"w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main"}
    assert document.xpath("w:body/w:p//w:t/text()", namespaces=names) == ["会議 <資料>"]
    assert document.xpath("//w:tc//w:t/text()", namespaces=names) == [cell for row in ROWS for cell in row]


def test_pdf_text() -> None:
    document = pypdfium2.PdfDocument(pdf_file("x.pdf", ["証券番号 契約者", "K101-1234567 髙橋　太郎"]).content)
    page = document[0]
    text = page.get_textpage()
    assert text.get_text_range().splitlines() == ["証券番号 契約者", "K101-1234567 髙橋　太郎"]
    text.close()
    page.close()
    document.close()
