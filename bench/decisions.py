"""``python -m bench.decisions WORKSPACE``: what the decision API answers in a second, over a workspace that is loaded.

The server runs as its own process on one core, the client (plain sockets, keep-alive) on another. Beside each figure
stands the floor: the same web server answering the same requests with a constant. The machine may be shared: what
counts are the ratios, and the CPU time of the server per answer.
"""

import argparse
import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sekisho.decisions.clients import Clients

PORT = 8197
SECONDS = 5.0
ON = "2026-06-01"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.decisions", description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--server-core", default="0")
    parser.add_argument("--client-core", type=int, default=1)
    options = parser.parse_args()
    if options.client_core in os.sched_getaffinity(0):
        os.sched_setaffinity(0, {options.client_core})
    token = Clients(options.workspace / "decisions").add(f"bench-{time.time_ns()}")
    asked = _requests(options.workspace)
    print("| what | connections | requests/s | decisions/s | p50 ms | p99 ms | server CPU µs/decision |")
    print("|---|---|---|---|---|---|---|")
    floor = [sys.executable, "-m", "bench.decisions_floor", str(PORT)]
    real = [sys.executable, "-m", "sekisho", "decisions", "serve", "--port", str(PORT)]
    real += ["--workspace", str(options.workspace)]
    for name, command in (("floor", floor), ("decision API", real)):
        with _server(["taskset", "-c", options.server_core, *command]) as process:
            for connections in (1, 8, 64):
                _measure(f"{name}: one each", process, token, asked["single"], connections, 1, options.seconds)
            for kind in ("batch random", "batch one viewer"):
                _measure(f"{name}: {kind}", process, token, asked[kind], 2, 1000, options.seconds)
    return 0


def _requests(workspace: Path) -> dict[str, list[tuple[str, bytes]]]:
    """Bodies: single questions of many viewers, batches of 1,000 of many viewers, and of one viewer each."""
    dice = random.Random(1)
    with sqlite3.connect(f"file:{workspace / 'sekisho.db'}?mode=ro", uri=True) as con:
        policies = con.execute("select insurer_id, policy_no, agency_id from policies limit 200000").fetchall()
        people = [row[0] for row in con.execute("select person_id from people limit 50000")]
    pairs = []
    for _ in range(20_000):
        policy = dice.choice(policies)
        pairs.append((dice.choice([policy[2], policy[0], dice.choice(people)]), policy))
    common = {"action": {"name": "view"}, "context": {"at": ON}}
    single = [common | {"subject": {"type": "viewer", "id": viewer}, "resource": _policy(p)} for viewer, p in pairs]
    mixed, alone = [], []
    for at in range(0, len(pairs), 1000):
        part = pairs[at : at + 1000]
        each = [{"subject": {"type": "viewer", "id": viewer}, "resource": _policy(p)} for viewer, p in part]
        mixed.append(common | {"evaluations": each})
        viewer = {"subject": {"type": "viewer", "id": part[0][1][2]}}
        alone.append(common | viewer | {"evaluations": [{"resource": _policy(p)} for _, p in part]})
    return {
        "single": [("/access/v1/evaluation", json.dumps(one).encode()) for one in single],
        "batch random": [("/access/v1/evaluations", json.dumps(one).encode()) for one in mixed],
        "batch one viewer": [("/access/v1/evaluations", json.dumps(one).encode()) for one in alone],
    }


def _policy(row: tuple[str, str, str]) -> dict[str, object]:
    return {"type": "policy", "id": row[1], "properties": {"insurer_id": row[0]}}


def _measure(  # noqa: PLR0917
    name: str, process: int, token: str, asked: list[tuple[str, bytes]], connections: int, each: int, seconds: float
) -> None:
    head = f"Host: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    wire = [
        f"POST {path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for path, body in asked
    ]
    asyncio.run(_load(wire, connections, 0.5))
    before = _cpu(process)
    times, took = asyncio.run(_load(wire, connections, seconds))
    cpu = (_cpu(process) - before) / (len(times) * each)
    times.sort()
    p50, p99 = times[len(times) // 2] * 1e3, times[int(len(times) * 0.99)] * 1e3
    rate = len(times) / took
    print(
        f"| {name} | {connections} | {rate:,.0f} | {rate * each:,.0f} | {p50:.2f} | {p99:.2f} | {cpu * 1e6:.0f} |",
        flush=True,
    )


async def _load(wire: list[bytes], connections: int, seconds: float) -> tuple[list[float], float]:
    times: list[float] = []
    began = time.perf_counter()

    async def one(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT, limit=1 << 24)
        at = number * 37
        while time.perf_counter() - began < seconds:
            start = time.perf_counter()
            writer.write(wire[at % len(wire)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            assert head.startswith(b"HTTP/1.1 200"), head
            times.append(time.perf_counter() - start)
            at += 1
        writer.close()

    await asyncio.gather(*(one(number) for number in range(connections)))
    return times, time.perf_counter() - began


@contextmanager
def _server(command: list[str]) -> Iterator[int]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        asyncio.run(_until_there())
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


async def _until_there() -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", PORT)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise RuntimeError("the server did not come up")


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
