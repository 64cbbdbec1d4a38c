"""RAR archives: names always, stored members, and the rest where a program for it is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.files import members
from sekisho.sources.files.extract import read_file
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import Limits, RefusedError
from sekisho.sources.files.rar import read_rar
from tests.sources.files import make_archives as make
from tests.sources.files.test_extract import texts, unread

STORED, PACKED = 0x30, 0x33
ENCRYPTION, LINK = b"\x02\x01\x00", b"\x02\x05\x01"


@pytest.fixture
def no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_program", lambda: "")


def here(raw: bytes, limits: Limits | None = None) -> Job:
    """Read without the process apart."""
    job = Job(limits or Limits(), lambda _name, data, part, job, _hint: job.text(part, data.decode()))
    read_rar(raw, "p", job)
    return job


def test_stored_members_of_both_versions() -> None:
    old = make.rar4([("満期.txt".encode("cp932"), b"A-1234567", 0, STORED)])
    new = make.rar5([("満期.txt", b"A-1234567", 0, b"")])
    for raw in (old, new):
        assert texts(read_file("a.rar", raw, "p")) == {"p!満期.txt.name": "満期.txt", "p!満期.txt": "A-1234567"}


@pytest.mark.usefixtures("no_program")
def test_what_stays_closed_is_named() -> None:
    old = make.rar4([(b"a.txt", b"??", 0, PACKED), (b"b.txt", b"??", 4, STORED), (b"c.txt", b"??", 2, STORED)])
    new = make.rar5([("a.txt", b"??", 3, b""), ("b.txt", b"??", 0, ENCRYPTION), ("c.txt", b"??", 0, LINK)])
    for raw in (old, new):
        job = here(raw)
        assert [piece.part for piece in job.contents.pieces] == ["p!a.txt.name", "p!b.txt.name", "p!c.txt.name"]
        reasons = [(one.part, one.reason) for one in job.contents.unread]
        assert reasons == [("p!a.txt", "unsupported"), ("p!b.txt", "encrypted"), ("p!c.txt", "missing")]


def test_names_in_unicode() -> None:
    """RAR 3 keeps a name in the old charset and, packed, in UTF-16: here two characters of two bytes each."""
    packed = bytes([0x00, 0b10_10_00_00, 0x80, 0x6E, 0x1F, 0x67, ord("x")])
    raw = make.rar4([(b"??x\0" + packed, b"A", 0x200, STORED)])
    assert here(raw).contents.pieces[0].part == "p!満期x.name"


def test_encrypted_names() -> None:
    locked = b"Rar!\x1a\x07\x00" + b"\xcf\x90\x73\x80\x00\x0d\x00" + bytes(6)
    with pytest.raises(RefusedError, match="encrypted"):
        here(locked)


def test_a_bomb_and_damage() -> None:
    with pytest.raises(RefusedError, match="suspicious"):
        raw = bytearray(make.rar4([(b"a.txt", b"x", 0, STORED)]))
        raw[20 + 11 : 20 + 15] = b"\xff\xff\xff\x7f"
        here(bytes(raw))
    cut = make.rar5([("a.txt", b"A-1", 0, b""), ("b.txt", b"B-1", 0, b"")])[:60]
    assert [one.reason for one in here(cut).contents.unread] == ["broken"]
    assert unread(read_file("a.rar", b"Rar!\x1a\x07\x05", "p")) == [("p", "unsupported")]


@given(st.data())
def test_any_damage(data: st.DataObject) -> None:
    old = make.rar4([(b"a.txt", b"A-1", 0, STORED), (b"b.txt\0xxxxxx", b"B", 0x200, STORED)])
    new = make.rar5([("a.txt", b"A-1", 0, b""), ("b.txt", b"B", 0, ENCRYPTION)])
    raw = bytearray(data.draw(st.sampled_from([old, new])))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(7, len(raw) - 1))] = data.draw(st.integers(0, 255))
    job = Job(Limits(), lambda *_: None)
    members._program.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(members, "_program", lambda: "")
        try:
            read_rar(bytes(raw[: data.draw(st.integers(8, len(raw)))]), "p", job)
        except RefusedError as refused:
            assert refused.reason in {"broken", "encrypted", "suspicious", "unsupported"}
