"""Each thing that would undo the protection is found, and named with what to do; nothing else is."""

from collections.abc import Iterator

import psycopg
import pytest
from tests.entitlement.rls.server import APPLICATION, KEEPER, Database, database

from sekisho.entitlement.rls.options import VIEWERS, Options, Protected
from sekisho.kernel.errors import InputError
from sekisho.store.rls import apply, check

READER = "sekisho_test_reader"
OPTIONS = Options.made(application_roles=(APPLICATION,), tables=(Protected("agency", "contracts"),))


@pytest.fixture(scope="module")
def made(postgres: str) -> Iterator[Database]:
    with database(postgres, "sekisho_rls_check") as found:
        found.admin.execute("CREATE SCHEMA agency; CREATE TABLE agency.contracts (insurer_id text, policy_no text)")
        found.protect(OPTIONS)
        for role in (APPLICATION, READER):
            found.role(role, [VIEWERS])
        yield found


def codes(made: Database, options: Options | None = None) -> list[tuple[str, str]]:
    return [(finding.code, finding.object) for finding in check(made.admin, options)]


def test_what_stands_as_it_was_made_has_no_findings(made: Database) -> None:
    assert codes(made) == []
    assert codes(made, OPTIONS) == []


BROKEN = {
    "off": ("ALTER TABLE sekisho.policies DISABLE ROW LEVEL SECURITY", ("rls_off", "sekisho.policies")),
    "not forced": (
        "ALTER TABLE agency.contracts NO FORCE ROW LEVEL SECURITY", ("rls_not_forced", '"agency"."contracts"')
    ),
    "another policy": (
        "CREATE POLICY more ON sekisho.consents USING (true)", ("policy_foreign", "more (sekisho.consents)")
    ),
    "a policy of all commands": (
        "CREATE POLICY more ON agency.contracts FOR INSERT WITH CHECK (true)",
        ("policy_foreign", 'more ("agency"."contracts")'),
    ),
    "no policy": (
        "DROP POLICY sekisho_rls ON sekisho.transfers", ("policy_missing", "sekisho_rls (sekisho.transfers)")
    ),
    "a changed policy": (
        "ALTER POLICY sekisho_rls ON sekisho.policies USING (true)",
        ("policy_changed", "sekisho_rls (sekisho.policies)")
    ),
    "a policy for more roles": (
        "ALTER POLICY sekisho_rls_functions ON sekisho.policies TO PUBLIC",
        ("policy_changed", "sekisho_rls_functions (sekisho.policies)"),
    ),
    "a policy that checks nothing": (
        "ALTER POLICY sekisho_rls ON agency.contracts WITH CHECK (true)",
        ("policy_changed", 'sekisho_rls ("agency"."contracts")'),
    ),
    "a changed function": (
        "CREATE OR REPLACE FUNCTION sekisho_rls.today() RETURNS date LANGUAGE sql STABLE AS 'SELECT CURRENT_DATE'",
        ("function_changed", "sekisho_rls.today"),
    ),
    "a function of another owner": (
        "ALTER FUNCTION sekisho_rls.my_classes() OWNER TO postgres", ("function_changed", "sekisho_rls.my_classes")
    ),
    "a function with another search path": (
        "ALTER FUNCTION sekisho_rls.my_classes() SET search_path = public",
        ("function_changed", "sekisho_rls.my_classes")
    ),
    "a leakproof function of ours": (
        "ALTER FUNCTION sekisho_rls.today() LEAKPROOF", ("function_changed", "sekisho_rls.today")
    ),
    "a foreign function": (
        "CREATE FUNCTION sekisho_rls.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ("function_foreign", "sekisho_rls.mine"),
    ),
    "no function": ("DROP FUNCTION sekisho_rls.my_insurers() CASCADE", ("function_missing", "sekisho_rls.my_insurers")),
    "superuser": (f"ALTER ROLE {READER} SUPERUSER", ("role_powerful", READER)),
    "bypass": (f"ALTER ROLE {APPLICATION} BYPASSRLS", ("role_powerful", APPLICATION)),
    "makes roles": (f"ALTER ROLE {READER} CREATEROLE", ("role_powerful", READER)),
    "replicates": (f"ALTER ROLE {READER} REPLICATION", ("role_powerful", READER)),
    "reads all data": (f"GRANT pg_read_all_data TO {READER}", ("role_powerful", READER)),
    "reads files through another role": (f"GRANT pg_read_server_files TO {VIEWERS}", ("role_powerful", READER)),
    "owns a table": (f"ALTER TABLE agency.contracts OWNER TO {APPLICATION}", ("role_owns", APPLICATION)),
    "may become the owner": (f"GRANT {KEEPER} TO {READER}", ("role_owns", READER)),
    "member of the functions' owner": (f"GRANT sekisho_rls TO {READER}", ("role_member", READER)),
    "the functions' owner logs in": ("ALTER ROLE sekisho_rls LOGIN", ("role_powerful", "sekisho_rls")),
    "a preset viewer": (f"ALTER ROLE {APPLICATION} SET sekisho.viewer = 'KOU'", ("viewer_preset", APPLICATION)),
    "everybody may read": ("GRANT SELECT ON sekisho.policies TO PUBLIC", ("grant_wide", "sekisho.policies")),
    "everybody may read a column": (
        "GRANT SELECT (name) ON sekisho.people TO PUBLIC", ("grant_wide", "sekisho.people")
    ),
    "a reader reads who is who": (f"GRANT SELECT ON sekisho.duties TO {READER}", ("grant_wide", "sekisho.duties")),
    "a reader empties": (f"GRANT TRUNCATE ON agency.contracts TO {READER}", ("grant_wide", '"agency"."contracts"')),
    "everybody may read what is no table of the rule": (
        "CREATE TABLE sekisho.loads (at text); GRANT SELECT ON sekisho.loads TO PUBLIC", ("grant_wide", "sekisho.loads")
    ),
    "everybody makes objects": ("GRANT CREATE ON SCHEMA sekisho TO PUBLIC", ("grant_wide", "sekisho")),
    "everybody calls": (
        "GRANT EXECUTE ON FUNCTION sekisho_rls.reach() TO PUBLIC", ("grant_wide", "sekisho_rls.reach")
    ),
    "opened beforehand": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA sekisho GRANT SELECT ON TABLES TO PUBLIC", ("grant_default", "sekisho")
    ),
    "a view": ("CREATE VIEW agency.v AS SELECT * FROM sekisho.policies", ("view_definer", "agency.v")),
    "a view over a view": (
        "CREATE VIEW agency.v WITH (security_invoker = true) AS SELECT * FROM sekisho.policies;"
        "CREATE VIEW agency.w AS SELECT count(*) FROM agency.v", ("view_definer", "agency.w")
    ),
    "a stored view": (
        "CREATE MATERIALIZED VIEW agency.m AS SELECT * FROM agency.contracts", ("view_stored", "agency.m")
    ),
    "an heir": ("CREATE TABLE agency.heir () INHERITS (sekisho.policies)", ("table_relative", "agency.heir")),
    "a foreign table": (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE agency.f (i text) "
        "SERVER s OPTIONS (schema_name 'sekisho', table_name 'policies')", ("table_foreign", "agency.f")
    ),
    "a publication": ("CREATE PUBLICATION p FOR TABLE sekisho.policies", ("publication", "p")),
    "a definer function": (
        "CREATE FUNCTION agency.all() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT count(*) FROM sekisho.policies'", ("function_definer", "agency.\"all\"()")
    ),
    "a definer function with a parsed body": (
        "CREATE FUNCTION agency.n() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
        "BEGIN ATOMIC SELECT count(*) FROM agency.contracts; END", ("function_definer", "agency.n()")
    ),
    "a leakproof function": (
        "CREATE FUNCTION agency.leak(text) RETURNS boolean LANGUAGE sql LEAKPROOF AS 'SELECT true'",
        ("function_leakproof", "agency.leak(text)"),
    ),
    "another version of the rule": (
        "UPDATE pg_description SET description = replace(description, '\"rule_version\": \"', '\"rule_version\": \"0') "
        "WHERE objoid = 'sekisho_rls'::regnamespace AND classoid = 'pg_namespace'::regclass", ("drift", "sekisho_rls")
    ),
    "no schema": ("DROP SCHEMA sekisho_rls CASCADE", ("absent", "sekisho_rls")),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_what_undoes_it_is_found(made: Database, how: str) -> None:
    """In a transaction that is taken back: the next one begins with what was made."""
    statement, wanted = BROKEN[how]
    with made.admin.transaction(force_rollback=True):
        made.admin.execute(statement)
        found = check(made.admin)
    assert wanted in [(finding.code, finding.object) for finding in found], [finding.line() for finding in found]
    assert all(finding.message and finding.remedy for finding in found)


