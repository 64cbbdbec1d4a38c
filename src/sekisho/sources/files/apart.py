"""Readers that run apart: in one child process for each process that reads evidence (issue: every extractor in its own
process, so that one bad file never stops a sweep).

A library in C that crashes, never returns or takes all memory ends the child, not the sweep: the file is listed with
its reason, the rest of the message is kept, and a new child is started for the next file. The child is bounded in
memory, time and files (``apart_child``); besides, it is killed from here when it does not answer in time, which holds
on every system. Members of what it reads come back as bytes and are opened by the worker, within the same limits.
"""

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from typing import Any, BinaryIO

from sekisho.kernel.content import REASONS, Table, Text
from sekisho.kernel.errors import SekishoError
from sekisho.sources.files import frames
from sekisho.sources.files.job import Hint, Job
from sekisho.sources.files.limits import MIB, Limits, RefusedError

CHILD = "sekisho.sources.files.apart_child"
ANSWER_BYTES = 512 * MIB
"""Text and tables of one file, as JSON."""
WALL_FACTOR, WALL_SECONDS = 3.0, 5.0
"""A child is killed after this multiple of its CPU seconds, and so many more, by the clock on the wall: it may share
its core, and where the system bounds no CPU time this is the only bound."""
_WATCH_SECONDS = 0.5
_START_SECONDS = 60.0
_PIPE_BYTES = 1 << 20
_KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


CAREFUL = {"office": "office, carefully", "ole": "ole, carefully"}
"""Readers that are asked a second time when the child was lost over a file, and what is then asked instead."""


class _LostError(RefusedError):
    """The child crashed."""


class Apart:
    """One child process, started when first needed and again after it ended. Threads wait for each other."""

    def __init__(self, module: str = CHILD) -> None:
        """``module``: run with ``python -m``; it must call ``apart_child.serve``."""
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._busy = threading.Lock()
        self._clock = threading.Lock()
        self._kill_at = float("inf")
        self._overdue = False

    def read(self, reader: str, data: bytes, part: str, job: Job) -> None:
        """Read one file apart by the reader so called in ``readers``, as if it had been read here.

        Raises RefusedError(too_slow, broken, too_big) when the child was lost over it, OutOfTimeError.
        """
        try:
            self._read(reader, data, part, job)
        except _LostError:
            if reader not in CAREFUL:
                raise
            self._read(CAREFUL[reader], data, part, job)

    def _read(self, reader: str, data: bytes, part: str, job: Job) -> None:
        job.deadline.check()
        seconds = min(job.deadline.left(), job.limits.reader_seconds)
        asked = {
            "reader": reader,
            "part": part,
            "limits": _as_json(job.limits),
            "bytes_left": job.bytes_left,
            "parts_left": job.parts_left,
            "depth": job.depth,
            "seconds": seconds,
            "passwords": list(job.passwords),
        }
        started = time.monotonic()
        try:
            answer, raw = self._ask(asked, data, seconds, ANSWER_BYTES + max(job.bytes_left, 0))
        except RefusedError as refused:
            job.deadline.spend(seconds if refused.reason == "too_slow" else min(time.monotonic() - started, seconds))
            raise
        _replay(answer, raw, job)

    def _ask(self, asked: dict[str, Any], raw: bytes, seconds: float, most_raw: int) -> tuple[dict[str, Any], bytes]:
        """One request, one answer. Raises RefusedError when there is none; then the child has ended."""
        with self._busy:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None  # noqa: S101
            self._set_clock(time.monotonic() + seconds * WALL_FACTOR + WALL_SECONDS)
            try:
                frames.send(_stream(process.stdin), asked, raw)
                answer, data = frames.receive(_stream(process.stdout), ANSWER_BYTES, most_raw)
                if not isinstance(answer, dict):
                    raise ValueError("no object")
            except (EOFError, BrokenPipeError, ConnectionError):
                raise self._lost() from None
            except (ValueError, RecursionError):
                self._end(kill=True)
                raise RefusedError("broken", "its reader gave no answer that can be understood") from None
            except BaseException:  # out of time or memory here, or Ctrl-C: the answer would be taken for the next one
                self._end(kill=True)
                raise
            finally:
                self._set_clock(float("inf"))
            if answer.get("last"):
                self._end(kill=False)
            return answer, data

    def close(self) -> None:
        """End the child. It ends by itself, too, when this process does."""
        with self._busy:
            self._end(kill=False)

    def disown(self) -> None:
        """Let go of a child that another process waits for."""
        if self._process is not None:
            self._process.returncode = 0
            self._process = None

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end(kill=True)
        self._overdue = False
        self._process = process = _start(self._module)
        self._set_clock(time.monotonic() + _START_SECONDS)
        threading.Thread(target=self._watch, args=(process,), name="sekisho-apart", daemon=True).start()
        try:
            frames.receive(_stream(process.stdout), 100, 0)
        except (EOFError, ValueError):
            code = self._end(kill=True)
            raise SekishoError(
                f"the process that reads attachments does not start (exit {code})",
                remedy=f"run `{sys.executable} -P -m {self._module}` to see why",
            ) from None
        return process

    def _watch(self, process: "subprocess.Popen[bytes]") -> None:
        """Kill a child that is overdue; the one who waits for its answer then sees it end."""
        while self._process is process:
            with self._clock:
                if time.monotonic() > self._kill_at:
                    self._overdue = True
                    process.kill()
            time.sleep(_WATCH_SECONDS)

    def _set_clock(self, kill_at: float) -> None:
        with self._clock:
            self._kill_at = kill_at

    def _lost(self) -> RefusedError:
        """Why the child ended in the middle of its work."""
        overdue = self._overdue
        code = self._end(kill=False)
        if overdue or code == -getattr(signal, "SIGXCPU", 0):
            return RefusedError("too_slow", "its reader did not come to an end and was stopped")
        if code == -getattr(signal, "SIGKILL", 0):
            return RefusedError("too_big", "its reader was ended by the system, as happens when memory runs out")
        return _LostError("broken", "its reader ended unexpectedly")

    def _end(self, *, kill: bool) -> int | None:
        """End the child and return its exit code; None when there was none."""
        process, self._process = self._process, None
        if process is None:
            return None
        if kill:
            process.kill()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        try:
            return process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def _start(module: str) -> "subprocess.Popen[bytes]":
    """Nothing of this process goes with it but the way to its modules: no key in the environment, no open file."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-s", "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # libraries print there, and may quote what they read
        env=environment,
        pipesize=_PIPE_BYTES,
    )


def _stream(stream: Any) -> BinaryIO:
    """Popen's pipes are typed as ``IO[bytes]``."""
    found: BinaryIO = stream
    return found


