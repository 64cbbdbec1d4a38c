"""Letters: a whole run with its checks, beside writing as many bytes, plain Typst, ReportLab and WeasyPrint → table
"letters"."""

import json
import os
import sys
from pathlib import Path

from bench.measure import Run, run
from bench.stock import Stock, checked, say
from tools import page

PEERS = 500
"""Letters that the peers set: some of them need minutes for more."""
WORK = [sys.executable, "-m", "bench.letters_work"]
FLOOR = [sys.executable, "-m", "bench.letters_floor"]
ROOMS = ("/usr/share/fonts", "/usr/local/share/fonts")


def measure(stock: Stock) -> str:
    """The tables, as Markdown."""
    count, workers = stock.options.letters, min(2, stock.options.workers)
    peers = PEERS // 10 if stock.options.quick else PEERS
    here = {"PYTHONPATH": os.pathsep.join(filter(None, (os.getcwd(), os.environ.get("PYTHONPATH"))))}  # noqa: PTH109
    folder = stock.folder / "letters"
    folder.mkdir(mode=0o700)
    say(f"  printing {count:,} letters with {workers} processes")
    whole = checked(run([*WORK, "ours", str(count), str(folder / "ours"), str(workers)], stock.out, here), "ours", {0})
    told = json.loads(whole.output)
    say("  writing as many bytes")
    floor = checked(run([*FLOOR, str(folder / "ours"), str(folder / "floor")], stock.out), "floor", {0})
    some = min(count, 20_000)
    say(f"  one process, {some:,} letters, nothing read back")
    alone = checked(run([*WORK, "write", str(some), str(folder / "write")], stock.out, here), "write", {0})
    rows = [
        _row("Sekisho, whole run: written, every page read back, ledger", told["letters"], whole, told["bytes"]),
        _row("Sekisho, one process, written only", some, alone, _size(folder / "write")),
        *_peers(stock, folder, here, peers),
    ]
    aims = [
        page.aim(f"{count:,} letters, {workers} processes", f"{whole.wall:.0f} s", "≤ 90 s", kept=whole.wall <= 90),
        page.aim("memory of all processes", f"{whole.memory / 2**20:.0f} MiB", "≤ 400 MiB",
                 kept=whole.memory <= 400 << 20),
        page.aim("pages read back and equal", f"{told['pages']:,}", "all", kept=told["letters"] == count),
    ]  # fmt: skip
    setting = (
        f"{told['letters']:,} letters with {told['pages']:,} pages in {told['files']} files ({told['bytes'] / 1e6:.0f} "
        f"MB), ledger and list for the\nmailing house {told['ledger'] / 1e6:.0f} MB; names of 6,000 different kanji. "
        f"Memory is {whole.memory_is}. Floor, writing as many bytes,\neach file on the disk before the next: "
        f"{floor.wall:.1f} s, {floor.cpu:.2f} CPU-s. The peers set {peers} letters of the same wording\n"
        "into one file; nothing is checked there."
    )
    head = ["what", "letters", "letters / CPU-s", "s", "memory, MiB", "bytes a letter"]
    return "\n\n".join([page.heading(), page.aims(aims), setting, page.table(head, rows)])


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _row(what: str, count: int, done: Run, size: int) -> list[str]:
    return [what, f"{count:,}", f"{count / max(done.cpu, 0.01):,.0f}", f"{done.wall:.1f}",
            f"{done.memory / 2**20:,.0f}", f"{size / count:,.0f}"]  # fmt: skip


def _peers(stock: Stock, folder: Path, here: dict[str, str], count: int) -> list[list[str]]:
    say("  Typst alone")
    out = folder / "typst.pdf"
    done = checked(run([*WORK, "typst", str(count), str(out)], stock.out, here), "typst", {0})
    rows = [_row("Typst alone", count, done, out.stat().st_size)]
    data = folder / "data.json"
    checked(run([*WORK, "data", str(count), str(data)], stock.out, here), "data", {0})
    fonts = json.loads(data.read_text(encoding="utf-8"))
    truetype = next((path for room in ROOMS for path in sorted(Path(room).rglob("*.ttf")) if "ipa" in path.name), None)
    for what, font in (("reportlab", truetype), ("weasyprint", Path(fonts["serif"]))):
        rows.append(_peer(stock, what, font, data, count))
    return rows


def _peer(stock: Stock, what: str, font: Path | None, data: Path, count: int) -> list[str]:
    python = stock.options.peers_python
    if not python.exists() or font is None:
        return [what, "not run", "", "", "", f"no {python}" if font else "no Japanese TrueType font on this machine"]
    say(f"  {what}")
    out = data.with_name(f"{what}.pdf")
    words = [str(python), "-m", "bench.letters_peer", what, str(data), str(out), str(font)]
    done = checked(run(words, stock.out), what, {0, 3})
    if done.status == 3:
        say(f"  {what} is not installed there: skipped")
        return [what, "not run", "", "", "", "not installed: `make bench` installs it"]
    return _row(done.output.strip(), count, done, out.stat().st_size)
