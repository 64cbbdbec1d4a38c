"""A program that the tests run on a cluster: ``python -m … MASTER FOLDER``.

In FOLDER lie, as Parquet, the decision cases (``cases``: tables and questions), the united worlds (``worlds``), and in
``sets.json`` whose sets to ask for. What came of it is written beside: ``told.json`` and Parquet.
"""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sekisho.entitlement.engines.spark import SETTINGS, SparkEngine
from sekisho.entitlement.inputs import REGISTRY
from sekisho.entitlement.rule import Rule
from sekisho.kernel.cluster import connected
from sekisho.kernel.errors import InputError, SekishoError

LARGE = ("policies", "transfers", "consents", "people")
"""Read where they lie, by the nodes; the others come from here."""

SCRIPT = """
CREATE TEMP TABLE kept AS  -- every agency's policies; a semicolon here; does no harm
WITH served AS MATERIALIZED (SELECT agency_id, insurer_id FROM policies WHERE agency_id IS NOT NULL)
SELECT agency_id, insurer_id, COUNT(*) AS policy_count FROM served GROUP BY agency_id, insurer_id;
CREATE TEMP VIEW unappointed AS
SELECT k.agency_id, k.insurer_id, k.policy_count, CASE WHEN instr(n.note, '@') > 1 THEN n.note END AS note
FROM kept k JOIN notes n ON n.insurer_id = k.insurer_id
WHERE NOT EXISTS (SELECT 1 FROM appointments a WHERE a.agency_id = k.agency_id AND a.insurer_id = k.insurer_id
                  AND a."end" >= n.since);
"""
UNAPPOINTED = "SELECT * FROM unappointed WHERE policy_count > ? ORDER BY agency_id, insurer_id, policy_count"


def main(master: str, folder: Path) -> None:
    with connected(master, "sekisho tests", SETTINGS) as session:
        told = {
            "cases": the_cases(session, folder),
            "worlds": the_worlds(session, folder),
            "left": session.sparkContext._jsc.getPersistentRDDs().size(),
            "views": len(session.catalog.listTables()),
            "refused": refused(session, folder),
        }
    (folder / "told.json").write_text(json.dumps(told, default=str), encoding="utf-8")


def arrow(folder: Path) -> dict[str, pa.Table]:
    return {name: pq.read_table(folder / f"{name}.parquet") for name in REGISTRY}


def the_cases(session: Any, folder: Path) -> int:
    """From this machine and back to it."""
    answers = Rule.over_spark(session, arrow(folder / "cases")).judge(pq.read_table(folder / "cases" / "asked.parquet"))
    pq.write_table(answers, folder / "cases" / "answers.parquet")
    return int(answers.num_rows)


def the_worlds(session: Any, folder: Path) -> dict[str, Any]:
    """Large things stay on the cluster, both ways. Then sets, an explanation and a script over the same tables."""
    here = folder / "worlds"
    tables = {name: str(here / f"{name}.parquet") if name in LARGE else table for name, table in arrow(here).items()}
    engine = SparkEngine(session, tables)
    with engine.answers(session.read.parquet(str(here / "asked.parquet"))) as answers:
        answers.write.parquet(str(here / "answers.parquet"))
    rule = Rule(engine)
    wanted = json.loads((folder / "sets.json").read_text("utf-8"))
    on = date.fromisoformat(wanted["on"])
    pq.write_table(rule.visible(wanted["viewer"], on=on), here / "visible.parquet")
    pq.write_table(rule.holders(wanted["policy_no"], insurer_id=wanted["insurer_id"], on=on), here / "holders.parquet")
    judgement = rule.may(wanted["viewer"], wanted["policy_no"], insurer_id=wanted["insurer_id"], on=on)
    notes = pq.read_table(folder / "notes.parquet")
    with engine.reading(notes=notes) as tables_only:
        tables_only.script(SCRIPT)
        unappointed = tables_only.rows(UNAPPOINTED, [1])
        tables_only.write("SELECT * FROM kept", here / "kept.parquet")
    return {"may": judgement.as_json(), "unappointed": unappointed}


def refused(session: Any, folder: Path) -> list[str]:
    """What is not as the rule needs it is told, and no value with it."""
    numbers = pa.table({"policy_no": [4711], "insurer_id": ["KOU"], "agency_id": ["AOBA"], "line": ["life"]})
    pq.write_table(numbers, folder / "numbers.parquet")
    tables = arrow(folder / "cases")
    found = []
    for path in (folder / "numbers.parquet", folder / "nowhere.parquet", folder / "worlds" / "people.parquet"):
        try:
            SparkEngine(session, {**tables, "policies": path})
        except InputError as error:
            found.append(str(error))
    engine = SparkEngine(session, tables)
    try:
        with engine.reading() as there:
            there.rows("SELECT CAST(insurer_id AS INTEGER) AS number FROM insurers")
    except SekishoError as error:
        found.append(str(error))
    return found


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
