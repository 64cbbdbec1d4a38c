"""What a session gets through row-level security is what `sekisho list` lists: whole sets, every viewer, many days."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.entitlement.rls.options import Options, items_shown
from tests.entitlement.rls.server import APPLICATION, Database, compared, listed, seen
from tests.entitlement.test_cases import load_cases, load_world
from tests.entitlement.test_reference import DAYS, small_worlds
from tests.entitlement.test_reference import VIEWERS as SMALL_VIEWERS


def everybody(world: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Every text of a world that could be a viewer, and some that nobody is."""
    columns = {"insurers": "insurer_id", "agencies": "agency_id", "offices": "office_id", "people": "person_id"}
    columns |= {"accounts": "account_id", "addresses": "address", "policies": "email", "consents": "recipient_id"}
    found = {str(row[column]) for name, column in columns.items() for row in world[name] if row.get(column)}
    asked = {str(case["viewer"]) for case in load_cases()}
    return sorted(found | asked | {"nobody", "x@aoba.example.jp", "x@example.net"})


def boundary_days() -> list[date]:
    """First and last day of the periods of the cases' world, the day before and the day after, thinned out."""
    rows = [row for table in load_world().values() for row in table]
    ends = {row[name] for row in rows for name in ("start", "end", "withdrawn_on") if isinstance(row.get(name), date)}
    days = sorted({end + timedelta(days=step) for end in ends for step in (-1, 0, 1)})
    return days[::9]


@pytest.mark.parametrize("on", [date(2023, 5, 10), date(2022, 12, 1), date(2024, 5, 1)])
def test_every_viewer_of_the_cases_gets_what_is_listed(cases: Database, on: date) -> None:
    _compare(cases, on)


@pytest.mark.slow
@pytest.mark.parametrize("on", boundary_days(), ids=str)
def test_the_same_around_the_ends_of_periods(cases: Database, on: date) -> None:
    _compare(cases, on)


def _compare(cases: Database, on: date) -> None:
    cases.set_day(on)
    viewers = everybody(load_world())
    wanted = listed(load_world(), viewers, on, items_shown())
    with cases.session(APPLICATION) as session:
        got = {}
        for viewer in viewers:
            session.execute("SELECT set_config('sekisho.viewer', %s, false)", [viewer])
            got[viewer] = seen(session)
    assert compared(got, wanted) == []
    assert sum(map(len, got.values())) > 50
    assert got["nobody"] == got["x@example.net"] == []


def test_whoever_may_hold_only_some_items_does_not_get_the_whole_row(cases: Database) -> None:
    on = date(2023, 5, 10)
    cases.set_day(on)
    held = listed(load_world(), ["OTSU"], on, 0)["OTSU"]
    assert ("KOU", "K-500") in held  # the consent is to the policy number alone
    with cases.session(APPLICATION, "OTSU") as session:
        assert seen(session) == [key for key in held if key != ("KOU", "K-500")]


@pytest.mark.slow
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=small_worlds, on=st.sampled_from(DAYS))
def test_random_small_worlds(empty: Database, world: dict[str, Any], on: date) -> None:
    empty.fill(world)
    empty.set_day(on)
    (record,) = empty.admin.execute("SELECT obj_description('sekisho_rls'::regnamespace, 'pg_namespace')").fetchone()
    items = Options.from_json(json.loads(record)["options"]).items
    wanted = listed(world, SMALL_VIEWERS, on, items)
    with empty.session(APPLICATION) as session:
        got = {}
        for viewer in SMALL_VIEWERS:
            session.execute("SELECT set_config('sekisho.viewer', %s, false)", [viewer])
            got[viewer] = seen(session)
            told = session.execute("SELECT of_insurer, of_policy FROM sekisho_rls.my_policies()").fetchall()
            assert set(told) <= set(wanted[viewer])
    assert compared(got, wanted) == []
