"""What is wrong in a registry: every problem with its place, value and remedy; counted in full, listed to a bound.

A registry may hold My Number (個人番号): its values, and anything that could be one written into the wrong column, are
never shown (REQUIREMENTS B12; number use act art. 20). Other values are shown to the owner of the file, who asked.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["error", "warning", "notice"]

MAX_LISTED = 1_000
"""Problems kept of each kind and table; more are counted only."""
_MAX_SHOWN = 40
_DIGITS_12 = re.compile(r"(?<!\d)\d(?:[ \-‐―−–]?\d){11}(?!\d)")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. ``kind`` groups alike problems; ``where`` is file:line; ``column`` the file's header."""

    severity: Severity
    kind: str
    table: str
    where: str
    message: str
    remedy: str
    column: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message} → {self.remedy}" if self.remedy else f"{self.where}: {self.message}"

    def as_json(self) -> dict[str, Any]:
        return {
            "severity": self.severity,
            "kind": self.kind,
            "table": self.table,
            "where": self.where,
            "column": self.column,
            "message": self.message,
            "remedy": self.remedy,
        }


@dataclass(slots=True)
class Problems:
    """A collector. ``counts`` is complete; ``listed`` holds at most ``MAX_LISTED`` of each kind and table."""

    listed: list[Problem] = field(default_factory=list)
    counts: Counter[tuple[Severity, str, str]] = field(default_factory=Counter)

    def add(self, problem: Problem) -> None:
        group = (problem.severity, problem.kind, problem.table)
        self.counts[group] += 1
        if self.counts[group] <= MAX_LISTED:
            self.listed.append(problem)

    def add_many(
        self, severity: Severity, kind: str, table: str, rows: Sequence[int], make: Callable[[int], Problem]
    ) -> None:
        """Count all ``rows`` (indices into the table) and make the problems of those that are still listed."""
        if not len(rows):
            return
        group = (severity, kind, table)
        room = max(0, MAX_LISTED - self.counts[group])
        self.counts[group] += len(rows)
        self.listed.extend(make(int(row)) for row in rows[:room])

    def count(self, severity: Severity, table: str | None = None) -> int:
        return sum(
            number for (level, _, name), number in self.counts.items() if level == severity and table in {None, name}
        )


def shown(value: str | None, *, secret: bool = False) -> str:
    """``value`` for a message: quoted, cut, control characters escaped, nothing that may be a My Number."""
    if value is None or value == "":
        return "(empty)"
    if secret or _DIGITS_12.search(unicodedata.normalize("NFKC", value)):
        return "(not shown)"
    visible = "".join(char if char.isprintable() else repr(char)[1:-1] for char in value[: _MAX_SHOWN + 1])
    return f'"{visible[:_MAX_SHOWN]}…"' if len(value) > _MAX_SHOWN else f'"{visible}"'
