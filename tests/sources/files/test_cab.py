"""CAB archives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.files import members
from sekisho.sources.files.cab import read_cab
from sekisho.sources.files.extract import read_file
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import Limits, RefusedError
from tests.sources.files import make_archives as make
from tests.sources.files.test_extract import texts, unread

MEMBERS = {"ソ\\満期.txt".encode("cp932"): b"A-1234567", b"b.txt": b"hello " * 20_000}


@pytest.mark.parametrize("method", [0, 1])
def test_stored_and_mszip(method: int) -> None:
    found = texts(read_file("a.cab", make.cab(MEMBERS, method=method), "p"))
    assert found["p!ソ/満期.txt"] == "A-1234567"
    assert found["p!b.txt"] == "hello " * 20_000


def test_other_methods_are_listed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_program", lambda: "")
    job = Job(Limits(), lambda *_: None)
    read_cab(make.cab({b"a.txt": b"x"}, method=3), "p", job)
    assert [(one.part, one.reason) for one in job.contents.unread] == [("p!a.txt", "unsupported")]
    assert [piece.part for piece in job.contents.pieces] == ["p!a.txt.name"]


def test_bombs_and_damage() -> None:
    assert unread(read_file("a.cab", make.cab({b"a.txt": b"x"}, size=1 << 31), "p")) == [("p", "suspicious")]
    cut = read_file("a.cab", make.cab(MEMBERS)[:-30], "p")
    assert texts(cut)["p!ソ/満期.txt"] == "A-1234567"
    assert unread(cut) == [("p!b.txt", "broken")]
    assert unread(read_file("a.cab", b"MSCF" + bytes(10), "p")) == [("p", "broken")]


@given(st.data())
def test_any_damage(data: st.DataObject) -> None:
    raw = bytearray(make.cab({b"a.txt": b"A-1234567" * 10, b"b": b"x"}))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(4, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(members, "_program", lambda: "")
        try:
            read_cab(bytes(raw[: data.draw(st.integers(5, len(raw)))]), "p", Job(Limits(), lambda *_: None))
        except RefusedError as refused:
            assert refused.reason in {"broken", "suspicious"}
