"""Compressed streams and tar."""

import gzip
import io
import tarfile

import pytest

from sekisho.sources.files.extract import read_file
from tests.sources.files.test_extract import texts, unread


@pytest.mark.parametrize(
    ("name", "inner"),
    [
        ("a.txt.gz", "a.txt"),
        ("A.TXT.GZ", "A.TXT"),
        ("a.tgz", "a.tar"),
        ("x/y.gz", "y"),
        ("odd", "odd"),
        (".gz", "content"),
    ],
)
def test_the_inner_name(name: str, inner: str) -> None:
    assert texts(read_file(name, gzip.compress(b"hello"), "p")) == {f"p!{inner}": "hello"}


def test_several_streams_in_one_file_and_trailing_bytes() -> None:
    raw = gzip.compress(b"one ") + gzip.compress(b"two")
    assert texts(read_file("a.gz", raw, "p")) == {"p!a": "one two"}
    assert texts(read_file("a.gz", raw + b"\0\0\0rubbish", "p")) == {"p!a": "one two"}


def test_a_cut_stream_is_read_and_listed() -> None:
    contents = read_file("a.gz", gzip.compress(b"A-1234567 " * 5000)[:-20], "p")
    assert texts(contents)["p!a"].startswith("A-1234567 ")
    assert unread(contents) == [("p!a", "broken")]


def test_tar_names_in_any_charset_and_links_left_alone() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT, encoding="cp932") as archive:
        info = tarfile.TarInfo("満期一覧.txt")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"A-1"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
    assert texts(read_file("a.tar", made.getvalue(), "p")) == {
        "p!満期一覧.txt.name": "満期一覧.txt",
        "p!満期一覧.txt": "A-1",
    }
