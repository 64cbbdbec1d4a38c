"""``python -m bench [--only index,scan,…]`` (``PARTS``): speed and memory, measured → docs/performance.md.

Each part writes its own table between its own markers, so that it can be measured again alone. Everything is made in
a private temporary folder that is removed at the end, also on Ctrl-C.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from tools import page

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("index", "scan", "sweep", "peers", "rule", "decisions", "incidents", "letters")
INTRO = "Speed and memory, measured by `make bench`. The tables below are written by the tool."
MILLION = 1_000_000


def main() -> int:
    options = _options()
    unknown = set(options.only) - set(PARTS)
    if unknown:
        print(f"no such part: {', '.join(sorted(unknown))} → {', '.join(PARTS)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="sekisho-bench-", dir=options.work) as name:
        try:
            return _measure(options, Path(name))
        except KeyboardInterrupt:
            print("interrupted; tables written so far are kept, nothing else", file=sys.stderr)
            return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="speed and memory of Sekisho")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas: " + ",".join(PARTS))
    parser.add_argument(
        "--full",
        action="store_true",
        help="100 million policies, 100 million log rows (40 GB of room)",
    )
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--letters", type=int, default=204_783)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="a hundredth of the size, one round, no page written")
    parser.add_argument("--work", type=Path, default=None, help="folder to make everything in (default: the system's)")
    parser.add_argument(
        "--peers-python",
        type=Path,
        default=ROOT / ".venv-peers" / "bin" / "python",
        help="where the peers are installed",
    )
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "performance.md", help="page to write into")
    options = parser.parse_args()
    options.only = [name for name in options.only.split(",") if name]
    options.policies, options.sizes = MILLION, [MILLION, 10 * MILLION]
    if options.full:
        options.sizes.append(100 * MILLION)
    if options.quick:
        options.messages, options.rounds, options.policies = options.messages // 100, 1, 10_000
        options.letters //= 100
        options.sizes = [10_000, 100_000]
    return options


def _measure(options: argparse.Namespace, folder: Path) -> int:
    from bench import incidents, index, letters, peers, rule, scan, served, sweep  # noqa: PLC0415
    from bench.stock import Stock, say  # noqa: PLC0415

    parts = {
        "index": index.measure,
        "scan": scan.measure,
        "sweep": sweep.measure,
        "peers": peers.measure,
        "rule": rule.measure,
        "decisions": served.measure,
        "incidents": incidents.measure,
        "letters": letters.measure,
    }
    stock = Stock(folder, options)
    for name in PARTS:
        if name not in options.only:
            continue
        say(f"{name}:")
        started = time.perf_counter()
        body = parts[name](stock)
        print(f"## {name}\n\n{body}\n")
        if not options.quick:
            page.write(options.page, name, "Performance", INTRO, body)
        say(f"  {name} took {time.perf_counter() - started:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