@pytest.mark.parametrize("how", sorted(set(BROKEN) - {"no function", "no schema", "another version of the rule"}))
def test_it_finds_nothing_that_is_not_there(made: Database, how: str) -> None:
    statement, (code, _) = BROKEN[how]
    with made.admin.transaction(force_rollback=True):
        made.admin.execute(statement)
        found = check(made.admin)
    assert {finding.code for finding in found} == {code}, [finding.line() for finding in found]


def test_harmless_objects_are_no_findings(made: Database) -> None:
    with made.admin.transaction(force_rollback=True):
        made.admin.execute(
            "CREATE VIEW agency.v WITH (security_invoker = true) AS SELECT * FROM sekisho.policies;"
            "CREATE POLICY less ON sekisho.policies AS RESTRICTIVE USING (line = 'life');"
            "CREATE FUNCTION agency.one() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
            f"GRANT SELECT, INSERT ON agency.contracts TO {READER}"
        )
        assert check(made.admin) == []


def test_other_options_than_recorded_are_a_drift(made: Database) -> None:
    assert ("drift", "sekisho_rls") in codes(made, Options.made(application_roles=(APPLICATION,)))
    assert ("role_missing", "nosuchrole") in codes(made, Options.made(application_roles=("nosuchrole",)))


def test_whoever_may_not_look_gets_no_clean_bill(made: Database) -> None:
    with made.session(READER) as session:
        session.execute("SET default_transaction_read_only = on")
        with pytest.raises(InputError, match="refused to answer"):
            check(session)


