"""``sekisho sweep files`` and ``sweep messages`` from the outside (A5, A9): what lies where it may not, and what went
through a system's own messages."""

import csv
import json
import os
import stat
from datetime import datetime
from pathlib import Path

import pytest

from sekisho.kernel.clock import JST
from tests.cli.conftest import Sekisho

DAY = datetime(2024, 2, 1, 10, tzinfo=JST).timestamp()


def rows(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """乙損保's shared folder: in it a list of 甲損保's policies, and one of its own."""
    folder = tmp_path / "share"
    (folder / "佐藤").mkdir(parents=True)
    (folder / "佐藤" / "更改.csv").write_bytes(
        "証券番号,契約者名\nKA12345678,山田 花子\nKA22345678,髙橋 一郎\n".encode("cp932")
    )
    (folder / "own.txt").write_text("証券番号 OT-9000001 渡邊 次郎 様")
    for place in folder.rglob("*.*"):
        os.utime(place, (DAY, DAY))
    return folder


def test_what_an_insurer_holds_of_another_is_found_and_its_own_is_not(
    sekisho: Sekisho, share: Path, registry_folder: Path
) -> None:
    ended = sekisho("sweep", "files", share, "--held-by", "OTSU", "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 0, ended.err
    found = rows("f.csv")
    assert [(row["cause"], row["channel"], row["policy_no"], row["recipient_party"]) for row in found] == [
        ("A3", "file", "KA12345678", "OTSU"),
        ("A3", "file", "KA22345678", "OTSU"),
    ]
    assert {row["at"] for row in found} == {"2024-02-01T10:00:00+09:00"}
    assert found[0]["evidence"] == "share/佐藤/更改.csv | text | row 2"
    assert stat.S_IMODE(Path("f.csv").stat().st_mode) == 0o600
    shown = sekisho("explain", "f.csv", found[0]["finding_id"])
    assert "share/佐藤/更改.csv" in shown.out and "ファイルの本文 2 行目" in shown.out


def test_folders_may_have_holders_and_sources_of_their_own_and_nothing_is_read_twice(
    sekisho: Sekisho, share: Path, registry_folder: Path
) -> None:
    sekisho("sweep", "files", share, "--held-by", "OTSU", "--registry", registry_folder, "--out", "f.csv")
    Path("who.csv").write_bytes("フォルダ,保有者,受領元\nshare,OTSU,\nshare/佐藤,OTSU,sato\n".encode("cp932"))
    ended = sekisho(
        *("sweep", "files", share, "--holders", "who.csv", "--registry", registry_folder, "--out", "f.csv", "--json")
    )
    told = json.loads(ended.out)
    assert (told["read"], told["known_before"], told["by_cause"]) == (2, 2, {"B1": 2})
    assert {row["sender_person"] for row in rows("f.csv")} == {"sato"}


def test_a_day_may_be_set_for_all(sekisho: Sekisho, share: Path, registry_folder: Path) -> None:
    (share / "佐藤" / "更改.csv").unlink()
    words = ("sweep", "files", share, "--held-by", "AOBA", "--registry", registry_folder, "--out", "f.csv")
    assert sekisho(*words).status == 0
    assert rows("f.csv") == []  # 青葉 handles it
    sekisho(*words, "--at", "1999-01-01")
    assert [(row["at"][:10], row["ground_missing"] != "") for row in rows("f.csv")] == [("1999-01-01", True)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--held-by PARTY_ID"),
        (("--held-by", "OTUS"), "OTUS"),
        (("--held-by", "OTSU", "--received-from", "nobody"), "nobody"),
        (("--holders", "none.csv"), "none.csv"),
        (("--holders", "empty.csv"), "empty.csv:1"),
        (("--holders", "gap.csv"), "gap.csv:2"),
        (("--holders", "other.csv"), "begin the path with share"),
        (("--held-by", "OTSU", "--at", "soon"), "--at"),
    ],
)
def test_who_holds_them_must_be_told(
    sekisho: Sekisho, share: Path, registry_folder: Path, words: tuple[str, ...], said: str
) -> None:
    Path("empty.csv").write_text("")
    Path("gap.csv").write_text("path,held_by\nshare,\n")
    Path("other.csv").write_text("path,held_by\nshaer/sales,OTSU\n")
    ended = sekisho("sweep", "files", share, *words, "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 2 and said in ended.err and "→" in ended.err
    assert not Path("f.csv").exists()


def test_the_journal_of_one_kind_of_evidence_does_not_fit_another(
    sekisho: Sekisho, share: Path, leak: Path, registry_folder: Path
) -> None:
    sekisho("sweep", "files", share, "--held-by", "OTSU", "--registry", registry_folder, "--out", "f.csv")
    ended = sekisho("sweep", "mail", leak, "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 2 and "kind of evidence" in ended.err


def test_messages_of_a_system_go_past_every_mail_server(
    sekisho: Sekisho, share: Path, registry_folder: Path, tmp_path: Path
) -> None:
    Path("m.csv").write_bytes(
        "送信日時,送信者,宛先,件名,本文,添付ファイル\n"
        "2024/02/01 10:00,sato,ota@otsu.example.jp,更改,ご参考,share/佐藤/更改.csv\n"
        "2024/02/01 11:00,acc-aoki,acc-midori,照会,KA12345678 山田花子様,\n".encode("cp932")
    )
    ended = sekisho("sweep", "messages", "m.csv", "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 0, ended.err
    assert [(row["cause"], row["sender_party"], row["recipient_party"], row["policy_no"]) for row in rows("f.csv")] == [
        ("B1", "AOBA", "OTSU", "KA12345678"),
        ("B1", "AOBA", "OTSU", "KA22345678"),
        ("D", "AOBA", "MIDORI", "KA12345678"),
    ]
    assert rows("f.csv")[2]["evidence"].startswith("m.csv:3 | ")
    assert "KA12345678 山田" not in Path("f.csv.sweep/journal.db").read_bytes().decode("utf-8", "replace")


def test_rows_that_cannot_be_read_are_listed(sekisho: Sekisho, registry_folder: Path) -> None:
    Path("m.jsonl").write_text('{"at": "2024-02-01", "from": "a", "to": "b"}\nnot json\n')
    Path("other.csv").write_text("a,b\n1,2\n")
    ended = sekisho("sweep", "messages", "m.jsonl", "other.csv", "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 1
    assert [(row["source"], row["reason"]) for row in rows("f.unread.csv")] == [
        ("m.jsonl:2", "broken"), ("other.csv", "unsupported")
    ]  # fmt: skip
