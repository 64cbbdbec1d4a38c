"""The process that reads for a worker (``apart``): the readers in C and Rust, behind limits of the operating system.

It gets a request on standard input and answers on standard output, and nothing else goes in or out: it writes no file,
knows no key, and ends when its parent does, since its input ends. Where the system has no such limits (Windows), the
parent's clock and the limits of ``job`` remain.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

from sekisho.kernel.content import Contents, Text
from sekisho.sources.files import frames
from sekisho.sources.files.extract import guarded
from sekisho.sources.files.job import Hint, Job
from sekisho.sources.files.limits import MIB, Limits, limit_memory
from sekisho.sources.files.readers import read_apart

if sys.platform != "win32":
    import resource

MEMORY_BYTES = 2048 * MIB
"""Address space of the child, everything included."""
_TIRED_BYTES = 512 * MIB
"""A child that once took so much ends after its answer, so that memory lost in libraries comes back."""
_OPEN_FILES = 64
_GRACE_SECONDS = 0.5
_REQUEST_TEXT, _REQUEST_RAW = 64 * MIB, 1 << 40

Reader = Callable[[str, bytes, str, Job], None]
"""``readers.read_apart``: (reader, data, part, job)."""


def serve(reader: Reader = read_apart) -> None:
    """Answer requests until the parent closes the pipe."""
    requests, answers = _take_pipes()
    _limit()
    frames.send(answers, {"ready": True})
    while True:
        try:
            asked, raw = frames.receive(requests, _REQUEST_TEXT, _REQUEST_RAW)
        except (EOFError, ValueError):
            return
        _limit_time(asked["seconds"])
        said, blocks = _read(asked, raw, reader)
        del raw
        said["last"] = last = bool(said.get("last")) or _tired()
        try:
            frames.send(answers, said, blocks)
        except OSError:  # the parent is gone
            return
        if last:
            return


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for the frames alone: what libraries print goes nowhere."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return requests, answers


def _limit() -> None:
    """Everything that never changes. Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.dont_write_bytecode = True
    limit_memory(MEMORY_BYTES)
    if sys.platform != "win32":
        for kind, size in (
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, _OPEN_FILES),
        ):
            with suppress(ValueError, OSError):
                resource.setrlimit(kind, (size, size))


def _limit_time(seconds: float) -> None:
    """End this process at the kernel's hand a little after ``seconds`` more of CPU time: that works in C code, too."""
    if sys.platform != "win32":
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds + _GRACE_SECONDS) + 1, hard))


def _tired() -> bool:
    """Whether so much memory is held that a new child is better. (Linux counts the memory of the process that started
    this one into ``ru_maxrss``, so that the child of a large worker would be tired from the start.)"""
    with suppress(OSError, ValueError, AttributeError):
        # asked after every answer: a file object would take ten times longer
        handle = os.open("/proc/self/statm", os.O_RDONLY)
        try:
            pages = int(os.read(handle, 100).split()[1])
        finally:
            os.close(handle)
        return pages * os.sysconf("SC_PAGE_SIZE") > _TIRED_BYTES
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if sys.platform != "win32" else 0
    return most * (1 if sys.platform == "darwin" else 1024) > _TIRED_BYTES


class _Members:
    """Takes what a reader would open: it goes to the worker, with its place among the pieces."""

    def __init__(self) -> None:
        self.listed: list[tuple[object, ...]] = []
        self.blocks: list[bytes] = []

    def __call__(self, name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
        found = job.contents
        shown = (hint.content_type, hint.charset, hint.parameters)
        self.listed.append((name, part, shown, len(data), len(found.pieces), len(found.unread)))
        self.blocks.append(data)


def _read(asked: dict[str, Any], raw: bytes, reader: Reader) -> tuple[dict[str, Any], list[bytes]]:
    members = _Members()
    job = Job(Limits(**asked["limits"]), members, asked["passwords"])
    job.limit(asked["seconds"], asked["bytes_left"], asked["parts_left"], asked["depth"])
    part, started = asked["part"], time.process_time()
    guarded(job, part, lambda: reader(asked["reader"], raw, part, job))
    pieces, blocks = _pieces(job.contents)
    said = {
        "pieces": pieces,
        "unread": [(one.part, one.reason, one.detail) for one in job.contents.unread],
        "members": members.listed,
        "bytes_left": job.bytes_left,
        "parts_left": job.parts_left,
        "seconds": time.process_time() - started,
        "fitted": asked["passwords"].index(job.passwords[0]) if job.passwords else 0,
        "last": any(one.detail == "memory" for one in job.contents.unread),
    }
    return said, blocks + members.blocks


def _pieces(contents: Contents) -> tuple[list[tuple[object, ...]], list[bytes]]:
    """The pieces as JSON; most tables as a size, with their cells in blocks beside it."""
    pieces: list[tuple[object, ...]] = []
    blocks: list[bytes] = []
    for one in contents.pieces:
        if isinstance(one, Text):
            pieces.append((one.part, one.text))
        elif packed := frames.pack_table(one.rows):
            pieces.append((one.part, len(packed), one.first_row))
            blocks.append(packed)
        else:
            pieces.append((one.part, one.rows, one.first_row))
    return pieces, blocks


if __name__ == "__main__":
    serve()
