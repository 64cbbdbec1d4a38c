"""Tables of an agency's own system: a row is there for whom its policy is, to read and to write."""

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from sekisho.entitlement.rls.options import VIEWERS, Options, Protected, items_shown
from tests.entitlement.rls.server import APPLICATION, Database, compared, database, listed, seen
from tests.entitlement.test_cases import load_world

ON = date(2023, 7, 10)
OWNER = "sekisho_test_system"
"""The application's own role: it owns its tables and is held by the policies all the same (FORCE)."""


@pytest.fixture(scope="module")
def world(postgres: str) -> Iterator[Database]:
    with database(postgres, "sekisho_rls_own") as made:
        made.role(OWNER)
        made.admin.execute(
            f"CREATE SCHEMA agency AUTHORIZATION {OWNER};"
            'CREATE TABLE agency."Contracts" (id serial PRIMARY KEY, "会社" text, "証券" varchar(20), '
            "memo text UNIQUE);"
            "CREATE TABLE agency.policies (insurer_id text, policy_no text, note text);"
            f'ALTER TABLE agency."Contracts" OWNER TO {OWNER}; ALTER TABLE agency.policies OWNER TO {OWNER}'
        )
        made.protect(
            Options.made(
                application_roles=(APPLICATION, OWNER),
                tables=(Protected("agency", "Contracts", "会社", "証券"), Protected.parse("agency.policies")),
            )
        )
        made.role(APPLICATION, [VIEWERS])
        made.admin.execute(f"GRANT {VIEWERS} TO {OWNER}; GRANT USAGE ON SCHEMA agency TO {APPLICATION}")
        made.admin.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON agency."Contracts" TO {APPLICATION}')
        made.admin.execute(f'GRANT USAGE ON SEQUENCE agency."Contracts_id_seq" TO {APPLICATION}')
        made.set_day(ON)
        made.fill(load_world())
        yield made


@pytest.fixture(autouse=True)
def rows(world: Database) -> None:
    world.admin.execute('TRUNCATE agency."Contracts" RESTART IDENTITY; TRUNCATE agency.policies')
    world.admin.execute(
        'INSERT INTO agency."Contracts" ("会社", "証券", memo) SELECT insurer_id, policy_no, insurer_id || policy_no '
        "FROM sekisho.policies ORDER BY 1, 2"
    )
    world.admin.execute("INSERT INTO agency.policies SELECT insurer_id, policy_no FROM sekisho.policies")
    world.admin.execute("INSERT INTO agency.policies VALUES ('KOU', 'K-404', 'in no ledger'), (NULL, NULL, 'no key')")


@pytest.mark.parametrize("role", [APPLICATION, OWNER])
def test_rows_are_shown_exactly_when_their_policy_is(world: Database, role: str) -> None:
    for viewer in ("KOU", "AOBA", "aoba-tanaka", "MIDORI", "yamada@example.com", "nobody", ""):
        wanted = listed(load_world(), [viewer], ON, items_shown())
        with world.session(role, viewer) as session:
            own = '(SELECT "会社" AS insurer_id, "証券" AS policy_no FROM agency."Contracts") c'
            assert compared({viewer: seen(session, own)}, wanted) == []
            if role == OWNER:
                assert compared({viewer: seen(session, "agency.policies")}, wanted) == []


def test_a_join_with_the_ledger_is_the_same_set(world: Database) -> None:
    wanted = listed(load_world(), ["AOBA"], ON, items_shown())
    joined = (
        '(SELECT p.insurer_id, p.policy_no FROM sekisho.policies p FULL JOIN agency."Contracts" c '
        'ON c."会社" = p.insurer_id AND c."証券" = p.policy_no) x'
    )
    with world.session(APPLICATION, "AOBA") as session:
        assert compared({"AOBA": seen(session, joined)}, wanted) == []


def test_only_rows_of_policies_that_are_his_can_be_written(world: Database) -> None:
    with world.session(APPLICATION, "AOBA") as session:
        insert = 'INSERT INTO agency."Contracts" ("会社", "証券") VALUES (%s, %s)'
        session.execute(insert, ["KOU", "K-100"])
        for key in (["KOU", "K-400"], ["KOU", "K-404"], ["OTSU", "K-100"], [None, None]):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security") as refused:
                session.execute(insert, key)
            assert refused.value.diag.message_detail is None
        assert session.execute('UPDATE agency."Contracts" SET memo = NULL WHERE "証券" = \'K-400\'').rowcount == 0
        assert session.execute('DELETE FROM agency."Contracts" WHERE "証券" = \'K-400\'').rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            session.execute('UPDATE agency."Contracts" SET "証券" = \'K-400\' WHERE "証券" = \'K-110\'')
        assert session.execute('DELETE FROM agency."Contracts" WHERE "証券" = \'K-110\'').rowcount == 1
    (left,) = world.admin.execute('SELECT count(*) FROM agency."Contracts" WHERE "証券" = \'K-400\'').fetchone() or (0,)
    assert left == 1


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO agency.\"Contracts\" (\"会社\", \"証券\", memo) VALUES ('KOU', 'K-400', 'new')",
        "INSERT INTO agency.\"Contracts\" (\"会社\", \"証券\", memo) VALUES ('KOU', 'K-100', 'KOUK-400') RETURNING *",
        "INSERT INTO agency.\"Contracts\" (\"会社\", \"証券\", memo) VALUES ('KOU', 'K-100', 'KOUK-400') "
        "ON CONFLICT (memo) DO UPDATE SET memo = EXCLUDED.memo RETURNING *",
        "INSERT INTO agency.\"Contracts\" (\"会社\", \"証券\", memo) VALUES ('KOU', 'K-100', 'KOUK-400') "
        "ON CONFLICT DO NOTHING RETURNING *",
    ],
)
def test_a_duplicate_tells_no_row(world: Database, statement: str) -> None:
    """A unique value of a hidden row can be found to be taken (docs/rls.md), but nothing of the row is told."""
    with world.session(APPLICATION, "AOBA") as session:
        try:
            assert session.execute(statement).fetchall() == []
        except psycopg.Error as error:
            said = f"{error} {error.diag.message_detail}"
            assert "K-400" not in said and "K-100" not in said


def test_the_sequence_can_be_used_and_not_read_by_who_did_not_use_it(world: Database) -> None:
    with world.session(APPLICATION, "AOBA") as session, pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        session.execute("SELECT currval('agency.\"Contracts_id_seq\"')")


def test_an_owner_may_lift_it_so_check_tells(world: Database) -> None:
    """What FORCE cannot do: keep an owner from taking it away. `sekisho rls --check` names such roles."""
    with world.session(OWNER) as session:
        session.execute('ALTER TABLE agency."Contracts" NO FORCE ROW LEVEL SECURITY')
        assert len(session.execute('SELECT FROM agency."Contracts"').fetchall()) == len(load_world()["policies"])
    world.admin.execute('ALTER TABLE agency."Contracts" FORCE ROW LEVEL SECURITY')
