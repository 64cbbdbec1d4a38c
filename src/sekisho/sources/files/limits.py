"""Limits on what may be read: size, depth, number, inflation, memory, time.

Whatever is read here was sent by anybody. No extractor guards against inflation (a 2.6 MB workbook took one to
3.9 GiB), so declared sizes are checked first, then real ones; time is watched from inside, and memory by the worker
process. Technical limits, not law: Python defaults.
"""

import csv
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import FrameType

MIB = 1 << 20
_HAS_TIMER = hasattr(signal, "setitimer")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one message or one file with everything inside it."""

    max_message_bytes: int = 200 * MIB
    max_depth: int = 20
    """Containers inside containers: multiparts, nested messages, archives."""
    max_parts: int = 1_000
    """MIME parts and archive members, all levels together."""
    max_member_bytes: int = 100 * MIB
    """One attachment or member, unpacked."""
    max_total_bytes: int = 400 * MIB
    """All members, unpacked."""
    max_ratio: int = 200
    """Unpacked to packed size, looked at above ``ratio_floor``."""
    ratio_floor: int = 8 * MIB
    max_cells: int = 5_000_000
    """Cells of one workbook, empty ones between used ones included."""
    max_pages: int = 5_000
    ocr_pages: int = 0
    """Of one PDF, the first pages whose text is recognised when they have none; 0: no text recognition."""
    max_html_bytes: int = 32 * MIB
    seconds: float = 60.0
    """CPU seconds for one message or file."""
    reader_seconds: float = 30.0
    """CPU seconds for one reader that runs apart: less than all, so that it does not cost the rest of its message."""


class RefusedError(Exception):
    """A part will not be read; ``reason`` is one of kernel.content.REASONS, ``detail`` holds no customer data."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class OutOfTimeError(BaseException):
    """Time is up. A BaseException, so that no library on the way swallows it as one of its own errors."""


class Deadline:
    """CPU time left. ``check()`` works everywhere; ``alarm()`` also interrupts Python code that does not check."""

    __slots__ = ("_armed", "_end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.process_time() + seconds
        self._armed = False

    def left(self) -> float:
        return self._end - time.process_time()

    def spend(self, seconds: float) -> None:
        """Count CPU time that another process took for the same work."""
        self._end -= seconds
        if self._armed:
            self._set_alarm()

    def expired(self) -> bool:
        return time.process_time() >= self._end

    def check(self) -> None:
        """Raises OutOfTimeError when the time is used up."""
        if self.expired():
            raise OutOfTimeError

    def alarm(self) -> "Deadline":
        """For ``with``: raise OutOfTimeError in the block when the time is up, even inside code that does not check.

        Only in the main thread of a POSIX process; elsewhere (Windows, threads) ``check()`` alone holds. Code inside
        a C library is interrupted when it returns (and such libraries run apart, where the process is ended).
        """
        return self

    def __enter__(self) -> None:
        if _HAS_TIMER and threading.get_ident() == threading.main_thread().ident:
            _install_handler()
            self._armed = True
            self._set_alarm()

    def __exit__(self, *_error: object) -> None:
        if self._armed:
            signal.setitimer(signal.ITIMER_PROF, 0)
            self._armed = False

    def _set_alarm(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, max(0.001, self.left()))


@cache
def _install_handler() -> None:
    """Once for the process: installing it for every message would cost more than reading a short one."""
    signal.signal(signal.SIGPROF, _ring)


def _ring(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTimeError


def limit_memory(size: int) -> bool:
    """Let this process use at most ``size`` bytes of address space, so that a bomb ends in MemoryError (→ ``too_big``)
    and not in the machine. For worker processes. Returns whether it could be done (Linux; not on Windows, and macOS
    does not enforce it)."""
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return False
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        size = min(size, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (size, hard))
    except (ValueError, OSError):
        return False
    return True


@contextmanager
def long_cells() -> Iterator[None]:
    """The csv module refuses cells of more than 131,072 characters; how much is read is bounded by ``Limits`` here."""
    before = csv.field_size_limit(sys.maxsize >> 1 if sys.maxsize < (1 << 33) else (1 << 31) - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)