@cache
def _as_json(limits: Limits) -> dict[str, Any]:
    return asdict(limits)


def _reason(written: list[str]) -> tuple[str, str]:
    reason, detail = written
    return (reason if reason in REASONS else "broken"), str(detail)


def _replay(answer: dict[str, Any], raw: bytes, job: Job) -> None:
    """Take over what was found and spent, and open the members in their place. Nothing in the answer is trusted to
    have the right shape: the process that gave it may have been taken over by the file it read."""
    try:
        start = 0
        pieces = []
        for one in answer["pieces"]:
            piece, size = _piece(one, raw, start)
            pieces.append(piece)
            start += size
        unread = [(str(part), *_reason(rest)) for part, *rest in answer["unread"]]
        members = [_member(one) for one in answer["members"]]
        bytes_left, parts_left = int(answer["bytes_left"]), int(answer["parts_left"])
        seconds = max(0.0, float(answer["seconds"]))
        if fitted := int(answer["fitted"]):  # a password that opened one file is tried first on the next
            job.passwords.insert(0, job.passwords.pop(fitted))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise RefusedError("broken", "its reader gave no answer that can be understood") from None
    job.bytes_left = min(job.bytes_left, bytes_left)
    job.parts_left = min(job.parts_left, parts_left)
    job.deadline.spend(seconds)
    done = listed = 0
    for name, part, hint, size, at, unread_at in members:
        job.contents.pieces += pieces[done:at]
        for one in unread[listed:unread_at]:
            job.unread(*one)
        done, listed = max(done, at), max(listed, unread_at)
        job.open(name, raw[start : start + size], part, hint)
        start += size
    job.contents.pieces += pieces[done:]
    for one in unread[listed:]:
        job.unread(*one)


def _piece(written: list[Any], raw: bytes, start: int) -> tuple[Text | Table, int]:
    """(the piece, how many bytes of ``raw`` it used). Raises TypeError, ValueError."""
    part, content, *first_row = written
    if not isinstance(part, str):
        raise TypeError
    if not first_row:
        if not isinstance(content, str):
            raise TypeError
        return Text(part, content), 0
    if isinstance(content, int):
        return Table(part, frames.unpack_table(raw[start : start + content]), int(first_row[0])), max(0, content)
    for row in content:
        if not isinstance(row, list):
            raise TypeError
        "".join(row)  # the quickest way to make sure that every cell is a str
    return Table(part, content, int(first_row[0])), 0


def _member(written: list[Any]) -> tuple[str, str, Hint, int, int, int]:
    name, part, (content_type, charset, parameters), size, at, unread_at = written
    hint = Hint(str(content_type), str(charset), {str(key): str(value) for key, value in parameters.items()})
    return str(name), str(part), hint, max(0, int(size)), max(0, int(at)), max(0, int(unread_at))


_child = Apart()


def read(reader: str, data: bytes, part: str, job: Job) -> None:
    """``Apart.read`` by the child of this process."""
    _child.read(reader, data, part, job)


def close() -> None:
    """End the child of this process, if there is one; the next file starts another."""
    _child.close()


def _after_fork() -> None:
    """The child belongs to the process that started it: this copy of it gets one of its own."""
    global _child  # noqa: PLW0603  (one child for each process is the point)
    _child.disown()
    _child = Apart()


atexit.register(close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
