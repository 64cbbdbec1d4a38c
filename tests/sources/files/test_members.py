"""What archives have in common, and the program outside."""

import sys
import zlib
from pathlib import Path

import pytest

from sekisho.sources.files import members
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import Limits, RefusedError
from sekisho.sources.files.members import Declared, read_declared


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A program that "unpacks" by writing what it gets."""
    path = tmp_path / "bsdtar"
    path.write_text(f"#!{sys.executable}\nimport sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())\n")
    path.chmod(0o700)
    monkeypatch.setattr(members, "_program", lambda: str(path))
    return path


def packed(name: str, content: bytes, crc: int | None = None) -> Declared:
    return Declared(name, len(content), 1, zlib.crc32(content) if crc is None else crc)


def read(found: list[Declared], data: bytes, limits: Limits | None = None) -> tuple[list[tuple[str, bytes]], Job]:
    opened: list[tuple[str, bytes]] = []
    job = Job(limits or Limits(), lambda name, data, *_: opened.append((name, data)))
    read_declared(found, "X", data, "p", job)
    return opened, job


@pytest.mark.usefixtures("program")
def test_what_comes_out_is_cut_by_declared_sizes_and_judged_by_checksums() -> None:
    found = [packed("a", b"one"), packed("b", b"three"), Declared("c", 2, 1, None, lambda: b"in")]
    assert read(found, b"onethreein")[0] == [("a", b"one"), ("b", b"three"), ("c", b"in")]
    opened, job = read(found, b"onefour")
    assert opened == [("a", b"one"), ("c", b"in")]
    assert [(one.part, one.reason) for one in job.contents.unread] == [("p!b", "unsupported")]


def test_no_more_is_taken_than_was_declared(program: Path) -> None:
    program.write_text(f"#!{sys.executable}\nimport sys\nwhile True: sys.stdout.buffer.write(bytes(65536))\n")
    opened, _ = read([packed("a", bytes(1000))], b"x" * 100)
    assert opened == [("a", bytes(1000))]


def test_a_program_that_never_ends_is_ended(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_WALL_SECONDS", 0.2)
    program.write_text(f"#!{sys.executable}\nimport time\ntime.sleep(100)\n")
    opened, job = read([packed("a", b"one")], b"x" * 100)
    assert opened == []
    assert [one.reason for one in job.contents.unread] == ["unsupported"]


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "_program", lambda: "")
    plain = [Declared(f"{turn}", 6, 6, None, lambda: b"sixsix") for turn in range(4)]
    opened, job = read(plain, b"x" * 30, Limits(max_parts=3, max_total_bytes=12))
    assert [name for name, _ in opened] == ["0", "1"]
    assert [(one.part, one.reason) for one in job.contents.unread] == [("p", "too_big"), ("p!2", "too_big")]
    with pytest.raises(RefusedError, match="suspicious"):
        read([Declared("a", 1 << 40, 1)], b"x")
