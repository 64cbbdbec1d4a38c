"""``sekisho scope``: audit, plan, smallest, as a user runs them (A6, A12)."""

import csv
import json
from pathlib import Path

from tests.cli.conftest import Sekisho

HEAD = "viewer_id,subject_agency_id,insurer_id,kind,line,start,end\n"
RIGHT = HEAD + "AOBA,AOBA,KOU,contracts,nonlife,,\n"
WRONG = RIGHT + "MIDORI,AOBA,KOU,contracts,,,\n"
AT = ("--at", "2023-12-01")


def test_an_audit_tells_counts_writes_findings_and_the_list(
    sekisho: Sekisho, registry_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "scopes.csv").write_text(WRONG, encoding="utf-8")
    words = ("scope", "audit", "scopes.csv", *AT, "--registry", registry_folder)
    ended = sekisho(*words, "--out", "f.csv", "--list", "l.csv")
    assert ended.status == 0, ended.err
    assert "超過 4 件" in ended.out and "C1 参照範囲①他保険会社の契約" in ended.out
    with (tmp_path / "f.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert sorted((row["cause"], row["policy_no"]) for row in found) == [
        ("C1", "KA22345678"), ("C2", "KA12345678"), ("C2", "KA12345679"), ("C2", "KA32345678"),
    ]  # fmt: skip
    assert {row["agency_id"] for row in found} == {"AOBA"}, "counted under the supervising agency"
    assert (tmp_path / "f.csv").stat().st_mode & 0o777 == 0o600
    with (tmp_path / "l.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["viewer_party"], row["policy_count"]) for row in csv.DictReader(file)] == [
            ("MIDORI", "1"), ("MIDORI", "3"),
        ]  # fmt: skip
    told = json.loads(sekisho(*words, "--json").out)
    assert (told["total"]["policy_count"], told["scopes_in_force"]) == (4, 2)


def test_after_the_fix_zero_is_said_with_what_it_rests_on(
    sekisho: Sekisho, registry_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "scopes.csv").write_text(RIGHT, encoding="utf-8")
    ended = sekisho("scope", "audit", "scopes.csv", *AT, "--registry", registry_folder)
    assert ended.status == 0
    assert "超過 0 件" in ended.out and "規則の版" in ended.out and "SHA-256" in ended.out


def test_a_change_beyond_the_rule_is_refused(sekisho: Sekisho, registry_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "now.csv").write_text(RIGHT, encoding="utf-8")
    (tmp_path / "then.csv").write_text(WRONG, encoding="utf-8")
    words = ("--registry", registry_folder, *AT)
    refused = sekisho("scope", "plan", "now.csv", "then.csv", *words)
    assert refused.status == 1
    assert "変更してはならない" in refused.out and "MIDORI → AOBA 扱いの KOU" in refused.out
    mended = sekisho("scope", "plan", "then.csv", "now.csv", *words, "--json")
    assert mended.status == 0
    told = json.loads(mended.out)
    assert (told["refused"], told["closes"]["policy_count"], told["opens"]["pair_count"]) == (False, 4, 0)


def test_the_smallest_scopes_pass_the_audit(sekisho: Sekisho, registry_folder: Path, tmp_path: Path) -> None:
    words = ("--registry", registry_folder, *AT)
    made = sekisho("scope", "smallest", "--out", "s.csv", *words)
    assert made.status == 0, made.err
    assert "超過 0 件" in sekisho("scope", "audit", "s.csv", *words).out
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["viewer_id"], row["subject_agency_id"], row["insurer_id"]) for row in csv.DictReader(file)]
    assert ("MIDORI", "MIDORI", "OTSU") in rows
    assert not [row for row in rows if row[0] == "MIDORI" and row[1] != "MIDORI"]


def test_wrong_input_is_named_and_nothing_is_written(sekisho: Sekisho, registry_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "text.csv").write_text("こんにちは\n=cmd|' /C calc'!A0\n", encoding="utf-8")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 10)
    (tmp_path / "fine.csv").write_text(RIGHT, encoding="utf-8")
    words = ("--registry", registry_folder, *AT)
    for name in ("empty.csv", "text.csv", "binary.csv", "nowhere.csv", "."):
        ended = sekisho("scope", "audit", name, *words, "--out", "f.csv")
        assert ended.status == 2, name
        assert "→" in ended.err and "Traceback" not in ended.err, name
    assert sekisho("scope", "audit", "fine.csv", *words, "--list", "l.txt").status == 2
    assert sekisho("scope", "audit", "fine.csv", *words, "--out", "f.doc").status == 2
    assert not list(tmp_path.glob("f.*")) and not list(tmp_path.glob("l.*"))
