"""Classes as they are numbered, and as the SQL says them that a cluster runs."""

from collections import Counter
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from sekisho.entitlement.audit import classes
from sekisho.entitlement.audit.classes import TOLD_APART
from sekisho.entitlement.audit.settling import classify, put_registry, run_script
from sekisho.entitlement.inputs import fitted
from sekisho.kernel.bulk import in_memory
from tests.entitlement.test_reference import small_worlds
from tests.entitlement.world import arrow_tables


@pytest.mark.slow
@pytest.mark.parametrize("most", [1 << 62, 8], ids=["one number", "numbered anew at each column"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=small_worlds)
def test_classes_are_what_the_sql_for_the_cluster_says(world: dict[str, Any], most: int) -> None:
    tables = arrow_tables(world)
    with pytest.MonkeyPatch.context() as patch, in_memory() as con:
        patch.setattr(classes, "_MOST", most)
        put_registry(con, tables)
        classify(con, tables)
        keys = ", ".join((*TOLD_APART, "own_no"))
        numbered = con.execute("SELECT insurer_id, policy_no, class_no FROM class_of").fetchall()
        con.execute("CREATE TABLE by_numbers AS FROM class_of")
        con.execute("DROP TABLE class_of")
        ledger = fitted(tables.get("policies"), dict.fromkeys(("policy_no", *TOLD_APART), pa.string()))
        con.register("policies", ledger)
        run_script(con, "class_of.sql")
        assert sorted(con.execute("SELECT insurer_id, policy_no, class_no FROM class_of").fetchall()) == sorted(
            numbered
        )
        expected = con.execute(f"SELECT {keys}, count(*) FROM policy_key GROUP BY ALL").fetchall()
        assert Counter(con.execute(f"SELECT {keys}, policy_count FROM class").fetchall()) == Counter(expected)
        ones = con.execute(
            "SELECT class_no FROM class JOIN by_numbers USING (insurer_id, policy_no, class_no)"
        ).fetchall()
        assert len(ones) == len(expected)  # the policy that is asked is one of its class


def test_texts_that_are_empty_or_that_no_duty_asks_for_tell_nothing_apart() -> None:
    rows = [
        {"policy_no": "1", "insurer_id": "KOU", "agency_id": None, "office_id": "TOKYO"},
        {"policy_no": "2", "insurer_id": "KOU", "agency_id": "", "office_id": "OSAKA"},
        {"policy_no": "3", "insurer_id": "KOU", "agency_id": "", "office_id": "NAGOYA"},
        {"policy_no": "4", "insurer_id": "OTSU", "agency_id": "", "office_id": None},
    ]
    duty = {"person_id": "SATO", "party_id": "KOU", "office_id": "OSAKA", "own_only": False}
    with in_memory() as con:
        tables = {**arrow_tables({"duties": [duty]}), "policies": pa.Table.from_pylist(rows)}
        put_registry(con, tables)
        classify(con, tables)
        found = con.execute("SELECT policy_no, class_no FROM class_of ORDER BY 1").fetchall()
        offices = con.execute("SELECT office_id, policy_count FROM class ORDER BY class_no").fetchall()
    assert found == [("1", 1), ("2", 2), ("3", 1), ("4", 3)]
    assert offices == [("", 2), ("OSAKA", 1), ("", 1)]
