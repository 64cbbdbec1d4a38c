"""The invented industry's two secondees: every column of the view shows something (A9)."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from sekisho.demo import Planted
from sekisho.demo.scopes import write_scopes
from sekisho.disclosures.logs import sweep_access
from sekisho.disclosures.mail.sweep import sweep_mail
from sekisho.entitlement.rule import Rule
from sekisho.findings.judging import judge
from sekisho.findings.secondees.model import SECONDEES, Evidence, Wanted
from sekisho.findings.secondees.view import secondees
from sekisho.registry.registry import read_registry
from sekisho.sources.scopes import read_scopes

LAST = date(2026, 6, 30)
EMPTY = {
    *("beyond_rows", "beyond_policies", "unresolved_rows", "unknown_action_rows", "rows_after_end"),
    *("scope_beyond", "scope_beyond_others", "home_unresolved", "other_findings", "home_file_policies"),
}
"""What both of them have nothing of, as it should be, or what was not swept."""


@pytest.mark.slow
def test_what_was_planted_for_the_secondees_went_home(industry: tuple[Path, Planted], tmp_path: Path) -> None:
    folder, planted = industry
    registry, _ = read_registry(folder / "registry")
    assert registry is not None
    rule = Rule.over_registry(registry.tables)
    access = folder / "evidence" / "access.csv"
    seen = [sweep_mail([folder / "evidence" / "mail"], registry, workers=1), sweep_access([access], registry)]
    found = pa.concat_tables([judge(one, registry, rule) for one in seen])
    write_scopes(tmp_path, registry, LAST)
    scopes = read_scopes(tmp_path / "scopes.csv").table
    view = secondees(registry, Wanted(LAST), Evidence(logs=[access], findings=found, scopes=scopes))
    rows = {row["person_id"]: row for row in view.rows.to_pylist()}
    expected: dict[str, set[tuple[str, str]]] = {"AOBA": set(), "SAKURA": set()}
    for one in planted.findings:
        if one.cause in ("B1", "B2"):
            expected[one.agency_id].add((one.insurer_id, one.policy_no))
    assert rows["OTSU-04"]["home_policies"] == len(expected["AOBA"]) > 0
    assert rows["KOU-05"]["home_policies"] == len(expected["SAKURA"]) > 0
    assert rows["OTSU-04"]["home_b2_policies"] == planted.table()["B2"].records
    assert view.totals.home_policies == len(expected["AOBA"] | expected["SAKURA"])
    for name in SECONDEES.names:
        assert any(row[name] for row in rows.values()) or name in EMPTY, name
    assert all(row["may_see_others"] > row["looked_others"] > row["export_others"] > 0 for row in rows.values())
    assert all("account_outlives" in row["marks"] and row["unknown"] == "log_gaps;no_file" for row in rows.values())
