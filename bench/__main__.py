"""``python -m bench``: the whole mail sweep beside the floor, on an invented archive → docs/performance.md.

Floor and sweep run in turn on the same files with the same number of processes; best and median of the rounds are
given, because other work on the machine only ever makes a run slower. Nothing here asserts a time.
"""

import argparse
import importlib.util
import json
import os
import signal
import statistics
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tools.ledger import make_ledger, write_registry

from bench.archive import Made, make_archive
from bench.measure import Run, run
from tools import page

ROOT = Path(__file__).resolve().parents[1]
INTRO = (
    "Speed and memory of the mail sweep beside the floor, measured by `make bench` on an invented archive. The tables\n"
    "below are written by the tool. Ratios inside one table can be compared; seconds depend on the machine."
)
FLOOR, DECODING, SWEEP, PEER = (
    "floor: read and parse",
    "floor + decoding",
    "sekisho sweep mail",
    "Aho-Corasick in the clear",
)


PEER_MISSING = "The peer (Aho-Corasick over clear names and policy numbers) was not run: `pip install pyahocorasick`."


@dataclass(slots=True)
class Measured:
    """Runs by what was run; the sweep's own timings; stack samples."""

    runs: dict[str, list[Run]] = field(default_factory=dict)
    seconds: list[dict[str, float]] = field(default_factory=list)
    findings: int = 0
    unread: int = 0
    samples: Counter[str] = field(default_factory=Counter)
    peer: str = ""


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-") as name:
        try:
            return _measure(options, Path(name))
        except KeyboardInterrupt:
            print("interrupted; nothing kept", file=sys.stderr)
            return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="speed and memory of the mail sweep")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--policies", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size, one round, no page written")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "performance.md", help="page to write into")
    options = parser.parse_args()
    if options.quick:
        options.messages, options.policies, options.rounds = options.messages // 10, options.policies // 10, 1
    return options


def _measure(options: argparse.Namespace, folder: Path) -> int:
    mail, registry = folder / "mail", folder / "registry"
    for path in (mail, registry, folder / "out"):
        path.mkdir(mode=0o700)
    _say(f"making a ledger of {options.policies:,} policies and an archive of {options.messages:,} messages")
    ledger = make_ledger(options.policies)
    write_registry(ledger, registry)
    made = make_archive(mail, ledger, options.messages)
    del ledger
    workspace = _load(registry, folder)
    measured = Measured()
    for number in range(options.rounds):
        _say(f"round {number + 1} of {options.rounds}")
        for what, command in _commands(mail, workspace, folder / "out", options.workers).items():
            done = run(command, folder / "out")
            _keep(measured, what, done)
            if what == SWEEP and made.with_ledger_rows and not measured.findings:
                raise SystemExit(
                    f"the sweep found nothing ({measured.unread:,} parts unread): there is nothing to measure"
                )
            _say(f"  {what}: {done.wall:.1f} s, {done.cpu:.1f} CPU-s, {done.memory / 2**20:.0f} MiB")
    _peer(measured, mail, registry, folder / "out", options.workers)
    _sample(measured, mail, registry, folder / "out")
    body = _body(options, made, measured)
    print(body)
    if not options.quick:
        page.write(options.page, "performance", "Performance", INTRO, body)
    return 0


def _load(registry: Path, folder: Path) -> Path:
    """A workspace with the registry loaded, as a user has it: loaded once, swept with many times."""
    workspace = folder / "workspace"
    for words in (["init", str(workspace)], ["load", str(registry), "--workspace", str(workspace)]):
        done = run([sys.executable, "-m", "sekisho", *words], folder / "out")
        if done.status:
            raise SystemExit(f"sekisho {words[0]} failed ({done.status}):\n{done.errors[-3000:]}")
    _say(f"  sekisho load: {done.wall:.1f} s, {done.cpu:.1f} CPU-s, {done.memory / 2**20:.0f} MiB")
    return workspace


def _commands(mail: Path, workspace: Path, out: Path, workers: int) -> dict[str, list[str]]:
    floor = [sys.executable, "-m", "bench.floor"]
    return {
        FLOOR: [*floor, "parse", str(mail), str(workers)],
        DECODING: [*floor, "decode", str(mail), str(workers)],
        SWEEP: [
            sys.executable, "-m", "sekisho", "sweep", "mail", str(mail), "--workspace", str(workspace),
            "--out", str(out / "findings.jsonl"), "--workers", str(workers), "--json",
        ],
    }  # fmt: skip


def _keep(measured: Measured, what: str, done: Run) -> None:
    if done.status not in {0, 1} or (done.status == 1 and what != SWEEP):
        raise SystemExit(f"{what} failed ({done.status}):\n{done.errors[-3000:]}")
    measured.runs.setdefault(what, []).append(done)
    if what == SWEEP:
        summary = json.loads(done.output)
        measured.seconds.append(dict(summary.get("seconds", {})))
        measured.findings = int(summary.get("findings", 0))
        measured.unread = int(summary.get("unread_count", 0))


