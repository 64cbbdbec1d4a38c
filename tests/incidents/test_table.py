"""The disclosure table by the decision table ``tests/cases/counting.yaml``; persons brought together (名寄せ)."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from sekisho.findings.model import FINDINGS
from sekisho.incidents.table import disclosure_table
from sekisho.registry.registry import Registry

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "counting.yaml").read_text(encoding="utf-8"))
LAST = date(2030, 1, 1)


def findings(lines: list[dict[str, Any]]) -> pa.Table:
    rows = []
    for number, line in enumerate(lines):
        insurer_id, policy_no = line["policy"].split(":")
        at = line.get("at", "2024-05-01T09:00:00+09:00")
        rows.append(
            dict.fromkeys(FINDINGS.names, "")
            | {
                "finding_id": str(number),
                "at": at if isinstance(at, str) else at.isoformat(),
                "cause": line["cause"],
                "insurer_id": insurer_id,
                "policy_no": policy_no,
                "holder_kind": line.get("kind", "person"),
                "recipient_party": line["to"],
                "agency_id": line["agency"],
                "items": "policy_no;holder_name",
                "ground_missing": line.get("missing", "relation"),
            }
        )
    return pa.Table.from_pylist(rows, schema=FINDINGS)


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_counting(case: dict[str, Any]) -> None:
    table = disclosure_table(findings(case["findings"]), as_of=case.get("as_of", LAST))
    rows = {
        row.cause: {
            "agencies": row.agency_count,
            "records": row.record_count,
            "policies": row.policy_count,
            "people": row.people,
            "corporate": row.corporate_count,
            "findings": row.finding_count,
        }
        for row in table.rows
    }
    assert rows == {cause: {"corporate": 0} | row for cause, row in case["rows"].items()}
    total = {
        "agencies": table.agency_count_distinct,
        "agencies_summed": table.agency_count_summed,
        "records": table.record_count_distinct,
        "policies": table.policy_count_distinct,
        "people": table.people_distinct,
    }
    assert total == {**total, **case["total"]}
    ((_, _, agencies, records),) = table.both_causes
    assert {"agencies": agencies, "records": records} == case.get("both", {"agencies": 0, "records": 0})
    assert {unknown: count for unknown, count, _ in table.unresolved} == case.get("unresolved", {})


def test_one_person_with_two_policies_is_one_person_when_the_registry_is_there(registry: Registry) -> None:
    lines = [{"cause": "A1", "agency": "AOBA", "policy": f"KOU:KA1234567{n}", "to": "OTSU"} for n in (8, 9)]
    table = disclosure_table(findings(lines), as_of=LAST, registry=registry)
    assert (table.policy_count_distinct, table.people_distinct) == (2, 1)
    assert not table.people_are_upper_bound


def test_without_the_registry_the_number_of_persons_is_told_to_be_the_largest_possible() -> None:
    lines = [{"cause": "A1", "agency": "AOBA", "policy": f"KOU:KA1234567{n}", "to": "OTSU"} for n in (8, 9)]
    table = disclosure_table(findings(lines), as_of=LAST)
    assert table.people_distinct == 2
    assert table.people_are_upper_bound


def test_items_that_leaked_are_counted() -> None:
    lines = [{"cause": "A1", "agency": "AOBA", "policy": "KOU:1", "to": "OTSU"}]
    assert disclosure_table(findings(lines), as_of=LAST).items == (("holder_name", 1), ("policy_no", 1))


def test_only_mail_goes_to_an_address_outside() -> None:
    lines = [
        {"cause": cause, "agency": "AOBA", "policy": "KOU:1", "to": to, "missing": "unresolved:viewer"}
        for cause, to in [("G2", "?outside.example.com"), ("", "?acc-nobody")]
    ]
    found = findings(lines).set_column(
        FINDINGS.get_field_index("channel"), "channel", pa.array(["mail", "access"], pa.string())
    )
    assert disclosure_table(found, as_of=LAST).outside_findings == 1


def test_no_findings_make_an_empty_table() -> None:
    table = disclosure_table(FINDINGS.empty_table(), as_of=LAST)
    assert table.rows == ()
    assert table.record_count_distinct == 0
