"""One measured piece of the part "incidents", in its own process: ``python -m bench.incidents_work WHAT FOLDER``.

Everything from the files on. Prints JSON with the CPU seconds and seconds of the work itself (without starting Python).
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from sekisho.findings.files import read_findings
from sekisho.incidents.counting.counted import count
from sekisho.incidents.counting.difference import difference
from sekisho.incidents.counting.encoded import COLUMNS, FEW
from sekisho.incidents.counting.figures import per_insurer
from sekisho.incidents.counting.grouping import grouped
from sekisho.incidents.counting.lines import counted_lines
from sekisho.incidents.counting.persons import persons_of
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.bulk import in_memory
from sekisho.registry.registry import Registry

DAY = date(2030, 1, 1)
EARLIER = date(2024, 6, 30)


def write(folder: Path, count_of: int) -> None:
    """``findings.parquet`` with so many findings, and ``policies.parquet`` with nine tenths as many policies: three
    holders to five of them, one in twelve a corporation, a quarter without birth date; 1,271 agencies, 40 insurers."""
    folder.mkdir(parents=True, exist_ok=True)
    policies = count_of * 9 // 10
    with in_memory() as con:
        con.execute(f"COPY ({_FINDINGS.format(count=count_of, policies=policies)}) TO '{folder / 'findings.parquet'}'")
        con.execute(f"COPY ({_POLICIES.format(policies=policies)}) TO '{folder / 'policies.parquet'}'")


_FINDINGS = """
SELECT substr(sha256(CAST(i AS VARCHAR)), 1, 16) AS finding_id,
       strftime(DATE '2023-01-01' + CAST(hash(i, 1) % 700 AS INT), '%Y-%m-%d') || 'T09:00:00+09:00' AS "at",
       CASE WHEN hash(i, 2) % 20 = 0 THEN 'access' WHEN hash(i, 2) % 20 = 1 THEN 'scope' ELSE 'mail' END AS channel,
       ['A1', 'A1', 'A1', 'A1', 'A1', 'A1', 'A2', 'B1', 'B1', 'C1'][1 + CAST(hash(i, 3) % 10 AS INT)] AS cause,
       'third_party_provision' AS legal_character, 'I' || p % 40 AS insurer_id,
       'N' || lpad(CAST(p AS VARCHAR), 10, '0') AS policy_no,
       CASE WHEN p % 12 = 0 THEN 'corporate' ELSE 'person' END AS holder_kind,
       'A' || hash(p, 4) % 1271 AS sender_party, 'P' || hash(i, 5) % 9999 AS sender_person,
       'I' || hash(i, 6) % 40 AS recipient_party, '' AS recipient_person, 'A' || hash(p, 4) % 1271 AS agency_id,
       ['policy_no;holder_name', 'policy_no;holder_name;expiry_date',
        'policy_no;holder_name;expiry_date;insurer;premium'][1 + CAST(hash(i, 7) % 3 AS INT)] AS items,
       '2024/mail-' || hash(i, 8) % 500 || '.mbox | <' || hash(i, 9) || '@a.example.jp> | attachment[0]:a.xlsx | row '
         || hash(i, 10) % 9999 AS evidence,
       'ledger:policy_no+name' AS matched_by, 'certain' AS confidence,
       CASE WHEN hash(i, 11) % 200 = 0 THEN 'unresolved:recipient' ELSE 'relation' END AS ground_missing,
       'v1' AS rule_version
FROM (SELECT i, hash(i) % {policies} AS p FROM range({count}) t(i))
"""
_POLICIES = """
SELECT 'N' || lpad(CAST(p AS VARCHAR), 10, '0') AS policy_no, 'I' || p % 40 AS insurer_id,
       CASE WHEN p % 12 = 0 THEN '株式会社例示' || p // 24
            ELSE ['山田', '佐藤', '髙橋', '渡邊', '鈴木', '田中'][1 + h % 6] || ' '
                 || ['太郎', '花子', '一郎', '次郎', '良子'][1 + h % 5] || h // 30 END AS holder_name,
       'ヤマダ タロウ' || h AS holder_kana, CASE WHEN p % 12 = 0 THEN 'corporate' ELSE 'person' END AS holder_kind,
       CASE WHEN p % 12 <> 0 AND p % 4 <> 1 THEN DATE '1940-01-01' + CAST(h % 20000 AS INT) END AS birth_date,
       '例示県見本市' || ['東町', '西町', '南町'][1 + h % 3] || h % 30 + 1 || '丁目' || h % 17 + 1 || '番' || h % 23 + 1
         || '号' AS address,
       '03-0' || 100 + h % 900 || '-' || 1000 + h % 9000 AS phone, CAST(NULL AS VARCHAR) AS mobile
