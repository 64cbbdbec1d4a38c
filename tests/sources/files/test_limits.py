"""Time and memory."""

import os
import sys
import threading

import pytest

from sekisho.sources.files.limits import Deadline, OutOfTimeError, limit_memory


def busy() -> None:
    while True:
        sum(range(1000))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="POSIX only")
def test_the_alarm_interrupts_code_that_does_not_check() -> None:
    with pytest.raises(OutOfTimeError), Deadline(0.05).alarm():
        busy()


def test_check_raises_after_the_time_and_not_before() -> None:
    Deadline(100).check()
    with pytest.raises(OutOfTimeError):
        Deadline(-1).check()


def test_in_a_thread_the_alarm_does_nothing() -> None:
    done = []

    def run() -> None:
        with Deadline(100).alarm():
            done.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done == [True]


def test_no_library_swallows_running_out_of_time() -> None:
    assert not issubclass(OutOfTimeError, Exception)


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_memory_is_limited_in_a_worker() -> None:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        answer = b"?"
        try:
            limit_memory(1 << 30)
            try:
                bytes(4 << 30)
            except MemoryError:
                answer = b"limited"
        finally:
            os.write(write, answer)
            os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        assert pipe.read() == b"limited"
