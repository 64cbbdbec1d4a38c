"""Random tiny worlds: the whole visible set (every viewer × every policy) against the naive reference, on
every engine."""

from datetime import date
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.entitlement.rule import Rule
from sekisho.kernel.errors import InputError
from sekisho.kernel.periods import FIRST_DAY, LAST_DAY
from tests.entitlement.reference import decide
from tests.entitlement.world import arrow_tables, postgres_world, questions, sqlite_world

INSURERS = {"KOU": "nonlife", "OTSU": "nonlife", "HEI": "life"}
AGENCIES = ("AOBA", "MIDORI", "SAKURA")
PARTIES = (*INSURERS, *AGENCIES)
PERSONS = ("SATO", "TANAKA", "KATO")
OFFICES = {"HIGASHI": "AOBA", "TOKYO": "KOU"}
ACCOUNTS = ("acc1", "acc2", "SATO")
MAILBOXES = ("sato@aoba.example.jp", "x@kou.example.jp", "free@example.com")
DOMAINS = ("@aoba.example.jp", "@kou.example.jp")
HOLDERS = ("yamada@example.com", "free@example.com")
NUMBERS = ("1", "2", "3")
PURPOSES = ("renewal", "claim")
MASKS = (-1, 1, 3, 1 << 19 | 1)
VIEWERS = (*PARTIES, *PERSONS, *OFFICES, *ACCOUNTS[:2], *MAILBOXES, *HOLDERS[:1], "nobody")
DAYS = [date(2024, 2, 27 + number) if number < 3 else date(2024, 3, number - 2) for number in range(6)]

days = st.sampled_from(DAYS)


@st.composite
def periods(draw: st.DrawFn) -> dict[str, date]:
    first, last = sorted((draw(days), draw(days)))
    return {
        "start": draw(st.sampled_from([first, FIRST_DAY])),
        "end": draw(st.sampled_from([last, LAST_DAY])),
    }


