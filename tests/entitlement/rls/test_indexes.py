"""Row-level security leaves indexes their work: no statement of these reads the whole ledger."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sekisho.entitlement.rls.options import VIEWERS
from tests.entitlement.rls.server import APPLICATION, Database
from tests.entitlement.test_cases import load_world

pytestmark = pytest.mark.slow
COUNT = 20_000


@pytest.fixture(scope="module")
def large(cases: Database) -> Iterator[Database]:
    """The cases' world, and many policies of agencies that none of its viewers has to do with."""
    cases.protect_again()
    cases.fill(load_world())
    cases.admin.execute(
        "INSERT INTO sekisho.policies (policy_no, insurer_id, agency_id, line, holder_name) "
        "SELECT 'X-' || n, 'I' || n %% 50, 'G' || n %% 1000, 'nonlife', 'x' FROM generate_series(1, %s) n",
        [COUNT],
    )
    cases.admin.execute("ANALYZE sekisho.policies")
    cases.role(APPLICATION, [VIEWERS])
    yield cases
    cases.fill(load_world())


def scans(plan: dict[str, Any]) -> list[str]:
    """How the ledger is read in a plan."""
    found = [str(plan["Node Type"])] if plan.get("Relation Name") == "policies" else []
    return found + [scan for inner in plan.get("Plans", ()) for scan in scans(inner)]


@pytest.mark.parametrize("viewer", ["AOBA", "TEI", "aoba-tanaka"])
@pytest.mark.parametrize(
    "question",
    [
        "SELECT * FROM sekisho.policies WHERE insurer_id = 'KOU' AND policy_no = 'K-100'",
        "SELECT * FROM sekisho.policies WHERE policy_no = ANY (ARRAY['K-100', 'K-110'])",
        "SELECT * FROM sekisho.policies WHERE agency_id = 'AOBA'",
        "SELECT count(*) FROM sekisho.policies",
        "SELECT t.* FROM sekisho.transfers t WHERE policy_no = 'K-400'",
    ],
)
def test_no_statement_reads_the_whole_ledger(large: Database, viewer: str, question: str) -> None:
    with large.session(APPLICATION, viewer) as session:
        (document,) = session.execute(f"EXPLAIN (FORMAT JSON) {question}").fetchone() or (None,)
    plan = document if isinstance(document, list) else json.loads(str(document))
    found = scans(plan[0]["Plan"])
    assert found
    assert set(found) <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
