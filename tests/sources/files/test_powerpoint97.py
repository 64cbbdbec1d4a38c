"""Old PowerPoint presentations."""

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Contents, Text
from sekisho.sources.files.job import Hint, Job
from sekisho.sources.files.limits import Limits, RefusedError
from sekisho.sources.files.ole import Compound
from sekisho.sources.files.ole_writer import compound_file
from sekisho.sources.files.powerpoint97 import read_powerpoint97


def record(kind: int, content: bytes, shape: int = 0) -> bytes:
    return struct.pack("<HHI", shape, kind, len(content)) + content


def wide(text: str, kind: int = 0x0FA0) -> bytes:
    return record(kind, text.encode("utf-16-le"))


SLIDE = record(
    0x03EE, wide("満期のご案内\r山田太郎 様") + record(0x0FA8, b"Policy A-1234567") + wide("注釈", 0x0FBA), 0xF
)


def ppt(stream: bytes, user: bytes = bytes(20)) -> bytes:
    return compound_file({"PowerPoint Document": stream, "Current User": user})


def read(raw: bytes) -> Contents:
    def keep(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
        del name, hint
        job.text(part, data.decode("latin-1"))

    job = Job(Limits(max_member_bytes=1 << 20, ratio_floor=1 << 16), keep)
    read_powerpoint97(Compound(raw), "a.ppt", job)
    return job.contents


def test_text_of_slides_each_once() -> None:
    assert read(ppt(SLIDE + SLIDE + bytes(26) + record(0x1772, b"x" * 8))).pieces == [
        Text("a.ppt", "満期のご案内\n山田太郎 様\nPolicy A-1234567\n注釈")
    ]


def test_text_behind_padding_is_found() -> None:
    contents = read(ppt(SLIDE + bytes(27) + record(0x0FA8, b"behind")))
    assert [piece.text.endswith("behind") for piece in contents.pieces if isinstance(piece, Text)] == [True]
    assert contents.unread == []


def test_embedded_objects_are_inflated_and_opened() -> None:
    packed = struct.pack("<I", 9) + zlib.compress(b"A-1234567")
    contents = read(ppt(SLIDE + record(0x1011, packed, 0x10) + record(0x1011, b"\xd0\xcf\x11\xe0")))
    assert contents.pieces[1:] == [
        Text("a.ppt!object[1]", "A-1234567"), Text("a.ppt!object[2]", "\xd0\xcf\x11\xe0"),
    ]  # fmt: skip


def test_bombs_and_broken_objects_are_listed() -> None:
    bomb = struct.pack("<I", 5) + zlib.compress(bytes(5 << 20))
    contents = read(ppt(SLIDE + record(0x1011, bomb, 0x10) + record(0x1011, b"\x01\x00\x00\x00junk", 0x10)))
    assert [(one.part, one.reason) for one in contents.unread] == [
        ("a.ppt!object[1]", "broken"), ("a.ppt!object[2]", "broken"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stream", "user"),
    [(SLIDE, bytes(12) + struct.pack("<I", 0xF3D1C4DF) + bytes(4)), (SLIDE + record(0x2F14, b"", 0xF), bytes(20))],
)
def test_a_password_is_told(stream: bytes, user: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        read(ppt(stream, user))
    assert caught.value.reason == "encrypted"


def test_a_cut_off_record_is_listed() -> None:
    contents = read(ppt(SLIDE + struct.pack("<HHI", 0, 0x0FA0, 1 << 30) + b"x"))
    assert [one.reason for one in contents.unread] == ["broken"]
    assert len(contents.pieces) == 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SLIDE) - 1), st.integers(0, 255)), max_size=8))
def test_damage_is_read_or_listed(changes: list[tuple[int, int]]) -> None:
    stream = bytearray(SLIDE)
    for at, byte in changes:
        stream[at] = byte
    try:
        read(ppt(bytes(stream)))
    except RefusedError as refused:
        assert refused.reason == "encrypted"
