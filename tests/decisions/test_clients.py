"""Who may ask: tokens are shown once, kept as a proof only, and out when revoked or expired."""

import json
from datetime import date
from pathlib import Path

import pytest

from sekisho.decisions import clients as module
from sekisho.decisions.clients import Clients, secret_key
from sekisho.kernel.errors import InputError, SekishoError


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clients:
    monkeypatch.setenv("SEKISHO_NOW", "2026-11-28T12:00:00+09:00")
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.0)
    return Clients(tmp_path / "decisions")


def test_the_token_is_kept_nowhere(clients: Clients, tmp_path: Path) -> None:
    token = clients.add("aoba-system", parties=("AOBA",))
    kept = (tmp_path / "decisions" / "clients.json").read_text(encoding="utf-8")
    assert token.split(".")[2] not in kept
    assert (tmp_path / "decisions" / "clients.json").stat().st_mode & 0o777 == 0o600
    found = clients.of_token(token)
    assert found is not None
    assert (found.name, found.parties) == ("aoba-system", ("AOBA",))


def test_only_the_whole_right_token_is_good(clients: Clients) -> None:
    token, other = clients.add("one"), clients.add("two")
    secret = token.split(".")[2]
    for wrong in ("", "sekisho", "sekisho.one", "sekisho.one.", f"sekisho.two.{secret}", f"other.one.{secret}", secret,
                  token[:-1], token + "x", token.upper(), "x" * 10_000, f"sekisho.none.{secret}", "\udc80.one.x",
                  "sekisho.one.\udc80"):  # fmt: skip
        assert clients.of_token(wrong) is None, wrong
    assert clients.of_token(token) is not None
    assert clients.of_token(other) is not None
    assert clients.of_token(token) is not None  # once proven, still proven


def test_a_revoked_token_is_out_in_a_server_that_runs(clients: Clients, tmp_path: Path) -> None:
    token = clients.add("one")
    running = Clients(tmp_path / "decisions")
    assert running.of_token(token) is not None
    clients.revoke("one")
    assert running.of_token(token) is None
    assert clients.revoke("one").revoked_at == "2026-11-28T12:00:00+09:00"  # again: as it was
    with pytest.raises(InputError, match="already"):
        clients.add("one")


def test_a_token_is_good_to_the_end_of_its_last_day(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    token = clients.add("one", expires_on=date(2026, 11, 30))
    monkeypatch.setenv("SEKISHO_NOW", "2026-11-30T23:59:59+09:00")
    assert clients.of_token(token) is not None
    monkeypatch.setenv("SEKISHO_NOW", "2026-12-01T00:00:00+09:00")
    assert clients.of_token(token) is None


@pytest.mark.parametrize("name", ["", "Aoba", "a b", "a.b", "-a", "a" * 64, "あ"])
def test_names_that_are_none(clients: Clients, name: str) -> None:
    with pytest.raises(InputError, match="no name"):
        clients.add(name)


def test_a_day_in_the_past_and_an_unknown_client_are_refused(clients: Clients) -> None:
    with pytest.raises(InputError, match="past"):
        clients.add("one", expires_on=date(2026, 11, 27))
    with pytest.raises(InputError, match="no such client"):
        clients.revoke("one")


def test_a_damaged_list_lets_nobody_in(clients: Clients, tmp_path: Path) -> None:
    token = clients.add("one")
    path = tmp_path / "decisions" / "clients.json"
    for text in ("{", "[]", json.dumps({"clients": [{"name": "one"}]})):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SekishoError, match="cannot be read"):
            Clients(tmp_path / "decisions").of_token(token)


def test_the_key_is_made_once(tmp_path: Path) -> None:
    made = secret_key(tmp_path)
    assert len(made) == 32
    assert secret_key(tmp_path) == made
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(SekishoError, match="damaged"):
        secret_key(tmp_path)