def rows(most: int, **columns: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries(
        {
            name: value if isinstance(value, st.SearchStrategy) else st.sampled_from(value)
            for name, value in columns.items()
        }
    )
    dated = st.tuples(row, periods()).map(lambda pair: {**pair[0], **pair[1]})
    return st.lists(dated, max_size=most)


lines = ("nonlife", "life")
policies = st.lists(
    st.fixed_dictionaries(
        {
            "policy_no": st.sampled_from(NUMBERS),
            "insurer_id": st.sampled_from(tuple(INSURERS)),
            "agency_id": st.sampled_from(AGENCIES),
            "working_agency_id": st.sampled_from([None, *AGENCIES]),
            "producer_id": st.sampled_from([None, *PERSONS]),
            "office_id": st.sampled_from([None, "HIGASHI"]),
            "line": st.sampled_from(lines),
            "email": st.sampled_from([None, "Yamada@example.com", "free@example.com"]),
        }
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda policy: (policy["insurer_id"], policy["policy_no"]),
)
small_worlds = st.fixed_dictionaries(
    {
        "insurers": st.just([{"insurer_id": key, "name": key, "kind": kind} for key, kind in INSURERS.items()]),
        "agencies": st.just([{"agency_id": key, "name": key} for key in AGENCIES]),
        "offices": st.just([{"office_id": key, "party_id": party, "name": key} for key, party in OFFICES.items()]),
        "appointments": rows(6, insurer_id=tuple(INSURERS), agency_id=AGENCIES, line=lines),
        "supervisions": rows(4, supervising_agency_id=AGENCIES, working_agency_id=AGENCIES),
        "people": rows(5, person_id=PERSONS, party_id=PARTIES),
        "secondments": rows(2, person_id=PERSONS, home_insurer_id=("KOU", "OTSU"), host_agency_id=AGENCIES),
        "duties": rows(
            3,
            person_id=PERSONS,
            party_id=("AOBA", "KOU"),
            insurer_id=(None, "KOU"),
            line=(None, "life"),
            office_id=(None, "HIGASHI"),
            own_only=(None, False, True),
        ),
        "addresses": st.tuples(
            rows(3, address=MAILBOXES, person_id=(None, *PERSONS), party_id=(None, "AOBA", "OTSU")),
            rows(2, address=DOMAINS, party_id=("AOBA", "KOU")),
        ).map(lambda pair: pair[0] + pair[1]),
        "accounts": rows(3, account_id=ACCOUNTS, person_id=(None, *PERSONS), party_id=("AOBA", "MIDORI")),
        "policies": policies,
        "transfers": rows(
            2,
            policy_no=NUMBERS[:2],
            insurer_id=("KOU", "OTSU"),
            agency_id=AGENCIES,
            working_agency_id=(None, *AGENCIES),
        ),
        "consents": rows(
            3,
            policy_no=NUMBERS[:2],
            insurer_id=("KOU", "OTSU"),
            recipient_id=("AOBA", "OTSU", "SATO", "Free@example.com"),
            purpose=PURPOSES,
            items_mask=MASKS,
            withdrawn_on=st.one_of(st.none(), days),
        ),
        "joint_uses": rows(
            2,
            joint_use_id=("J1",),
            party_ids=("KOU;HEI", "KOU;OTSU;AOBA", "OTSU;MIDORI"),
            purpose=PURPOSES,
            items_mask=MASKS,
        ).map(lambda found: [{**row, "joint_use_id": f"J{number}"} for number, row in enumerate(found)]),
    }
)
asking = st.fixed_dictionaries(
    {
        "on_date": days,
        "items": st.sampled_from([0, 1, 2, 1 << 19]),
        "purpose": st.sampled_from([None, *PURPOSES]),
    }
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=small_worlds, how=asking)
def test_the_whole_visible_set_is_that_of_the_reference(
    worlds: psycopg.Connection, world: dict[str, Any], how: dict[str, Any]
) -> None:
    pairs = [(viewer, policy) for viewer in VIEWERS for policy in world["policies"]]
    asked = [
        {"viewer": viewer, "insurer_id": policy["insurer_id"], "policy_no": policy["policy_no"], **how}
        for viewer, policy in pairs
    ]
    expected = [decide(world, policy, {**question}) for (_, policy), question in zip(pairs, asked, strict=True)]
    tables = arrow_tables(world)
    connection = sqlite_world(tables)
    try:
        on_sqlite = Rule.over_sqlite(connection).judge(questions(asked)).to_pylist()
    finally:
        connection.close()
    on_duckdb = Rule.over_registry(tables).judge(questions(asked)).to_pylist()
    on_postgres = Rule.over_postgres(postgres_world(worlds, tables)).judge(questions(asked)).to_pylist()
    assert on_sqlite == on_duckdb
    assert on_postgres == on_duckdb
    got = [(answer["verdict"], answer["ground"]) for answer in on_duckdb]
    wrong = [
        (question, answer, wanted)
        for question, answer, wanted in zip(asked, got, expected, strict=True)
        if answer != wanted
    ]
    assert not wrong


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=small_worlds, how=asking, viewer=st.sampled_from(VIEWERS), number=st.integers(0, 3))
def test_list_and_who_are_the_sets_of_the_reference(
    worlds: psycopg.Connection, world: dict[str, Any], how: dict[str, Any], viewer: str, number: int
) -> None:
    tables = arrow_tables(world)
    policy = world["policies"][number % len(world["policies"])]
    connection = sqlite_world(tables)
    try:
        rules = [Rule.over_sqlite(connection), Rule.over_postgres(postgres_world(worlds, tables))]
        if how["on_date"] == DAYS[2]:  # a DuckDB session costs a tenth of a second: it takes its share
            rules.append(Rule.over_registry(tables))
        for rule in rules:
            assert _listed(rule, viewer, how) == _expected_list(world, viewer, how)
            assert _told_holders(rule, world, policy, how) == _expected_holders(world, policy, how)
    finally:
        connection.close()


def _how(how: dict[str, Any]) -> dict[str, Any]:
    return {"on": how["on_date"], "items": how["items"], "purpose": how["purpose"]}


def _listed(rule: Rule, viewer: str, how: dict[str, Any]) -> list[tuple[str, str, str]]:
    try:
        found = rule.visible(viewer, **_how(how))
    except InputError:
        return []
    return [(row["insurer_id"], row["policy_no"], row["ground"]) for row in found.to_pylist()]


def _expected_list(world: dict[str, Any], viewer: str, how: dict[str, Any]) -> list[tuple[str, str, str]]:
    decided = [
        (policy["insurer_id"], policy["policy_no"], *decide(world, policy, {"viewer": viewer, **how}))
        for policy in world["policies"]
    ]
    return sorted(
        (insurer, number, str(ground)) for insurer, number, verdict, ground in decided if verdict == "entitled"
    )


def _told_holders(
    rule: Rule, world: dict[str, Any], policy: dict[str, Any], how: dict[str, Any]
) -> list[tuple[str, str]]:
    found = rule.holders(policy["policy_no"], insurer_id=policy["insurer_id"], **_how(how))
    accounts = {account["account_id"] for account in world["accounts"]}
    return sorted((row["viewer"], row["ground"]) for row in found.to_pylist() if row["viewer"] not in accounts)


def _expected_holders(world: dict[str, Any], policy: dict[str, Any], how: dict[str, Any]) -> list[tuple[str, str]]:
    """Parties, persons and the mail addresses that have a right of their own; offices and accounts stand for these."""
    own = {(policy["email"] or "").lower(), "free@example.com"} - {""}
    accounts = {account["account_id"] for account in world["accounts"]}  # SATO may be one: then that is what it names
    viewers = {*PARTIES, *PERSONS, *own} - accounts
    decided = [(viewer, *decide(world, policy, {"viewer": viewer, **how})) for viewer in sorted(viewers)]
    return sorted(
        (viewer, str(ground))
        for viewer, verdict, ground in decided
        if verdict == "entitled" and (viewer not in own or ground in {"subject", "consent"})
    )
