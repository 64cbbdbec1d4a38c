"""No form of query shows a row that `sekisho list` would not: everything a session is told (rows, notices, errors,
plans) is searched for what it must not see, and, where it asks for all, for what it must."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from sekisho.entitlement.rls.options import VIEWERS, items_shown
from tests.entitlement.rls.server import APPLICATION, KEEPER, Database, compared, listed, seen
from tests.entitlement.test_cases import load_world

ON = date(2023, 7, 10)
ME = "aoba-tanaka"


def mark(insurer: str, number: str) -> str:
    """The name of a policy's holder, found nowhere else."""
    return f"<{insurer}/{number}>"


@pytest.fixture(scope="module")
def world(cases: Database) -> Iterator[Database]:
    """The cases' world with holders' names that give a policy away, statistics over them, and a schema in which the
    viewer may make what he likes."""
    cases.protect_again()
    cases.set_day(ON)
    cases.fill(load_world())
    admin = cases.admin
    admin.execute("UPDATE sekisho.policies SET holder_name = '<' || insurer_id || '/' || policy_no || '>'")
    admin.execute("UPDATE sekisho.consents SET evidence = '<' || insurer_id || '/' || policy_no || '>'")
    admin.execute("CREATE STATISTICS sekisho.together ON (lower(holder_name)), line FROM sekisho.policies")
    admin.execute("ALTER TABLE sekisho.policies ALTER holder_name SET STATISTICS 1000")
    admin.execute("ANALYZE sekisho.policies")
    for role in (ME, "kou-sato"):
        cases.role(role, [VIEWERS])
    admin.execute("CREATE SCHEMA play")
    admin.execute(f'GRANT ALL ON SCHEMA play TO PUBLIC; GRANT CREATE ON DATABASE {cases.name} TO "{ME}"')
    yield cases
    admin.execute("DROP STATISTICS sekisho.together")
    admin.execute(f'REVOKE CREATE ON DATABASE {cases.name} FROM "{ME}"')
    admin.execute("DROP SCHEMA play CASCADE")
    cases.fill(load_world())


@pytest.fixture(scope="module")
def visible(world: Database) -> list[tuple[str, str]]:
    return listed(load_world(), [ME], ON, items_shown())[ME]


@pytest.fixture(scope="module")
def hidden(visible: list[tuple[str, str]]) -> set[str]:
    everything = {(row["insurer_id"], row["policy_no"]) for row in load_world()["policies"]}
    found = {mark(*key) for key in everything - set(visible)}
    assert len(found) >= 5 and len(visible) > 5
    return found


def told(session: psycopg.Connection[Any], *statements: str) -> str:
    """All that a session gets to read for these statements."""
    heard: list[str] = []
    session.add_notice_handler(lambda said: heard.append(f"{said.message_primary} {said.message_detail}"))
    for statement in statements:
        try:
            cursor = session.execute(statement)
            heard.append(f"{cursor.statusmessage} {cursor.fetchall() if cursor.description else ''}")
        except psycopg.Error as error:
            said = error.diag
            heard += [f"{error} {said.message_detail} {said.message_hint} {said.context} {said.internal_query}"]
    return "\n".join(heard)


