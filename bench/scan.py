"""Comparing decoded text with the index: MB of UTF-8 per CPU-second at growing sizes, beside the floor and automata
over the clear names → table "scan"."""

import json
import re
from dataclasses import dataclass
from itertools import compress

import numpy as np
from tools.ledger import INSURERS, NO_LEDGER, RECIPIENT

from bench.index import best
from bench.measure import run
from bench.stock import Stock, checked, say
from bench.synthetic import policies
from sekisho.kernel.content import Table, Text
from sekisho.matching.index import match_index
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.matcher import Matcher
from sekisho.sources.mail.message import read_message
from tools import page

MESSAGES = 6_000
Pieces = list[Text | Table]


@dataclass(slots=True)
class Texts:
    """What the messages say, read and decoded before the clock starts."""

    pieces: list[Pieces]
    joined: list[str]

    @property
    def megabytes(self) -> float:
        return sum(len(text.encode()) for text in self.joined) / 1e6

    def where(self, chosen: list[bool]) -> "Texts":
        """Only those messages."""
        return Texts(list(compress(self.pieces, chosen)), list(compress(self.joined, chosen)))


def texts_of(stock: Stock) -> Texts:
    """The pieces of the first messages of the archive."""
    pieces = [read_message(raw).contents.pieces for raw in stock.raw(min(MESSAGES, stock.options.messages))]
    joined = ["\n".join(p.text if isinstance(p, Text) else _grid(p) for p in one) for one in pieces]
    return Texts(pieces, joined)


def _matching(matcher: Matcher, texts: Texts) -> float:
    return best(lambda: [matcher.match(one) for one in texts.pieces])


def _grid(table: Table) -> str:
    return "\n".join("\t".join(row) for row in table.rows)


def insurer_names() -> dict[str, list[str]]:
    return {i.insurer_id: [i.name, i.short, i.alias] for i in (*INSURERS, NO_LEDGER, RECIPIENT)}


def open_index(stock: Stock, count: int) -> MatchIndex:
    """The product's own way in: index folder and key file."""
    index = stock.index(count)
    return match_index.open_index(index.folder, index.key)


def measure(stock: Stock) -> str:
    """The tables, as Markdown."""
    texts = texts_of(stock)
    rows, each = [], {}
    for count in stock.options.sizes:
        say(f"  scanning with {count:,} policies")
        matcher = Matcher(open_index(stock, count), insurer_names())
        found = [len(matcher.match(one)) for one in texts.pieces]  # compiles, and brings the index into memory
        each[count] = _matching(matcher, texts)
        rows.append(_row(f"sekisho, {count:,} policies", texts, each[count], f"{sum(found):,} matches"))
        quiet = texts.where([not many for many in found])
        what = f"sekisho, {count:,} policies: messages without a match"
        rows.append(_row(what, quiet, _matching(matcher, quiet), f"{len(quiet.pieces):,} messages"))
    rows += _floors(texts)
    rows += _automata(stock, texts)
    setting = (
        f"{len(texts.pieces):,} messages, {texts.megabytes:.1f} MB of decoded text (UTF-8), one core, best of three; "
        "the index is warm in memory.\nMatching is all of it: folding, scanning, look-ups, lists, judging the evidence."
    )
    head = ["what", "MB / CPU-s", "ms a message", "result"]
    aims = page.aims(_aims(texts, each))
    return "\n\n".join([page.heading(), aims, setting, page.table(head, rows)])


def _aims(texts: Texts, each: dict[int, float]) -> list[list[str]]:
    """What the issue asks, for all messages (those with findings too, evidence judged)."""
    rows = []
    for count, wanted in ((1_000_000, 68), (100_000_000, 40)):
        if count in each:
            speed = texts.megabytes / each[count]
            rows.append(
                page.aim(f"scanning at {count:,}", f"{speed:.1f}", f"≥ {wanted} MB / CPU-s", kept=speed >= wanted)
            )
    first, last = min(each), max(each)
    growth = each[last] / each[first]
    rows.append(page.aim(f"cost of a message, {first:,} → {last:,}", f"{growth:.2f} ×", "< 2 ×", kept=growth < 2))
    return rows


def _row(what: str, texts: Texts, seconds: float, result: str) -> list[str]:
    return [what, f"{texts.megabytes / seconds:,.1f}", f"{1000 * seconds / len(texts.pieces):.3f}", result]


def _floors(texts: Texts) -> list[list[str]]:
    raw = [text.encode() for text in texts.joined]
    digits = re.compile(r"[0-9]{6,}")
    return [
        _row("floor: decoding UTF-8", texts, best(lambda: [data.decode() for data in raw]), ""),
        _row("floor: and `re` for runs of digits", texts, best(lambda: [digits.findall(d.decode()) for d in raw]), ""),
    ]  # fmt: skip


def _automata(stock: Stock, texts: Texts) -> list[list[str]]:
    """Aho-Corasick over the clear names, in the peers' environment; at the smallest size only."""
    python = stock.options.peers_python
    if not python.exists():
        return [["Aho-Corasick over clear names", "not run", "", f"no {python}: `make bench` makes it"]]
    count = stock.options.sizes[0]
    say(f"  automata over {count:,} names")
    names: set[str] = set()
    for start in range(0, count, 1 << 20):
        table = policies(np.arange(start, min(start + (1 << 20), count), dtype=np.int64))
        names.update(name.replace("\u3000", "") for name in table.column("holder_name").to_pylist())
    folder = stock.folder / "automata"
    folder.mkdir(exist_ok=True)
    (folder / "names.json").write_text(json.dumps(sorted(names), ensure_ascii=False), encoding="utf-8")
    (folder / "texts.json").write_text(json.dumps(texts.joined, ensure_ascii=False), encoding="utf-8")
    rows = []
    for library in ("daachorse", "pyahocorasick"):
        done = checked(run([str(python), "-m", "bench.automata", library, str(folder)], stock.out), library, {0})
        told = json.loads(done.output)
        result = f"{told['hits']:,} names, in the clear, unjudged; built in {told['build']:.1f} CPU-s"
        result += f", {done.memory / 2**20:,.0f} MiB"
        rows.append(_row(f"{library}: {len(names):,} clear names only", texts, told["scan"], result))
    return rows
