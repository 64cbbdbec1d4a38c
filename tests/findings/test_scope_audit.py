"""Scopes counted by seed 002's kinds on the fixed cast, and a change planned before it is made (A6, A12)."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from tests.entitlement.reference import decide
from tests.entitlement.test_reference import AGENCIES, PARTIES, days, small_worlds
from tests.entitlement.world import arrow_tables

from sekisho.entitlement.audit.scopes import audited
from sekisho.entitlement.rule import Rule
from sekisho.findings.judging import judge
from sekisho.findings.scope_audit import audit_scopes, audit_with_disclosures
from sekisho.findings.scope_plan import plan_scopes, smallest_scopes
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry
from sekisho.sources.scopes import SCHEMA, read_scopes

JUNE = date(2023, 12, 1)
HEAD = "viewer_id,subject_agency_id,insurer_id,kind,line,start,end\n"
RIGHT = HEAD + "AOBA,AOBA,KOU,contracts,nonlife,,\nMIDORI,MIDORI,OTSU,contracts,nonlife,,\n"
WRONG = (
    RIGHT + "MIDORI,AOBA,KOU,contracts,,2023-04-01,\nMIDORI,AOBA,HEI,notices,,,\nSAKURA,AOBA,,contracts,,,2023-11-30\n"
)


def scopes(folder: Path, text: str, name: str = "scopes.csv") -> pa.Table:
    (folder / name).write_text(text, encoding="utf-8")
    return read_scopes(folder / name).table


def test_the_excess_is_told_by_seed_002s_kinds(registry: Registry, tmp_path: Path) -> None:
    found = audit_scopes(scopes(tmp_path, WRONG), registry, JUNE)
    assert (found.scope_count, found.in_force_count, found.viewer_count) == (5, 4, 2)
    rows = {
        row.cause: (row.agency_count, row.insurer_count, row.policy_count, row.customer_count) for row in found.rows
    }
    # of AOBA's four policies of KOU: one came through the gateway (①), three did not (②); HEI's one is life (③)
    assert rows == {"C1": (1, 1, 1, 1), "C2": (1, 1, 3, 2), "C3": (1, 1, 1, 1)}
    assert found.total is not None
    assert (found.total.policy_count, found.total.agency_count, found.total.pair_count) == (5, 1, 1)
    assert found.total.customer_count == 4, "山田花子 has two policies"
    listed = [
        (row["cause"], row["viewer_party"], row["policy_count"], row["missing"]) for row in found.listing.to_pylist()
    ]
    assert listed == [("C1", "MIDORI", 1, "relation"), ("C2", "MIDORI", 3, "relation"), ("C3", "MIDORI", 1, "relation")]


def test_after_the_fix_there_is_nothing_and_that_is_said_with_versions(registry: Registry, tmp_path: Path) -> None:
    found = audit_scopes(scopes(tmp_path, RIGHT), registry, JUNE)
    assert (found.total, found.rows, found.excess_count, found.unresolved) == (None, (), 0, ())
    assert found.registry_version == registry.version
    assert len(found.rule_version) == 12


def test_a_scope_counts_only_in_its_period(registry: Registry, tmp_path: Path) -> None:
    table = scopes(tmp_path, WRONG)
    before = audit_scopes(table, registry, date(2023, 11, 30))
    assert {row.cause: row.viewer_count for row in before.rows} == {"C1": 1, "C2": 1, "C3": 1, "D": 1}
    assert before.total is not None and before.total.viewer_count == 2, "SAKURA saw AOBA's until that day"


def test_a_viewer_that_nobody_knows_is_shown_apart(registry: Registry, tmp_path: Path) -> None:
    found = audit_scopes(scopes(tmp_path, HEAD + "ghost,AOBA,KOU,contracts,,,\n"), registry, JUNE)
    assert (found.total, found.unresolved) == (None, (("ghost", 4),))
    assert plan_scopes(
        scopes(tmp_path, RIGHT), scopes(tmp_path, HEAD + "ghost,AOBA,,notices,,,\n"), registry, JUNE
    ).refused


def test_the_findings_of_an_audit_are_its_counts(registry: Registry, tmp_path: Path) -> None:
    found, seen = audit_with_disclosures(scopes(tmp_path, WRONG), registry, JUNE, "scopes.csv")
    findings = judge(seen, registry, Rule.over_registry(registry.tables)).to_pylist()
    assert {row["channel"] for row in findings} == {"scope"}
    assert {row["evidence"] for row in findings} == {"scopes.csv:4", "scopes.csv:5"}
    by_cause = {row.cause: row.policy_count for row in found.rows}
    assert {cause: sum(row["cause"] == cause for row in findings) for cause in by_cause} == by_cause
    assert len(findings) == found.excess_count


def test_a_holders_own_policies_are_no_excess_neither_counted_nor_found(registry: Registry, tmp_path: Path) -> None:
    """Ground 7: of four policies of KOU that AOBA handles, two are his whose mail address the viewer bears."""
    table = scopes(tmp_path, HEAD + "Hanako@customer.example.jp,AOBA,KOU,contracts,,,\n")
    found, seen = audit_with_disclosures(table, registry, JUNE, "scopes.csv")
    findings = judge(seen, registry, Rule.over_registry(registry.tables)).to_pylist()
    assert found.unresolved == (("Hanako@customer.example.jp", 2),)
    own = {"KA12345678", "KA12345679"}
    assert len(findings) == 2
    assert not {row["policy_no"] for row in findings} & own


def test_a_plan_shows_what_opens_what_closes_and_what_is_missing(registry: Registry, tmp_path: Path) -> None:
    before, after = scopes(tmp_path, RIGHT), scopes(tmp_path, HEAD + "AOBA,AOBA,HEI,contracts,,,\n", "b.csv")
    found = plan_scopes(before, after, registry, JUNE)
    assert (found.opens.policy_count, found.opens.by_insurer, found.opens_beyond.pair_count) == (1, (("HEI", 1),), 0)
    assert (found.closes.policy_count, found.closes.viewer_count) == (5, 2)
    assert not found.refused
    # AOBA handles OTSU's and KOU's too: the rule allows them, the proposal does not show them
    assert dict(found.lacks.by_insurer) == {"KOU": 4, "OTSU": 2}


def test_a_plan_beyond_the_rule_is_refused_even_if_it_was_so_before(registry: Registry, tmp_path: Path) -> None:
    wrong = scopes(tmp_path, WRONG)
    assert plan_scopes(wrong, wrong, registry, JUNE).refused
    opened = plan_scopes(scopes(tmp_path, RIGHT), wrong, registry, JUNE)
    assert opened.opens_beyond.policy_count == opened.opens.policy_count == 5
    assert {row["missing"] for row in opened.changes.to_pylist()} == {"relation"}


def test_japanese_headers_and_cp932_are_read_and_wrong_rows_are_named(tmp_path: Path) -> None:
    head = "閲覧者コード,対象代理店,保険会社コード,情報種別,生損保区分,開始日,終了日\n"
    text = head + "みどり,AOBA,,契約情報,損保,令和5年4月1日,\n"
    (tmp_path / "参照範囲.csv").write_bytes(text.encode("cp932"))
    (row,) = read_scopes(tmp_path / "参照範囲.csv").table.to_pylist()
    assert (row["viewer_id"], row["kind"], row["line"], row["start"]) == (
        "みどり",
        "contracts",
        "nonlife",
        date(2023, 4, 1),
    )
    assert row["place"] == "参照範囲.csv:2"
    (tmp_path / "bad.csv").write_text(
        HEAD + "AOBA,,,all,,,\nAOBA,,,contracts,,2024-01-02,2024-01-01\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=r"2 errors[\s\S]*bad.csv:2: kind[\s\S]*bad.csv:3: the period ends"):
        read_scopes(tmp_path / "bad.csv")
    with pytest.raises(InputError, match="no such file"):
        read_scopes(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no table of scopes"):
        read_scopes(tmp_path)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=small_worlds, on=days)
def test_the_smallest_scopes_show_all_that_is_allowed_and_nothing_else(world: dict[str, Any], on: date) -> None:
    tables = arrow_tables(world)
    found = smallest_scopes(Registry(tables, "v"), on, list(PARTIES))
    with audited(found.scopes.cast(SCHEMA), tables, on, viewers=PARTIES) as con:
        assert con.execute("SELECT count(*) FROM excess").fetchall() == [(0,)]
        shown = con.execute(
            "SELECT DISTINCT viewer_id, k.insurer_id, k.policy_no FROM covered JOIN class_of k USING (class_no)"
        ).fetchall()
    allowed = {
        (viewer, policy["insurer_id"], policy["policy_no"])
        for viewer in PARTIES
        for policy in world["policies"]
        if decide(world, policy, {"viewer": viewer, "on_date": on, "items": 0, "purpose": None})[0] == "entitled"
    }
    assert set(shown) <= allowed
    left = sum(found.left_over.column("policy_count").to_pylist())
    assert len(allowed - set(shown)) == left, "what cannot be said is counted"
    assert not {row["viewer_id"] for row in found.scopes.to_pylist()} - {*PARTIES, *AGENCIES}
