"""``sekisho decisions`` from the outside: clients, the record read and verified. (Serving: ``tests/decisions``.)"""

import json
from pathlib import Path

import pytest

from sekisho.decisions.log import Log
from tests.cli.conftest import Sekisho


@pytest.fixture
def workspace(sekisho: Sekisho, tmp_path: Path) -> Path:
    assert sekisho("init", tmp_path / "ws").status == 0
    return tmp_path / "ws"


@pytest.fixture
def recorded(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose service told AOBA one thing on each of two days, and found something for KOU."""
    log = Log(workspace / "decisions" / "log")
    for day, verdict in (
        (1, '"verdict":"entitled","ground":"handling"'),
        (2, '"verdict":"not_entitled","missing":"duty"'),
    ):
        monkeypatch.setenv("SEKISHO_NOW", f"2026-12-0{day}T09:00:00+09:00")
        about = '"viewer":"AOBA","insurer_id":"KOU","policy_no":"K-100","on":"2026-12-01"'
        log.append([f'"kind":"decision","client":"one","action":"view",{about},{verdict}'])
    log.append(
        [
            '"kind":"search","client":"two","action":"view","viewer":"KOU","on":"2026-12-02","sought":"resource","count":2,"total":9'
        ]
    )
    log.close()
    return workspace


def test_a_client_is_added_listed_and_revoked(sekisho: Sekisho, workspace: Path) -> None:
    at = ("--workspace", workspace)
    added = sekisho("decisions", "client", "add", "aoba-system", "--party", "AOBA", "--expires", "2099-03-31", *at)
    assert added.status == 0
    assert added.out.startswith("sekisho.aoba-system.")
    assert "この一度だけ" in added.err
    again = sekisho("decisions", "client", "add", "aoba-system", *at)
    assert (again.status, "such a client already" in again.err) == (2, True)
    shown = sekisho("decisions", "client", "list", *at)
    assert "aoba-system" in shown.out
    assert added.out.strip() not in shown.out
    assert sekisho("decisions", "client", "revoke", "aoba-system", *at).status == 0
    (one,) = json.loads(sekisho("decisions", "client", "list", "--json", *at).out)
    assert (one["client"], one["state"], one["parties"], one["expires_on"]) == (
        "aoba-system", "revoked", ["AOBA"], "2099-03-31",
    )  # fmt: skip
    assert sekisho("decisions", "client", "revoke", "nobody", *at).status == 2


def test_a_workspace_without_clients_says_so(sekisho: Sekisho, workspace: Path) -> None:
    assert "ありません" in sekisho("decisions", "client", "list", "--workspace", workspace).out
    as_json = sekisho("decisions", "client", "add", "one", "--json", "--workspace", workspace)
    assert json.loads(as_json.out)["token"].startswith("sekisho.one.")


def test_who_was_told_what(sekisho: Sekisho, recorded: Path) -> None:
    at = ("--workspace", recorded)
    found = sekisho("decisions", "log", *at)
    assert found.out.splitlines() == [
        "2026-12-01T09:00:00.000+09:00  one  view  AOBA  KOU/K-100  2026-12-01  entitled handling",
        "2026-12-02T09:00:00.000+09:00  one  view  AOBA  KOU/K-100  2026-12-01  not_entitled duty",
        "2026-12-02T09:00:00.000+09:00  two  view  KOU  2026-12-02  search resource → 2/9",
    ]
    assert "3 件" in found.err
    assert len(sekisho("decisions", "log", "--viewer", "AOBA", "--from", "2026-12-02", *at).out.splitlines()) == 1
    assert len(sekisho("decisions", "log", "--policy", "K-100", "--to", "2026-12-01", *at).out.splitlines()) == 1
    (one,) = json.loads(sekisho("decisions", "log", "--client", "two", "--json", *at).out)
    assert one["viewer"] == "KOU"


def test_the_record_is_verified(sekisho: Sekisho, recorded: Path) -> None:
    at = ("--workspace", recorded)
    found = sekisho("decisions", "verify", *at)
    assert found.status == 0
    assert "途切れていません: 5 行、2 ファイル" in found.out
    head = found.out.split("末尾: ")[1].strip()
    assert sekisho("decisions", "verify", "--head", head, *at).status == 0
    assert sekisho("decisions", "verify", "--head", f"3:{'0' * 64}", *at).status == 1
    assert sekisho("decisions", "verify", "--head", "x", *at).status == 2
    path = recorded / "decisions" / "log" / "2026-12-01.jsonl"
    path.write_bytes(path.read_bytes().replace(b"entitled", b"ENTITLED"))
    broken = sekisho("decisions", "verify", *at)
    assert (broken.status, "2026-12-01.jsonl:2" in broken.out) == (1, True)
    as_json = json.loads(sekisho("decisions", "verify", "--json", *at).out)
    assert as_json["unbroken"] is False


def test_serving_says_what_is_wrong_before_it_begins(sekisho: Sekisho, workspace: Path) -> None:
    at = ("--workspace", workspace)
    open_to_all = sekisho("decisions", "serve", "--host", "0.0.0.0", *at)  # noqa: S104
    assert (open_to_all.status, "without TLS" in open_to_all.err) == (2, True)
    nothing = sekisho("decisions", "serve", *at)
    assert (nothing.status, "nothing has been loaded yet" in nothing.err) == (2, True)
    with (workspace / "sekisho.toml").open("a", encoding="utf-8") as file:
        file.write("\n[decisions]\nburst = 0\n")
    wrong = sekisho("decisions", "serve", *at)
    assert (wrong.status, "[decisions] burst" in wrong.err) == (2, True)
