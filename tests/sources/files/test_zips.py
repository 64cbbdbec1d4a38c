"""ZIP members."""

import zipfile

import pytest

from sekisho.sources.files.extract import read_file
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import Limits, RefusedError
from sekisho.sources.files.zips import Archive
from tests.sources.files import make
from tests.sources.files.test_extract import unread


def job(limits: Limits | None = None) -> Job:
    def no_opener(*_: object) -> None:
        raise AssertionError

    return Job(limits or Limits(), no_opener)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_method_of_the_standard_library(method: int) -> None:
    archive = Archive(make.zipped({"a": b"hello " * 100, "folder/": b""}, method), job())
    assert [(member.name, archive.read(member)) for member in archive.members] == [("a", b"hello " * 100)]


def test_names() -> None:
    for raw in (make.cp932_zip("満期ソ表.csv", b"x"), make.zipped({"満期ソ表.csv": b"x"})):
        assert [member.name for member in Archive(raw, job()).members] == ["満期ソ表.csv"]


def test_an_unknown_method_is_listed() -> None:
    raw = make.zipped({"a": b"x"}, zipfile.ZIP_STORED)
    at = raw.rfind(b"PK\x01\x02") + 10
    raw = raw[:at] + (93).to_bytes(2, "little") + raw[at + 2 :]
    assert unread(read_file("a.zip", raw, "p")) == [("p!a", "unsupported")]


def test_bytes_are_taken_from_the_job() -> None:
    archive = Archive(make.zipped({"a": b"x" * 100}), job())
    small = Archive(make.zipped({"a": b"x" * 100}), job(Limits(max_member_bytes=50)))
    assert len(archive.read(archive.members[0])) == 100
    with pytest.raises(RefusedError):
        small.read(small.members[0])


def test_a_member_without_a_name_does_not_hide_the_others() -> None:
    raw = make.zipped({"n": b"A-1234567", "b.txt": b"B-1"})
    at = raw.index(b"PK\x01\x02")
    raw = raw[: at + 28] + b"\0\0" + raw[at + 30 : at + 46] + raw[at + 47 :]  # the name of the first is gone
    end = raw.rindex(b"PK\x05\x06") + 12
    raw = raw[:end] + (int.from_bytes(raw[end : end + 4], "little") - 1).to_bytes(4, "little") + raw[end + 4 :]
    contents = read_file("a.zip", raw, "p")
    assert [getattr(piece, "text", "") for piece in contents.pieces] == ["A-1234567", "b.txt", "B-1"]
