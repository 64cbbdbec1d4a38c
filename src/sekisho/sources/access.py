"""Access logs: who looked at which policy, when (REQUIREMENTS A7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from sekisho.sources.logs import LogRead, read_log


def read_access_log(paths: Iterable[str | Path], con: duckdb.DuckDBPyConnection) -> LogRead:
    """Access logs (files or folders of CSV, JSON lines, Parquet, also .gz) as a relation.

    Columns: at (timestamptz), on_date, account_id, insurer_id, policy_no, action, screen, source_ip, system, log_row.
    Rows without a readable ``at`` or without an account are listed in ``unread``. Raises InputError (see ``logs``).
    """
    return read_log("access", paths, "account_id", con)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without a single row of a system's log, both included."""

    system: str
    first: date
    last: date

    @property
    def day_count(self) -> int:
        return (self.last - self.first).days + 1


def gaps(_con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation) -> list[Gap]:
    """Days without any row between the first and the last one, per system, in order: there nobody can say who looked
    at what (REQUIREMENTS A7, "gaps in the logs shown")."""
    days = relation.project("system, on_date").distinct()
    following = days.project(
        "system, on_date AS before, lead(on_date) OVER (PARTITION BY system ORDER BY on_date) AS after"
    )
    missing = following.filter("after > before + 1").project("system, before + 1 AS first_on, after - 1 AS last_on")
    return [Gap(*row) for row in missing.order("system, first_on").fetchall()]
