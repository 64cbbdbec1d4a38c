"""The decision API over a million policies, by ``bench.decisions`` → table "decisions"."""

import os
import sys

from bench.measure import run
from bench.rule import industry_of
from bench.stock import PRODUCT, Stock, checked, say
from tools import page


def measure(stock: Stock) -> str:
    """The table, as Markdown."""
    count = stock.options.policies
    industry, workspace = industry_of(stock, count), stock.folder / "served"
    say(f"  loading {count:,} policies into a workspace")
    checked(run([*PRODUCT, "init", str(workspace)], stock.out), "sekisho init", {0})
    words = ["load", str(industry), "--workspace", str(workspace)]
    checked(run([*PRODUCT, *words], stock.out), "sekisho load", {0})
    with (workspace / "sekisho.toml").open("a", encoding="utf-8") as settings:  # the server is measured, not its limits
        settings.write("\n[decisions]\nper_second = 1000000\nburst = 2000000\n")
    say("  asking")
    words = [sys.executable, "-m", "bench.decisions", str(workspace)]
    done = checked(run(words, stock.out, {"PYTHONPATH": os.getcwd()}), "bench.decisions", {0})  # noqa: PTH109
    setting = (
        f"{count:,} policies in SQLite; the server on one core, the client on another, keep-alive connections. Floor:\n"
        "the same web server with a constant for an answer. Every answer is on the disk before it is given."
    )
    return "\n\n".join([page.heading(), setting, done.output.strip()])
