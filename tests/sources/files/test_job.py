"""One job, one budget."""

import pytest

from sekisho.kernel.content import Text, Unread
from sekisho.sources.files.job import Hint, Job
from sekisho.sources.files.limits import Limits, RefusedError


def opener(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
    job.text(part, f"{name} {job.depth}")
    if data:
        job.open(name, data[1:], f"{part}!{name}", hint)


def test_depth_is_counted_and_bounded() -> None:
    job = Job(Limits(max_depth=3), opener)
    job.open("a", b"xxxxx", "p")
    assert job.contents.pieces == [Text("p", "a 1"), Text("p!a", "a 2"), Text("p!a!a", "a 3")]
    assert job.contents.unread == [Unread("p!a!a!a", "too_deep", "more than 3 levels")]
    assert job.depth == 0


def test_parts_and_bytes() -> None:
    job = Job(Limits(max_parts=2, max_member_bytes=10, max_total_bytes=15), opener)
    assert [job.take_part() for _ in range(3)] == [True, True, False]
    job.take_bytes(10)
    for size in (11, 6):
        with pytest.raises(RefusedError, match="too_big"):
            job.take_bytes(size)


def test_empty_texts_and_tables_are_not_kept() -> None:
    job = Job(Limits(), opener)
    job.text("p", " \n")
    job.table("p", [])
    assert job.contents.pieces == []


def test_what_stayed_locked_is_read_again_in_its_place() -> None:
    def reader(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
        job.take_part()
        job.take_bytes(len(data))
        if name == "box":
            job.open("inner", data, f"{part}!inner")
        elif name in job.passwords or name == "open":
            job.text(part, name)
            job.text(part, "more")
        else:
            job.unread(part, "encrypted")

    job = Job(Limits(max_parts=6, max_total_bytes=6), reader, ["given"])
    for name in ("one", "open", "box", "two"):
        job.open(name, b"x", name)
    assert [entry.part for entry in job.contents.unread] == ["one", "box!inner", "two"]
    assert job.locked
    job.reopen(["two", "inner", "one"])
    assert job.contents.pieces == [Text(part, text) for part, name in PLACES for text in (name, "more")]
    assert job.contents.unread == []
    assert not job.locked
    assert job.passwords == ["two", "inner", "one", "given"]
    assert (job.parts_left, job.bytes_left, job.depth) == (1, 1, 0)


PLACES = (("one", "one"), ("open", "open"), ("box!inner", "inner"), ("two", "two"))


def test_what_no_password_opens_stays_listed_once() -> None:
    def reader(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
        job.unread(part, "encrypted", f"{len(job.passwords)} tried")

    job = Job(Limits(), reader)
    job.open("a", b"x", "a")
    job.reopen(["wrong"])
    assert job.contents.unread == [Unread("a", "encrypted", "1 tried")]
