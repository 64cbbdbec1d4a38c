"""Findings against truth: recall by field, notation, charset and container; false hits by kind; misses listed."""

import csv
import json
import math
import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tools.accuracy.clean import KINDS, Clean
from tools.accuracy.units import NUMBER, TABLE, TABLE_FOREIGN, TABLE_PAIR, Unit
from tools.ledger import Ledger
from tools.page import table

CONFIDENCES = ("certain", "probable", "possible")
_IDENT = re.compile(r"\b(?:plant|mail|sentence|near[a-z]+)-\d{6}\b")
_TARGETS: dict[str, tuple[float, Callable[[str], bool]]] = {
    "policy numbers": (0.99, lambda f: f == NUMBER),
    "table rows": (0.99, lambda f: f in {TABLE, TABLE_PAIR, TABLE_FOREIGN}),
    "name + second item": (0.97, lambda f: f.startswith("name + ")),
}
"""Targets of the issue this tool was made for: recall by group of fields."""
FALSE_TARGET = 1.0
"""False findings graded certain per 10,000 messages, at most."""

Key = tuple[str, str, str]


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a proportion (Wilson)."""
    if total == 0:
        return 0.0, 1.0
    z, p = 1.959964, hits / total
    middle = p + z * z / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def ident_in(text: str) -> str | None:
    """The identity of one of our messages, if ``text`` (evidence, a path) names one."""
    match = _IDENT.search(text)
    return match.group() if match else None


def squeezed(number: str) -> str:
    """A policy number without width, case, spaces and dashes, to compare what was planted with what was reported."""
    return "".join(c for c in unicodedata.normalize("NFKC", number).upper() if c.isalnum() and c != "ー")


@dataclass(slots=True)
class Found:
    """The findings of a sweep by message, insurer and number: the best confidence of each."""

    best: dict[Key, str] = field(default_factory=dict)
    rows: dict[Key, dict[str, str]] = field(default_factory=dict)
    astray: int = 0
    """Findings whose evidence names no message of ours."""


def read_findings(path: Path) -> Found:
    found = Found()
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            ident = ident_in(row["evidence"])
            if ident is None:
                found.astray += 1
                continue
            key = (ident, row["insurer_id"] or "", squeezed(row["policy_no"] or ""))
            old = found.best.get(key)
            if old is None or CONFIDENCES.index(row["confidence"]) < CONFIDENCES.index(old):
                found.best[key] = row["confidence"]
                found.rows[key] = row
    return found


def unit_key(unit: Unit) -> Key:
    return unit.ident, unit.insurer_id, squeezed(unit.policy_no)


class Holders:
    """Who holds which policy: numbers that are equal for policies of the same person."""

    def __init__(self, ledger: Ledger) -> None:
        p = ledger.parts
        names = p["surname"].astype("int64") * 100_000 + p["given"]
        self._persons = (names * 100_000 + p["birth"]).tolist()
        self._names = names.tolist()
        self._rows = {squeezed(str(number)): row for row, number in enumerate(p["policy_no"].tolist())}

    def of_row(self, row: int) -> int:
        return int(self._persons[row])

    def person(self, key: Key) -> int:
        """The person behind a finding, -1 for a policy of no ledger."""
        row = self._rows.get(key[2])
        return -1 if row is None else self.of_row(row)

    def name_of_row(self, row: int) -> int:
        return int(self._names[row])

    def name(self, key: Key) -> int:
        """The name behind a finding, -1 for a policy of no ledger."""
        row = self._rows.get(key[2])
        return -1 if row is None else self.name_of_row(row)


class Recall:
    """Planted units and which of them were found."""

    def __init__(self, units: list[Unit], found: Found, holders: Holders) -> None:
        self.units = units
        self.hit = [unit_key(u) in found.best for u in units]
        self._found = found
        self._holders = holders
        self._reported = {(key[0], holders.person(key)) for key in found.best}

    def same_person(self, unit: Unit) -> bool:
        """Whether a policy of the same person was reported in that message, though perhaps not the planted one."""
        return unit.row >= 0 and (unit.ident, self._holders.of_row(unit.row)) in self._reported

    def told_otherwise(self) -> int:
        """Missed units of which another policy of the same person was reported."""
        return sum(not hit and self.same_person(u) for u, hit in zip(self.units, self.hit, strict=True))

    def headline(self) -> str:
        rows = []
        for name, (target, chosen) in _TARGETS.items():
            hits, total = self._count(chosen)
            rows.append([name, *_figures(hits, total), f"≥ {target}", verdict(hits / max(total, 1) >= target)])
        return table(["what", "planted", "found", "recall", "95 % interval", "target", ""], rows)

    def by(
        self, heads: list[str], key: Callable[[Unit], tuple[str, ...]], chosen: Callable[[Unit], bool] = lambda _: True
    ) -> str:
        """Recall by a key of the units, in order of first appearance of the key's first part."""
        hits: Counter[tuple[str, ...]] = Counter()
        total: Counter[tuple[str, ...]] = Counter()
        for unit, hit in zip(self.units, self.hit, strict=True):
            if chosen(unit):
                total[key(unit)] += 1
                hits[key(unit)] += hit
        rows = [[*k, *_figures(hits[k], total[k])] for k in sorted(total)]
        return table([*heads, "planted", "found", "recall", "95 % interval"], rows)

    def confidence(self) -> str:
        """How sure the product was of what it found, by field."""
        seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for unit in self.units:
            seen[unit.field][self._found.best.get(unit_key(unit), "not found")] += 1
        rows = [[name, *(f"{seen[name][c]:,}" for c in (*CONFIDENCES, "not found"))] for name in sorted(seen)]
        return table(["field", *CONFIDENCES, "not found"], rows)

    def extras(self) -> Counter[str]:
        """Findings in planted messages that were not planted, by confidence and by whose they are."""
        planted = {unit_key(u) for u in self.units}
        rows = [(u.ident, u.row) for u in self.units if u.row >= 0]
        persons = {(ident, self._holders.of_row(row)) for ident, row in rows}
        names = {(ident, self._holders.name_of_row(row)) for ident, row in rows}
        counts: Counter[str] = Counter()
        for key, confidence in self._found.best.items():
            if key[0].startswith("plant-") and key not in planted:
                person, name = (key[0], self._holders.person(key)), (key[0], self._holders.name(key))
                whose = "of the same person" if person in persons else "of a namesake" if name in names else "of others"
                counts[f"{confidence}, {whose}"] += 1
        return counts

    def _count(self, chosen: Callable[[str], bool]) -> tuple[int, int]:
        picked = [hit for unit, hit in zip(self.units, self.hit, strict=True) if chosen(unit.field)]
        return sum(picked), len(picked)

    def write_misses(self, path: Path, unread: dict[str, str]) -> int:
        """All misses as CSV (for the developer's eyes, not for the repository); how many."""
        misses = [u for u, hit in zip(self.units, self.hit, strict=True) if not hit]
        columns = [
            "field",
            "notation",
            "name_notation",
            "charset",
            "container",
            "text",
            "insurer_id",
            "policy_no",
            "ident",
            "host",
        ]
        with _private(path) as out:
            writer = csv.writer(out)
            writer.writerow([*columns, "same_person", "unread"])
            for unit in misses:
                told = [self.same_person(unit), unread.get(unit.ident, "")]
                writer.writerow([getattr(unit, column) for column in columns] + told)
        return len(misses)


