"""Spark's own process on this machine ends, or has no memory left: the command ends too, and says so."""

import os
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from tests.standalone import LIMIT, ROOT, missing

from sekisho.kernel.cluster import _Watch

_PROGRAM = """
import os, signal, threading
from sekisho.kernel.cluster import connected
from sekisho.kernel.errors import SekishoError
try:
    with connected("local[1]", "watched", {}) as session:
        process = session.sparkContext._gateway.proc
        threading.Timer(1, lambda: os.kill(process.pid, signal.SIGKILL)).start()
        session.range(10**13).selectExpr("sum(hash(id))").collect()
except SekishoError as error:
    print(f"told: {error}")
"""


@pytest.mark.skipif(bool(missing()), reason=f"needs {missing()}")
@pytest.mark.slow
def test_a_command_whose_spark_was_killed_ends_with_a_message() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=4 * LIMIT,
        check=False,
    )
    assert "told: local[1]: Spark's own process on this machine has ended → give it more memory" in ended.stdout


class Process:
    """A process that runs until it is killed, or for so many looks at it."""

    def __init__(self, looks: int | None = None) -> None:
        self.looks, self.killed = looks, False

    def poll(self) -> int | None:
        if self.looks is not None:
            self.looks -= 1
            if self.looks < 0:
                return 1
        return -9 if self.killed else None

    def kill(self) -> None:
        self.killed = True


def watch_of(process: Process, searched: Iterator[float], monkeypatch: pytest.MonkeyPatch) -> _Watch:
    session: Any = SimpleNamespace(sparkContext=SimpleNamespace(_gateway=SimpleNamespace(proc=process)))
    monkeypatch.setattr(_Watch, "EVERY", 0.001)
    monkeypatch.setattr(_Watch, "_searched", lambda _self: next(searched))
    return _Watch(session)


def test_a_process_that_only_looks_for_memory_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    process = Process()
    watch_of(process, (0.001 * number for number in range(1000)), monkeypatch).run()
    assert process.killed


@pytest.mark.parametrize("kind", ["busy", "now and then", "silent"])
def test_a_process_that_works_is_left_alone(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that has a full memory for less than the whole time, or that gives no answer."""
    process = Process(looks=60)
    share = {"busy": [0.5] * 100, "now and then": ([1.0] * 11 + [0.0]) * 9, "silent": [float("nan")] * 100}[kind]
    watch_of(process, (0.001 * sum(share[:number]) for number in range(100)), monkeypatch).run()
    assert not process.killed
