"""The carriers of the accuracy tool are read back by libraries that have nothing to do with the product."""

import gzip
import io
import tarfile
import zipfile

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from tools.accuracy import carriers_office, carriers_outlook, carriers_packed, files
from tools.accuracy.carriers_ole import Storage, compound_file

ROWS = [["証券番号", "契約者名"], ["KA12345678", "山田　太郎"]]
PASSWORD = "himitsu-2024"


@pytest.mark.parametrize("make", [carriers_office.xls_file, carriers_office.ods_file])
def test_workbooks(make) -> None:  # type: ignore[no-untyped-def]
    book = CalamineWorkbook.from_filelike(io.BytesIO(make(ROWS)))
    assert book.get_sheet_by_name("一覧").to_python() == ROWS


def test_xls_with_many_strings() -> None:
    rows = [[f"KA{number:08d}", f"山田{number}"] for number in range(900)]
    book = CalamineWorkbook.from_filelike(io.BytesIO(carriers_office.xls_file(rows)))
    assert book.get_sheet_by_index(0).to_python() == rows


def test_zip_with_a_password() -> None:
    packed = carriers_packed.locked_zip({"満期.csv": b"hello" * 99}, PASSWORD)
    with zipfile.ZipFile(io.BytesIO(packed), metadata_encoding="cp932") as archive:
        assert archive.read("満期.csv", PASSWORD.encode()) == b"hello" * 99
        with pytest.raises(RuntimeError, match="password"):
            archive.read("満期.csv")


def test_pdf_with_a_password() -> None:
    data = carriers_office.locked_pdf(["証券番号 KA12345678"], PASSWORD)
    with pytest.raises(pypdfium2.PdfiumError, match="password"):
        pypdfium2.PdfDocument(data)
    document = pypdfium2.PdfDocument(data, password=PASSWORD)
    assert document[0].get_textpage().get_text_range() == "証券番号 KA12345678"
    document.close()


def test_tar_gz() -> None:
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(carriers_packed.tar_gz_file({"a.csv": b"x"})))) as archive:
        member = archive.extractfile("a.csv")
        assert member is not None
        assert member.read() == b"x"


def test_rtf_is_ascii_and_names_every_character() -> None:
    text = carriers_office.rtf_file(["山田𠮷"], ROWS).decode("ascii")
    assert "\\u23665?\\u30000?\\u-10174?\\u-8265?" in text
    assert text.count("\\cell ") == 4
    assert "\\'8e\\'52\\'93\\'63" in carriers_office.rtf_file(["山田"], hexed=True).decode("ascii")


def test_compound_file_has_its_signature_and_whole_sectors() -> None:
    data = compound_file(Storage({"small": b"x", "large": b"y" * 5000, "folder": Storage({"inside": b"z"})}))
    assert data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    assert len(data) % 512 == 0
    assert "folder".encode("utf-16-le") in data


def test_outlook_carriers_hold_what_they_say() -> None:
    item = carriers_outlook.Item("件名", "本文", attachments=(("満期.csv", b"KA12345678"),))
    assert "本文".encode("utf-16-le") in carriers_outlook.msg_file(item)
    assert "本文".encode("cp932") in carriers_outlook.msg_file(item, unicode=False)
    assert b"KA12345678" in carriers_outlook.winmail_dat("本文", (("満期.csv", b"KA12345678"),))


@pytest.mark.parametrize("name", files.available())
def test_every_kind_can_be_built(name: str) -> None:
    assert len(files.KINDS[name].make(ROWS, ["証券番号 KA12345678"])) > 30


@pytest.mark.parametrize("name", files.lockable())
def test_what_is_locked_does_not_show(name: str) -> None:
    data = files.LOCKED[name].make(ROWS, ["証券番号 KA12345678"], PASSWORD)
    assert b"KA12345678" not in data
    assert PASSWORD.encode() not in data
