"""A log is narrowed to what needs a judgement of its own; nothing that is a finding is left out."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.entitlement.audit.access import pass_on
from sekisho.kernel.bulk import in_memory
from sekisho.sources.logs import LogRead, OpenLog, UnreadRow
from tests.entitlement.reference import decide
from tests.entitlement.test_reference import DAYS, INSURERS, NUMBERS, VIEWERS, small_worlds
from tests.entitlement.world import arrow_tables

_TEXTS = ("viewer", "insurer_id", "policy_no", "system", "file")
LOG = pa.schema(
    [
        ("at", pa.timestamp("us", "UTC")),
        ("on_date", pa.date32()),
        *((name, pa.string()) for name in _TEXTS),
        ("row_no", pa.int64()),
    ]
)
logs = st.lists(
    st.tuples(
        st.sampled_from(VIEWERS),
        st.sampled_from((*INSURERS, "", "NEMO")),
        st.sampled_from((*NUMBERS, "9")),
        st.integers(0, (DAYS[-1] - DAYS[0]).days),
        st.sampled_from(("{}", "{}", "{}", " {}", "{}\u3000")),
    ),
    max_size=25,
)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def passed(world: dict[str, Any], log: list[Any], *, ahead_from: int, known_days: slice) -> tuple[set[int], LogRead]:
    """The numbers of the rows that are passed on, each of them once; and what was read."""
    rows = [
        (
            midnight(day),
            day,
            written.format(viewer),
            insurer,
            written.format(policy),
            "",
            "f:",
            number,
        )
        for number, (viewer, insurer, policy, days, written) in enumerate(log)
        for day in [DAYS[0] + timedelta(days)]
    ]
    with in_memory() as con:
        con.register("given", pa.table(dict(zip(LOG.names, zip(*rows, strict=True), strict=True)), schema=LOG) if rows
                     else LOG.empty_table())  # fmt: skip
        days = DAYS[known_days]
        opened = OpenLog(con.table("given"), len(rows), days[0], days[-1], [])
        read = pass_on(con, "viewer", arrow_tables(world), opened, ahead_from=ahead_from)
        numbers = [int(row.removeprefix("f:")) for (row,) in con.execute("SELECT log_row FROM passed").fetchall()]
        assert len(numbers) == len(set(numbers))
        assert set(read.relation.fetchall()) == {("", row[1]) for row in rows}
    return set(numbers), read


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ahead_from", "known_days"),
    [(0, slice(None)), (0, slice(2, 4)), (1000, slice(None))],
    ids=["asked ahead", "some days asked ahead", "short"],
)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=small_worlds, log=logs)
def test_what_is_left_out_is_allowed_and_what_is_allowed_is_left_out(
    world: dict[str, Any], log: list[Any], ahead_from: int, known_days: slice
) -> None:
    found, read = passed(world, log, ahead_from=ahead_from, known_days=known_days)
    assert (read.row_count, read.unread_count) == (len(log), 0)
    known = {(policy["insurer_id"], policy["policy_no"]): policy for policy in world["policies"]}
    for number, (viewer, insurer, policy_no, days, _) in enumerate(log):
        policy = known.get((insurer, policy_no))
        how = {"viewer": viewer, "on_date": DAYS[0] + timedelta(days), "items": 0, "purpose": None}
        verdict, ground = decide(world, policy, how) if policy else ("unresolved", None)
        # A holder's own address is looked at row by row, and no other: not every address, nor every row of his.
        assert (number in found) == (verdict != "entitled" or ground == "subject"), (viewer, insurer, policy_no)


@pytest.mark.parametrize("ahead_from", [0, 1000])
def test_rows_without_a_viewer_are_listed_and_their_days_are_none_of_the_log(ahead_from: int) -> None:
    days = [midnight(day) for day in DAYS[:3]]
    rows = [
        (days[0], DAYS[0], "KOU", "f:", 1),
        (days[1], DAYS[1], " ", "f:", 10),
        (days[1], DAYS[1], None, "f:", 2),
        (days[2], DAYS[2], "KOU", "f:", 3),
        (days[2], DAYS[2], "", "f:", 4),
        (None, None, "KOU", "f:", 5),
    ]
    names = ["at", "on_date", "viewer", "file", "row_no"]
    given_rows = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=LOG)
    with in_memory() as con:
        con.register("given", given_rows)
        con.execute("CREATE VIEW written AS SELECT * REPLACE ('' AS system) FROM given")
        opened = OpenLog(con.table("written"), len(rows), DAYS[0], DAYS[2], [UnreadRow("x.bin", "no log")])
        tables = arrow_tables({"insurers": [{"insurer_id": "KOU", "name": "KOU", "kind": "nonlife"}]})
        read = pass_on(con, "viewer", tables, opened, ahead_from=ahead_from)
        assert sorted(read.relation.fetchall()) == [("", DAYS[0]), ("", DAYS[2])]
    assert (read.row_count, read.unread_count) == (2, 5)
    assert [(row.log_row, row.detail) for row in read.unread] == [
        ("x.bin", "no log"),
        ("f:2", "no viewer"),
        ("f:4", "no viewer"),
        ("f:5", "no readable at"),
        ("f:10", "no viewer"),
    ]