def test_the_owner_of_the_tables_can_put_it_in_place_without_being_superuser(postgres: str) -> None:
    name = "sekisho_rls_owner"
    with database(postgres, name) as found:
        found.role(KEEPER, attributes="LOGIN CREATEROLE")
        found.admin.execute(f"GRANT CREATE ON DATABASE {name} TO {KEEPER}")
        found.admin.execute(f"GRANT sekisho_rls, {VIEWERS} TO {KEEPER} WITH ADMIN OPTION")  # as if it had made them
        found.admin.execute(
            f"REVOKE sekisho_rls, {VIEWERS} FROM {KEEPER}; GRANT sekisho_rls TO {KEEPER} WITH ADMIN OPTION"
        )
        try:
            with found.session(KEEPER) as session:
                for _ in range(2):
                    apply(session, Options.made())
                    assert check(session) == []
                assert session.execute("SELECT count(*) FROM sekisho.policies").fetchone() == (0,)
        finally:
            found.admin.execute(f"REVOKE sekisho_rls FROM {KEEPER}")
            found.role(KEEPER, attributes="LOGIN NOCREATEROLE")


def test_checking_changes_nothing(made: Database) -> None:
    def standing() -> list[tuple[object, ...]]:
        return made.admin.execute("SELECT oid, relname, relacl::text FROM pg_class ORDER BY 1").fetchall()

    before = standing()
    check(made.admin)
    assert standing() == before
    with pytest.raises(psycopg.errors.UndefinedTable):
        made.admin.execute("SELECT FROM pg_temp.policies")
