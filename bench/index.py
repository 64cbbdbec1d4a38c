"""Building the keyed index: hashing alone, and the whole command at growing sizes → table "index"."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.stock import Stock, say
from bench.synthetic import BATCH, policies
from sekisho.kernel.folding import STANDARD
from sekisho.matching.index import columns
from sekisho.matching.index.build import field_states
from sekisho.matching.index.keys import Keys
from sekisho.matching.parameters import word_array, words
from tools import page

FIELDS = {
    "policy_no": columns.POLICY, "holder_name": columns.NAME, "holder_kana": columns.KANA, "phone": columns.PHONE,
    "email": columns.EMAIL, "address": columns.ADDRESS, "postal_code": columns.POSTAL,
}  # fmt: skip
ROUNDS = 3


def best(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """CPU seconds of the quickest of some runs."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def measure(stock: Stock) -> str:
    """The tables, as Markdown."""
    count = min(1_000_000, stock.options.policies)
    hashed = _hashing(count)
    whole = _whole(stock)
    largest = stock.options.sizes[-1]
    built = stock.index(largest).built
    aims = [
        page.aim(
            f"hashing {name} alone, one core", f"{count / seconds / 1e6:.2f} million/s", "≥ 1 million/s",
            kept=count / seconds >= 1e6,
        )
        for name, seconds in hashed.items()
    ]  # fmt: skip
    if largest >= 100_000_000:
        aims += [
            page.aim(f"{largest:,} policies in all", f"{built.wall:.0f} s", "≤ 360 s", kept=built.wall <= 360),
            page.aim("memory for that", f"{built.own / 2**30:.1f} GiB", "≤ 4 GiB", kept=built.own <= 4 << 30),
        ]
    return "\n\n".join([
        page.heading(),
        page.aims(aims),
        f"Hashing alone: {count:,} policies in memory as Arrow columns; folding, canonical form, SipHash-2-4;\n"
        f"best of three. All these fields together: {count / sum(hashed.values()) / 1e6:.2f} million policies / CPU-s.",
        "`sekisho index build` from a registry folder (Parquet), everything included; memory = PSS of the tree:",
        whole,
    ])  # fmt: skip


def _hashing(count: int) -> dict[str, float]:
    """CPU seconds for each field."""
    say("  hashing alone")
    table = policies(np.arange(count, dtype=np.int64))
    states, forms = field_states(Keys(bytes(32))), word_array(words("legal_forms"))
    seconds: dict[str, float] = {}
    for name, kind in FIELDS.items():

        def work(part: pa.Table = table, name: str = name, kind: int = kind) -> None:
            columns.Column(part, name).hash(kind, states, forms, columns.Seen(kind), STANDARD)

        work(table.slice(0, 1000))  # compiled before the clock starts
        seconds[name] = best(work)
    return seconds


def _whole(stock: Stock) -> str:
    rows = []
    for count in stock.options.sizes:
        reading, sorting = _floor(stock, count)
        index = stock.index(count)
        built = index.built
        rows.append([
            f"{count:,}", f"{built.wall:.1f}", f"{built.cpu:.1f}", f"{count / built.cpu / 1e6:.2f}",
            f"{built.own / 2**20:,.0f}", f"{built.memory / 2**20:,.0f}",
            f"{index.bytes / 2**20:,.0f}", f"{index.bytes / count:.1f}",
            f"{reading:.1f}", f"{sorting:.1f}",
        ])  # fmt: skip
    head = [
        "policies", "s", "CPU-s", "million / CPU-s", "own memory, peak MiB", "with mapped pages, MiB", "MiB on disk",
        "bytes each",
        "floor: reading the batches, CPU-s", "floor: sorting as many 64-bit numbers, CPU-s",
    ]  # fmt: skip
    return page.table(head, rows)


def _floor(stock: Stock, count: int) -> tuple[float, float]:
    """Reading all batches and hashing nothing; sorting as many random numbers as there are policy numbers."""
    say(f"  floor at {count:,}")
    path = stock.registry(count) / "policies.parquet"
    reading = best(lambda: [batch.nbytes for batch in pq.ParquetFile(path).iter_batches(BATCH)], 1)
    numbers = np.random.default_rng(1).integers(0, 1 << 63, count, dtype=np.uint64)
    return reading, best(numbers.sort, 1)
