"""The text of docs/accuracy.md, from what was measured."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from tools import page
from tools.accuracy import files, score
from tools.accuracy.archive import Archive
from tools.accuracy.hosts import Host
from tools.accuracy.units import Unit
from tools.ledger import Ledger

INTRO = (
    "How much the mail sweep finds and how much it finds wrongly, measured by `make accuracy`: records of an invented\n"
    "ledger are planted into copies of real messages (their own charsets, their own quirks), and the same ledger is\n"
    "held against messages that hold none of it. The tables below are written by the tool."
)
EXTRAS = "In the planted messages these findings stood beside the planted ones:"


@dataclass(frozen=True, slots=True)
class Measured:
    """All that one run has to tell."""

    options: argparse.Namespace
    hosts: list[Host]
    ledger: Ledger
    archive: Archive
    unplantable: int
    recall: score.Recall
    false: score.FalseHits
    calibration: score.Calibration
    found: score.Found
    summary: dict[str, object]


def write(measured: Measured, path: Path) -> None:
    """Write the page's tables between its markers."""
    page.write(
        path,
        "accuracy",
        "Accuracy",
        INTRO,
        "\n\n".join([*_head(measured), *_recall(measured), *_calibrated(measured), *_rest(measured)]),
    )


def _head(m: Measured) -> list[str]:
    legacy = sum(h.charset in {"iso-2022-jp", "shift_jis", "cp932", "euc-jp"} for h in m.hosts)
    setting = (
        f"Seed {m.options.seed}: {len(m.hosts):,} real messages as hosts ({legacy} in Japanese legacy charsets), "
        f"{len(m.ledger):,} invented policies of 5 insurers, {m.archive.count:,} messages swept "
        f"({m.archive.bytes / 2**20:.0f} MiB; EML, mbox, Maildir).\n{m.unplantable:,} copies were set aside because "
        "the standard library could not read the planted bytes back from them (broken hosts)."
    )
    left_out = f"Left out, because these libraries are not installed: {', '.join(files.MISSING)}."
    return [page.heading(), setting, *([left_out] if files.MISSING else [])]


def _recall(m: Measured) -> list[str]:
    by = m.recall.by
    return [
        "## Recall",
        m.recall.headline(),
        "PASS compares the measured share with the target; the interval says how far chance may have moved it.",
        f"Of all misses {m.recall.told_otherwise():,} are told in part: a policy of the same person was reported.",
        "How sure the sweep was of what it found:",
        m.recall.confidence(),
        "### By field and notation",
        by(["field", "notation"], lambda u: (u.field, u.notation), _is_single),
        "### By way of writing the name",
        by(["field", "name written"], lambda u: (u.field, u.name_notation), lambda u: bool(u.name_notation)),
        "### Table rows by insurer column",
        by(["field", "insurer column"], lambda u: (u.field, _insurer_column(u)), lambda u: "insurer by" in u.notation),
        "### By charset",
        by(["charset of the part"], lambda u: (u.charset,)),
        "### By container",
        by(["container"], lambda u: (u.container,)),
        "### By container and field",
        by(["container", "field"], lambda u: (u.container.partition(" (")[0], u.field)),
    ]


def _calibrated(m: Measured) -> list[str]:
    return [
        "## What a level of confidence is worth",
        "Of the findings of each level, how many are right: in planted messages and in real messages that hold nothing "
        "of the ledger.\nRight: the planted policy, or another policy of the person whose data was planted (it is that "
        "person's data). In the last rows\nthe near misses are counted in, which are made to mislead.",
        m.calibration.table(),
        "By what the sweep gave as its reason (`matched_by`, without the figures that tell how rare a value is):",
        m.calibration.by_evidence(),
    ]


def _is_single(unit: Unit) -> bool:
    return not unit.field.startswith(("table", "company"))


def _insurer_column(unit: Unit) -> str:
    return unit.notation.rpartition("insurer by ")[2]


def _rest(m: Measured) -> list[str]:
    extras = m.recall.extras()
    seconds = m.summary.get("seconds")
    told = ", ".join(f"{k} {v:.1f}" for k, v in seconds.items()) if isinstance(seconds, dict) else "not told"
    read, gaps = m.summary.get("read", "?"), m.summary.get("unread_count", "?")
    return [
        "## False hits",
        "Messages in which something was found although nothing of the ledger is in them:",
        m.false.tables(),
        f"{EXTRAS} " + (", ".join(f"{k}: {v:,}" for k, v in sorted(extras.items())) or "none") + ".",
        "## The sweep itself",
        f"Seconds: {told}. Read {read} messages; {gaps} parts listed as unread.",
    ]
