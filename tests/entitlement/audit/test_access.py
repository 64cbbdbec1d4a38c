"""A log is narrowed to what needs a judgement of its own; nothing that is a finding is left out."""

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.entitlement.audit.access import pass_on
from sekisho.kernel.bulk import in_memory
from tests.entitlement.reference import decide
from tests.entitlement.test_reference import DAYS, INSURERS, NUMBERS, VIEWERS, small_worlds
from tests.entitlement.world import arrow_tables

LOG = pa.schema([("row", pa.int64()), ("viewer", pa.string()), ("insurer_id", pa.string()), ("policy_no", pa.string()),
                 ("on_date", pa.date32())])  # fmt: skip
logs = st.lists(
    st.tuples(
        st.sampled_from(VIEWERS),
        st.sampled_from((*INSURERS, "", "NEMO")),
        st.sampled_from((*NUMBERS, "9")),
        st.integers(0, (DAYS[-1] - DAYS[0]).days),
    ),
    max_size=25,
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=small_worlds, log=logs)
def test_what_is_left_out_is_allowed_and_what_is_allowed_is_left_out(world: dict[str, Any], log: list[Any]) -> None:
    rows = [
        (number, viewer, insurer, policy, DAYS[0] + timedelta(days))
        for number, (viewer, insurer, policy, days) in enumerate(log)
    ]
    with in_memory() as con:
        con.register("log", pa.table(dict(zip(LOG.names, zip(*rows, strict=True), strict=True)), schema=LOG) if rows
                     else LOG.empty_table())  # fmt: skip
        pass_on(con, "viewer", arrow_tables(world))
        passed = {number for (number,) in con.execute("SELECT row FROM passed").fetchall()}
        assert con.execute("SELECT count(*) FROM passed").fetchall() == [(len(passed),)]
    known = {(policy["insurer_id"], policy["policy_no"]): policy for policy in world["policies"]}
    for number, viewer, insurer, policy, day in rows:
        found = known.get((insurer, policy))
        how = {"viewer": viewer, "on_date": day, "items": 0, "purpose": None}
        allowed = found is not None and decide(world, found, how)[0] == "entitled"
        if not allowed:
            assert number in passed
        elif "@" not in viewer:
            assert number not in passed, "a mail address alone is judged row by row"
