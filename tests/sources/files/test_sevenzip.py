"""7z: every member is read or listed, and nothing it declares is believed."""

import lzma
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.files.extract import read_file
from sekisho.sources.files.job import Hint, Job
from sekisho.sources.files.limits import Limits, RefusedError
from sekisho.sources.files.sevenzip import SIGNATURE, read_seven_zip
from tests.sources.files import make, make_archives
from tests.sources.files.test_extract import texts

MEMBERS = {"満期ソ表.csv": "証券番号,契約者名\nA-1234567,山田 太郎\n".encode("cp932"), "b.txt": b"hello " * 50_000}


def opened(raw: bytes, limits: Limits | None = None, passwords: tuple[str, ...] = ()) -> tuple[dict[str, bytes], Job]:
    """(members, job), without the process apart."""
    found: dict[str, bytes] = {}

    def opener(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
        found[name] = data

    job = Job(limits or Limits(), opener, passwords)
    read_seven_zip(raw, "p", job)
    return found, job


@pytest.mark.parametrize(
    "filters",
    [
        None,
        [{"id": lzma.FILTER_LZMA1, "preset": 3}],
        [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": 3}],
        [{"id": lzma.FILTER_DELTA, "dist": 4}, {"id": lzma.FILTER_LZMA2, "preset": 3}],
        [{"id": 0x31}],  # py7zr's numbers: bzip2, deflate, copy
        [{"id": 0x32}],
        [{"id": 0x33}],
    ],
)
def test_methods(filters: object) -> None:
    found, job = opened(make_archives.seven_zip(MEMBERS, filters=filters))
    assert found == MEMBERS
    assert job.contents.unread == []


def test_members_are_read_apart_as_everywhere() -> None:
    contents = read_file("a.7z", make_archives.seven_zip({"満期.txt": b"A-1234567"}), "p")
    assert texts(contents) == {"p!満期.txt.name": "満期.txt", "p!満期.txt": "A-1234567"}


@pytest.mark.parametrize("names", [False, True])
def test_passwords(names: bool) -> None:
    raw = make_archives.seven_zip(MEMBERS, "山田2024", names=names)
    found, job = opened(raw, passwords=("wrong", "山田2024", "other"))
    assert found == MEMBERS
    assert job.passwords[0] == "山田2024"  # tried first from now on
    for passwords, tried in (((), 0), (("wrong", "false"), 2)):
        contents = read_file("a.7z", raw, "p", passwords=passwords)
        (where, *_) = contents.unread
        assert where.reason == "encrypted"
        assert f"{tried} passwords tried" in where.detail
        assert bool(contents.pieces) != names  # names are read where they are not encrypted themselves


def test_zip_in_seven_zip_in_zip() -> None:
    inner = make_archives.locked_zip({"満期.txt": b"A-1234567"}, b"Ab12")
    raw = make.zipped({"b.7z": make_archives.seven_zip({"c.zip": inner}, "Cd34")})
    assert texts(read_file("a.zip", raw, "p", passwords=("Ab12", "Cd34")))["p!b.7z!c.zip!満期.txt"] == "A-1234567"


def lzma2_archive(packed: bytes, size: int, dictionary: int, crc: int = 0, methods: bytes = b"\x21\x21\x01") -> bytes:
    """An archive of one member, its directory in the clear; ``dictionary`` is LZMA2's property byte."""
    name = "a.txt\0".encode("utf-16-le")
    header = b"\x01\x04\x06\x00\x01\x09" + number(len(packed)) + b"\x00"
    header += b"\x07\x0b\x01\x00\x01" + methods + bytes([dictionary]) + b"\x0c" + number(size) + b"\x00"
    header += b"\x08\x0a\x01" + struct.pack("<I", crc) + b"\x00\x00"
    header += b"\x05\x01\x11" + number(len(name) + 1) + b"\x00" + name + b"\x00\x00"
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return SIGNATURE + b"\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


def number(value: int) -> bytes:
    return b"\xff" + struct.pack("<Q", value) if value > 127 else bytes([value])


def test_a_dictionary_of_4_gib_is_no_larger_than_what_is_in_it() -> None:
    data = b"A-1234567 " * 10
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2}])
    found, job = opened(lzma2_archive(packed, len(data), 40, zlib.crc32(data)))
    assert found == {"a.txt": data}
    assert job.contents.unread == []
    huge = Limits(max_total_bytes=8 << 30, max_ratio=1 << 40)
    _, job = opened(lzma2_archive(packed, 3 << 30, 40), huge)
    assert [(one.reason, one.detail) for one in job.contents.unread] == [("too_big", "7z: dictionary of 3072 MiB")]


def test_bombs_are_refused_by_what_they_declare_or_stopped_by_what_they_are() -> None:
    bomb = lzma.compress(bytes(9 << 20), lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0}])
    with pytest.raises(RefusedError, match="suspicious"):
        opened(lzma2_archive(bomb, 9 << 20, 20))
    with pytest.raises(RefusedError, match="too_big"):
        opened(lzma2_archive(bomb, 1 << 40, 20), Limits(max_ratio=1 << 60))
    found, job = opened(lzma2_archive(bomb, 1000, 20))  # less than it holds: no more is taken
    assert found == {"a.txt": bytes(1000)}
    assert [one.reason for one in job.contents.unread] == ["broken"]


def test_what_is_not_known_is_listed() -> None:
    _, job = opened(lzma2_archive(b"x", 1, 0, methods=b"\x23\x03\x04\x01\x01"))
    assert [(one.reason, one.detail) for one in job.contents.unread] == [("unsupported", "7z method PPMd")]


def test_more_members_than_allowed() -> None:
    raw = make_archives.seven_zip({f"{turn}.txt": b"x" for turn in range(6)})
    found, job = opened(raw, Limits(max_parts=4))
    assert len(found) == 4
    assert [(one.part, one.reason) for one in job.contents.unread] == [("p", "too_big")]


PLAIN = make_archives.seven_zip({"a.txt": b"A-1234567 " * 20, "b.txt": b"xyz"})
LOCKED = make_archives.seven_zip({"a.txt": b"A-1234567 " * 20}, "Ab12")


@given(st.data())
def test_damaged_archives_never_raise(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([PLAIN, LOCKED])))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    end, size = len(raw), int.from_bytes(raw[20:28], "little")
    if size < 1000 and data.draw(st.booleans()):  # let the damage reach the reader of the directory
        raw[28:32] = struct.pack("<I", zlib.crc32(raw[end - size :]))
    try:
        _, job = opened(bytes(raw[: data.draw(st.integers(1, end))]), passwords=("Ab12",))
    except RefusedError as refused:
        assert refused.reason in {"broken", "suspicious", "too_big", "encrypted", "unsupported"}
    else:
        assert all(one.reason for one in job.contents.unread)