def _figures(hits: int, total: int) -> list[str]:
    low, high = wilson(hits, total)
    return [f"{total:,}", f"{hits:,}", f"{hits / max(total, 1):.4f}", f"{low:.4f}–{high:.4f}"]


def verdict(good: bool) -> str:
    return "PASS" if good else "**FAIL**"


CALIBRATED = {"certain": 0.999, "probable": 0.95}
"""Shares of right findings that a level promises."""
_RARITY = re.compile(r"\(\d[\d,]*\)")


class Calibration:
    """Whether findings are as sure as they say: each finding is right (planted), right of the person, or wrong."""

    def __init__(self, units: list[Unit], empty: Iterable[Clean], found: Found, holders: Holders) -> None:
        planted = {unit_key(u) for u in units}
        persons = {(u.ident, holders.of_row(u.row)) for u in units if u.row >= 0}
        kinds = {m.ident: "real" if m.kind in {"mail", "sentence"} else "near" for m in empty}
        self._counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._by_evidence: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for key, confidence in found.best.items():
            kind = kinds.get(key[0], "planted")
            if kind != "planted":
                verdict = "wrong"
            elif key in planted:
                verdict = "planted"
            else:
                verdict = "person" if (key[0], holders.person(key)) in persons else "wrong"
            self._counts[kind, confidence][verdict] += 1
            if kind != "near":
                reason = _RARITY.sub("", found.rows[key]["matched_by"])
                self._by_evidence[reason, confidence][verdict] += 1

    def table(self) -> str:
        rows = []
        for label, kinds in (
            ("planted + real", ["planted", "real"]),
            ("with near misses", ["planted", "real", "near"]),
        ):
            for level in CONFIDENCES:
                counts = sum((self._counts[kind, level] for kind in kinds), Counter[str]())
                target = CALIBRATED.get(level) if "near" not in kinds else None
                rows.append([label, level, *_right(counts), *_promise(counts, target)])
        head = ["messages", "level", "findings", "planted", "of the person", "wrong", "share right", "95 % interval"]
        return table([*head, "target", ""], rows)

    def by_evidence(self) -> str:
        rows = [
            [f"`{reason}`", level, *_right(counts)]
            for (reason, level), counts in sorted(self._by_evidence.items(), key=lambda item: -item[1].total())
        ]
        return table(
            ["matched by", "level", "findings", "planted", "of the person", "wrong", "share right", "95 % interval"],
            rows[:40],
        )


