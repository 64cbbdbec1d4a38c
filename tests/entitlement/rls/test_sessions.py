"""Who a session is: the account with the name of its role, or whom an application names; else nobody, and no row."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from sekisho.entitlement.rls.options import OWNER, VIEWERS, items_shown
from tests.entitlement.rls.server import APPLICATION, KEEPER, Database, compared, listed, seen
from tests.entitlement.test_cases import load_world

ON = date(2023, 7, 10)
ACCOUNTS = ("aoba-tanaka", "aoba-suzuki", "aoba-madoguchi", "kou-sato", "MORI", "reused")


@pytest.fixture(scope="module")
def accounts(cases: Database) -> Iterator[Database]:
    """Roles named like the accounts of the cases' world."""
    cases.set_day(ON)
    for account in ACCOUNTS:
        cases.role(account, [VIEWERS])
    yield cases
    cases.fill(load_world())


def test_a_role_gets_what_the_account_of_its_name_may_hold(accounts: Database) -> None:
    wanted = listed(load_world(), ACCOUNTS, ON, items_shown())
    got = {}
    for account in ACCOUNTS:
        with accounts.session(account) as session:
            got[account] = seen(session)
    assert compared(got, wanted) == []
    assert got["aoba-suzuki"] == got["MORI"] == []  # has left; closed
    assert len(got["aoba-tanaka"]) > 5


def test_the_setting_counts_for_nothing_in_a_session_of_an_account(accounts: Database) -> None:
    with accounts.session("aoba-suzuki", viewer="KOU") as session:
        assert seen(session) == []
    with accounts.session("aoba-tanaka", viewer="KOU") as session:
        assert seen(session) == listed(load_world(), ["aoba-tanaka"], ON, items_shown())["aoba-tanaka"]


@pytest.mark.parametrize("viewer", [None, "", "nobody", "aoba-suzuki", "' OR true --", "KOU;AOBA", "x" * 10_000])
def test_an_application_that_names_nobody_known_gets_nothing_and_no_error(cases: Database, viewer: str | None) -> None:
    cases.set_day(ON)
    with cases.session(APPLICATION, viewer) as session:
        assert seen(session) == []
        assert session.execute("SELECT count(*), max(holder_name) FROM sekisho.policies").fetchone() == (0, None)


def test_a_mail_address_may_be_written_in_capitals(cases: Database) -> None:
    cases.set_day(ON)
    with cases.session(APPLICATION, "Yamada@Example.COM") as session:
        assert seen(session) == [("KOU", "K-100")]


def test_an_account_of_another_system_is_not_the_role(accounts: Database) -> None:
    try:
        accounts.admin.execute("UPDATE sekisho.accounts SET system = 'counter' WHERE account_id = 'aoba-tanaka'")
        with accounts.session("aoba-tanaka") as session:
            assert seen(session) == []
        with accounts.session(APPLICATION, "aoba-tanaka") as session:  # the application says which account it means
            assert seen(session) != []
        accounts.admin.execute(
            "INSERT INTO sekisho.accounts VALUES ('aoba-tanaka', 'postgresql', NULL, 'HIKARI', '-infinity', 'infinity')"
        )
        with accounts.session("aoba-tanaka") as session:  # and not what the other system's namesake may hold as well
            assert seen(session) == listed(load_world(), ["HIKARI"], ON, items_shown())["HIKARI"]
    finally:
        accounts.fill(load_world())


def test_a_role_named_like_a_party_is_not_the_party(cases: Database) -> None:
    cases.role("KOU", [VIEWERS])
    with cases.session("KOU") as session:
        assert seen(session) == []


def test_whoever_is_no_member_of_the_viewers_reads_nothing(cases: Database) -> None:
    cases.role("sekisho_test_outsider")
    with cases.session("sekisho_test_outsider") as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("SELECT FROM sekisho.policies")
    cases.admin.execute("GRANT USAGE ON SCHEMA sekisho TO sekisho_test_outsider")
    cases.admin.execute("GRANT SELECT ON sekisho.policies TO sekisho_test_outsider")
    try:
        with cases.session("sekisho_test_outsider", viewer="KOU") as session:
            assert seen(session) == []
    finally:
        cases.admin.execute("REVOKE ALL ON SCHEMA sekisho FROM sekisho_test_outsider")
        cases.admin.execute("REVOKE ALL ON sekisho.policies FROM sekisho_test_outsider")


