"""The load report: what was read from which file, what is wrong, what to do about it."""

import unicodedata
from dataclasses import dataclass, field
from typing import Any

from sekisho.registry.problems import MAX_LISTED, Problem, Problems, Severity

SHOWN_PER_KIND = 50
"""Problems of a kind in the text; all up to MAX_LISTED of each kind are in the JSON."""


@dataclass(frozen=True, slots=True)
class TableReport:
    """One table. ``rows`` were in the file; ``loaded`` is 0 when the load failed; ``encoding``: UTF-8, XLSX …"""

    name: str
    ja: str
    file: str
    rows: int
    loaded: int
    encoding: str
    unknown_columns: tuple[str, ...]
    error_count: int
    warning_count: int


@dataclass(slots=True)
class LoadReport:
    """``ok`` is false when anything is an error; then nothing was loaded."""

    folder: str
    tables: list[TableReport] = field(default_factory=list)
    problems: Problems = field(default_factory=Problems)
    version: str = ""
    load_id: str = ""

    @property
    def error_count(self) -> int:
        return self.problems.count("error")

    @property
    def warning_count(self) -> int:
        return self.problems.count("warning")

    @property
    def ok(self) -> bool:
        return self.error_count == 0

    def text(self) -> str:
        """The report for a terminal."""
        lines = [_row("table", "file", "rows", "loaded", "errors", "warnings", "encoding")]
        for t in self.tables:
            lines.append(_row(t.name, t.file or "—", t.rows, t.loaded, t.error_count, t.warning_count, t.encoding))
        for t in self.tables:
            if t.unknown_columns:
                lines.append(f"{t.name}: columns kept as they are: {', '.join(t.unknown_columns)}")
        levels: tuple[Severity, ...] = ("error", "warning", "notice")
        for level in levels:
            lines.extend(self._listing(level))
        lines.append(self._conclusion())
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON document; ``listed_per_kind`` is the bound of the list, ``counts`` are complete."""
        return {
            "folder": self.folder,
            "ok": self.ok,
            "version": self.version,
            "load_id": self.load_id,
            "error_count": self.error_count,
            "warning_count": self.warning_count,
            "tables": [{name: getattr(table, name) for name in TableReport.__slots__} for table in self.tables],
            "counts": [
                {"severity": severity, "kind": kind, "table": table, "count": count}
                for (severity, kind, table), count in sorted(self.problems.counts.items())
            ],
            "listed_per_kind": MAX_LISTED,
            "problems": [problem.as_json() for problem in self.problems.listed],
        }

    def _listing(self, level: Severity) -> list[str]:
        groups: dict[tuple[Severity, str, str], list[Problem]] = {}
        for problem in self.problems.listed:
            if problem.severity == level:
                groups.setdefault((level, problem.kind, problem.table), []).append(problem)
        lines: list[str] = []
        for group, problems in groups.items():
            lines.extend(f"{level}: {problem}" for problem in problems[:SHOWN_PER_KIND])
            more = self.problems.counts[group] - SHOWN_PER_KIND
            if more > 0:
                lines.append(f"{level}: … and {more:,} more like this in {group[2] or self.folder} (see --json)")
        return lines

    def _conclusion(self) -> str:
        if self.ok:
            loaded = sum(table.loaded for table in self.tables)
            return f"{loaded:,} rows loaded, {self.warning_count:,} warnings"
        return f"nothing loaded: {self.error_count:,} errors, {self.warning_count:,} warnings"


def _row(name: str, file: str, *cells: int | str) -> str:
    rows, loaded, errors, warnings, encoding = (f"{cell:,}" if isinstance(cell, int) else cell for cell in cells)
    gap = " " * max(1, 26 - _width(file))
    return f"{name:<14}{file}{gap}{rows:>12}{loaded:>12}{errors:>9}{warnings:>10}  {encoding}".rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: full-width characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
