"""Access histories and feed deliveries → disclosures (A7, A8): each row shows one policy to one viewer.

Set-based: the rows never become Python objects; they are joined to the ledger's row numbers inside DuckDB.
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from sekisho.disclosures.model import EVENTS, POLICIES, RECIPIENTS, UNREAD, Disclosures, table_of
from sekisho.registry.registry import Registry
from sekisho.sources.access import read_access_log
from sekisho.sources.deliveries import read_deliveries


def sweep_access(paths: list[Path], registry: Registry) -> Disclosures:
    """Rows of access logs: what each account was shown."""
    return _sweep(paths, registry, channel="access")


def sweep_deliveries(paths: list[Path], registry: Registry) -> Disclosures:
    """Rows of deliveries (通知・ペンディング配信): what each viewer was sent, from the insurer."""
    return _sweep(paths, registry, channel="delivery")


def _sweep(paths: list[Path], registry: Registry, *, channel: str) -> Disclosures:
    con = duckdb.connect()
    try:
        log = (read_access_log if channel == "access" else read_deliveries)(paths, con)
        viewer, sender = ("account_id", "''") if channel == "access" else ("viewer_id", "insurer_id")
        con.register("log", log.rows)
        ledger = registry.tables["policies"].select(["insurer_id", "policy_no"])
        con.register("ledger", ledger.append_column("policy_row", pa.array(np.arange(ledger.num_rows), pa.int64())))
        con.execute(
            f"""
            CREATE TEMP TABLE numbered AS
            SELECT row_number() OVER (ORDER BY "at", log_row) - 1 AS event_id, log.*, {viewer} AS viewer,
                   {sender} AS sender, coalesce(l.policy_row, -1) AS policy_row
            FROM log LEFT JOIN ledger AS l USING (insurer_id, policy_no)
            """  # noqa: S608  (our own column names)
        )
        events = con.sql(
            f"""SELECT event_id, '{channel}' AS channel, "at", on_date, sender, '' AS parent_sender,
                      regexp_replace(log_row, ':[0-9]+$', '') AS source, '' AS message_id
               FROM numbered ORDER BY event_id"""  # noqa: S608
        ).to_arrow_table()
        recipients = con.sql("SELECT event_id, viewer FROM numbered ORDER BY event_id").to_arrow_table()
        policies = con.sql(
            """SELECT event_id, coalesce(insurer_id, '') AS insurer_id, coalesce(policy_no, '') AS policy_no,
                      policy_row,
                      0::BIGINT AS items, '' AS part, log_row AS position,
                      'log:policy_no' AS matched_by, 'certain' AS confidence
               FROM numbered ORDER BY event_id"""
        ).to_arrow_table()
        return Disclosures(
            events.cast(EVENTS),
            recipients.cast(RECIPIENTS),
            policies.cast(POLICIES),
            table_of(UNREAD, [(source, "", row, reason, detail) for source, row, reason, detail in log.unread]),
            log.row_count,
        )
    finally:
        con.close()
