"""``python -m tools.accuracy``: plant, sweep, compare, write docs/accuracy.md. See the package's docstring.

Everything is made from a seed in a private temporary folder that is removed at the end, also on Ctrl-C. Misses and
false hits are listed in ``--report`` (kept out of the repository).
"""

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tools.accuracy import clean, hosts, report, score, units
from tools.accuracy.archive import Archive
from tools.accuracy.plant import Planter
from tools.accuracy.units import Unit
from tools.ledger import Ledger, make_ledger, write_registry

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    options = _options()
    data = Path(os.environ.get("SEKISHO_SHARED_DATA", ROOT.parent / "shared" / "data"))
    wanted = [data / "mail", data / "pii" / "stockmark-ner" / "ner.json"]
    missing = [str(path) for path in wanted if not path.exists()]
    if missing:
        print(
            f"missing: {', '.join(missing)} → set SEKISHO_SHARED_DATA to the folder that holds mail/ and pii/",
            file=sys.stderr,
        )
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="sekisho-accuracy-") as name:
        try:
            return _measure(options, wanted[0], wanted[1], Path(name))
        except KeyboardInterrupt:
            print("interrupted; nothing kept", file=sys.stderr)
            return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.accuracy", description="recall and false hits on real mail")
    parser.add_argument("--policies", type=int, default=1_000_000, help="rows of the invented ledger")
    parser.add_argument("--near", type=int, default=12_000, help="invented near-miss messages")
    parser.add_argument("--every", type=int, default=1, help="use every n-th real message only (to try things)")
    parser.add_argument("--seed", type=int, default=20241, help="the same seed plants the same things")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--report", type=Path, default=ROOT / "build" / "accuracy", help="folder for misses and false hits"
    )
    parser.add_argument(
        "--page", type=Path, default=ROOT / "docs" / "accuracy.md", help="page to write the tables into"
    )
    return parser.parse_args()


def _measure(options: argparse.Namespace, mail: Path, sentences: Path, folder: Path) -> int:
    started = time.perf_counter()
    _say(f"making a ledger of {options.policies:,} policies")
    ledger = make_ledger(options.policies, options.seed)
    (folder / "registry").mkdir(mode=0o700)
    write_registry(ledger, folder / "registry")
    _say("planting into real messages")
    found_hosts = hosts.find_hosts(mail)[:: options.every]
    archive = Archive(folder / "mail")
    planted, planter = _plant(found_hosts, ledger, options.seed, archive)
    given = dict.fromkeys(planter.passwords)
    (folder / "passwords.txt").write_text("".join(f"{word}\n" for word in given), encoding="utf-8")
    empty = [
        *clean.untouched(found_hosts),
        *clean.sentences(sentences),
        *clean.near_misses(ledger, options.near, options.seed),
    ]
    for message in empty:
        archive.add(message.ident, message.raw, "mbox" if message.kind == "sentence" else None)
    archive.close()
    _say(f"{archive.count:,} messages ({archive.bytes / 2**20:.0f} MiB), {len(planted):,} planted units; sweeping")
    summary = _sweep(folder, options.workers)
    found = score.read_findings(folder / "findings.jsonl")
    recall = score.Recall(planted, found, score.Holders(ledger))
    false = score.FalseHits(empty, found)
    calibration = score.Calibration(planted, empty, found, score.Holders(ledger))
    misses = recall.write_misses(options.report / "misses.csv", _unread(folder / "findings.unread.csv"))
    false.write(options.report / "false-hits.csv")
    measured = report.Measured(
        options, found_hosts, ledger, archive, planter.unplantable, recall, false, calibration, found, summary
    )
    report.write(measured, options.page)
    print(
        recall.headline(),
        calibration.table(),
        calibration.by_evidence(),
        false.tables(),
        recall.confidence(),
        sep="\n\n",
    )
    _say(f"{misses:,} misses and {len(false.rows):,} false hits listed in {options.report}; {options.page} written")
    _say(f"{time.perf_counter() - started:.0f} s in all")
    return 0


def _plant(found_hosts: list[hosts.Host], ledger: Ledger, seed: int, archive: Archive) -> tuple[list[Unit], Planter]:
    planter = Planter(units.Source(ledger, seed), seed)
    planted: list[Unit] = []
    for host in found_hosts:
        for copy in planter.copies(host):
            archive.add(copy.ident, copy.raw, beside=copy.beside)
            planted += copy.units
            if copy.password:
                planter.passwords.append(copy.password)
    return planted, planter


def _sweep(folder: Path, workers: int) -> dict[str, object]:
    """Run the product; its --json document."""
    command = [
        sys.executable, "-m", "sekisho", "sweep", "mail", str(folder / "mail"), "--registry", str(folder / "registry"),
        "--out", str(folder / "findings.jsonl"), "--workers", str(workers), "--json",
        "--passwords", str(folder / "passwords.txt"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode not in {0, 1} or not done.stdout.startswith("{"):
        raise SystemExit(f"the sweep failed ({done.returncode}):\n{done.stderr[-4000:]}")
    summary: dict[str, object] = json.loads(done.stdout)
    return summary


def _unread(path: Path) -> dict[str, str]:
    """Message → reasons for which parts of it were not read."""
    gaps: dict[str, str] = {}
    if path.exists():
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                ident = score.ident_in(" ".join(v for v in row.values() if v))
                if ident:
                    gaps[ident] = f"{gaps.get(ident, '')} {row.get('part')}: {row.get('reason')}".strip()
    return gaps


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
