"""``sekisho sweep …`` from the outside: results, exit status, and every kind of bad input."""

import base64
import csv
import io
import json
import os
import shutil
import stat
from pathlib import Path

import pytest
import pyzipper

from sekisho.matching.index.match_index import MatchIndex
from sekisho.registry.registry import Registry
from tests.cli.conftest import Sekisho


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))


def test_a_leak_is_found_with_its_cause_and_items(sekisho: Sekisho, leak: Path, registry_folder: Path) -> None:
    ended = sekisho("sweep", "mail", leak, "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 0, ended.err
    (found,) = rows(Path("f.csv"))
    assert (found["cause"], found["policy_no"], found["recipient_party"]) == ("A1", "KA12345678", "OTSU")
    assert (found["sender_party"], found["sender_person"], found["recipient_person"]) == ("AOBA", "aoki", "ota")
    assert {"policy_no", "holder_name", "expiry_date"} <= set(found["items"].split(";"))
    assert "leak.eml" in found["evidence"] and "leak@aoba.example.jp" in found["evidence"]
    assert found["confidence"] == "certain"


def test_results_are_only_for_the_owner(sekisho: Sekisho, leak: Path, registry_folder: Path) -> None:
    sekisho("sweep", "mail", leak, "--registry", registry_folder, "--out", "f.csv")
    assert stat.S_IMODE(Path("f.csv").stat().st_mode) == 0o600
    assert stat.S_IMODE(Path("f.unread.csv").stat().st_mode) == 0o600


def test_json_is_one_document_and_nothing_else_on_stdout(sekisho: Sekisho, leak: Path, registry_folder: Path) -> None:
    ended = sekisho("sweep", "mail", leak, "--registry", registry_folder, "--out", "f.jsonl", "--json")
    summary = json.loads(ended.out)
    assert summary["read"] == 1
    assert summary["by_cause"] == {"A1": 1}


def test_workers_change_the_speed_and_not_a_byte(sekisho: Sekisho, leak: Path, registry_folder: Path) -> None:
    for number in range(450):
        copy = leak.read_bytes().replace(b"<leak@", f"<leak{number}@".encode())
        (leak.parent / f"copy-{number:03}.eml").write_bytes(copy)
    for workers in (1, 2):
        ended = sekisho(
            *("sweep", "mail", leak.parent, "--registry", registry_folder),
            *("--out", f"f{workers}.parquet", "--workers", workers),
        )
        assert ended.status == 0, ended.err
    assert Path("f1.parquet").read_bytes() == Path("f2.parquet").read_bytes()


def test_a_mail_without_recipients_is_shown_not_dropped(sekisho: Sekisho, leak: Path, registry_folder: Path) -> None:
    lines = leak.read_bytes().split(b"\r\n")
    leak.write_bytes(b"\r\n".join(line for line in lines if not line.startswith((b"To:", b"Cc:"))))
    ended = sekisho("sweep", "mail", leak, "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 0, ended.err
    assert [(row["recipient_party"], row["ground_missing"]) for row in rows(Path("f.csv"))] == [
        ("?", "unresolved:viewer")
    ]


def test_what_cannot_be_read_is_listed_and_makes_the_status_1(
    sekisho: Sekisho, leak: Path, registry_folder: Path
) -> None:
    (leak.parent / "photo.msg").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    ended = sekisho("sweep", "mail", leak.parent, "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 1
    (gap,) = rows(Path("f.unread.csv"))
    assert gap["source"].endswith("photo.msg")
    assert gap["reason"] == "broken"
    assert len(rows(Path("f.csv"))) == 1, "the rest is read all the same"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sweep", "mail", "nowhere.mbox", "--out", "f.csv"), "nowhere.mbox"),
        (("sweep", "mail", "mail/leak.eml", "--out", "f.docx"), "f.docx"),
        (("sweep", "mail", "mail/leak.eml", "--out", "no/such/f.csv"), "no/such"),
        (("sweep", "mail", "mail/leak.eml", "--out", "f.csv", "--perspective", "NOBODY"), "NOBODY"),
        (("sweep", "mail", "mail/leak.eml", "--out", "f.csv", "--engine", "spark"), "--master"),
        (("sweep", "access", "nowhere.csv", "--out", "f.csv"), "nowhere.csv"),
        (("sweep", "deliveries", "nowhere.csv", "--out", "f.csv"), "nowhere.csv"),
    ],
)
def test_bad_words_are_status_2_one_message_and_no_file(
    sekisho: Sekisho, leak: Path, registry_folder: Path, words: tuple[str, ...], said: str
) -> None:
    ended = sekisho(*words, "--registry", registry_folder)
    assert ended.status == 2
    assert said in ended.err
    assert "→" in ended.err, "a remedy is told"
    assert "Traceback" not in ended.err
    assert not Path("f.csv").exists()


def test_no_workspace_and_no_registry_is_said_with_the_remedy(sekisho: Sekisho, leak: Path) -> None:
    ended = sekisho("sweep", "mail", leak, "--out", "f.csv")
    assert ended.status == 2
    assert "sekisho init" in ended.err or "--registry" in ended.err


def test_a_registry_with_errors_stops_before_reading(sekisho: Sekisho, leak: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "insurers.csv").write_text("insurer_id,name,kind\nKOU,甲損害保険,nonlife\n", encoding="utf-8")
    (bad / "agencies.csv").write_text("agency_id,name\nAOBA,青葉\n", encoding="utf-8")
    (bad / "appointments.csv").write_text(
        "insurer_id,agency_id,line,start,end\nNOBODY,AOBA,nonlife,2020-01-01,\n", encoding="utf-8"
    )
    ended = sekisho("sweep", "mail", leak, "--registry", bad, "--out", "f.csv")
    assert ended.status == 2
    assert "appointments.csv:2" in ended.err and "NOBODY" in ended.err
    assert not Path("f.csv").exists()


def test_an_empty_archive_is_no_error_but_is_told(sekisho: Sekisho, registry_folder: Path) -> None:
    Path("empty").mkdir()
    ended = sekisho("sweep", "mail", "empty", "--registry", registry_folder, "--out", "f.csv")
    assert ended.status in (0, 1)
    assert rows(Path("f.csv")) == []
    assert "0 件" in ended.err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything; run as a normal user")
def test_no_permission_is_listed(sekisho: Sekisho, leak: Path, registry_folder: Path) -> None:
    leak.chmod(0)
    ended = sekisho("sweep", "mail", leak, "--registry", registry_folder, "--out", "f.csv")
    assert ended.status in (1, 2)
    assert "leak.eml" in ended.err or rows(Path("f.unread.csv"))[0]["reason"] == "no_permission"


def test_the_same_command_reads_only_what_is_new(sekisho: Sekisho, leak: Path, registry_folder: Path) -> None:
    words = ("sweep", "mail", leak.parent, "--registry", registry_folder, "--out", "f.csv")
    sekisho(*words)
    first = Path("f.csv").read_bytes()
    assert stat.S_IMODE(Path("f.csv.sweep").stat().st_mode) == 0o700
    (leak.parent / "more.eml").write_bytes(leak.read_bytes().replace(b"<leak@", b"<more@"))
    ended = sekisho(*words)
    assert "続きから再開します: 1 件は読み取り済み、残り 1 件" in ended.err
    assert "1 件は以前に読み取り済み" in ended.err
    (leak.parent / "more.eml").unlink()
    ended = sekisho(*words, "--json")
    summary = json.loads(ended.out)
    assert summary["gone"] == {"messages": 1, "files": 1, "file_names": ["mail/more.eml"]}
    assert summary["findings"] == 2, "evidence once seen stays"
    ended = sekisho(*words, "--again")
    assert "再開" not in ended.err
    assert Path("f.csv").read_bytes() == first


def test_another_ledger_asks_for_again(sekisho: Sekisho, leak: Path, registry_folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(registry_folder, other)
    sekisho("sweep", "mail", leak, "--registry", other, "--out", "f.csv")
    lines = (other / "policies.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (other / "policies.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    ended = sekisho("sweep", "mail", leak, "--registry", other, "--out", "f.csv")
    assert ended.status == 2
    assert "the policies" in ended.err and "--again" in ended.err


def test_with_an_index_and_without_a_ledger_policies_are_references(
    sekisho: Sekisho, leak: Path, registry_folder: Path, registry: Registry, tmp_path: Path
) -> None:
    key = tmp_path / "index.key"
    key.touch(mode=0o600)
    key.write_bytes(bytes(range(32)))
    MatchIndex.build(registry.tables, key.read_bytes()).save(tmp_path / "index")
    agency = tmp_path / "agency"
    shutil.copytree(registry_folder, agency)
    (agency / "policies.csv").unlink()
    words = ("sweep", "mail", leak, "--registry", agency, "--index", tmp_path / "index")
    ended = sekisho(*words, "--out", "f.csv")
    assert ended.status == 0, ended.err
    (found,) = rows(Path("f.csv"))
    assert found["policy_no"].startswith("ref:")
    assert (found["cause"], found["insurer_id"], found["agency_id"]) == ("A1", "KOU", "AOBA")
    key.write_bytes(bytes(32))
    refused = sekisho(*words, "--out", "g.csv")
    assert refused.status == 2
    assert "not the key of this index" in refused.err


def test_passwords_come_from_a_file(sekisho: Sekisho, leak: Path, registry_folder: Path) -> None:
    archive = io.BytesIO()
    with pyzipper.AESZipFile(archive, "w", encryption=pyzipper.WZ_AES) as packed:
        packed.setpassword(b"hiraku-7531")
        packed.writestr("list.txt", "証券番号 KA12345678 山田花子様".encode())
    head, _ = leak.read_bytes().split(b"Content-Type", 1)
    attached = b'Content-Type: application/zip; name="a.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    leak.write_bytes(head + attached + base64.encodebytes(archive.getvalue()))
    words = ("sweep", "mail", leak, "--registry", registry_folder, "--out", "f.csv")
    assert sekisho(*words).status == 1
    assert rows(Path("f.csv")) == []
    Path("passwords.txt").write_text("falsch\nhiraku-7531\n", encoding="utf-8")
    ended = sekisho(*words, "--passwords", "passwords.txt")
    assert ended.status == 0, ended.err
    assert [row["policy_no"] for row in rows(Path("f.csv"))] == ["KA12345678"]
    assert "hiraku" not in ended.err + ended.out


def test_access_log_rows_become_findings(sekisho: Sekisho, registry_folder: Path) -> None:
    Path("log.csv").write_text(
        "at,account_id,insurer_id,policy_no,action\n"
        "2024-02-01T10:00:00+09:00,acc-midori,KOU,KA22345678,view\n"
        "2024-02-01T10:01:00+09:00,acc-midori,OTSU,OT-9000002,view\n"
        "2024-02-01T10:02:00+09:00,acc-aoki,KOU,KA22345678,view\n"
        "2024-02-01T10:03:00+09:00,acc-aoki,KOU,KA99999999,view\n",
        encoding="utf-8",
    )
    ended = sekisho("sweep", "access", "log.csv", "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 0, ended.err
    found = {(row["recipient_party"], row["policy_no"]): row for row in rows(Path("f.csv"))}
    assert found["MIDORI", "KA22345678"]["cause"] == "C1"
    assert found["MIDORI", "KA22345678"]["evidence"] == "log.csv:2"
    assert found["AOBA", "KA99999999"]["ground_missing"] == "unresolved:policy"
    assert len(found) == 2


def test_deliveries_to_a_viewer_without_appointment(sekisho: Sekisho, registry_folder: Path) -> None:
    Path("feed.csv").write_text(
        "at,insurer_id,policy_no,addressed_agency_id,viewer_id,kind\n"
        "2024-02-01T06:00:00+09:00,KOU,KA12345678,AOBA,AOBA,notices\n"
        "2024-02-01T06:00:00+09:00,KOU,KA12345678,AOBA,MIDORI,notices\n"
        "2024-02-01T06:00:00+09:00,HEI,H500000001,AOBA,MIDORI,notices\n",
        encoding="utf-8",
    )
    ended = sekisho("sweep", "deliveries", "feed.csv", "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 0, ended.err
    told = {(row["policy_no"], row["recipient_party"]): (row["cause"], row["agency_id"]) for row in rows(Path("f.csv"))}
    assert told == {("KA12345678", "MIDORI"): ("C2", "AOBA"), ("H500000001", "MIDORI"): ("C3", "AOBA")}


def test_a_log_without_its_columns_is_refused_by_name(sekisho: Sekisho, registry_folder: Path) -> None:
    Path("log.csv").write_text("when,who\n1,2\n", encoding="utf-8")
    ended = sekisho("sweep", "access", "log.csv", "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 2
    assert "log.csv" in ended.err and "column at" in ended.err


def test_hostile_text_reaches_the_screen_as_text(sekisho: Sekisho, leak: Path, registry_folder: Path) -> None:
    """Markup and control characters in names must not colour, hide or move what the user sees."""
    hostile = Path("[red]\x1b[2Jx.eml")
    hostile.write_bytes(leak.read_bytes())
    ended = sekisho("sweep", "mail", hostile, "--registry", registry_folder, "--out", "f.csv")
    assert ended.status == 0, ended.err
    assert "\x1b[2J" not in ended.err
