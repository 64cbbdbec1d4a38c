"""The commands on a workspace whose database is PostgreSQL: the same answers as on SQLite."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Sekisho


@pytest.mark.slow
def test_every_command_answers_as_on_sqlite(
    sekisho: Sekisho, registry_folder: Path, leak: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for folder, url in (("lite", ""), ("post", address)):
        monkeypatch.setenv("SEKISHO_DATABASE_URL", url)
        assert sekisho("init", folder).status == 0
        loaded = sekisho("load", registry_folder, "--workspace", folder, "--json")
        assert loaded.status == 0, loaded.err
        answers = [
            sekisho(*words, "--at", "2024-02-01", "--workspace", folder, "--json")
            for words in (
                ("may", "OTSU", "KA12345678"),
                ("may", "AOBA", "KA12345678"),
                ("list", "AOBA"),
                ("who", "KA12345678"),
            )
        ]
        assert [answer.status for answer in answers] == [0] * 4, answers
        swept = sekisho("sweep", "mail", leak, "--workspace", folder, "--out", f"{folder}.csv", "--workers", "1")
        assert swept.status == 0, swept.err
        said = [json.loads(answer.out) for answer in answers]
        assert all(one.pop("load_id") == json.loads(loaded.out)["load_id"] for one in said)
        told.append([*said, Path(f"{folder}.csv").read_text()])
    assert told[0] == told[1]
    assert told[0][0]["verdict"] == "not_entitled"
    assert told[0][2]["count"] > 0


def test_the_demo_has_a_database_of_its_own(sekisho: Sekisho, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_DATABASE_URL", "postgresql://u:secret@db.example.com/x")
    ended = sekisho("demo", "d")
    assert ended.status == 2
    assert "SEKISHO_DATABASE_URL" in ended.err
    assert "secret" not in ended.err
    assert not Path("d").exists()


def test_an_unreachable_server_is_told_without_the_password(sekisho: Sekisho, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_DATABASE_URL", "postgresql://u:secret@127.0.0.1:1/x")
    ended = sekisho("init", "w")
    assert ended.status == 1
    assert "SEKISHO_DATABASE_URL: no connection to the database" in ended.err
    assert "secret" not in ended.err
