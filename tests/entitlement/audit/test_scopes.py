"""Scopes against the rule: the whole excess, and everything allowed, beside the naive reference."""

from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from sekisho.entitlement.audit.scopes import audited
from sekisho.sources.scopes import SCHEMA
from tests.entitlement.reference import _servants, decide
from tests.entitlement.test_reference import (
    ACCOUNTS,
    AGENCIES,
    HOLDERS,
    INSURERS,
    MAILBOXES,
    OFFICES,
    PARTIES,
    days,
    rows,
    small_worlds,
)
from tests.entitlement.world import arrow_tables

VIEWERS = (*PARTIES, *OFFICES, *ACCOUNTS, *MAILBOXES, *HOLDERS[:1], "nobody")
scopes = rows(
    5,
    viewer_id=VIEWERS,
    subject_agency_id=("", *AGENCIES),
    insurer_id=("", *INSURERS),
    kind=("contracts", "notices"),
    line=("", "life", "nonlife"),
)


def table(found: list[dict[str, Any]]) -> pa.Table:
    numbered = [{**row, "scope_no": number, "place": f"scopes.csv:{number + 2}"} for number, row in enumerate(found)]
    return pa.Table.from_pylist(numbered, schema=SCHEMA)


def reference(world: dict[str, Any], found: list[dict[str, Any]], on: date) -> set[tuple[int, str, str, str]]:
    """(scope, insurer, policy, verdict) that exceed the rule, by loops over everything."""
    excess = set()
    for number, scope in enumerate(found):
        if not scope["start"] <= on <= scope["end"]:
            continue
        for policy in world["policies"]:
            served = {agency for pair in _servants(world, policy, on) for agency in pair}
            if scope["subject_agency_id"] and scope["subject_agency_id"] not in served:
                continue
            if scope["insurer_id"] not in ("", policy["insurer_id"]) or scope["line"] not in ("", policy["line"]):
                continue
            question = {"viewer": scope["viewer_id"], "on_date": on, "items": 0, "purpose": None}
            verdict, _ = decide(world, policy, question)
            if verdict != "entitled":
                excess.add((number, policy["insurer_id"], policy["policy_no"], verdict))
    return excess


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=small_worlds, found=scopes, on=days)
def test_the_excess_is_that_of_the_reference(world: dict[str, Any], found: list[dict[str, Any]], on: date) -> None:
    with audited(table(found), arrow_tables(world), on) as con:
        got = con.execute(
            """SELECT scope_no, k.insurer_id, k.policy_no, verdict FROM excess JOIN class_of k USING (class_no)"""
        ).fetchall()
        allowed = con.execute(
            "SELECT viewer, k.insurer_id, k.policy_no FROM allowed JOIN class_of k USING (class_no)"
        ).fetchall()
    assert len(got) == len(set(got))
    assert set(got) == reference(world, found, on)
    assert set(allowed) == {
        (viewer, policy["insurer_id"], policy["policy_no"])
        for viewer in {scope["viewer_id"] for scope in found}
        for policy in world["policies"]
        if decide(world, policy, {"viewer": viewer, "on_date": on, "items": 0, "purpose": None})[0] == "entitled"
    }
