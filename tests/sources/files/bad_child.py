"""A child process with readers that misbehave as libraries in C do. Run by test_apart."""

import collections
import ctypes
import itertools
import os
import socket
import time
from pathlib import Path

from sekisho.sources.files.apart_child import serve
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError

STATE: list[int] = []


def read(reader: str, data: bytes, part: str, job: Job) -> None:  # noqa: PLR0912  (one branch for each way to fail)
    match reader:
        case "well":
            job.text(part, data.decode("utf-8", "surrogatepass"))
            job.table(f"{part}!t", [["a", "\ud800\x00"], []], 3)
        case "members":
            job.text(f"{part}!1", "before")
            job.unread(f"{part}!u", "broken", "before")
            job.take_part()
            job.take_bytes(len(data))
            job.open("a.txt", data, f"{part}!a.txt")
            job.text(f"{part}!2", "after")
            job.unread(f"{part}!u", "no_text", "after")
        case "hang":
            collections.deque(itertools.repeat(0), maxlen=0)  # C code that never looks at signals
        case "sleep":
            time.sleep(600)
        case "python":
            while True:
                pass
        case "crash":
            ctypes.string_at(0)
        case "crash, look":
            raise RefusedError("suspicious", "found out")
        case "leave":
            os._exit(0)
        case "memory":
            job.text(part, "first")
            bytes(1 << 40)
        case "print":
            os.write(1, b"A-1234567")
            os.write(2, b"A-1234567")
            print("A-1234567")
            job.text(part, "printed")
        case "write":
            Path(data.decode()).write_bytes(b"customer")
        case "count":
            STATE.append(1)
            job.text(part, str(len(STATE)))
        case "pid":
            job.text(part, str(os.getpid()))
        case "environment":
            job.text(part, "\n".join(os.environ))
        case "files":
            job.text(part, " ".join(sorted(os.listdir("/proc/self/fd"), key=int)))  # noqa: PTH208
        case "sockets":
            opened = [socket.socket() for _ in range(200)]
            job.text(part, str(len(opened)))


if __name__ == "__main__":
    serve(read)
