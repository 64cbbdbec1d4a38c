"""What bytes are."""

import pytest

from sekisho.sources.files import kinds
from sekisho.sources.files.kinds import extension, is_media, kind_of


@pytest.mark.parametrize(
    ("name", "data", "reader"),
    [
        ("a.bin", b"PK\x03\x04", "zip"),
        ("a.txt", b"%PDF-1.7", "pdf"),
        ("a.txt", b"\r\n%PDF-1.7", "pdf"),
        ("a.xls", b"<html><body>", "html"),
        ("a.xls", b"<!-- x -->\n<TABLE>", "html"),
        ("a.csv", "証券番号".encode("cp932"), "csv"),
        ("a.csv", "証券番号".encode("utf-16"), "csv"),
        ("a", "証券番号".encode("utf-16-le"), "text"),
        ("a.eml", b"To: x", "message"),
        ("a.xml", b"<?xml version='1.0'?>", "xml"),
        ("a", b"MZ\x00\x00 PK\x05\x06", "zip"),
        ("a.mp3", b"\xff\xfb\x90\x00\x00\x01\x02\x03", "no_text"),
        ("a.bmp", b"BM\x01\x02\x03\x04\x00\x00\x00\x00", "no_text"),
        ("a", b"plain", "text"),
    ],
)
def test_kind(name: str, data: bytes, reader: str) -> None:
    assert kind_of(name, data).reader == reader


def test_a_label_decides_only_where_bytes_do_not() -> None:
    assert kind_of("", b"a,b", "text/csv").reader == "csv"
    assert kind_of("", b"PK\x03\x04", "text/csv").reader == "zip"
    assert is_media("image/png", b"\x89PNG\r\n\x1a\n")
    assert not is_media("image/png", b"a,b,c")
    assert not is_media("text/plain", b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize(("name", "ending"), [("a.CSV", "csv"), ("a.b.tar", "tar"), ("a", ""), (".x ", "x")])
def test_extension(name: str, ending: str) -> None:
    assert extension(name) == ending


def test_marks_are_looked_up_by_the_first_byte() -> None:
    for offset, magic, kind in kinds._MAGIC:
        for first in range(256) if offset else magic[:1]:
            assert (offset, magic, kind) in kinds._candidates()[first]
