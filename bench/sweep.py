"""The whole mail sweep beside the floor, on the same files with the same number of processes → table "sweep".

Floor and sweep run in turn; the best of the rounds is given, because other work on the machine only ever makes a run
slower. Nothing here asserts a time.
"""

import importlib.util
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.measure import Run, run
from bench.stock import PRODUCT, SMALL, Index, Stock, checked, say
from tools import page

ROOT = Path(__file__).resolve().parents[1]
FLOOR, DECODING = "floor: read and parse", "floor + decoding"
PEER = "Aho-Corasick in the clear"
PEER_MISSING = "The peer (Aho-Corasick over clear names and policy numbers) was not run: `pip install pyahocorasick`."


@dataclass(slots=True)
class Measured:
    """Runs by what was run; what the sweeps told; stack samples; sentences for the page."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    told: dict[str, dict[str, object]] = field(default_factory=dict)
    samples: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def measure(stock: Stock) -> str:
    """The tables, as Markdown."""
    measured, options = Measured(), stock.options
    indexes = {count: stock.index(count) for count in options.sizes}
    for number in range(options.rounds):
        say(f"  round {number + 1} of {options.rounds}")
        for what, mode in ((FLOOR, "parse"), (DECODING, "decode")):
            words = [sys.executable, "-m", "bench.floor", mode, str(stock.mail), str(options.workers)]
            _keep(measured, what, checked(run(words, stock.out), what, {0}))
        for count, index in indexes.items():
            if number == 0 or count == options.sizes[0]:
                _sweep(stock, measured, f"sekisho, index of {count:,}", index, f"r{number}-{count}")
    first = indexes[options.sizes[0]]
    _peer(stock, measured)
    _again(stock, measured, first)
    _sample(stock, measured, first)
    return _body(stock, measured)


def _command(stock: Stock, index: Index, out: Path) -> list[str]:
    registry = stock.registry(0)
    return [
        *PRODUCT, "sweep", "mail", str(stock.mail), "--registry", str(registry), "--index", str(index.folder),
        "--index-key", str(index.key), "--out", str(out), "--workers", str(stock.options.workers), "--json",
    ]  # fmt: skip


def _keep(measured: Measured, what: str, done: Run) -> None:
    measured.runs.setdefault(what, []).append(done)
    say(f"    {what}: {done.wall:.1f} s, {done.cpu:.1f} CPU-s, {done.memory / 2**20:.0f} MiB")


def _sweep(stock: Stock, measured: Measured, what: str, index: Index, name: str) -> None:
    folder = stock.out / name
    folder.mkdir()
    done = checked(run(_command(stock, index, folder / "findings.jsonl"), stock.out), what, {0, 1})
    told = json.loads(done.output)
    if stock.made.with_ledger_rows and not told.get("findings"):
        raise SystemExit(
            f"the sweep found nothing ({told.get('unread_count')} parts unread): there is nothing to measure"
        )
    measured.told[what] = told
    _keep(measured, what, done)


def _peer(stock: Stock, measured: Measured) -> None:
    if importlib.util.find_spec("ahocorasick") is None:
        measured.notes.append(PEER_MISSING)
        return
    policies = stock.registry(min(SMALL, stock.options.sizes[0])) / "policies.parquet"
    words = [sys.executable, "-m", "bench.peer", str(stock.mail), str(policies), str(stock.options.workers)]
    done = checked(run(words, stock.out), PEER, {0})
    _keep(measured, PEER, done)
    built, _, hits = done.output.split()
    measured.notes.append(
        f"The peer built its automaton in {built} s and reported {int(hits):,} literal hits, unjudged."
    )


def _again(stock: Stock, measured: Measured, index: Index) -> None:
    """The same sweep once more with nothing new; and killed half-way, then taken up again."""
    whole = min(r.wall for r in measured.runs[f"sekisho, index of {stock.options.sizes[0]:,}"])
    out = stock.out / f"r0-{stock.options.sizes[0]}" / "findings.jsonl"
    again = checked(run(_command(stock, index, out), stock.out), "the sweep with nothing new", {0, 1})
    _keep(measured, "again, nothing new", again)
    folder = stock.out / "killed"
    folder.mkdir()
    command = _command(stock, index, folder / "findings.jsonl")
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as lost:
        time.sleep(0.6 * whole)
        os.killpg(lost.pid, signal.SIGKILL)
    time.sleep(2)  # its workers see their parent gone
    resumed = checked(run(command, stock.out), "the sweep after a kill", {0, 1})
    _keep(measured, "after kill -9 at 60 % of the time", resumed)
    same = (folder / "findings.jsonl").read_bytes() == out.read_bytes()
    measured.notes.append(
        "The findings after the kill are "
        + (
            "the same, byte for byte, as those of the whole run."
            if same
            else "**not the same** as those of the whole run."
        )
    )


def _sample(stock: Stock, measured: Measured, index: Index) -> None:
    """Sample all processes of one sweep over the first mbox files."""
    some = [str(path) for path in sorted(stock.mail.glob("*.mbox"))[:5]]
    command = _command(stock, index, stock.out / "sampled.jsonl")
    at = command.index(str(stock.mail))
    command[at : at + 1] = some
    command[command.index("--workers") + 1] = "1"
    samples = stock.out / "samples"
    samples.mkdir()
    paths = [str(ROOT / "bench" / "hook"), os.environ.get("PYTHONPATH", "")]
    extra = {"SEKISHO_BENCH_SAMPLES": str(samples), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    run(command, stock.out, extra)
    for path in samples.glob("*.json"):
        measured.samples.update(json.loads(path.read_text(encoding="utf-8")))


def _body(stock: Stock, measured: Measured) -> str:
    made, options = stock.made, stock.options
    size, each = made.bytes / 2**20, made.bytes / made.messages / 1024
    setting = (
        f"{made.messages:,} messages, {size:.0f} MiB (mean {each:.1f} KiB) in mbox files; "
        f"{made.attachments:,} attachments (csv, xlsx);\n{made.with_ledger_rows:,} messages with ledger rows; "
        f"{options.workers} processes; {options.rounds} rounds in turn (larger indexes once);\n"
        f"memory = {measured.runs[FLOOR][0].memory_is}."
    )
    told = measured.told[f"sekisho, index of {options.sizes[0]:,}"]
    found = f"The sweep reported {told.get('findings', 0):,} findings and {told.get('unread_count')} unread parts."
    speed = made.messages / min(r.wall for r in measured.runs[f"sekisho, index of {options.sizes[0]:,}"])
    wanted = f"whole sweep, {options.sizes[0]:,} policies, {options.workers} processes"
    aim = page.aim(wanted, f"{speed:,.0f} messages/s", "≥ 2,000 messages/s on 2 cores", kept=speed >= 2000)
    return "\n\n".join([
        page.heading(), page.aims([aim]), setting, _runs_table(stock, measured), found, *measured.notes,
        _stages_table(told), _samples_table(measured.samples),
    ])  # fmt: skip


def _runs_table(stock: Stock, measured: Measured) -> str:
    made = stock.made
    floor, floor_cpu = min(r.wall for r in measured.runs[FLOOR]), min(r.cpu for r in measured.runs[FLOOR])
    rows = []
    for what, runs in measured.runs.items():
        best, middle, cpu = min(r.wall for r in runs), statistics.median(r.wall for r in runs), min(r.cpu for r in runs)
        rows.append([
            what, f"{best:.1f}", f"{middle:.1f}", f"{made.messages / best:,.0f}", f"{made.bytes / 2**20 / best:.1f}",
            f"{cpu:.1f}", f"{max(r.memory for r in runs) / 2**20:,.0f}", f"{best / floor:.2f}",
            f"{cpu / floor_cpu:.2f}",
        ])  # fmt: skip
    head = ["what", "best s", "median s", "messages/s", "MiB/s", "CPU-s", "peak MiB", "× floor", "× floor, CPU"]
    return page.table(head, rows)


def _stages_table(told: dict[str, object]) -> str:
    seconds = told.get("seconds")
    if not isinstance(seconds, dict):
        return "The sweep told no timings."
    return page.table(["stage (as the sweep tells)", "s"], [[name, f"{value:.1f}"] for name, value in seconds.items()])


def _samples_table(samples: Counter[str]) -> str:
    messages = {k.partition("|")[2]: v for k, v in samples.items() if k.startswith("message|")}
    total = sum(messages.values())
    if total == 0:
        return "No stack samples were taken."
    rows = [[name or "(elsewhere)", f"{100 * n / total:.1f} %"] for name, n in Counter(messages).most_common(20)]
    return "Share of CPU time per message in a worker, by stack samples:\n\n" + page.table(
        ["module › library called", "share"], rows
    )
