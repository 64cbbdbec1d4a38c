"""Running a command and measuring it: wall time, CPU seconds of the whole process tree, peak memory of the tree.

Memory is the sum of PSS (proportional set size, /proc/PID/smaps_rollup) over the tree, sampled; shared pages count
once. Of it, ``own`` is what is no page of a file: mapped files count above, though the system may drop their pages at
any time. Where PSS cannot be read, it is the largest single process (ru_maxrss), and the page says so.
"""

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.25
"""Seconds between samples of memory."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command. ``memory`` and ``own`` in bytes; ``cpu`` and ``wall`` in seconds."""

    wall: float
    cpu: float
    memory: int
    own: int
    memory_is: str
    status: int
    output: str
    errors: str


def run(command: list[str], folder: Path, extra: dict[str, str] | None = None) -> Run:
    """Run ``command`` (output into files of ``folder``, ``extra`` in its environment) and measure it."""
    out, err = folder / "out.txt", folder / "err.txt"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, env=os.environ | (extra or {}))
        sampler = _Sampler(process.pid)
        sampler.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        sampler.stop()
    memory, kind = (sampler.peak, "PSS of the tree") if sampler.peak else (usage.ru_maxrss * 1024, "largest process")
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in (out, err)]
    own = sampler.own or memory
    return Run(wall, usage.ru_utime + usage.ru_stime, memory, own, kind, process.returncode, *texts)


class _Sampler(threading.Thread):
    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._over = pid, threading.Event()
        self.peak = self.own = 0

    def run(self) -> None:
        while not self._over.wait(EVERY):
            found = [_pss(pid) for pid in _tree(self._pid)]
            self.peak = max(self.peak, sum(whole for whole, _ in found))
            self.own = max(self.own, sum(own for _, own in found))

    def stop(self) -> None:
        self._over.set()
        self.join()


def _tree(root: int) -> list[int]:
    """The process and all its descendants."""
    pids, at = [root], 0
    while at < len(pids):
        for task in Path(f"/proc/{pids[at]}/task").glob("*/children"):
            try:
                pids += [int(pid) for pid in task.read_text(encoding="ascii").split()]
            except OSError:
                continue
        at += 1
    return pids


def _pss(pid: int) -> tuple[int, int]:
    """PSS in bytes: all of it, and that of memory which no file stands behind."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0, 0
    found = {line.split()[0]: int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss")}
    return found.get("Pss:", 0), found.get("Pss_Anon:", found.get("Pss:", 0))