def test_the_owner_of_the_tables_sees_all_and_may_insist_on_it(cases: Database) -> None:
    with cases.session(KEEPER) as session:
        session.execute("SET row_security = off")  # as Sekisho's own connections do: an error rather than a part
        assert len(seen(session)) == len(load_world()["policies"])
        with session.transaction(force_rollback=True):  # as a load does
            session.execute("CREATE TEMP TABLE arriving (LIKE sekisho.policies)")
            session.execute("INSERT INTO arriving SELECT * FROM sekisho.policies")
            assert session.execute("DELETE FROM sekisho.policies").rowcount == len(load_world()["policies"])
            session.execute("INSERT INTO sekisho.policies SELECT * FROM arriving")
            assert len(seen(session)) == len(load_world()["policies"])


def test_the_day_is_that_in_japan_when_the_statement_began(cases: Database) -> None:
    cases.protect_again()
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        cases.admin.execute(f"SET TIME ZONE '{zone}'")
        (same,) = cases.admin.execute(
            "SELECT sekisho_rls.today() = (statement_timestamp() AT TIME ZONE 'Asia/Tokyo')::date"
        ).fetchone() or (None,)
        assert same
    with cases.admin.transaction():
        cases.admin.execute("SELECT pg_sleep(0.01)")
        (later,) = cases.admin.execute("SELECT statement_timestamp() > now()").fetchone() or (None,)
        assert later
    body = cases.admin.execute("SELECT prosrc FROM pg_proc WHERE oid = 'sekisho_rls.today'::regproc").fetchone()
    assert body is not None and "statement_timestamp()" in body[0]


@pytest.mark.parametrize("name", ["aoba-tanaka", APPLICATION])
@pytest.mark.parametrize(
    "attempt",
    [
        "CREATE OR REPLACE FUNCTION sekisho_rls.today() RETURNS date LANGUAGE sql AS 'SELECT DATE ''2020-01-01'''",
        "CREATE FUNCTION sekisho_rls.lower(text) RETURNS text LANGUAGE sql AS 'SELECT ''KOU'''",
        "SELECT sekisho_rls.today()",
        "SELECT * FROM sekisho_rls.viewer()",
        "SELECT * FROM sekisho_rls.reach()",
        "SELECT * FROM sekisho_rls.classes(NULL)",
        "SELECT * FROM sekisho_rls.single(NULL, false)",
        "SELECT * FROM sekisho_rls.judge(NULL, NULL, false)",
        f"SET ROLE {OWNER}",
        f"SET ROLE {KEEPER}",
        "SET ROLE postgres",
        'SET SESSION AUTHORIZATION "kou-sato"',
        "SET SESSION AUTHORIZATION postgres",
        "ALTER TABLE sekisho.policies DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE sekisho.policies NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY sekisho_rls ON sekisho.policies",
        "CREATE POLICY mine ON sekisho.policies USING (true)",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "TRUNCATE sekisho.policies",
        "DELETE FROM sekisho.policies",
        "UPDATE sekisho.policies SET line = line",
        "INSERT INTO sekisho.policies (insurer_id, policy_no, agency_id) VALUES ('KOU', 'K-400', 'AOBA')",
        "INSERT INTO sekisho.accounts VALUES ('aoba-tanaka', 'postgresql', NULL, 'KOU', '-infinity', 'infinity')",
        "SELECT FROM sekisho.policies FOR UPDATE",
        "DO $$ BEGIN LOCK TABLE sekisho.policies IN ACCESS EXCLUSIVE MODE; END $$",
        *(f"SELECT FROM sekisho.{name}" for name in ("people", "duties", "addresses", "accounts", "supervisions")),
        "SET session_replication_role = replica",
        "COPY sekisho.policies TO '/tmp/x'",
        "CREATE RULE r AS ON SELECT TO sekisho.policies DO INSTEAD SELECT 1",
        "CREATE TRIGGER t BEFORE INSERT ON sekisho.policies EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ],
)
def test_no_session_may_change_who_it_is_or_what_holds_it(accounts: Database, name: str, attempt: str) -> None:
    with accounts.session(name) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(attempt)
