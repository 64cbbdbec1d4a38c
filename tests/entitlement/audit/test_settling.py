"""What settles very many questions at once against the naive reference, day by day."""

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from sekisho.entitlement.audit.settling import classify, put_registry, rule_over_classes, settle
from sekisho.kernel.bulk import in_memory
from tests.entitlement.reference import decide
from tests.entitlement.test_reference import DAYS, VIEWERS, small_worlds
from tests.entitlement.world import arrow_tables


def open_days(world: dict[str, Any], *, addresses: bool) -> set[tuple[str, str, str, Any]]:
    """(viewer, insurer, policy, day) that are not settled as allowed. ``addresses``: regard holders' own."""
    tables = arrow_tables(world)
    with in_memory() as con:
        put_registry(con, tables)
        viewers = pa.table({"viewer": VIEWERS})
        con.register("viewers", viewers)
        classify(con, tables, "FROM viewers" if addresses else None)
        con.execute(
            "CREATE TABLE seen_pair AS "
            "SELECT viewer, class_no, CAST(? AS DATE) AS first_day, CAST(? AS DATE) AS last_day FROM viewers, class",
            [DAYS[0], DAYS[-1]],
        )
        settle(con, rule_over_classes(con, tables))
        rows = con.execute(
            """SELECT viewer, insurer_id, k.policy_no, first_day, last_day
               FROM open_pair JOIN class_of k USING (class_no)"""
        ).fetchall()
    return {
        (viewer, insurer, number, first + timedelta(days))
        for viewer, insurer, number, first, last in rows
        for days in range((last - first).days + 1)
    }


def expected(world: dict[str, Any], *, addresses: bool) -> set[tuple[str, str, str, Any]]:
    how = {"items": 0, "purpose": None}
    return {
        (viewer, policy["insurer_id"], policy["policy_no"], day)
        for viewer in VIEWERS
        for policy in world["policies"]
        for day in (DAYS[0] + timedelta(n) for n in range((DAYS[-1] - DAYS[0]).days + 1))
        for verdict, ground in [decide(world, policy, {"viewer": viewer, "on_date": day, **how})]
        if verdict != "entitled" or (ground == "subject" and not addresses)
    }


@pytest.mark.slow
@pytest.mark.parametrize("addresses", [False, True])
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=small_worlds)
def test_what_is_not_settled_is_what_the_reference_does_not_allow_day_by_day(
    world: dict[str, Any], addresses: bool
) -> None:
    assert open_days(world, addresses=addresses) == expected(world, addresses=addresses)
