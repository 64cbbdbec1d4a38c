"""The workspace's database in PostgreSQL: whose it is, what a load touches, and its own troubles."""

import sys
import threading
from contextlib import closing
from datetime import date
from pathlib import Path

import psycopg
import pytest
from tests.registry.small import write
from tests.store.looking import AFTER, policy_numbers

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.registry.schema import TABLES
from sekisho.store import Workspace
from sekisho.store.databases import MARK, postgres
from sekisho.store.databases.connecting import SETTINGS

URL = "SEKISHO_DATABASE_URL"


@pytest.fixture
def workspace(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv(URL, address)
    return Workspace.create(tmp_path / "ws")


# -- which database


def test_a_workspace_stays_with_its_database(
    workspace: Workspace, tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.load(tables)
    monkeypatch.delenv(URL)
    for act in (Workspace.open, Workspace.create):
        with pytest.raises(InputError, match=rf"is PostgreSQL \({MARK}\), and {URL} is not set"):
            act(workspace.folder)
    assert not (workspace.folder / "sekisho.db").exists()
    other = Workspace.create(tmp_path / "other")
    monkeypatch.setenv(URL, "postgresql://u:secret@db.example.com/x")
    with pytest.raises(InputError, match="is SQLite → unset it, or run sekisho init") as raised:
        Workspace.open(other.folder)
    assert "secret" not in str(raised.value)


def test_two_workspaces_do_not_share_a_database(workspace: Workspace, tables: Path, tmp_path: Path) -> None:
    workspace.load(tables)
    with pytest.raises(InputError, match="belongs to another workspace"):
        Workspace.create(tmp_path / "other")
    assert not (tmp_path / "other" / MARK).exists()
    assert len(policy_numbers(workspace)[0]) == 2


def test_init_takes_a_workspace_over_to_postgresql(
    address: str, tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Workspace.create(tmp_path / "ws").load(tables)
    monkeypatch.setenv(URL, address)
    moved = Workspace.create(tmp_path / "ws")
    with pytest.raises(InputError, match="nothing has been loaded yet"):
        moved.current()
    assert moved.load(tables).ok
    assert len(policy_numbers(moved)[0]) == 2


def test_init_makes_what_is_missing_and_leaves_the_rest(workspace: Workspace, tables: Path, address: str) -> None:
    workspace.load(tables)
    with psycopg.connect(address, autocommit=True) as con:
        con.execute("drop table sekisho.consents")
    with pytest.raises(SekishoError, match="has no tables of Sekisho → run sekisho init"):
        workspace.load(tables)
    assert not Workspace.create(workspace.folder).is_new
    assert workspace.load(tables).ok
    assert len(policy_numbers(workspace)[0]) == 2


# -- what a load touches


def rows_by_place(address: str, table: str) -> dict[str, str]:
    with psycopg.connect(address) as con:
        return dict(con.execute(f"select ctid::text, t::text from sekisho.{table} t").fetchall())


def test_the_same_tables_again_touch_no_row(workspace: Workspace, tables: Path, address: str) -> None:
    write(tables, duties="person_id,party_id,start\nP-AOBA1,AOBA,2020-04-01\nP-AOBA1,AOBA,2020-04-01\n")
    workspace.load(tables)
    before = {name: rows_by_place(address, name) for name in TABLES}
    assert len(before["duties"]) == 2, "rows alike are as many as there were"
    workspace.load(tables)
    assert {name: rows_by_place(address, name) for name in TABLES} == before


def test_only_what_differs_is_written(workspace: Workspace, tables: Path, address: str) -> None:
    duty = "P-AOBA1,AOBA,2020-04-01\n"
    write(tables, duties=f"person_id,party_id,start\n{duty}{duty}{duty}")
    workspace.load(tables)
    before = {name: rows_by_place(address, name) for name in ("policies", "duties")}
    write(tables, duties=f"person_id,party_id,start\n{duty}", policies=AFTER.replace("株式会社山田商店", "山田商店"))
    workspace.load(tables)
    policies, duties = rows_by_place(address, "policies"), rows_by_place(address, "duties")
    assert len(policies) == 3
    assert len(policies.items() & before["policies"].items()) == 1  # one changed, one came
    assert len(duties) == 1
    assert duties.items() <= before["duties"].items()


def test_grants_policies_and_views_outlive_a_load(workspace: Workspace, tables: Path, address: str) -> None:
    with psycopg.connect(address, autocommit=True) as con:
        con.execute("alter table sekisho.policies enable row level security")
        con.execute("create policy one on sekisho.policies using (policy_no = 'KA-0003')")
        con.execute("grant usage on schema sekisho to public")
        con.execute("grant select on sekisho.policies to public")
        con.execute("create view sekisho.theirs as select count(*) from sekisho.policies")
    workspace.load(write(tables, policies=AFTER))
    with psycopg.connect(address, autocommit=True) as con:
        assert con.execute("select * from sekisho.theirs").fetchone() == (3,)
        assert con.execute("select polname from pg_policy").fetchall() == [("one",)]
        assert con.execute("select has_table_privilege('public', 'sekisho.policies', 'select')").fetchone() == (True,)


def test_row_security_that_would_hold_for_us_is_an_error_and_no_part_of_the_truth(
    workspace: Workspace, tables: Path, address: str
) -> None:
    workspace.load(tables)
    with psycopg.connect(address, autocommit=True) as con:
        con.execute("alter table sekisho.policies enable row level security")
        con.execute("alter table sekisho.policies force row level security")
    with pytest.raises(SekishoError, match="this user may not do that"):
        visible_count(workspace)
    with pytest.raises(SekishoError, match="this user may not do that"):
        workspace.load(write(tables, policies=AFTER))


def visible_count(workspace: Workspace) -> int:
    with workspace.rule() as in_force:
        return in_force.rule.visible("AOBA", on=date(2024, 5, 1)).num_rows


def test_the_my_number_is_nowhere(workspace: Workspace, tables: Path, address: str) -> None:
    write(
        tables,
        policies="policy_no,insurer_id,agency_id,line,holder_name,個人番号\nKA-0001,KOU,AOBA,損保,山田,983205673214\n",
    )
    workspace.load(tables)
    assert not any("983205673214" in row for row in rows_by_place(address, "policies").values())


def test_one_load_at_a_time(workspace: Workspace, tables: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = workspace.load(tables)
    monkeypatch.setitem(SETTINGS, "lock_timeout", "50ms")
    with psycopg.connect(address) as other:
        other.execute("select pg_advisory_xact_lock(%s)", (postgres.LOADING,))
        with pytest.raises(SekishoError, match=r"another program holds a lock \(another load\?\) → wait"):
            workspace.load(write(tables, policies=AFTER))
    assert workspace.current().load_id == first.load_id
    assert [p.name for p in (workspace.folder / "loads").iterdir()] == [first.load_id]


def test_loads_at_the_same_time_follow_one_another(workspace: Workspace, tables: Path) -> None:
    ended: list[str] = []
    threads = [threading.Thread(target=lambda: ended.append(workspace.load(tables).load_id)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ended)) == 4
    assert {p.name for p in (workspace.folder / "loads").iterdir()} <= set(ended)
    assert [len(numbers) for numbers in policy_numbers(workspace)] == [2, 2]


# -- connections


def test_connections_are_set_up_alike(workspace: Workspace, tables: Path, address: str) -> None:
    workspace.load(tables)
    with closing(workspace.connect()) as con:
        for name, wanted in {
            "jit": "off",
            "plan_cache_mode": "force_generic_plan",
            "row_security": "off",
            "search_path": "sekisho",
            "application_name": "sekisho",
            "default_transaction_read_only": "on",
            "statement_timeout": "1min",
        }.items():
            assert con.execute(f"show {name}").fetchone() == (wanted,), name


def test_the_time_limit_may_be_set_in_the_address(workspace: Workspace, address: str, tables: Path) -> None:
    workspace.load(tables)
    limited = postgres.Postgres(f"{address}&options=-c%20statement_timeout%3D30ms", workspace.database.workspace)  # type: ignore[attr-defined]
    with pytest.raises(SekishoError, match="it took too long"), limited.rule() as limits:
        limits.rule._engine._cursor.execute("select pg_sleep(5)")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("address_given", "words"),
    [
        ("mysql://u:secret@db/x", "is no address of PostgreSQL"),
        ("postgresql://u:secret@127.0.0.1:1/x", "no connection to the database → check host"),
        ("postgresql://u:sec/ret@127.0.0.1:1/x", "no connection to the database → check host"),
        ("postgresql://u:secret@127.0.0.1:1/x?nonsense=1", "no connection to the database → check host"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    address_given: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL, address_given)
    with pytest.raises(SekishoError) as raised:
        Workspace.create(tmp_path / "ws")
    assert words in str(raised.value)
    assert "sec" not in str(raised.value).replace("SEKISHO", "")
    assert raised.value.__cause__ is None
    assert not (tmp_path / "ws" / MARK).exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("/store?", "/nope?"), "there is no database of this name"),
        (("keeper@", "nobody@"), "does not let this user in"),
    ],
)
def test_no_such_database_or_user(
    change: tuple[str, str], words: str, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL, store_url.replace(*change))
    with pytest.raises(SekishoError, match=words):
        Workspace.create(tmp_path / "ws")


def test_without_psycopg_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(URL, "postgresql://db.example.com/x")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"needs a further package → pip install 'sekisho\[postgres\]'"):
        Workspace.create(tmp_path / "ws")


def test_a_newer_format_is_refused(workspace: Workspace, address: str) -> None:
    with psycopg.connect(address, autocommit=True) as con:
        con.execute("update sekisho.about set format = 99")
    with pytest.raises(InputError, match="was made by a newer Sekisho"):
        workspace.current()


def test_a_database_that_is_not_utf_8_is_refused(
    postgres: str, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("create database euc owner keeper encoding 'EUC_JP' locale 'C' template template0")
    monkeypatch.setenv(URL, store_url.replace("/store?", "/euc?"))
    with pytest.raises(InputError, match="not in UTF-8 → make one with: createdb"):
        Workspace.create(tmp_path / "ws")


def test_what_a_statement_says_is_never_shown(workspace: Workspace, tables: Path, address: str) -> None:
    with psycopg.connect(address, autocommit=True) as con:
        con.execute("alter table sekisho.policies add check (holder_name not like '%鈴木%')")
    with pytest.raises(SekishoError) as raised:
        workspace.load(write(tables, policies=AFTER))
    assert str(raised.value) == f"{URL}: the database reports the error 23514 → look into the log of the server"
    assert raised.value.__cause__ is None
    with pytest.raises(InputError, match="nothing has been loaded yet"):
        workspace.current()


def test_a_role_that_may_only_read_can_ask(
    workspace: Workspace, tables: Path, postgres: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.load(tables)
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("create role asker login")
    with psycopg.connect(address, autocommit=True) as con:
        con.execute("grant usage on schema sekisho to asker")
        con.execute("grant select on all tables in schema sekisho to asker")
    monkeypatch.setenv(URL, address.replace("keeper@", "asker@"))
    assert visible_count(workspace) == 2
    with pytest.raises(SekishoError, match="this user may not do that"):
        workspace.load(write(tables, policies=AFTER))
