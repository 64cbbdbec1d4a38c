"""LZH archives."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.files.extract import read_file
from sekisho.sources.files.job import Hint, Job
from sekisho.sources.files.limits import Limits, RefusedError
from sekisho.sources.files.lzh import crc16, read_lzh, unpack
from tests.sources.files import make_archives as make
from tests.sources.files.test_extract import tables, texts, unread

LIST = "証券番号,契約者名,電話,満期日\n" + "".join(
    f"A-{1000000 + turn},山田 太郎,03-0000-{1234 + turn % 7:04d},2026/0{1 + turn % 9}/1{turn % 9}\n"
    for turn in range(60)
)
REAL = base64.b64decode(
    "KgAtbGg1LXoBAABuCgAABCMCayACzCsABQAATdILAAFsaXN0LmNzdgAAAU5acrJWo5HcALI/Tu3d3e7uiM1hsJBXAawErUS0pYTgJRJ6MBwCMW"
    "w1PnB78R/E9TAAaAPp97eHD68/HLb28fzd88ffLf4cu7Lj7eXPfz6OrYk/7Zbuvf39Pr8cuzKbbP3jsRWfJZrSU0kk8S01lxnLWSJiWusumctp"
    "IuJbay65y3kjYlvrLtnLiSPiXGsu+cukkjEun/LeecuskpiXUjO0kriXYjO8ktiXcjMItJkZhFohGYRaKRmEWjEZhFo5GYRaQRmEWlCMwi0qRm"
    "EWliM9EXcjMItZkZhFqhGYRaqRmEWrEZhFq5GYRawRmEWtCMwi1qRmEWtiM9EXcjMItpkZhFshGYRbKRmEWzEZhFs5GYRbQRmEW1CMwi2qRmEW"
    "1iM9EXcjMIt5kZhFuhGYRbqRmEW7EZhFu5GYRbwRmEW9CMwi3qRmEW9iM9EXcjMIuJkZhFwhGYRcKRmEXDEZhFw5GYRcQRmEXFCMwi4qRmEXFi"
    "M9EXcjP+RYAA=="
)
"""The list above, packed by a common packer (-lh5-, header level 2)."""
DATA = b"A-1234567 \x00\x01" * 20 + b"=" * 300 + "山田".encode("cp932")
SIZES = [b"-lh4-", b"-lh5-", b"-lh6-", b"-lh7-"]


def test_an_archive_as_packers_make_it() -> None:
    contents = read_file("a.lzh", REAL, "p")
    assert tables(contents)["p!list.csv"] == [line.split(",") for line in LIST.splitlines()]
    assert contents.unread == []


@pytest.mark.parametrize("method", SIZES)
@pytest.mark.parametrize("level", [0, 1, 2])
def test_methods_and_header_levels(method: bytes, level: int) -> None:
    name = "満期ソ表.txt".encode("cp932")
    raw = make.lzh(name, make.lh_packed(DATA, method), len(DATA), make.crc16(DATA), method=method, level=level)
    found: dict[str, bytes] = {}

    def opener(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
        found[name] = data

    job = Job(Limits(), opener)
    read_lzh(raw, "p", job)
    assert found == {"満期ソ表.txt": DATA}
    assert job.contents.unread == []


def test_stored_several_and_unknown_methods() -> None:
    one = make.lzh(b"a.txt", b"A-1234567", 9, crc16(b"A-1234567"))
    old = make.lzh(b"b.txt", b"???", 9, 0, method=b"-lh1-")
    folder = make.lzh(b"c\\", b"", 0, 0, method=b"-lhd-")
    contents = read_file("a.lzh", one[:-1] + folder[:-1] + old, "p")
    assert texts(contents) == {"p!a.txt.name": "a.txt", "p!a.txt": "A-1234567", "p!b.txt.name": "b.txt"}
    assert unread(contents) == [("p!b.txt", "unsupported")]


def test_damage_is_listed_and_what_is_there_is_read() -> None:
    wrong = make.lzh(b"a.txt", b"A-1234567", 9, 1)
    assert unread(read_file("a.lzh", wrong, "p")) == [("p!a.txt", "broken")]
    packed = make.lh_packed(b"A-1234567 " * 50)
    cut = make.lzh(b"a.txt", packed, 500, 0, method=b"-lh5-")[:-150]
    contents = read_file("a.lzh", cut, "p")
    assert texts(contents)["p!a.txt"].startswith("A-1234567 A-")
    assert unread(contents) == [("p!a.txt", "broken")]


def test_bombs() -> None:
    bomb = make.lzh(b"a.txt", make.lh_packed(b"x" * 5000), 1 << 31, 0, method=b"-lh5-")
    assert unread(read_file("a.lzh", bomb, "p")) == [("p!a.txt", "suspicious")]
    many = make.lzh(b"a.txt", b"x", 1, crc16(b"x"))[:-1] * 5
    assert unread(read_file("a.lzh", many, "p", Limits(max_parts=3))) == [("p", "too_big")]
    assert unpack(make.lh_packed(b"x" * 5000), b"-lh5-", 100, lambda: None) == b"x" * 100


@given(st.data())
def test_any_damage(data: st.DataObject) -> None:
    whole = make.lzh(b"a.txt", make.lh_packed(DATA), len(DATA), 0, method=b"-lh5-", level=data.draw(st.integers(0, 2)))
    raw = bytearray(data.draw(st.sampled_from([whole, REAL])))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    job = Job(Limits(), lambda *_: None)
    try:
        read_lzh(bytes(raw[: data.draw(st.integers(1, len(raw)))]), "p", job)
    except RefusedError as refused:
        assert refused.reason == "broken"