EVERYTHING = {
    "plain": ["SELECT * FROM sekisho.policies"],
    "whole row": ["SELECT p FROM sekisho.policies p", "SELECT row_to_json(p)::text FROM sekisho.policies p"],
    "self join": [
        "SELECT a.holder_name, b.holder_name FROM sekisho.policies a FULL JOIN sekisho.policies b USING (policy_no)"
    ],
    "subquery": ["SELECT * FROM (SELECT holder_name FROM sekisho.policies OFFSET 0) x"],
    "with": ["WITH x AS MATERIALIZED (SELECT * FROM sekisho.policies) SELECT holder_name FROM x"],
    "recursive": [
        "WITH RECURSIVE x AS (SELECT holder_name, 1 AS n FROM sekisho.policies UNION "
        "SELECT p.holder_name, n + 1 FROM x, sekisho.policies p WHERE n < 2) SELECT * FROM x"
    ],
    "lateral": ["SELECT y.* FROM generate_series(1, 2), LATERAL (SELECT holder_name FROM sekisho.policies) y"],
    "aggregate": ["SELECT string_agg(holder_name, ',') FROM sekisho.policies"],
    "grouping": ["SELECT holder_name, line, count(*) FROM sekisho.policies GROUP BY CUBE (1, 2)"],
    "window": ["SELECT lag(holder_name) OVER w, lead(holder_name) OVER w, first_value(holder_name) OVER w "
               "FROM sekisho.policies WINDOW w AS (ORDER BY policy_no, insurer_id)"],
    "set operations": [
        "SELECT holder_name FROM sekisho.policies UNION ALL SELECT holder_name FROM sekisho.policies",
        "SELECT holder_name FROM sekisho.policies EXCEPT SELECT NULL",
    ],
    "sample": ["SELECT holder_name FROM sekisho.policies TABLESAMPLE BERNOULLI (100)",
               "SELECT holder_name FROM sekisho.policies TABLESAMPLE SYSTEM (100)"],
    "row addresses": ["SELECT ctid, xmin, tableoid, holder_name FROM sekisho.policies WHERE ctid >= '(0,0)'"],
    "kept table": ["CREATE TABLE play.kept AS SELECT * FROM sekisho.policies", "SELECT * FROM play.kept"],
    "kept view": ["CREATE MATERIALIZED VIEW play.stored AS SELECT * FROM sekisho.policies", "TABLE play.stored"],
    "own view": ["CREATE VIEW play.own AS SELECT * FROM sekisho.policies", "TABLE play.own"],
    "own definer function": [
        "CREATE FUNCTION play.all() RETURNS SETOF sekisho.policies LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT * FROM sekisho.policies'",
        "SELECT holder_name FROM play.all()",
    ],
    "block": ["DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM sekisho.policies LOOP "
              "RAISE NOTICE '%', r.holder_name; END LOOP; END $$"],
    "cursor": ["BEGIN", "DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT holder_name FROM sekisho.policies", "FETCH ALL c",
               "COMMIT", "FETCH ABSOLUTE 1 c", "MOVE FIRST c", "FETCH ALL c"],
    "prepared": ["PREPARE mine AS SELECT holder_name FROM sekisho.policies WHERE line = $1 OR $1 IS NULL",
                 *["EXECUTE mine (NULL)"] * 7],
    "query by name": ["SELECT query_to_xml('SELECT * FROM sekisho.policies', true, false, '')",
                      "SELECT schema_to_xml('sekisho', true, false, '')", "SELECT holder_name FROM sekisho.policies"],
    "words": ["SELECT * FROM ts_stat('SELECT to_tsvector(''simple'', holder_name) FROM sekisho.policies')",
              "SELECT holder_name FROM sekisho.policies"],
    "analysed": ["ANALYZE sekisho.policies", "VACUUM sekisho.policies", "SELECT holder_name FROM sekisho.policies"],
    "parallel": ["SET debug_parallel_query = on", "SET parallel_setup_cost = 0", "SET parallel_tuple_cost = 0",
                 "SET min_parallel_table_scan_size = 0", "SELECT holder_name FROM sekisho.policies"],
    "leaky filter": [
        "CREATE FUNCTION play.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 "
        "AS $$ BEGIN RAISE NOTICE 'leak %', $1; RETURN true; END $$",
        "SELECT holder_name FROM sekisho.policies WHERE play.leak(holder_name)",
        "SELECT 1 FROM sekisho.policies p JOIN (VALUES (1)) x (n) ON play.leak(p.holder_name)",
        "SELECT count(*) FILTER (WHERE play.leak(holder_name)) FROM sekisho.policies "
        "HAVING bool_or(play.leak(holder_name))",
        "SELECT 1 FROM sekisho.policies ORDER BY play.leak(holder_name)",
        "SELECT 1 FROM sekisho.policies WHERE holder_name IN (SELECT holder_name FROM sekisho.policies) "
        "AND play.leak(holder_name) LIMIT 100",
    ],
    "leaky operator": [
        "CREATE FUNCTION play.same(text, text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 "
        "AS $$ BEGIN RAISE NOTICE 'leak % %', $1, $2; RETURN true; END $$",
        "CREATE OPERATOR play.= (LEFTARG = text, RIGHTARG = text, FUNCTION = play.same, RESTRICT = eqsel)",
        "SET search_path = play, pg_catalog",
        "SELECT holder_name FROM sekisho.policies WHERE holder_name = 'x'",
    ],
    "leaky cast": [
        "CREATE FUNCTION play.to_int(text) RETURNS int LANGUAGE plpgsql COST 0.0000001 "
        "AS $$ BEGIN RAISE NOTICE 'leak %', $1; RETURN 1; END $$",
        "CREATE DOMAIN play.odd AS text CHECK (play.leak(VALUE))",
        "SELECT holder_name::play.odd FROM sekisho.policies",
        "SELECT 1 FROM sekisho.policies WHERE play.to_int(holder_name) = 1",
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", EVERYTHING)
def test_whoever_asks_for_everything_gets_all_that_is_his_and_nothing_else(
    world: Database, visible: list[tuple[str, str]], hidden: set[str], form: str
) -> None:
    with world.session(ME) as session:
        text = told(session, *EVERYTHING[form])
    assert {one for one in hidden if one in text} == set()
    assert [key for key in visible if mark(*key) not in text] == []
    assert ("leak <" in text) == form.startswith("leaky")  # what should have betrayed rows did run


@pytest.mark.parametrize("form", ["plain", "aggregate", "leaky filter", "block"])
def test_the_search_finds_what_is_hidden_where_it_is_shown(world: Database, hidden: set[str], form: str) -> None:
    """The control: as the owner of the tables, the same forms give hidden rows away."""
    with world.session(KEEPER) as session:
        text = told(session, *EVERYTHING[form])
    assert {one for one in hidden if one in text} == hidden


NOTHING = {
    "cast error": ["SELECT holder_name::int FROM sekisho.policies WHERE policy_no = 'K-400'"],
    "division": [
        "SELECT 1 / CASE WHEN policy_no = 'K-400' THEN 0 ELSE 1 END FROM sekisho.policies",
        "SELECT * FROM sekisho.policies WHERE 1 / CASE WHEN policy_no = 'K-400' THEN 0 ELSE 1 END = 1 AND false",
    ],
    "statistics": ["SELECT * FROM pg_stats WHERE schemaname = 'sekisho'", "SELECT * FROM pg_statistic",
                   "SELECT * FROM pg_stats_ext WHERE schemaname = 'sekisho'", "SELECT * FROM pg_statistic_ext_data",
                   "SELECT * FROM pg_stats_ext_exprs WHERE schemaname = 'sekisho'"],
    "activity": ["SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()"],
    "row security off": ["SET row_security = off", "SELECT * FROM sekisho.policies"],
    "reference": ["CREATE TABLE play.points (i text, n text REFERENCES sekisho.policies)"],
    "heir": ["CREATE TABLE play.heir () INHERITS (sekisho.policies)"],
    "index": ["CREATE UNIQUE INDEX ON sekisho.policies (line)",
              "CREATE INDEX ON sekisho.policies (play.leak(holder_name))"],
    "duplicate": ["INSERT INTO sekisho.policies (insurer_id, policy_no) VALUES ('KOU', 'K-400')",
                  "INSERT INTO sekisho.policies (insurer_id, policy_no) VALUES ('KOU', 'K-400') ON CONFLICT DO NOTHING",
                  "MERGE INTO sekisho.policies p USING (VALUES (1)) v ON p.policy_no = 'K-400' "
                  "WHEN MATCHED THEN DELETE"],
    "files": ["SELECT pg_read_file('PG_VERSION')", "COPY sekisho.policies TO PROGRAM 'cat'",
              "SELECT lo_import('/etc/passwd')"],
    "small tables": [f"TABLE sekisho.{name}" for name in ("people", "accounts", "addresses", "duties", "agencies")],
    "large load": ["SELECT * FROM sekisho.policies WHERE policy_no = 'K-400'",
                   "SELECT * FROM sekisho.policies WHERE (insurer_id, policy_no) = ('TEI', 'T-100')",
                   "SELECT * FROM sekisho.policies WHERE lower(email) = 'nobody@example.com'",
                   "SELECT * FROM sekisho.transfers WHERE policy_no = 'K-400'",
                   "SELECT * FROM sekisho.consents WHERE recipient_id = 'SAKURA'"],
}  # fmt: skip


@pytest.mark.parametrize("form", NOTHING)
def test_what_is_hidden_is_nowhere_in_rows_messages_or_statistics(world: Database, hidden: set[str], form: str) -> None:
    with world.session(ME) as session:
        text = told(session, *NOTHING[form])
    assert {one for one in hidden if one in text} == set()
    assert "<" not in text.replace("<insufficient privilege>", "")  # not even a row of his own: these forms give none
    assert "division by zero" not in text


def test_an_error_tells_of_his_own_rows_only(world: Database, hidden: set[str]) -> None:
    """The control for the errors above: where the row is his, they come."""
    with world.session(ME) as session:
        text = told(
            session,
            "SELECT holder_name::int FROM sekisho.policies",
            "SELECT 1 / CASE WHEN policy_no = 'K-100' THEN 0 ELSE 1 END FROM sekisho.policies",
        )
    assert "invalid input syntax" in text and "division by zero" in text
    assert {one for one in hidden if one in text} == set()


@pytest.mark.parametrize("form", ["TEXT", "JSON", "XML", "YAML"])
@pytest.mark.parametrize("how", ["VERBOSE", "ANALYZE, VERBOSE, BUFFERS, SETTINGS, WAL"])
def test_a_plan_shows_no_row(world: Database, hidden: set[str], form: str, how: str) -> None:
    with world.session(ME) as session:
        text = told(
            session,
            f"EXPLAIN ({how}, FORMAT {form}) SELECT * FROM sekisho.policies WHERE holder_name > '<' ORDER BY line",
            f"EXPLAIN ({how}, FORMAT {form}) SELECT * FROM sekisho.policies WHERE policy_no LIKE 'K%'",
        )
    assert "error" not in text.lower() and "policies" in text
    assert {one for one in hidden if one in text} == set()


@pytest.mark.parametrize("form", ["sekisho.policies", "(SELECT * FROM sekisho.policies)"])
def test_copy_sends_what_is_his(world: Database, visible: list[tuple[str, str]], hidden: set[str], form: str) -> None:
    with world.session(ME) as session, session.cursor().copy(f"COPY {form} TO STDOUT") as copy:
        text = b"".join(copy).decode()
    assert {one for one in hidden if one in text} == set()
    assert [key for key in visible if mark(*key) not in text] == []


SHADOWS = {
    "temporary tables": [
        f"CREATE TEMP TABLE {name} AS SELECT 'KOU'::text AS party_id, 'aoba-tanaka'::text AS account_id"
        for name in ("accounts", "policies", "transfers", "insurers", "pg_roles")
    ],
    "temporary functions": [
        "CREATE FUNCTION pg_temp.today() RETURNS date LANGUAGE sql AS 'SELECT DATE ''2022-05-10'''",
        "CREATE FUNCTION pg_temp.lower(text) RETURNS text LANGUAGE sql AS 'SELECT ''KOU''::text'",
        "CREATE FUNCTION pg_temp.statement_timestamp() RETURNS timestamptz LANGUAGE sql "
        "AS 'SELECT ''2020-01-01''::timestamptz'",
    ],
    "search path": [
        "CREATE FUNCTION play.strpos(text, text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION play.pg_has_role(name, oid, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "CREATE FUNCTION play.current_setting(text, boolean) RETURNS text LANGUAGE sql AS 'SELECT ''KOU''::text'",
        "SET search_path = play, pg_temp, sekisho, pg_catalog",
    ],
    "settings": [
        "SET sekisho.viewer = 'KOU'", "SET TimeZone = 'Pacific/Kiritimati'", "SET DateStyle = 'SQL, DMY'",
        "SET standard_conforming_strings = off", "SET transform_null_equals = on", "SET row_security = on",
        "SET array_nulls = off", "SET plan_cache_mode = force_custom_plan",
        "SET debug_print_plan = on", "SET client_min_messages = debug5",
    ],
    "planner": [
        "SET work_mem = '64kB'", "SET hash_mem_multiplier = 1", "SET enable_hashjoin = off", "SET enable_seqscan = off",
        "SET enable_material = off", "SET enable_hashagg = off", "SET from_collapse_limit = 1",
        "SET geqo_threshold = 2",
    ],
    "role": [f"SET ROLE {VIEWERS}"],
}  # fmt: skip


@pytest.mark.parametrize("form", SHADOWS)
def test_nothing_in_the_session_changes_what_is_his(
    world: Database, visible: list[tuple[str, str]], hidden: set[str], form: str
) -> None:
    with world.session(ME) as session:
        for statement in SHADOWS[form]:
            session.execute(statement)
        assert compared({ME: seen(session)}, {ME: visible}) == []
        text = told(session, "SELECT holder_name FROM sekisho.policies", "SELECT * FROM sekisho_rls.my_policies()")
    assert {one for one in hidden if one in text} == set()


def test_what_one_makes_shows_another_only_his_own(world: Database) -> None:
    """A view or function of one viewer, used by another: rows are those of whoever logged in."""
    with world.session(ME) as session:
        session.execute("CREATE VIEW play.shared AS SELECT * FROM sekisho.policies")
        session.execute(
            "CREATE FUNCTION play.shared() RETURNS SETOF sekisho.policies LANGUAGE sql SECURITY DEFINER "
            "AS 'SELECT * FROM sekisho.policies'"
        )
        session.execute("GRANT SELECT ON play.shared TO PUBLIC")
    wanted = listed(load_world(), ["kou-sato"], ON, items_shown())["kou-sato"]
    with world.session("kou-sato") as session:
        assert compared({"v": seen(session, "play.shared")}, {"v": wanted}) == []
        assert compared({"f": seen(session, "play.shared()")}, {"f": wanted}) == []


def test_a_pooled_session_keeps_nothing_of_the_viewer_before(world: Database) -> None:
    """Prepared statements, cached plans and functions answer for whoever is named when they run."""
    viewers = ["KOU", "AOBA", "nobody", "HEI", "aoba-suzuki", "MIDORI"] * 2
    wanted = listed(load_world(), viewers, ON, items_shown())
    with world.session(APPLICATION) as session:
        session.execute("PREPARE q AS SELECT insurer_id, policy_no FROM sekisho.policies ORDER BY 1, 2")
        session.execute("PREPARE k AS SELECT FROM sekisho.policies WHERE policy_no = $1")
        for viewer in viewers:
            with session.transaction():
                session.execute("SELECT set_config('sekisho.viewer', %s, true)", [viewer])
                got = [(str(row[0]), str(row[1])) for row in session.execute("EXECUTE q").fetchall()]
                assert compared({viewer: got}, {viewer: wanted[viewer]}) == []
                for number in ("K-100", "K-400", "H-100"):
                    found = session.execute(f"EXECUTE k ('{number}')").rowcount
                    assert found == sum(number == key[1] for key in wanted[viewer]), (viewer, number)
            assert seen(session) == []  # the transaction is over, and so is the viewer


def test_transfers_and_consents_go_with_their_policy(world: Database) -> None:
    for viewer in ("AOBA", "KOU", "MIDORI", "HIKARI", "HEI", "nobody"):
        may = set(listed(load_world(), [viewer], ON, items_shown())[viewer])
        with world.session(APPLICATION, viewer) as session:
            for table in ("transfers", "consents"):
                wanted = sorted(
                    (row["insurer_id"], row["policy_no"])
                    for row in load_world()[table]
                    if (row["insurer_id"], row["policy_no"]) in may
                )
                assert compared({viewer: seen(session, f"sekisho.{table}")}, {viewer: wanted}) == []


def test_who_has_left_reads_nothing_from_the_day_after(world: Database) -> None:
    world.role("aoba-suzuki", [VIEWERS])
    with world.session("aoba-suzuki") as session:
        world.set_day(date(2023, 6, 30))
        assert len(seen(session)) > 5
        world.set_day(date(2023, 7, 1))
        assert seen(session) == []
    world.set_day(ON)
