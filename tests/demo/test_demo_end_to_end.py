"""The main job end to end (A1–A5, A7, A8, A10, B1): what was planted is found, all of it and nothing else."""

import csv
import json
import sys
from pathlib import Path

import pytest

from sekisho.cli.main import run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run of ``sekisho demo``, as a user starts it."""
    made = tmp_path_factory.mktemp("demo") / "industry"
    patch = pytest.MonkeyPatch()
    patch.setattr(sys, "argv", ["sekisho", "demo", str(made)])
    try:
        run()
    except SystemExit as ended:
        assert not ended.code, "sekisho demo ends with status 0"
    finally:
        patch.undo()
    return made


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))


def evidence(row: dict[str, str]) -> str:
    """Message-ID, or log and line: what the planted list names."""
    return row["evidence"].split(" | ")[1] if row["channel"] == "mail" else row["evidence"]


def test_every_planted_leak_is_found_and_nothing_else(folder: Path) -> None:
    planted = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["findings"]
    keys = ("channel", "cause", "insurer_id", "policy_no", "recipient_party", "agency_id")
    expected = {(*(line[key] for key in keys), line["evidence"]) for line in planted}
    found = {(*(row[key] for key in keys), evidence(row)) for row in rows(folder / "findings.csv")}
    assert sorted(expected - found) == [], "planted and not found"
    assert sorted(found - expected) == [], "found and not planted"


def test_what_cannot_be_read_is_listed_with_its_reason(folder: Path) -> None:
    planted = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["unread"]
    listed = rows(folder / "findings.unread.csv")
    for gap in planted:
        assert any(
            row["message_id"] == gap["evidence"] and gap["part"] in row["part"] and row["reason"] == gap["reason"]
            for row in listed
        ), gap


def test_the_table_is_the_one_that_follows_from_the_planted_leaks(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["sekisho", "incident", "table", str(folder / "findings.csv"), "--json"])
    run_quietly()
    rows_of = {row["cause"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["table"]
    assert {
        cause: {"agencies": row["agency_count"], "records": row["record_count"]} for cause, row in rows_of.items()
    } == expected


def run_quietly() -> None:
    try:
        run()
    except SystemExit as ended:
        assert not ended.code


def test_a_finding_explains_itself(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    example = next(row for row in rows(folder / "findings.csv") if row["cause"] == "A1" and row["insurer_id"] == "KOU")
    words = ["may", example["recipient_party"], example["policy_no"], "--at", example["at"][:10], "--why"]
    monkeypatch.setattr(sys, "argv", ["sekisho", *words, "--workspace", str(folder / "workspace")])
    run_quietly()
    told = capsys.readouterr().out
    assert example["rule_version"] in told
    assert "甲損害保険" in told or "KOU" in told


def test_the_demo_can_be_run_again_on_its_own_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (folder / "findings.csv").read_bytes()
    monkeypatch.setattr(sys, "argv", ["sekisho", "demo", str(folder)])
    run_quietly()
    assert (folder / "findings.csv").read_bytes() == before, "the same input gives the same bytes"
