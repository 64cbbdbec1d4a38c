"""``Rule.decide`` with ``keep``: what was kept gives the answers of the rule itself, also when the registry changes."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.entitlement.engines.single import PostgresEngine, SqliteEngine
from sekisho.entitlement.inputs import EXTRA_POLICIES, REGISTRY
from sekisho.entitlement.kept import HISTORY, READ, Kept, _Lately
from sekisho.entitlement.questions import Decision, Question
from sekisho.entitlement.rule import Rule
from sekisho.entitlement.script import rule_text
from sekisho.store.databases.connecting import SETTINGS
from tests.entitlement.test_cases import load_world
from tests.entitlement.test_questions import asked as asked_in_cases
from tests.entitlement.test_reference import AGENCIES, DAYS, PERSONS, PURPOSES, VIEWERS, rows, small_worlds
from tests.entitlement.world import arrow_tables, postgres_world, sqlite_world

World = dict[str, Any]
JUNE = date(2023, 6, 1)


def test_all_that_the_rule_reads_of_a_policy_is_in_its_class_or_looked_up() -> None:
    assert set(EXTRA_POLICIES) == {*READ, "policy_no", "email"}
    assert {name for name, columns in REGISTRY.items() if "policy_no" in columns} == {"policies", *HISTORY}
    assert rule_text().count("JOIN policies ") == 2  # by policy_candidate, and to see what the ledger knows


class OnSqlite:
    """A database in a file; another connection writes to it."""

    def __init__(self, folder: Path, world: World) -> None:
        self._path = folder / "world.db"
        self.write(world)
        self.reader = sqlite3.connect(self._path, isolation_level=None)
        self.plain, self.kept = Rule.over_sqlite(self.reader), Kept(SqliteEngine(self.reader), most=20)

    def write(self, world: World) -> None:
        with closing(sqlite_world(arrow_tables(world))) as made, closing(sqlite3.connect(self._path)) as kept:
            made.backup(kept)

    def execute(self, sql: str) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as con:
            con.execute(sql)

    def begin(self) -> None:
        self.reader.execute("BEGIN")

    def end(self) -> None:
        self.reader.execute("ROLLBACK")

    def close(self) -> None:
        self.reader.close()


class OnPostgres:
    """A schema of a database; another connection writes to it."""

    def __init__(self, writer: psycopg.Connection, world: World) -> None:
        self._writer = writer
        self.write(world)
        self.reader = psycopg.connect(writer.info.dsn, autocommit=True, password=writer.info.password or None)
        for setting in SETTINGS.items():
            self.reader.execute("select set_config(%s, %s, false)", setting)
        self.plain, self.kept = Rule.over_postgres(self.reader), Kept(PostgresEngine(self.reader), most=20)

    def write(self, world: World) -> None:
        postgres_world(self._writer, arrow_tables(world))

    def execute(self, sql: str) -> None:
        self._writer.execute(sql)

    def begin(self) -> None:
        self.reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def end(self) -> None:
        self.reader.execute("ROLLBACK")

    def close(self) -> None:
        self.reader.close()


@contextmanager
def database(kind: str, request: pytest.FixtureRequest, folder: Path, world: World) -> Iterator[OnSqlite | OnPostgres]:
    found: OnSqlite | OnPostgres
    if kind == "sqlite":
        found = OnSqlite(folder, world)
    else:
        found = OnPostgres(request.getfixturevalue("worlds"), world)
    with closing(found):
        yield found


KINDS = pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])


@KINDS
@pytest.mark.parametrize("at_once", [1, 1000])
def test_every_case_is_decided_as_before(kind: str, at_once: int, request: Any, tmp_path: Path) -> None:
    wanted = asked_in_cases()
    with database(kind, request, tmp_path, load_world()) as on:
        said = on.plain.decide(wanted)
        for _ in range(3):
            assert [
                one for at in range(0, len(wanted), at_once) for one in on.kept.decide(wanted[at : at + at_once])
            ] == said


def test_duties_tell_policies_apart_that_else_are_alike(tmp_path: Path) -> None:
    alike = {"insurer_id": "KOU", "agency_id": "AOBA", "line": "nonlife"}
    world = {
        "insurers": [{"insurer_id": "KOU", "kind": "nonlife"}],
        "agencies": [{"agency_id": "AOBA"}],
        "appointments": [alike],
        "people": [{"person_id": name, "party_id": "AOBA"} for name in ("SATO", "KATO", "MORI")],
        "duties": [
            {"person_id": "SATO", "party_id": "AOBA", "own_only": True},
            {"person_id": "KATO", "party_id": "AOBA", "office_id": "EAST"},
        ],
        "policies": [
            {**alike, "policy_no": "1", "producer_id": "SATO", "office_id": "WEST"},
            {**alike, "policy_no": "2", "producer_id": "KATO", "office_id": "WEST"},
            {**alike, "policy_no": "3", "producer_id": "KATO", "office_id": "EAST"},
        ],
    }
    asked = [Question(viewer, policy, None, JUNE) for viewer in ("MORI", "SATO", "KATO") for policy in "123"]
    with closing(OnSqlite(tmp_path, world)) as on:
        for _ in range(2):
            said = on.kept.decide(asked)
            assert said == on.plain.decide(asked)
    assert [one.verdict == "entitled" for one in said] == [*[True] * 3, True, False, False, False, False, True]


@KINDS
def test_a_change_is_seen_by_the_next_question(kind: str, request: Any, tmp_path: Path) -> None:
    question = Question("AOBA", "K-100", None, JUNE)
    with database(kind, request, tmp_path, load_world()) as on:
        for _ in range(3):
            (said,) = on.kept.decide([question])
            assert (said.verdict, said.ground) == ("entitled", "handling")
        on.execute("UPDATE appointments SET \"end\" = '2023-05-31' WHERE agency_id = 'AOBA'")
        (said,) = on.kept.decide([question])
        assert (said.verdict, said.missing) == ("not_entitled", "appointment")


@KINDS
def test_in_one_transaction_nothing_changes(kind: str, request: Any, tmp_path: Path) -> None:
    question = Question("AOBA", "K-100", None, JUNE)
    with database(kind, request, tmp_path, load_world()) as on:
        if kind == "sqlite":
            on.execute("PRAGMA journal_mode = wal")
        on.begin()
        before = on.kept.decide([question])
        on.execute("UPDATE appointments SET \"end\" = '2023-05-31' WHERE agency_id = 'AOBA'")
        assert on.kept.decide([question]) == on.kept.decide([question]) == before
        on.end()
        assert on.kept.decide([question])[0].missing == "appointment"


@KINDS
@pytest.mark.parametrize("statement", range(1, 6))
def test_parts_of_different_states_are_not_put_together(
    kind: str, statement: int, request: Any, tmp_path: Path
) -> None:
    """A policy goes over to another agency, and the appointments with it, between two statements of one question."""
    world = load_world()
    question = Question("AOBA", "K-100", "KOU", JUNE)
    with database(kind, request, tmp_path, world) as on:
        if kind == "sqlite":
            on.execute("PRAGMA journal_mode = wal")
        before = on.plain.decide([question])
        on.kept.decide([replace(question, viewer="MIDORI")])
        on.kept.decide([replace(question, viewer="MIDORI")])
        _at_statement(on, statement, lambda: _hand_over(on))
        during = on.kept.decide([question])
        after = on.plain.decide([question])
        assert during in (before, after)
        assert on.kept.decide([question]) == on.kept.decide([question]) == on.plain.decide([question])


def _hand_over(on: OnSqlite | OnPostgres) -> None:
    on.execute("UPDATE policies SET agency_id = 'MIDORI' WHERE policy_no = 'K-100'")
    on.execute("UPDATE appointments SET \"end\" = '2023-05-31' WHERE agency_id = 'AOBA'")
    on.execute("DELETE FROM supervisions")


def _at_statement(on: OnSqlite | OnPostgres, number: int, act: Callable[[], None]) -> None:
    """Just before the statement of this number, ``act``."""
    engine = on.kept._engine
    execute, left = engine._execute, iter(range(number))  # type: ignore[attr-defined]

    def counted(sql: str, parameters: Sequence[object]) -> Any:
        if next(left, None) == number - 1:
            act()
        return execute(sql, parameters)

    engine._execute = counted  # type: ignore[attr-defined]


def test_on_sqlite_the_connection_only_reads_from_then_on(tmp_path: Path) -> None:
    with closing(OnSqlite(tmp_path, load_world())) as on:
        on.kept.decide([Question("AOBA", "K-100", None, JUNE)])
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            on.reader.execute("DELETE FROM policies")


@pytest.mark.slow
def test_on_postgres_nothing_is_kept_of_a_transaction_that_writes(request: Any, tmp_path: Path) -> None:
    question = Question("AOBA", "K-100", None, JUNE)
    with database("postgres", request, tmp_path, load_world()) as on:
        on.kept.decide([question])
        on.kept.decide([question])
        on.reader.execute("BEGIN")
        on.reader.execute("UPDATE appointments SET \"end\" = '2023-05-31' WHERE agency_id = 'AOBA'")
        assert on.kept.decide([question])[0].missing == on.kept.decide([question])[0].missing == "appointment"
        on.reader.execute("UPDATE appointments SET \"end\" = '9999-12-31' WHERE agency_id = 'AOBA'")
        assert on.kept.decide([question])[0].ground == "handling"
        on.reader.execute("ROLLBACK")
        assert on.kept.decide([question]) == on.plain.decide([question])


def test_what_was_used_lately_stays() -> None:
    lately: _Lately[str, int] = _Lately(2)
    for number, name in enumerate("abcd"):
        lately[name] = number
    assert lately["a"] == 0  # of the generation before, and used
    lately["e"] = 4
    assert lately.get("a") == 0
    assert lately.get("b") is None
    with pytest.raises(KeyError):
        lately["b"]


# Policies that differ in little, and relations that tell them apart: else wrong classes would rarely be noticed.
near_policies = st.lists(
    st.fixed_dictionaries(
        {
            "policy_no": st.sampled_from("123456"),
            "insurer_id": st.sampled_from(["KOU", "OTSU"]),
            "agency_id": st.sampled_from(["AOBA", "MIDORI", "SAKURA", None]),
            "working_agency_id": st.sampled_from([None, None, "MIDORI", "SAKURA"]),
            "producer_id": st.sampled_from([None, "SATO", "TANAKA"]),
            "office_id": st.sampled_from([None, "HIGASHI"]),
            "line": st.sampled_from(["nonlife", "life"]),
            "email": st.sampled_from([None, None, "Yamada@example.com"]),
        }
    ),
    min_size=6,
    max_size=10,
    unique_by=lambda policy: (policy["insurer_id"], policy["policy_no"]),
)
near_relations = st.fixed_dictionaries(
    {
        "appointments": rows(8, insurer_id=("KOU", "OTSU"), agency_id=AGENCIES, line=("nonlife", "life")),
        "supervisions": rows(4, supervising_agency_id=("AOBA", "MIDORI"), working_agency_id=("MIDORI", "SAKURA")),
        "people": rows(4, person_id=PERSONS, party_id=("AOBA", "KOU")),
        "duties": rows(
            4,
            person_id=("SATO", "TANAKA"),
            party_id=("AOBA", "KOU"),
            line=(None, "life"),
            office_id=(None, "HIGASHI"),
            own_only=(None, True),
        ),
    }
)
near_worlds = st.tuples(small_worlds, near_policies, near_relations).map(
    lambda parts: {**parts[0], "policies": parts[1], **parts[2]}
)
drops = st.tuples(
    st.sampled_from([name for name in REGISTRY if name not in ("insurers", "agencies")]), st.integers(0, 5)
)
changes = st.lists(drops, min_size=1, max_size=2)
ways = st.fixed_dictionaries(
    {"items": st.sampled_from([0, 1, 1 << 19]), "purpose": st.sampled_from([None, PURPOSES[0]])}
)


def _wrong(asked: list[Question], got: list[Decision], wanted: list[Decision]) -> list[Any]:
    assert len(got) == len(wanted)
    return [found for found in zip(asked, got, wanted, strict=True) if found[1] != found[2]]


def _compare(on: OnSqlite | OnPostgres, world: World, changed: list[Any], how: World, days: list[date]) -> None:
    """All viewers and policies, asked at once and one by one, at several days, before and after each change."""
    for change in [None, *changed]:
        if isinstance(change, tuple):
            name, at = change
            world = {**world, name: [row for number, row in enumerate(world[name]) if number != at]}
        on.write(world)
        keys = [(policy["insurer_id"], policy["policy_no"]) for policy in world["policies"]]
        keys += [(None, "1"), ("KOU", "no such policy"), ("nobody", "1")]
        every = [
            Question(viewer, number, insurer, day, how["items"], how["purpose"])
            for day in days
            for viewer in VIEWERS
            for insurer, number in keys
        ]
        said = on.plain.decide(every)
        assert _wrong(every, on.kept.decide(every), said) == []
        some = every[::17]
        on.begin()
        assert _wrong(some, [one for each in some for one in on.kept.decide([each])], said[::17]) == []
        on.end()
        assert _wrong(every, on.kept.decide(every[::-1])[::-1], said) == []


days_twice = st.lists(st.sampled_from(DAYS), min_size=1, max_size=2, unique=True)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=near_worlds, changed=changes, how=ways, days=days_twice)
def test_in_random_worlds_that_change_on_sqlite(
    tmp_path_factory: Any, world: World, changed: list[Any], how: World, days: list[date]
) -> None:
    with closing(OnSqlite(tmp_path_factory.mktemp("kept"), world)) as on:
        _compare(on, world, changed, how, days)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=near_worlds, changed=changes, how=ways, days=days_twice)
def test_in_random_worlds_that_change_on_postgres(
    worlds: psycopg.Connection, world: World, changed: list[Any], how: World, days: list[date]
) -> None:
    with closing(OnPostgres(worlds, world)) as on:
        _compare(on, world, changed, how, days)
