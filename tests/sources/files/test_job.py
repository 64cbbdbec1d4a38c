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
