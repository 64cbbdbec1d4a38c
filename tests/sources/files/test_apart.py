"""Readers that crash, hang or take all memory cost their file, and nothing else."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sekisho.kernel.content import Table, Text, Unread
from sekisho.kernel.errors import SekishoError
from sekisho.sources.files import apart, apart_child, frames
from sekisho.sources.files.apart import Apart
from sekisho.sources.files.extract import guarded, read_file, read_into
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import Limits, RefusedError
from sekisho.sources.mail.message import read_message
from tests.sources.files.test_extract import tables, texts, unread

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs limits that other systems do not have")


@pytest.fixture(scope="module")
def bad() -> Iterator[Apart]:
    child = Apart("tests.sources.files.bad_child")
    yield child
    child.close()


ONE_SECOND = Limits(reader_seconds=1)


def run(child: Apart, reader: str, data: bytes = b"x", limits: Limits = ONE_SECOND) -> Job:
    job = Job(limits, read_into)
    guarded(job, "p", lambda: child.read(reader, data, "p", job))
    return job


def test_what_is_read_apart_arrives_as_if_it_had_been_read_here(bad: Apart) -> None:
    job = run(bad, "well", "辻\U000e0100\ud800\n".encode("utf-8", "surrogatepass"))
    assert job.contents.pieces == [Text("p", "辻\U000e0100\ud800\n"), Table("p!t", [["a", "\ud800\x00"], []], 3)]


def test_members_are_opened_here_in_their_place_and_within_the_same_limits(bad: Apart) -> None:
    job = run(bad, "members", b"inside")
    assert [piece.part for piece in job.contents.pieces] == ["p!1", "p!a.txt", "p!2"]
    assert job.contents.unread == [Unread("p!u", "broken", "before"), Unread("p!u", "no_text", "after")]
    assert job.parts_left == Limits().max_parts - 1
    assert job.bytes_left == Limits().max_total_bytes - 2 * len(b"inside")  # once unpacked there, once opened here
    assert run(bad, "members", b"inside", Limits(max_depth=0)).contents.unread[1].reason == "too_deep"
    assert ("p", "too_big") in unread(run(bad, "members", b"inside", Limits(max_total_bytes=3)).contents)


@linux
@pytest.mark.parametrize(
    ("reader", "reason"),
    [("hang", "too_slow"), ("python", "too_slow"), ("crash", "broken"), ("leave", "broken"), ("memory", "too_big")],
)
def test_a_reader_that_misbehaves_costs_its_file(bad: Apart, reader: str, reason: str) -> None:
    assert unread(run(bad, reader).contents) == [("p", reason)]
    assert texts(run(bad, "well", b"next").contents) == {"p": "next"}


def test_a_reader_that_waits_for_ever_is_killed_by_the_clock(bad: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "WALL_SECONDS", 0.2)
    assert unread(run(bad, "sleep", limits=Limits(reader_seconds=0.1)).contents) == [("p", "too_slow")]
    assert texts(run(bad, "well", b"next").contents) == {"p": "next"}


def test_a_crash_is_looked_into_where_somebody_can_tell_why(bad: Apart, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "CAREFUL", {"crash": "crash, look", "leave": "crash"})
    assert run(bad, "crash").contents.unread == [Unread("p", "suspicious", "found out")]
    assert unread(run(bad, "leave").contents) == [("p", "broken")]


def test_the_time_of_a_lost_reader_is_counted(bad: Apart) -> None:
    job = run(bad, "hang", limits=Limits(seconds=60, reader_seconds=1))
    assert 55 < job.deadline.left() < 59.5


@linux
def test_what_was_found_before_memory_ran_out_is_kept_and_the_child_is_renewed(bad: Apart) -> None:
    assert [texts(run(bad, "count").contents)["p"] for _ in range(2)][-1] != "1"
    assert texts(run(bad, "memory").contents) == {"p": "first"}
    assert texts(run(bad, "count").contents) == {"p": "1"}


@linux
def test_the_child_of_a_large_process_is_not_tired_from_the_start(bad: Apart) -> None:
    large = b"x" * (apart_child._TIRED_BYTES + (1 << 20))
    first, second = (int(texts(run(bad, "count").contents)["p"]) for _ in range(2))
    assert second == first + 1, "the same child answered"
    assert large


def test_what_libraries_print_goes_nowhere(bad: Apart, capfd: pytest.CaptureFixture[str]) -> None:
    assert texts(run(bad, "print").contents) == {"p": "printed"}
    assert capfd.readouterr() == ("", "")


@linux
def test_a_reader_writes_no_file_and_opens_few(bad: Apart, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    assert unread(run(bad, "write", str(target).encode()).contents) == [("p", "broken")]
    assert not target.exists() or not target.read_bytes()
    assert unread(run(bad, "sockets").contents) == [("p", "broken")]


@linux
def test_the_child_inherits_no_secret_and_no_file(bad: Apart, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bad.close()
    monkeypatch.setenv("SEKISHO_INDEX_KEY", "secret")
    with (tmp_path / "open").open("wb") as inherited:
        os.set_inheritable(inherited.fileno(), True)
        assert "SEKISHO" not in texts(run(bad, "environment").contents)["p"]
        assert len(texts(run(bad, "files").contents)["p"].split()) <= 6  # 0-2, two pipes, the listing itself
    bad.close()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"pieces": 1},
        {"pieces": [["p", 1]]},
        {"pieces": [[1, "x"]]},
        {"pieces": [["p", [[1]], 1]]},
        {"pieces": [["p", ["ab"], 1]]},
        {"members": [["n"]]},
        {"unread": [["p"]]},
        {"bytes_left": "many"},
        {"fitted": 7},
    ],
)
def test_an_answer_is_not_trusted_to_have_its_shape(answer: dict[str, object]) -> None:
    job = Job(Limits(), read_into)
    whole = {
        "pieces": [],
        "unread": [],
        "members": [],
        "bytes_left": 1,
        "parts_left": 1,
        "seconds": 0,
        "fitted": 0,
    } | answer
    with pytest.raises(RefusedError, match="broken"):
        apart._replay(whole if answer else {}, b"", job)
    assert not job.contents.pieces


def test_an_answer_gives_no_limit_back_and_no_reason_of_its_own() -> None:
    job = Job(Limits(), read_into)
    more = {"bytes_left": 1 << 60, "parts_left": 1 << 60, "seconds": -1e9, "fitted": 0}
    apart._replay({"pieces": [], "unread": [["p", "harmless", "x"]], "members": [], **more}, b"", job)
    assert (job.bytes_left, job.parts_left) == (Limits().max_total_bytes, Limits().max_parts)
    assert job.deadline.left() <= Limits().seconds
    assert job.contents.unread == [Unread("p", "broken", "x")]


def test_frames_of_any_size_and_none_too_large(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    with path.open("wb") as stream:
        frames.send(stream, {"a": "山"}, b"x")
        frames.send(stream, [], [b"y" * 100_000, b"", b"z"])
        stream.write(b"\x00")
    with path.open("rb") as stream:
        assert frames.receive(stream, 100, 100) == ({"a": "山"}, b"x")
        assert frames.receive(stream, 2, 100_001) == ([], b"y" * 100_000 + b"z")
        with pytest.raises(EOFError):
            frames.receive(stream, 100, 100)
    with path.open("rb") as stream, pytest.raises(ValueError, match="too large"):
        frames.receive(stream, 100, 0)


@given(st.lists(st.lists(st.text(alphabet="a山\x1d\x1e\x1f\n\ud800", max_size=3), max_size=3), max_size=4))
@example([["a"]])
@example([["", ""], [""]])
def test_tables_survive_packing(rows: list[list[str]]) -> None:
    packed = frames.pack_table(rows)
    assert packed is None or frames.unpack_table(packed) == rows
    odd = any(not row or any(mark in cell for cell in row for mark in "\x1e\x1f") for row in rows)
    assert (packed is None) == (odd or not rows)


def test_a_child_that_does_not_start_is_no_fault_of_the_evidence() -> None:
    with pytest.raises(SekishoError, match="does not start"):
        run(Apart("tests.sources.files.no_such_module"), "well")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX only")
def test_a_forked_process_gets_a_child_of_its_own() -> None:
    def pid() -> int:
        assert unread(read_file("a.pdf", b"%PDF-1.4 nothing", "p")) == [("p", "broken")]
        process = apart._child._process
        assert process is not None
        return process.pid

    mine = pid()
    forked = os.fork()
    if forked == 0:
        other = pid()
        apart.close()
        os._exit(0 if other != mine else 1)
    assert os.waitpid(forked, 0)[1] == 0
    assert pid() == mine


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("busy", [False, True])
def test_the_child_does_not_outlive_its_parent(busy: bool) -> None:
    code = f"""
