"""Findings and registries written down shortly: what the tests of counting are made of."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa

from sekisho.findings.model import FINDINGS
from sekisho.registry.registry import Registry
from sekisho.registry.schema import TABLES

LAST = date(2030, 1, 1)


def finding(policy: str, **told: Any) -> dict[str, str]:
    """One finding: KOU:1 leaked by AOBA as A1, unless told otherwise."""
    insurer_id, policy_no = policy.split(":")
    usual = {
        "at": "2024-05-01T09:00:00+09:00",
        "channel": "mail",
        "cause": "A1",
        "insurer_id": insurer_id,
        "policy_no": policy_no,
        "holder_kind": "person",
        "recipient_party": "OTSU",
        "agency_id": "AOBA",
        "items": "policy_no;holder_name",
        "ground_missing": "relation",
    }
    return dict.fromkeys(FINDINGS.names, "") | usual | told


def findings(rows: Iterable[dict[str, str]]) -> pa.Table:
    """The rows as findings, numbered unless they have an id."""
    named = [row | {"finding_id": row["finding_id"] or f"f{number:04}"} for number, row in enumerate(rows)]
    return pa.Table.from_pylist(named, schema=FINDINGS) if named else FINDINGS.empty_table()


def registry_of(*holders: dict[str, Any]) -> Registry:
    """A registry whose policies are these, each with ``policy`` (KOU:1) and the holder's fields."""
    schema = TABLES["policies"].arrow_schema
    rows = []
    for holder in holders:
        insurer_id, policy_no = holder["policy"].split(":")
        row = dict.fromkeys(schema.names) | {"insurer_id": insurer_id, "policy_no": policy_no, "holder_kind": "person"}
        row |= {name: value for name, value in holder.items() if name != "policy"}
        rows.append(row)
    policies = pa.Table.from_pylist(rows, schema=schema) if rows else schema.empty_table()
    return Registry.of({"policies": policies})
