"""``Rule``: one question explained, many judged, who somebody is; on every engine."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from sekisho.entitlement.inputs import ANSWER, REGISTRY, RESOLVED
from sekisho.entitlement.rule import Judgement, Rule
from sekisho.entitlement.script import rule_version, views
from sekisho.kernel.errors import InputError
from sekisho.law.items import mask_of
from sekisho.registry.registry import Registry
from sekisho.registry.schema import TABLES
from sekisho.store.workspace import Workspace
from tests.entitlement.test_cases import load_cases, load_world, question_of
from tests.entitlement.world import arrow_tables, postgres_world, questions, sqlite_world

FIXTURES = Path(__file__).parents[1] / "fixtures"
MAY = date(2023, 5, 10)


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    made = sqlite_world(arrow_tables(load_world()))
    yield made
    made.close()


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def rule(request: pytest.FixtureRequest, connection: sqlite3.Connection) -> Rule:
    tables = arrow_tables(load_world())
    if request.param == "duckdb":
        return Rule.over_registry(tables)
    if request.param == "sqlite":
        return Rule.over_sqlite(connection)
    return Rule.over_postgres(postgres_world(request.getfixturevalue("worlds"), tables))


def ask(rule: Rule, *rows: dict[str, Any], extra: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = rule.judge(
        questions(rows), pa.Table.from_pylist(extra) if extra else None
    ).to_pylist()
    return answers


# -- may


def test_may_names_ground_party_and_version(rule: Rule) -> None:
    judgement = rule.may("TANAKA", "K-100", on=MAY)
    assert judgement.entitled
    assert (judgement.ground, judgement.party, judgement.person) == ("handling", "AOBA", "TANAKA")
    assert (judgement.insurer_id, judgement.missing) == ("KOU", None)
    assert judgement.rule_version == rule.rule_version == rule_version()
    assert len(judgement.rule_version) == 12


def test_may_shows_the_condition_that_fails_and_since_when(rule: Rule) -> None:
    judgement = rule.may("AOBA", "K-100", on=date(2024, 4, 1))
    assert (judgement.verdict, judgement.missing) == ("not_entitled", "appointment")
    appointments = [c for g in judgement.grounds for c in g.conditions if c.name == "appointment"]
    assert [(c.met, c.first, c.last) for c in appointments] == [
        (False, date(2020, 4, 1), date(2024, 3, 31)),
        (False, date(2024, 7, 1), date(9999, 12, 31)),
    ]
    text = "\n".join(judgement.lines())
    assert "甲損害保険 (KOU) から 青葉保険サービス (AOBA) への損害保険の委託は 2024-03-31 に終わっている" in text
    assert "2024-07-01 から" in text
    english = "\n".join(judgement.lines("en"))
    assert "appointment of 青葉保険サービス (AOBA) for non-life ended on 2024-03-31" in english


def test_may_tells_a_secondee_for_whom_he_acts(rule: Rule) -> None:
    at_host = rule.may("SATO", "O-100", on=date(2022, 12, 1))
    assert (at_host.party, at_host.person, at_host.seconded_from) == ("AOBA", "SATO", "KOU")
    said = "\n".join(at_host.lines())
    assert "佐藤 (SATO) は 甲損害保険 (KOU) から 青葉保険サービス (AOBA) へ出向中 (2022-10-01–2023-09-30)" in said
    mailbox = rule.may("Sato@kou.example.jp", "O-100", on=date(2022, 12, 1))
    assert (mailbox.verdict, mailbox.party, mailbox.person, mailbox.seconded_from) == (
        "not_entitled", "KOU", "SATO", "KOU",
    )  # fmt: skip
    assert "甲損害保険 (KOU) のメールアドレス。名義の 佐藤 (SATO)" in "\n".join(mailbox.lines())


def test_may_says_for_which_purpose_a_consent_was_given(rule: Rule) -> None:
    judgement = rule.may("SAKURA", "K-500", on=MAY)
    assert judgement.ground == "consent"
    assert "目的「乗換提案」" in "\n".join(judgement.lines())
    assert "個人情報保護法 27条1項" in judgement.lines()[-1]


def test_may_says_since_when_a_consent_is_withdrawn(rule: Rule) -> None:
    judgement = rule.may("AOBA", "K-500", on=date(2023, 10, 15), items=mask_of(["policy_no"]))
    assert judgement.missing == "consent_withdrawn"
    assert "2023-10-15 に撤回されている" in "\n".join(judgement.lines())


def test_may_tells_leavers_and_closed_accounts(rule: Rule) -> None:
    leaver = rule.may("aoba-suzuki", "K-100", on=date(2024, 1, 10))
    assert leaver.missing == "employment"
    assert "在籍 2020-04-01–2023-06-30" in "\n".join(leaver.lines())
    closed = rule.may("aoba-tanaka", "K-100", on=date(2024, 2, 1))
    assert closed.missing == "account"
    assert "有効期間 2020-04-01–2024-01-31" in "\n".join(closed.lines())


def test_may_without_any_link_says_so(rule: Rule) -> None:
    judgement = rule.may("MIDORI", "K-110", on=MAY)
    assert (judgement.missing, judgement.grounds) == ("relation", ())
    assert any("いずれのつながりもない" in line for line in judgement.lines())


@pytest.mark.parametrize(
    ("viewer", "policy", "insurer", "words"),
    [
        ("nobody@example.net", "K-100", None, "does not know this viewer on 2023-05-10 → name a party"),
        ("temp@example.com", "K-100", None, "does not know this viewer"),
        ("KOU", "K-000", None, "no policy with this number"),
        ("KOU", "K-100", "OTSU", "no policy with this number"),
        ("KOU", "SAME-1", None, "several insurers: KOU, OTSU → name the insurer"),
        ("KOU", "K-100", "ZZZ", "does not know this insurer"),
    ],
)
def test_what_the_registry_does_not_know_is_an_error_and_no_answer(
    rule: Rule, viewer: str, policy: str, insurer: str | None, words: str
) -> None:
    with pytest.raises(InputError) as error:
        rule.may(viewer, policy, insurer_id=insurer, on=MAY)
    assert words in str(error.value)
    assert policy not in str(error.value)
    assert viewer not in str(error.value) or viewer == "KOU"


def test_an_unknown_language_is_refused(rule: Rule) -> None:
    with pytest.raises(InputError, match="choose one of ja, en"):
        rule.may("KOU", "K-100", on=MAY).lines("fr")


def test_all_engines_explain_every_case_alike(connection: sqlite3.Connection, worlds: psycopg.Connection) -> None:
    tables = arrow_tables(load_world())
    rules = (
        Rule.over_registry(tables),
        Rule.over_sqlite(connection),
        Rule.over_postgres(postgres_world(worlds, tables)),
    )
    some = [case for case in load_cases() if case["expect"] != "unresolved"][::6]
    assert len(some) > 20
    for case in some:
        asked = question_of(case)
        judged = [_may(rule, asked) for rule in rules]
        assert judged[0] == judged[1] == judged[2], case["title"]
        told = json.loads(json.dumps(judged[0].as_json(), ensure_ascii=False))
        assert told["verdict"] == case["expect"]
        # The conditions shown decide as the rule did: a ground holds exactly when all of them are met.
        for ground in judged[0].grounds:
            assert ground.holds == all(condition.met for condition in ground.conditions), case["title"]
        for lang in ("ja", "en"):
            lines = judged[0].lines(lang)
            assert all("{" not in line for line in lines)
            assert lines[-2].endswith(judged[0].rule_version)


def _may(rule: Rule, asked: dict[str, Any]) -> Judgement:
    return rule.may(
        asked["viewer"],
        asked["policy_no"],
        insurer_id=asked["insurer_id"],
        on=asked["on_date"],
        items=mask_of(asked["items"] or ()),
        purpose=asked["purpose"],
    )


# -- judge


def test_judge_answers_each_question_once_in_order(rule: Rule) -> None:
    asked = questions([question_of(case) for case in load_cases()])
    shuffled = asked.take(pa.array(sorted(range(asked.num_rows), key=lambda number: number * 7 % 191)))
    answered = rule.judge(shuffled)
    assert answered.schema == ANSWER
    assert answered.column("ask_id").to_pylist() == list(range(asked.num_rows))
    assert answered == rule.judge(asked)


def test_judge_of_nothing_is_nothing(rule: Rule) -> None:
    assert rule.judge(questions([])).num_rows == 0


def test_policies_from_a_list_are_judged_by_what_the_list_says(rule: Rule) -> None:
    extra = [
        {"insurer_id": "OTSU", "policy_no": "L-1", "agency_id": "AOBA", "line": "nonlife"},
        {"insurer_id": "OTSU", "policy_no": "L-2", "agency_id": None, "line": None},
        {"insurer_id": "KOU", "policy_no": "K-110", "agency_id": "SAKURA", "line": "nonlife"},
    ]
    asked = [
        {"viewer": viewer, "insurer_id": insurer, "policy_no": number, "on_date": MAY}
        for viewer, insurer, number in [
            ("AOBA", "OTSU", "L-1"),
            ("KOU", "OTSU", "L-1"),
            ("OTSU", "OTSU", "L-2"),
            ("KOU", "OTSU", "L-2"),
            ("TANAKA", "OTSU", "L-2"),
            ("nobody", "OTSU", "L-2"),
            ("SAKURA", "KOU", "K-110"),
            ("AOBA", None, "L-1"),
        ]
    ]
    answers = ask(rule, *asked, extra=extra)
    assert [(a["verdict"], a["ground"] or a["missing"]) for a in answers] == [
        ("entitled", "handling"),
        ("not_entitled", "relation"),
        ("entitled", "underwriter"),
        ("not_entitled", "relation"),
        ("unresolved", "agency"),  # an agency, and nobody knows which one handles it
        ("unresolved", "viewer"),
        ("not_entitled", "relation"),  # the ledger knows better than the list
        ("entitled", "handling"),
    ]
    assert ask(rule, asked[0])[0]["missing"] == "policy"  # the list is forgotten with its batch


def test_the_same_list_found_twice_makes_no_ambiguity(rule: Rule) -> None:
    row = {"insurer_id": "OTSU", "policy_no": "L-1", "agency_id": "AOBA", "line": "nonlife"}
    (answer,) = ask(rule, {"viewer": "AOBA", "policy_no": "L-1", "on_date": MAY}, extra=[row, row])
    assert answer["ground"] == "handling"


# -- resolve


def test_resolve_says_who_each_viewer_is_that_day(rule: Rule) -> None:
    viewers = pa.table(
        {
            "viewer": ["sato@kou.example.jp", "SATO", "KATO", "aoba-suzuki", "nobody", "x@aoba.example.jp", "SATO"],
            "on_date": pa.array([date(2022, 12, 1)] * 3 + [date(2024, 1, 1)] * 3 + [None], type=pa.date32()),
        }
    )
    resolved = rule.resolve(viewers)
    assert resolved.schema == RESOLVED
    assert [tuple(row.values())[2:] for row in resolved.to_pylist()] == [
        ("KOU", "SATO", "KOU", True),
        ("AOBA", "SATO", "KOU", True),
        ("MIDORI", "KATO", None, True),  # employed by two agencies: the first by id is named
        (None, "SUZUKI", None, True),
        (None, None, None, False),
        ("AOBA", None, None, True),
        (None, None, None, False),
    ]
    assert resolved.column("viewer") == viewers.column("viewer")


# -- engines


def test_the_database_is_left_as_it_was(connection: sqlite3.Connection) -> None:
    before = "\n".join(connection.iterdump())
    rule = Rule.over_sqlite(connection)
    rule.may("KOU", "K-100", on=MAY)
    assert not connection.in_transaction
    connection.execute("UPDATE insurers SET name = name WHERE insurer_id = 'KOU'")
    rule.may("KOU", "K-100", on=MAY)
    assert connection.in_transaction, "the caller's open transaction must stay open"
    connection.rollback()
    assert "\n".join(connection.iterdump()) == before


def test_a_change_in_the_database_is_seen_at_the_next_question() -> None:
    connection = sqlite_world(arrow_tables(load_world()))
    rule = Rule.over_sqlite(connection)
    assert rule.may("AOBA", "K-100", on=MAY).entitled
    connection.execute("UPDATE appointments SET \"end\" = '2023-05-09' WHERE insurer_id = 'KOU' AND agency_id = 'AOBA'")
    judgement = rule.may("AOBA", "K-100", on=MAY)
    connection.close()
    assert judgement.missing == "appointment"


def test_a_registry_without_optional_tables_can_be_asked() -> None:
    tables = arrow_tables(load_world())
    few = {name: tables[name] for name in ("insurers", "agencies", "appointments", "policies")}
    assert Rule.over_registry(few).may("AOBA", "K-100", on=MAY).entitled
    connection = sqlite_world(few)
    assert Rule.over_sqlite(connection).may("AOBA", "K-100", on=MAY).entitled
    connection.close()


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_the_whole_fixed_cast_is_judged_alike_from_registry_and_workspace(
    registry: Registry,
    tmp_path: Path,
    database: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if database == "postgres":
        monkeypatch.setenv("SEKISHO_DATABASE_URL", request.getfixturevalue("address"))
    workspace = Workspace.create(tmp_path / "ws")
    assert not workspace.load(FIXTURES / "registry").error_count
    tables = registry.tables
    viewers = [
        viewer
        for name, column in (
            ("insurers", "insurer_id"),
            ("agencies", "agency_id"),
            ("offices", "office_id"),
            ("people", "person_id"),
            ("accounts", "account_id"),
            ("addresses", "address"),
            ("policies", "email"),
        )
        for viewer in sorted(set(tables[name].column(column).drop_null().to_pylist()))
    ]
    keys = tables["policies"].select(["insurer_id", "policy_no"]).to_pylist()
    asked = questions([{"viewer": viewer, "on_date": MAY, **key} for viewer in viewers for key in keys])
    on_duckdb = Rule.over_registry(tables).judge(asked)
    with workspace.rule() as in_force:
        stored = in_force.rule.judge(asked)
    assert stored == on_duckdb
    assert {"entitled", "not_entitled"} <= set(on_duckdb.column("verdict").to_pylist())


def test_the_rule_reads_only_what_the_registry_has() -> None:
    for name, columns in REGISTRY.items():
        offered = TABLES[name].arrow_schema
        assert {column: offered.field(column).type for column in columns} == dict(columns), name


def test_the_rule_names_the_bit_of_the_my_number(rule: Rule) -> None:
    (view,) = [view for view in views() if view.name == "never_shared"]
    assert view.select == f"SELECT {mask_of(['my_number'])} AS items_mask"