FROM (SELECT p, p * 6 // 10 AS h FROM range({policies}) t(p))
"""


def _floor(folder: Path) -> Callable[[], object]:
    """The same columns read and counted: count(distinct) over what the table looks at, and the holders' columns."""

    def work() -> object:
        with in_memory(ordered=False) as con:
            findings = con.execute(
                f"""SELECT cause, count(DISTINCT agency_id), count(DISTINCT insurer_id || policy_no), max("at"),
                           max(channel), max(holder_kind), max(recipient_party), max(items), max(ground_missing)
                    FROM '{folder / "findings.parquet"}' GROUP BY cause"""
            ).fetchall()
            holders = con.execute(
                f"""SELECT count(DISTINCT holder_name), max(birth_date), max(address), max(phone), max(holder_kind),
                           count(DISTINCT insurer_id || policy_no) FROM '{folder / "policies.parquet"}'"""
            ).fetchall()
        return {"causes": len(findings), "names": holders[0][0]}

    return work


def _registry(folder: Path) -> Registry:
    return Registry({"policies": pq.read_table(folder / "policies.parquet")}, "bench")


def _table(folder: Path) -> Callable[[], object]:
    registry = _registry(folder)

    def work() -> object:
        findings = read_findings(folder / "findings.parquet", COLUMNS, FEW)
        table = disclosure_table(findings, as_of=DAY, registry=registry)
        return {"records": table.record_count_summed, "people": table.people_distinct}

    disclosure_table(
        read_findings(folder / "findings.parquet", COLUMNS, FEW).slice(0, 10), as_of=DAY, registry=registry
    )  # compiled
    return work


def _in_memory(folder: Path) -> Callable[[], object]:
    registry, findings = _registry(folder), read_findings(folder / "findings.parquet", COLUMNS, FEW)
    disclosure_table(findings.slice(0, 10), as_of=DAY, registry=registry)
    return lambda: {"people": disclosure_table(findings, as_of=DAY, registry=registry).people_distinct}


def _persons(folder: Path) -> Callable[[], object]:
    registry, findings = _registry(folder), pq.read_table(folder / "findings.parquet")
    persons_of(findings.slice(0, 10), registry)

    def work() -> object:
        persons = persons_of(findings, registry)
        return {"policies": persons.table.num_rows, "doubts": persons.doubt_count}

    return work


def _lines(folder: Path) -> Callable[[], object]:
    findings = pq.read_table(folder / "findings.parquet")
    persons = persons_of(findings, None)
    return lambda: {"lines": counted_lines(findings, persons, DAY).num_rows}


def _difference(folder: Path) -> Callable[[], object]:
    findings = pq.read_table(folder / "findings.parquet")
    persons = persons_of(findings, None)
    before, after = (counted_lines(findings, persons, day) for day in (EARLIER, DAY))

    def work() -> object:
        found = difference(before, after)
        return {"lines": found.lines.num_rows, "changes": len(found.changes)}

    return work


def _insurers(folder: Path) -> Callable[[], object]:
    counted = count(read_findings(folder / "findings.parquet", COLUMNS, FEW), DAY)
    return lambda: {"insurers": len(per_insurer(counted))}


def _grouped(folder: Path) -> Callable[[], object]:
    findings = pq.read_table(folder / "findings.parquet")
    return lambda: {"proposals": len(grouped(findings).proposals)}


WORK = {
    "floor": _floor,
    "table": _table,
    "in-memory": _in_memory,
    "persons": _persons,
    "lines": _lines,
    "difference": _difference,
    "insurers": _insurers,
    "grouped": _grouped,
}

if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(Path(sys.argv[2]), int(sys.argv[3]))
        sys.exit()
    prepared = WORK[sys.argv[1]](Path(sys.argv[2]))
    clock, cpu = time.perf_counter(), time.process_time()
    result = prepared()
    print(json.dumps({"s": time.perf_counter() - clock, "cpu": time.process_time() - cpu, "result": result}))
