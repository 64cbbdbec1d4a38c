"""An industry of any size for the rule: insurers, agencies, people, policies, and what they looked at.

Made by DuckDB out of counters and hashes, so that ten million policies take seconds and the same call gives the same
tables. 40 insurers, 5,000 agencies of very different size (every tenth supervises the third after it), 50,000 people,
one account each; a ninth of the agencies' people have a duty for one office only. One appointment and one employment
in a thousand ends in the time of the log. Nothing here is real.
"""

from pathlib import Path

import duckdb

INSURERS, AGENCIES, PEOPLE = 40, 5_000, 50_000
STAFF = 45_000
"""The first so many people work at agencies (person p at agency p mod 5,000), the others at insurers."""
WRONG = 1_000
"""One log row in so many looks at a policy of a stranger."""

_OPEN = "DATE '0001-01-01' AS start, DATE '9999-12-31' AS \"end\""
_BASE = "(CASE WHEN g % 10 = 3 THEN g - 3 ELSE g END)"
"""A working agency has the appointments of the agency that supervises it."""

_SMALL = {
    "insurers": f"SELECT 'I' || i AS insurer_id, 'Insurer ' || i AS name, "
    f"CASE WHEN i >= 25 THEN 'life' ELSE 'nonlife' END AS kind FROM range({INSURERS}) t(i)",
    "agencies": f"SELECT 'A' || g AS agency_id, 'Agency ' || g AS name FROM range({AGENCIES}) t(g)",
    "offices": f"SELECT 'O' || g || '-' || k AS office_id, 'A' || g AS party_id, 'Office ' || k AS name "
    f"FROM range({AGENCIES}) t(g), range(3) u(k)",
    "appointments": f"SELECT 'I' || (hash({_BASE}) % 40 + k * 7) % 40 AS insurer_id, 'A' || g AS agency_id, "
    f"CASE WHEN (hash({_BASE}) % 40 + k * 7) % 40 >= 25 THEN 'life' ELSE 'nonlife' END AS line, "
    "DATE '2010-04-01' + CAST(hash(g, k) % 3000 AS INTEGER) AS start, "
    "CASE WHEN hash(g, k, 2) % 1000 = 0 THEN DATE '2026-03-31' ELSE DATE '9999-12-31' END AS \"end\" "
    f"FROM range({AGENCIES}) t(g), range(6) u(k)",
    "supervisions": f"SELECT 'A' || g AS supervising_agency_id, 'A' || g + 3 AS working_agency_id, {_OPEN} "
    f"FROM range(0, {AGENCIES}, 10) t(g)",
    "people": "SELECT 'P' || p AS person_id, 'Person ' || p AS name, "
    f"CASE WHEN p < {STAFF} THEN 'A' || p % {AGENCIES} ELSE 'I' || p % {INSURERS} END AS party_id, "
    "DATE '2005-04-01' + CAST(hash(p) % 6000 AS INTEGER) AS start, "
    "CASE WHEN hash(p, 1) % 1000 = 0 THEN DATE '2026-02-28' ELSE DATE '9999-12-31' END AS \"end\" "
    f"FROM range({PEOPLE}) t(p)",
    "secondments": f"SELECT 'P' || p AS person_id, 'I' || p % {INSURERS} AS home_insurer_id, "
    f"'A' || hash(p) % {AGENCIES} AS host_agency_id, DATE '2024-04-01' AS start, DATE '2026-03-31' AS \"end\" "
    f"FROM range({STAFF}, {PEOPLE}, 10) t(p)",
    "duties": f"SELECT 'P' || p AS person_id, 'A' || p AS party_id, CAST(NULL AS VARCHAR) AS insurer_id, "
    f"CAST(NULL AS VARCHAR) AS line, 'O' || p || '-0' AS office_id, FALSE AS own_only, {_OPEN} "
    f"FROM range({AGENCIES}) t(p)",
    "addresses": f"SELECT 'p' || p || '@a' || p % {AGENCIES} || '.example.jp' AS address, 'P' || p AS person_id, "
    f"CAST(NULL AS VARCHAR) AS party_id, {_OPEN} FROM range({PEOPLE}) t(p)",
    "accounts": f"SELECT 'U' || p AS account_id, 'portal' AS system, 'P' || p AS person_id, "
    f"CASE WHEN p < {STAFF} THEN 'A' || p % {AGENCIES} ELSE 'I' || p % {INSURERS} END AS party_id, {_OPEN} "
    f"FROM range({PEOPLE}) t(p)",
    "joint_uses": "SELECT 'J' || j AS joint_use_id, 'I' || 2 * j || ';I' || 2 * j + 1 AS party_ids, "
    f"'group' AS purpose, CAST(-1 AS BIGINT) AS items_mask, {_OPEN} FROM range(3) t(j)",
}  # fmt: skip

