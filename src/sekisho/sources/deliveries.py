"""Deliveries of notices and pending lists (通知・ペンディング配信): what was fed to whom (REQUIREMENTS A8)."""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from sekisho.sources.logs import LogRead, read_log


def read_deliveries(paths: str | Path | Iterable[str | Path], con: duckdb.DuckDBPyConnection) -> LogRead:
    """Delivery records (files or folders of CSV, JSON lines, Parquet, also .gz) as a relation.

    Columns: at (timestamptz), on_date, insurer_id, policy_no, addressed_agency_id, viewer_id, kind, log_row. Rows
    without a readable ``at`` or without a viewer are listed in ``unread``. Raises InputError (see ``logs``).
    """
    return read_log("deliveries", [paths] if isinstance(paths, str | Path) else paths, "viewer_id", con)