import json, threading, time
from sekisho.sources.files.apart import Apart
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import Limits
child = Apart("tests.sources.files.bad_child")
job = Job(Limits(reader_seconds=1), None)
child.read("pid", b"", "p", job)
pid = int(job.contents.pieces[0].text)
if {busy}:
    threading.Thread(target=lambda: child.read("hang", b"", "p", job), daemon=True).start()
    time.sleep(0.1)
print(json.dumps(pid), flush=True)
time.sleep(600)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        pid = json.loads(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    for _ in range(600):
        if _ended(pid):
            return
        time.sleep(0.05)
    pytest.fail("the child is still there")


def _ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_message_keeps_everything_but_the_file_that_kills_its_reader(
    bad: Apart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "_child", bad)
    monkeypatch.setattr(
        "sekisho.sources.files.extract._exact_reader", lambda reader, _data: {"pdf": "crash"}.get(reader, reader)
    )
    raw = (
        b"Subject: x\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nA-1234567\n"
        b"--B\nContent-Type: application/pdf; name=a.pdf\n\n%PDF-1.4\n"
        b"--B\nContent-Type: text/csv; name=b.csv\n\na,b\nc,d\n--B--\n"
    )
    message = read_message(raw)
    assert [(one.part, one.reason) for one in message.contents.unread] == [("attachment[1]:a.pdf", "broken")]
    assert texts(message.contents)["body"].strip() == "A-1234567"
    assert tables(message.contents)["attachment[2]:b.csv"] == [["a", "b"], ["c", "d"]]


def test_the_process_that_holds_mail_and_index_loads_no_reader_in_c() -> None:
    code = (
        "import sys, sekisho.sources.mail.message\n"
        "print(sorted({'lxml', 'python_calamine', 'pypdfium2', 'py7zr', 'pypff', 'msoffcrypto'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    assert loaded.stdout.strip() == b"[]"
