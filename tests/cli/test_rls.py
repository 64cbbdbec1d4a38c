"""``sekisho rls`` as it is run: printing, putting in place, looking over."""

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Sekisho
from tests.entitlement.rls.server import Database, database


@pytest.fixture(scope="module")
def made(postgres: str) -> Iterator[Database]:
    with database(postgres, "sekisho_rls_cli") as found:
        yield found


@pytest.fixture
def at(made: Database, monkeypatch: pytest.MonkeyPatch, sekisho: Sekisho) -> Sekisho:
    """The command, with the database's address in the environment."""
    monkeypatch.setenv("SEKISHO_DATABASE_URL", made.address)
    return sekisho


def test_print_needs_no_server_and_gives_the_same_text_each_time(sekisho: Sekisho) -> None:
    first = sekisho("rls", "--print", "--application-role", "web")
    assert first.status == 0
    assert first.out == sekisho("rls", "--print", "--application-role", "web").out
    assert "'web'" in first.out
    assert "CREATE POLICY sekisho_rls ON sekisho.policies FOR SELECT TO sekisho_viewers" in first.out
    assert json.loads(sekisho("rls", "--print", "--json").out)["options"]["application_roles"] == []


@pytest.mark.parametrize("words", [(), ("--print", "--check")])
def test_exactly_one_thing_is_asked_for(sekisho: Sekisho, words: tuple[str, ...]) -> None:
    ended = sekisho("rls", *words)
    assert ended.status == 2
    assert "--print, --apply, --check" in ended.err


def test_without_a_server_it_says_so_and_shows_no_password(sekisho: Sekisho, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SEKISHO_DATABASE_URL: is not set" in sekisho("rls", "--check").err
    monkeypatch.setenv("SEKISHO_DATABASE_URL", "postgresql://someone:hunter2@127.0.0.1:1/nothing")
    ended = sekisho("rls", "--check")
    assert ended.status == 2
    assert "no connection to the database" in ended.err
    assert "hunter2" not in ended.err


def test_without_psycopg_it_names_the_extra(at: Sekisho, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    ended = at("rls", "--check")
    assert (ended.status, "sekisho[postgres]" in ended.err) == (2, True)


def test_check_apply_check_and_again_with_the_options_of_before(at: Sekisho, made: Database) -> None:
    before = at("rls", "--check", "--json")
    assert before.status == 1
    assert [finding["code"] for finding in json.loads(before.out)["findings"]] == ["absent"]
    made.role("sekisho_test_web")
    assert at("rls", "--apply", "--application-role", "sekisho_test_web").status == 0
    for _ in range(2):
        checked = at("rls", "--check")
        assert (checked.status, checked.out) == (0, "")
        assert at("rls", "--apply").status == 0  # with the options of before
    assert json.loads(at("rls", "--check", "--json").out)["findings"] == []
    other = at("rls", "--check", "--system", "oracle", "--json")
    assert {finding["code"] for finding in json.loads(other.out)["findings"]} >= {"drift", "function_changed"}


def test_a_table_that_is_not_there_stops_it_and_nothing_is_changed(at: Sekisho) -> None:
    ended = at("rls", "--apply", "--table", "agency.nothing")
    assert ended.status == 1
    assert "agency" in ended.err
    assert at("rls", "--check").status == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--table", "policies"), "names no table"),
        (("--table", "sekisho.people"), "Sekisho's own"),
        (("--table", "a.b", "--table", "a.b"), "named twice"),
        (("--application-role", "x" * 64), "cannot be a name"),
        (("--application-role", "sekisho_rls"), "the functions' own"),
        (("--system", "a\\b"), "cannot be used here"),
        (("--system", "a\nDROP TABLE x; --"), "cannot be used here"),
        (("--application-role", "a\nb"), "cannot be a name"),
        (("--keeper", "$sekisho$"), "cannot be a name"),
        (("--table", "a.b\r\nc"), "cannot be a name"),
        (("--items", "shoe_size"), "unknown item"),
    ],
)
def test_wrong_options_are_refused(sekisho: Sekisho, words: tuple[str, ...], said: str) -> None:
    ended = sekisho("rls", "--print", *words)
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err


def test_a_table_does_not_lose_its_protection_in_silence(at: Sekisho, made: Database) -> None:
    made.admin.execute("CREATE SCHEMA agency")
    made.admin.execute("CREATE TABLE agency.contracts (id int, insurer text, no text)")
    assert at("rls", "--apply", "--table", "agency.contracts:insurer,no").status == 0
    assert at("rls", "--check").status == 0
    ended = at("rls", "--apply", "--viewer-role", "sekisho_viewers")
    assert ended.status == 1
    assert "agency.contracts would lose its protection → name it with --table again" in ended.err
    assert at("rls", "--check").status == 0