_AGENCY = f"CAST(floor({AGENCIES} * pow((hash(i, 5) % 1000003) / 1000003.0, 2.2)) AS INTEGER)"
_POLICIES = f"""
SELECT 'N' || lpad(CAST(i AS VARCHAR), 10, '0') AS policy_no,
       'I' || (hash({_BASE}) % 40 + hash(i, 6) % 6 * 7) % 40 AS insurer_id,
       'A' || g AS agency_id,
       CASE WHEN g % 10 = 0 AND hash(i, 7) % 4 = 0 THEN 'A' || g + 3 END AS working_agency_id,
       'P' || g + {AGENCIES} * (hash(i, 8) % 9) AS producer_id,
       'O' || g || '-' || hash(i, 9) % 3 AS office_id,
       CASE WHEN (hash({_BASE}) % 40 + hash(i, 6) % 6 * 7) % 40 >= 25 THEN 'life' ELSE 'nonlife' END AS line,
       CASE WHEN hash(i, 10) % 3 = 0 THEN 'gateway' ELSE 'own' END AS source,
       'Holder ' || i // 2 AS holder_name, CAST(NULL AS VARCHAR) AS email
FROM (SELECT i, {_AGENCY} AS g FROM range({{count}}) t(i))
"""
_TRANSFERS = """
SELECT policy_no, insurer_id, 'A' || hash(policy_no) % 5000 AS agency_id, CAST(NULL AS VARCHAR) AS working_agency_id,
       DATE '0001-01-01' AS start, DATE '2024-12-31' AS "end"
FROM policies WHERE hash(policy_no, 1) % 200 = 0
UNION ALL
SELECT policy_no, insurer_id, agency_id, working_agency_id, DATE '2025-01-01', DATE '9999-12-31'
FROM policies WHERE hash(policy_no, 1) % 200 = 0
"""
_CONSENTS = """
SELECT policy_no, insurer_id, 'A' || hash(policy_no, 3) % 5000 AS recipient_id, 'offer' AS purpose,
       CAST(-1 AS BIGINT) AS items_mask, DATE '2024-01-01' AS start, DATE '9999-12-31' AS "end",
       CAST(NULL AS DATE) AS withdrawn_on
FROM policies WHERE hash(policy_no, 2) % 500 = 0
"""
_LOG = f"""
SELECT TIMESTAMPTZ '2026-01-01 08:00:00+09' + to_seconds(CAST(hash(r, 4) % 15500000 AS INTEGER)) AS "at",
       'U' || CASE WHEN hash(r, 2) % {WRONG} = 0 THEN hash(r, 3) % {STAFF}
                   ELSE g + {AGENCIES} * (CASE WHEN k = 0 AND office <> 0 THEN 1 ELSE k END) END AS account_id,
       insurer_id, policy_no, 'view' AS action, 'portal' AS system
FROM (
  SELECT r, i, g, hash(r, 1) % 9 AS k, hash(i, 9) % 3 AS office,
         'I' || (hash({_BASE}) % 40 + hash(i, 6) % 6 * 7) % 40 AS insurer_id,
         'N' || lpad(CAST(i AS VARCHAR), 10, '0') AS policy_no
  FROM (SELECT r, i, {_AGENCY} AS g
        FROM (SELECT r, hash(r, 11) % {{policies}} AS i FROM range({{first}}, {{last}}) t(r)))
)
"""


def write_industry(folder: Path, count: int) -> None:
    """The registry's tables with ``count`` policies, as Parquet files in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        for name, select in _SMALL.items():
            con.execute(f"COPY ({select}) TO '{folder / name}.parquet'")
        con.execute(f"CREATE TABLE policies AS {_POLICIES.format(count=count)}")
        for name, select in {"policies": "FROM policies", "transfers": _TRANSFERS, "consents": _CONSENTS}.items():
            con.execute(f"COPY ({select}) TO '{folder / name}.parquet'")


def write_log(folder: Path, rows: int, policies: int, each: int = 10_000_000) -> None:
    """An access log of ``rows`` rows over ``policies`` policies, half a year of it, in files of ``each`` rows."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        for number, first in enumerate(range(0, rows, each)):
            select = _LOG.format(first=first, last=min(rows, first + each), policies=policies)
            con.execute(f"COPY ({select}) TO '{folder / f'{number:03}'}.parquet' (COMPRESSION zstd)")
