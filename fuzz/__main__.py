"""``python -m fuzz``: all targets in turn, for SECONDS in all; failures shrunk, described and kept in fuzz/out.

Exit status 0: nothing found. 1: something was found (listed). The folder is not part of the repository: an input that
shows a fault is rewritten as a small invented one into tests/sources/test_fuzz_regressions.py.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fuzz.one import ROOT, limited, signature
from fuzz.targets import TARGETS, Target, absent

SHRINK_SECONDS = 30.0
RESTARTS = 6


@dataclass(slots=True)
class Ran:
    """How one target did."""

    name: str
    seconds: float
    runs: int
    bad: int
    """How often the process ended and would have in a sweep, too."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="fuzz everything that reads evidence")
    parser.add_argument("--seconds", type=int, default=1800, help="in all, shared among the targets")
    parser.add_argument("--only", default="", help="targets, separated by commas: " + ",".join(TARGETS))
    parser.add_argument("--jobs", type=int, default=1, help="targets at the same time")
    parser.add_argument("--out", type=Path, default=ROOT / "fuzz" / "out")
    options = parser.parse_args()
    limited()
    chosen = [TARGETS[name] for name in options.only.split(",")] if options.only else list(TARGETS.values())
    for target in [t for t in chosen if absent(t)]:
        _say(f"{target.name}: left out ({absent(target)})")
        chosen.remove(target)
    options.out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for target in chosen:
        shutil.rmtree(options.out / target.name, ignore_errors=True)
    each = max(5, options.seconds // len(chosen))
    _say(f"{len(chosen)} targets, {each} s each, {options.jobs} at a time")
    with ThreadPoolExecutor(options.jobs) as jobs:
        ran = list(jobs.map(lambda target: _run(target, each, options.out), chosen))
    bad = sum(one.bad for one in ran)
    found = _describe(options.out)
    runs, seconds = sum(one.runs for one in ran), sum(one.seconds for one in ran)
    _say(f"\n{runs:,} inputs in {seconds:,.0f} s; {found} kinds of failure, {bad} dead processes")
    return 1 if found or bad else 0


def _run(target: Target, seconds: int, out: Path) -> Ran:
    """One target, begun again when an input ends its process (a library's crash), for ``seconds`` in all."""
    started, runs, bad, said = time.monotonic(), 0, 0, ""
    for _ in range(RESTARTS):
        left = seconds - (time.monotonic() - started)
        if left < 5 and said:
            break
        status, output = _python(["-m", "fuzz.one", target.name, str(max(5, int(left))), str(out)], left + 180)
        count = re.search(r"number_of_executed_units:\s*(\d+)|\"runs\": (\d+)", output)
        runs += int(next(filter(None, count.groups()))) if count else 0
        if status == 0:
            break
        contained = _contained(target, out)
        said += f"ended with {status}: " + (contained or output[-3000:]) + "\n"
        bad += not contained
        if status == 1:  # our own error: it would come again
            break
    _say(f"{target.name:10} {runs:9,} inputs in {time.monotonic() - started:5.0f} s  {said}".rstrip())
    return Ran(target.name, time.monotonic() - started, runs, bad)


def _contained(target: Target, out: Path) -> str:
    """What is to be said when the inputs that ended the process do no harm where readers run apart; "" otherwise."""
    inputs = sorted(out.glob(f"{target.name}-*"))
    held = inputs and all(_python(["-m", "fuzz.one", target.name, "check", str(path)], 120)[0] == 0 for path in inputs)
    for path in inputs:
        (out / target.name).mkdir(mode=0o700, exist_ok=True)
        path.rename(out / target.name / path.name.removeprefix(f"{target.name}-"))
    return f"a library ended the process; read apart, the sweep goes on ({len(inputs)} inputs kept)" if held else ""


def _python(arguments: list[str], seconds: float) -> tuple[int, str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    process = subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the fuzzer is a child of that process
        process.wait()
        return -1, "did not come to an end"
    except BaseException:  # Ctrl-C
        os.killpg(process.pid, signal.SIGKILL)
        raise
    told = [line for line in output.splitlines() if not line.startswith(("INFO:", "WARNING:"))]
    return process.returncode, "\n".join(told)


def _describe(out: Path) -> int:
    """Print and shrink what was kept; how many kinds."""
    kept = sorted(out.glob("*/*.bin"))
    for path in kept:
        target = TARGETS[path.parent.name]
        data = path.read_bytes()
        told = path.with_suffix(".txt").read_text(encoding="utf-8")
        small = shrunk(data, partial(_fails_so, target, told.splitlines()[0]))
        path.write_bytes(small)
        stack = "\n".join(told.splitlines()[2:][-14:])
        _say(f"\n{target.name}: {told.splitlines()[0]}\n  {len(small)} bytes: {small[:200]!r}\n{stack}")
    return len(kept)


def _fails_so(target: Target, told: str, data: bytes) -> bool:
    try:
        target.run(data)
    except Exception as error:
        return signature(error) == told
    return False


def shrunk(data: bytes, fails: Callable[[bytes], bool], seconds: float = SHRINK_SECONDS) -> bytes:
    """A smaller input that fails in the same way: pieces are left out, then bytes made plain, as long as it fails."""
    end = time.monotonic() + seconds
    if not fails(data):
        return data
    size = len(data) // 2
    while size and time.monotonic() < end:
        at = 0
        while at < len(data) and time.monotonic() < end:
            shorter = data[:at] + data[at + size :]
            if fails(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    for at in range(len(data)):
        if time.monotonic() > end:
            break
        plain = data[:at] + b"a" + data[at + 1 :]
        if data[at : at + 1] != b"a" and fails(plain):
            data = plain
    return data


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
