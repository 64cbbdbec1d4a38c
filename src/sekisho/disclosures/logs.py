"""Access histories and feed deliveries → disclosures (A7, A8): each row shows one policy to one viewer.

Set-based: the rows never become Python objects; they are joined to the ledger's row numbers inside DuckDB.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from sekisho.disclosures.model import EVENTS, POLICIES, RECIPIENTS, UNREAD, Disclosures, table_of
from sekisho.kernel.bulk import in_memory
from sekisho.registry.registry import Registry
from sekisho.sources.access import gaps, read_access_log
from sekisho.sources.deliveries import read_deliveries
from sekisho.sources.logs import LogRead, OpenLog, open_rows

Narrow = Callable[[duckdb.DuckDBPyConnection, str, Mapping[str, pa.Table], OpenLog], LogRead]
"""Reads an open log and makes the view ``passed``: rows that need a judgement of their own. Second: the column that
names the viewer; third: the registry's tables."""

VIEWER = {"access": "account_id", "delivery": "viewer_id"}
"""The column that names the viewer, in each kind of log."""


def sweep_access(paths: list[Path], registry: Registry, narrow: Narrow | None = None) -> Disclosures:
    """Rows of access logs: what each account was shown. ``narrow`` leaves out rows that are surely allowed."""
    return _sweep(paths, registry, narrow, channel="access")


def sweep_deliveries(paths: list[Path], registry: Registry, narrow: Narrow | None = None) -> Disclosures:
    """Rows of deliveries (通知・ペンディング配信): what each viewer was sent, from the insurer."""
    return _sweep(paths, registry, narrow, channel="delivery")


def _sweep(paths: list[Path], registry: Registry, narrow: Narrow | None, *, channel: str) -> Disclosures:
    con = in_memory(ordered=False)
    try:
        if narrow is None:
            log = (read_access_log if channel == "access" else read_deliveries)(paths, con)
            log.relation.create_view("passed")
        else:
            opened = open_rows("access" if channel == "access" else "deliveries", paths, con)
            log = narrow(con, VIEWER[channel], registry.tables, opened)
        return disclosed(con, log, registry, channel)
    finally:
        con.close()


def disclosed(con: duckdb.DuckDBPyConnection, log: LogRead, registry: Registry, channel: str) -> Disclosures:
    """What the rows of ``passed`` in ``con`` disclosed. ``log``: all that was read; of its relation only the days and
    systems are asked for."""
    viewer, sender = VIEWER[channel], "''" if channel == "access" else "insurer_id"
    ledger = registry.tables["policies"].select(["insurer_id", "policy_no"])
    con.register("ledger", ledger.append_column("policy_row", pa.array(np.arange(ledger.num_rows), pa.int64())))
    con.execute(
        f"""
        CREATE TEMP TABLE numbered AS
        SELECT row_number() OVER (ORDER BY log."at", log_row) - 1 AS event_id, '{channel}' AS channel,
               strftime(log."at" AT TIME ZONE 'Asia/Tokyo', '%Y-%m-%dT%H:%M:%S') || '+09:00' AS "at", on_date,
               {sender} AS sender, {viewer} AS viewer, insurer_id, policy_no,
               coalesce(l.policy_row, -1) AS policy_row, log_row,
               regexp_replace(log_row, '[:#][0-9]+$', '') AS source
        FROM passed AS log LEFT JOIN ledger AS l USING (insurer_id, policy_no)
        """  # noqa: S608  (our own column names)
    )
    events, recipients, policies = (
        con.sql(f"SELECT {columns} FROM numbered ORDER BY event_id").to_arrow_table()  # noqa: S608
        for columns in (_EVENTS, _RECIPIENTS, _POLICIES)
    )
    return Disclosures(
        events.cast(EVENTS),
        recipients.cast(RECIPIENTS),
        policies.cast(POLICIES),
        table_of(UNREAD, _unread(log)),
        log.row_count,
        tuple((gap.system, gap.first, gap.last) for gap in gaps(con, log.relation)) if channel == "access" else (),
        settled_count=log.row_count - events.num_rows,
    )


_EVENTS = "event_id, channel, \"at\", on_date, sender, '' AS parent_sender, source, '' AS message_id, '' AS also"
_RECIPIENTS = "event_id, viewer"
_POLICIES = """event_id, insurer_id, policy_no, policy_row, 0::BIGINT AS items, '' AS part, log_row AS position,
               'log:policy_no' AS matched_by, 'certain' AS confidence"""


def _unread(log: LogRead) -> list[tuple[object, ...]]:
    """The rows that could not be used; where there are very many, the last line says how many more."""
    rows: list[tuple[object, ...]] = [(row.log_row, "", "", "broken", row.detail) for row in log.unread]
    more = log.unread_count - len(log.unread)
    return [*rows, ("", "", "", "broken", f"and {more} more rows")] if more > 0 else rows
