"""Counting three million findings → table "incidents": the table, persons, lines, their difference, beside a floor.

The floor is DuckDB reading the same columns from Parquet and counting the distinct values of the keys once.
"""

import json
import sys
from typing import Any

from bench.measure import run
from bench.stock import Stock, checked, say
from tools import page

AIM_S = 5
FINDINGS = 3
"""Million findings, for each million policies of the other parts."""

AIMED = ("floor", "table", "in-memory")
"""Measured several times; the others once."""
TENTH = 10
OF_FEWER = ("difference", "grouped")
"""Over a tenth of the findings: they take minutes over all of them."""
NAMES = {
    "floor": "floor: the same columns read and counted distinct",
    "table": "disclosure table with persons, from Parquet",
    "in-memory": "the same, findings in memory",
    "insurers": "per insurer, of what is counted",
    "persons": "persons with keys and doubtful pairs",
    "lines": "counted lines with digests",
    "difference": "difference of two countings, a tenth of the findings",
    "grouped": "findings proposed as incidents, a tenth of the findings",
}


def measure(stock: Stock) -> str:
    """The table, as Markdown."""
    folder, count = stock.folder / "incidents", FINDINGS * stock.options.policies
    command = [sys.executable, "-m", "bench.incidents_work"]
    say(f"  writing {count:,} findings")
    checked(run([*command, "write", str(folder), str(count)], stock.out), "writing findings", {0})
    fewer = stock.folder / "incidents-fewer"
    checked(run([*command, "write", str(fewer), str(count // TENTH)], stock.out), "writing findings", {0})
    best: dict[str, Any] = {}
    for what in NAMES:
        say(f"  {what}")
        for _ in range(stock.options.rounds if what in AIMED else 1):
            done = checked(run([*command, what, str(fewer if what in OF_FEWER else folder)], stock.out), what, {0})
            told = json.loads(done.output) | {"memory": done.own}
            if what not in best or told["cpu"] < best[what]["cpu"]:
                best[what] = told
    floor = best["floor"]["cpu"]
    rows = [
        [name, f"{best[what]['s']:.1f}", f"{best[what]['cpu']:.1f}", f"{best[what]['cpu'] / floor:.1f} ×",
         f"{best[what]['memory'] / 2**20:,.0f}", ", ".join(f"{v:,} {k}" for k, v in best[what]["result"].items())]
        for what, name in NAMES.items()
    ]  # fmt: skip
    seconds = best["table"]["s"]
    aim = page.aim(
        f"disclosure table over {count:,} findings", f"{seconds:.1f} s", f"≤ {AIM_S} s", kept=seconds <= AIM_S
    )
    return "\n\n".join([
        page.heading(),
        page.aims([aim]),
        f"{count:,} findings of {count * 9 // 10:,} policies, 1,271 agencies, 40 insurers; floor and table best of "
        f"{stock.options.rounds}, each in a process\nof its own. Seconds of the work itself, "
        "memory with everything that was read.",
        page.table(["what", "s", "CPU-s", "beside the floor", "own memory, MiB", "result"], rows),
    ])  # fmt: skip