def _right(counts: Counter[str]) -> list[str]:
    total, right = counts.total(), counts["planted"] + counts["person"]
    low, high = wilson(right, total)
    shares = [f"{right / max(total, 1):.4f}", f"{low:.4f}–{high:.4f}"]
    return [f"{total:,}", *(f"{counts[name]:,}" for name in ("planted", "person", "wrong")), *shares]


def _promise(counts: Counter[str], target: float | None) -> list[str]:
    if target is None:
        return ["", ""]
    right = counts["planted"] + counts["person"]
    return [f"≥ {target}", verdict(right / max(counts.total(), 1) >= target)]


class FalseHits:
    """Findings in messages that hold no ledger record."""

    def __init__(self, messages: Iterable[Clean], found: Found) -> None:
        self.messages = {m.ident: m for m in messages}
        self.rows = {k: r for k, r in found.rows.items() if k[0] in self.messages}
        self._seen: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for key, row in self.rows.items():
            self._seen[self.messages[key[0]].kind, row["confidence"]].add(key[0])

    def tables(self) -> str:
        totals = Counter(m.kind for m in self.messages.values())
        rows = [self._row(f"{kind}: {text}", [kind], totals) for kind, text in KINDS.items()]
        real, near = ["mail", "sentence"], [k for k in KINDS if k not in {"mail", "sentence"}]
        rows += [
            self._row("**real text**", real, totals),
            self._row("**near misses**", near, totals),
            self._row("**all**", [*real, *near], totals),
        ]
        return table(
            [
                "messages with nothing to find",
                "messages",
                *CONFIDENCES,
                "certain per 10,000",
                "95 % interval",
                f"≤ {FALSE_TARGET:.0f}",
            ],
            rows,
        )

    def _row(self, label: str, kinds: list[str], totals: Counter[str]) -> list[str]:
        total = sum(totals[k] for k in kinds)
        counts = {c: sum(len(self._seen[k, c]) for k in kinds) for c in CONFIDENCES}
        rate = 10_000 * counts["certain"] / max(total, 1)
        low, high = (10_000 * x for x in wilson(counts["certain"], total))
        cells = [f"{counts[c]:,}" for c in CONFIDENCES]
        judged = verdict(rate <= FALSE_TARGET) if len(kinds) > 1 else ""
        return [label, f"{total:,}", *cells, f"{rate:.1f}", f"{low:.1f}–{high:.1f}", judged]

    def write(self, path: Path) -> None:
        """All false findings as CSV; of real mail only the evidence, never its text."""
        with _private(path) as out:
            writer = csv.writer(out)
            writer.writerow(
                ["kind", "confidence", "matched_by", "insurer_id", "policy_no", "items", "evidence", "text"]
            )
            for key, row in sorted(self.rows.items()):
                message = self.messages[key[0]]
                names = ("confidence", "matched_by", "insurer_id", "policy_no", "items", "evidence")
                writer.writerow([message.kind, *(row[n] for n in names), message.text])


def _private(path: Path):  # type: ignore[no-untyped-def]  # an open text file
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline="")