def _peer(measured: Measured, mail: Path, registry: Path, out: Path, workers: int) -> None:
    if importlib.util.find_spec("ahocorasick") is None:
        measured.peer = PEER_MISSING
        return
    command = [sys.executable, "-m", "bench.peer", str(mail), str(registry / "policies.parquet"), str(workers)]
    done = run(command, out)
    _keep(measured, PEER, done)
    built, _, hits = done.output.split()
    measured.peer = f"The peer built its automaton in {built} s and reported {int(hits):,} literal hits, unjudged."


def _sample(measured: Measured, mail: Path, registry: Path, out: Path) -> None:
    """Sample all processes of one sweep over the first mbox files."""
    some = [str(path) for path in sorted(mail.glob("*.mbox"))[:5]]
    arguments = ["sweep", "mail", *some, "--registry", str(registry), "--out", str(out / "s.jsonl"), "--workers", "1"]
    samples = out / "samples"
    samples.mkdir()
    paths = [str(ROOT / "bench" / "hook"), os.environ.get("PYTHONPATH", "")]
    extra = {"SEKISHO_BENCH_SAMPLES": str(samples), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    run([sys.executable, "-m", "sekisho", *arguments], out, extra)
    for path in samples.glob("*.json"):
        measured.samples.update(json.loads(path.read_text(encoding="utf-8")))


def _body(options: argparse.Namespace, made: Made, measured: Measured) -> str:
    kind = measured.runs[SWEEP][0].memory_is
    size, each = made.bytes / 2**20, made.bytes / made.messages / 1024
    setting = (
        f"{made.messages:,} messages, {size:.0f} MiB (mean {each:.1f} KiB) in mbox files; "
        f"{made.attachments:,} attachments (csv, xlsx);\n{made.with_ledger_rows:,} messages with ledger rows; "
        f"ledger of {options.policies:,} policies; {options.workers} processes; {options.rounds} rounds in turn;\n"
        f"memory = {kind}."
    )
    told = (
        f"The sweep reported {measured.findings:,} findings and {measured.unread:,} unread parts; "
        "its run includes reading the registry from the workspace and building the index."
    )
    return "\n\n".join([
        page.heading(),
        setting,
        "## Whole runs",
        _runs_table(made, measured),
        measured.peer,
        told,
        "## Where the time goes",
        _stages_table(made, measured),
        _samples_table(measured.samples),
    ])  # fmt: skip


def _runs_table(made: Made, measured: Measured) -> str:
    floor, floor_cpu = min(r.wall for r in measured.runs[FLOOR]), min(r.cpu for r in measured.runs[FLOOR])
    rows = []
    for what, runs in measured.runs.items():
        best, middle = min(r.wall for r in runs), statistics.median(r.wall for r in runs)
        cpu = min(r.cpu for r in runs)
        rows.append([
            what, f"{best:.1f}", f"{middle:.1f}", f"{made.messages / best:,.0f}", f"{made.bytes / 2**20 / best:.1f}",
            f"{cpu:.1f}", f"{max(r.memory for r in runs) / 2**20:,.0f}",
            f"{best / floor:.2f}", f"{cpu / floor_cpu:.2f}",
        ])  # fmt: skip
    head = ["what", "best s", "median s", "messages/s", "MiB/s", "CPU-s", "peak MiB", "× floor", "× floor, CPU"]
    return page.table(head, rows)


def _stages_table(made: Made, measured: Measured) -> str:
    """The sweep's own timings, best of the rounds; "read_and_match" is what the floor compares with."""
    if not measured.seconds or not measured.seconds[0]:
        return "The sweep told no timings."
    floor = min(r.wall for r in measured.runs[FLOOR])
    best = {name: min(s.get(name, 0.0) for s in measured.seconds) for name in measured.seconds[0]}
    rows = [
        [name, f"{value:.1f}", f"{made.messages / max(value, 1e-9):,.0f}", f"{value / floor:.2f}"]
        for name, value in best.items()
    ]
    return page.table(["stage (as the sweep tells)", "best s", "messages/s", "× floor"], rows)


def _samples_table(samples: Counter[str]) -> str:
    messages = {k.partition("|")[2]: v for k, v in samples.items() if k.startswith("message|")}
    total = sum(messages.values())
    if total == 0:
        return "No stack samples were taken."
    rows = [[name or "(elsewhere)", f"{100 * n / total:.1f} %"] for name, n in Counter(messages).most_common(25)]
    return "Share of CPU time per message in a worker, by stack samples:\n\n" + page.table(
        ["module › library called", "share"], rows
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
