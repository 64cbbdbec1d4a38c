"""``sekisho index …`` from the outside: built, shown, verified, extended, resolved; every kind of bad input."""

import json
import shutil
import stat
from pathlib import Path

import pyarrow as pa
import pytest

from sekisho.findings.files import read_findings, write_findings
from sekisho.findings.model import FINDINGS
from tests.cli.conftest import Sekisho

ROW = "KA77777777,KOU,AOBA,,ando,AOBA-E,nonlife,自動車,own,丸山 桜,,person,1990-01-02,,,,,,,,,,\n"


@pytest.fixture
def built(sekisho: Sekisho, registry_folder: Path) -> Sekisho:
    ended = sekisho("index", "build", registry_folder, "--out", "kou")
    assert ended.status == 0, ended.err
    assert "契約 7 件" in ended.err and "kou.key" in ended.err
    return sekisho


def test_index_and_key_are_private_and_apart(built: Sekisho) -> None:
    assert stat.S_IMODE(Path("kou.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(Path("kou").stat().st_mode) == 0o700
    assert len(Path("kou.key").read_bytes()) == 32
    assert list(Path("kou").rglob("*.key")) == []
    whole = b"".join(path.read_bytes() for path in Path("kou").rglob("*") if path.is_file())
    assert Path("kou.key").read_bytes() not in whole
    for word in ("山田", "ヤマダ", "KA1234", "0000-1234", "03000012", "hanako", "AOBA", "KOU"):
        assert not any(word.encode(coding) in whole for coding in ("utf-8", "utf-16-le", "utf-32-le", "cp932")), word


def test_show_needs_no_key_and_verify_does(built: Sekisho) -> None:
    document = json.loads(built("index", "show", "kou", "--json").out)
    assert (document["rows"], document["kanji"], document["generation"]) == (7, "standard", 1)
    assert document["fields"]["policy_no"]["entries"] == 7
    shown = built("index", "show", "kou")
    assert "証券番号" in shown.out and document["index_id"] in shown.out
    assert built("index", "verify", "kou").status == 0
    Path("kou.key").rename("elsewhere")
    assert "no key file" in built("index", "verify", "kou").err
    assert json.loads(built("index", "verify", "kou", "--key", "elsewhere", "--json").out)["verified"] is True
    assert built("index", "show", "kou").status == 0


def test_the_key_is_found_by_the_environment_and_reused(
    built: Sekisho, registry_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("kou.key").rename("secret")
    key = Path("secret").read_bytes()
    monkeypatch.setenv("SEKISHO_INDEX_KEY", "secret")
    assert built("index", "verify", "kou").status == 0
    assert built("index", "build", registry_folder, "--out", "again", "--kanji", "wide").status == 0
    assert Path("secret").read_bytes() == key
    assert not Path("again.key").exists()
    assert json.loads(built("index", "show", "again", "--json").out)["kanji"] == "wide"


def test_a_day_more(built: Sekisho, registry_folder: Path) -> None:
    shutil.copytree(registry_folder, "today")
    table = Path("today/policies.csv")
    table.write_text(table.read_text("utf-8").rstrip("\n") + "\n" + ROW, "utf-8")
    assert json.loads(built("index", "add", "today", "--index", "kou", "--json").out)["added"] == 1
    assert "追加した契約 0 件" in built("index", "add", "today", "--index", "kou").err
    history = json.loads(built("index", "show", "kou", "--json").out)["generations"]
    assert [line["rows"] for line in history] == [7, 8]


def test_references_become_policy_numbers_where_the_ledger_is(built: Sekisho, registry_folder: Path) -> None:
    index_id = json.loads(built("index", "show", "kou", "--json").out)["index_id"]
    numbers = [f"ref:{index_id}:0", "OT-1", f"ref:{index_id}:6"]
    cells = {name: ["x"] * 3 for name in FINDINGS.names} | {"policy_no": numbers}
    write_findings(pa.table(cells, FINDINGS), Path("found.csv"))
    words = ("index", "resolve", "found.csv", "--registry", registry_folder, "--index", "kou")
    assert built(*words, "--out", "told.parquet").status == 0
    told = read_findings(Path("told.parquet")).column("policy_no").to_pylist()
    assert {"KA12345678", "OT-1"} <= set(told) and not any(":" in number for number in told)
    assert stat.S_IMODE(Path("told.parquet").stat().st_mode) == 0o600
    shutil.copytree(registry_folder, "shorter")
    lines = Path("shorter/policies.csv").read_text("utf-8").splitlines(keepends=True)
    Path("shorter/policies.csv").write_text("".join(lines[:3]), "utf-8")
    ended = built(*words[:4], "shorter", *words[5:], "--out", "part.csv")
    assert ended.status == 1, "what could not be turned back is told"
    assert "1 件は ref:" in ended.err
    assert f"ref:{index_id}:6" in read_findings(Path("part.csv")).column("policy_no").to_pylist()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("build", "nowhere", "--out", "x"), "no such folder"),
        (("build", "REGISTRY", "--out", "kou"), "an index already"),
        (("build", "REGISTRY", "--out", "x", "--kanji", "loose"), "--kanji"),
        (("build", "REGISTRY", "--out", "x", "--key", "x/key"), "inside the index"),
        (("build", "REGISTRY", "--out", "x", "--key", "short.key"), "32 bytes"),
        (("add", "REGISTRY", "--index", "nowhere", "--key", "kou.key"), "no match index here"),
        (("show", "nowhere"), "no match index here"),
        (("verify", "kou", "--key", "open.key"), "chmod 600"),
        (("verify", "kou", "--key", "other.key"), "not the key of this index"),
        (("resolve", "no.csv", "--registry", "REGISTRY", "--index", "kou", "--out", "o.csv"), "no such file"),
    ],
)
def test_bad_words_are_status_2_one_message_and_no_file(
    built: Sekisho, registry_folder: Path, words: tuple[str, ...], said: str
) -> None:
    Path("short.key").write_bytes(b"short")
    Path("other.key").write_bytes(bytes(32))
    Path("other.key").chmod(0o600)
    Path("open.key").write_bytes(bytes(32))
    Path("open.key").chmod(0o644)
    ended = built("index", *(registry_folder if word == "REGISTRY" else word for word in words))
    assert ended.status == 2
    assert said in ended.err and "→" in ended.err
    assert not Path("x.key").exists() and not Path("x/index.json").exists()


def test_a_bad_row_is_named_and_nothing_is_built(sekisho: Sekisho, registry_folder: Path) -> None:
    shutil.copytree(registry_folder, "bad")
    table = Path("bad/policies.csv")
    table.write_text(table.read_text("utf-8").rstrip("\n") + "\n" + ROW.replace("KA77777777", ""), "utf-8")
    ended = sekisho("index", "build", "bad", "--out", "x")
    assert ended.status == 2
    assert "policies.csv:9" in ended.err
    assert not Path("x.key").exists() and not Path("x/index.json").exists()
