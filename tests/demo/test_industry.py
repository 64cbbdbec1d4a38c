"""The written industry: readable with the standard library, the same every time, and true to its own expectations."""

import csv
import email
import email.policy
import hashlib
import json
import mailbox
import stat
from email.message import EmailMessage
from pathlib import Path

import pytest

from sekisho.demo import Planted, write_industry
from sekisho.demo.planted import ExpectedFinding
from sekisho.kernel.errors import InputError
from sekisho.registry import read_registry

Industry = tuple[Path, Planted]


def messages(folder: Path) -> dict[str, tuple[str, EmailMessage]]:
    """Every message by its id: place and content."""
    mail = folder / "evidence" / "mail"
    raw = {str(path.relative_to(mail)): [path.read_bytes()] for path in sorted(mail.rglob("*.eml"))}
    raw |= {str(path.relative_to(mail)): [path.read_bytes()] for path in sorted((mail / "Maildir" / "cur").iterdir())}
    for path in sorted(mail.glob("*.mbox")):
        with_box = mailbox.mbox(path)
        raw[path.name] = [with_box.get_bytes(key) for key in with_box.keys()]  # noqa: SIM118  (mailbox has no iteration over keys)
        with_box.close()
    parsed = [
        (place, email.message_from_bytes(content, policy=email.policy.default))
        for place, contents in raw.items()
        for content in contents
    ]
    return {message["Message-ID"].strip("<>"): (place, message) for place, message in parsed}


@pytest.fixture(scope="module")
def written(industry: Industry) -> dict[str, tuple[str, EmailMessage]]:
    return messages(industry[0])


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_industry(tmp_path / name, seed=3, policies=1_000, mails=120)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")
    write_industry(tmp_path / "three", seed=4, policies=1_000, mails=120)
    assert digest(tmp_path / "three") != digest(tmp_path / "one")


@pytest.mark.parametrize("seed", [2, 11, 12345])
def test_every_seed_has_room_for_the_planted_cases(tmp_path: Path, seed: int) -> None:
    planted = write_industry(tmp_path, seed=seed, policies=1_000, mails=0)
    assert {finding.cause for finding in planted.findings} == {"A1", "A2", "B1", "B2", "C1", "C2", "C3", "D", "E", "G2"}


def test_the_registry_loads_without_a_complaint(industry: Industry) -> None:
    registry, report = read_registry(industry[0] / "registry")
    assert registry is not None, report.text()
    assert report.problems.listed == []
    assert registry.tables["policies"].num_rows == 2_000


def test_files_are_private(industry: Industry) -> None:
    for path in [industry[0], *industry[0].rglob("*")]:
        wanted = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_all_messages_are_there_and_readable(industry: Industry, written: dict[str, tuple[str, EmailMessage]]) -> None:
    assert len(written) == industry[1].message_count == 300
    for place, message in written.values():
        assert message["Date"].datetime.year == 2026, place
        assert not [part.defects for part in message.walk() if part.defects], place
    charsets = {message.get_content_charset() for _, message in written.values() if not message.is_multipart()}
    assert charsets == {"iso-2022-jp", "shift_jis", "euc-jp", "utf-8"}
    assert {place.split("/")[0] for place, _ in written.values()} == {"eml", "Maildir", "archive-01.mbox"}


def test_planted_messages_lie_where_it_says(industry: Industry, written: dict[str, tuple[str, EmailMessage]]) -> None:
    _, planted = industry
    told = {f.evidence for f in planted.findings if f.channel == "mail"} | {h.evidence for h in planted.harmless}
    assert told | {u.evidence for u in planted.unread} == set(planted.places)
    for message_id, place in planted.places.items():
        assert written[message_id][0] == place


def test_findings_fit_sender_and_recipients(industry: Industry, written: dict[str, tuple[str, EmailMessage]]) -> None:
    """Every recipient party of an expected finding has somebody in To, Cc or Bcc; an A1 comes from its agency."""
    for finding in industry[1].findings:
        if finding.channel != "mail":
            continue
        message = written[finding.evidence][1]
        headers = [message[name] for name in ("To", "Cc", "Bcc") if message[name]]
        domains = {address.domain for header in headers for address in header.addresses}
        wanted = finding.recipient_party.removeprefix("?")
        assert (wanted if "." in wanted else f"{wanted.lower()}.example.jp") in domains, finding
        if finding.cause in ("A1", "B1", "B2", "D"):
            assert message["From"].addresses[0].domain == f"{finding.agency_id.lower()}.example.jp", finding


def test_the_answer_names_the_request(written: dict[str, tuple[str, EmailMessage]]) -> None:
    answer = written["b2-01@aoba.example.jp"][1]
    assert answer["In-Reply-To"].strip("<>") == "b2-00@otsu.example.jp"
    assert "b2-00@otsu.example.jp" in written


def log_rows(industry: Industry) -> list[tuple[ExpectedFinding, dict[str, str]]]:
    rows: dict[str, list[dict[str, str]]] = {}
    for name in ("access.csv", "deliveries.csv"):
        with (industry[0] / "evidence" / name).open(encoding="utf-8", newline="") as source:
            rows[name] = list(csv.DictReader(source))
    found = []
    for finding in industry[1].findings:
        if finding.channel != "mail":
            name, line = finding.evidence.split(":")
            found.append((finding, rows[name][int(line) - 2]))
    return found


def test_log_findings_point_to_their_lines(industry: Industry) -> None:
    found = log_rows(industry)
    assert len(found) == 46
    for finding, row in found:
        assert (row["insurer_id"], row["policy_no"]) == (finding.insurer_id, finding.policy_no)
        if finding.channel == "delivery":
            assert (row["viewer_id"], row["addressed_agency_id"]) == (finding.recipient_party, finding.agency_id)


def test_kinds_of_reference_scope_follow_source_and_line(industry: Industry) -> None:
    """C1 = came through the gateway; otherwise C2 nonlife, C3 life (seed 002)."""
    with (industry[0] / "registry" / "policies.csv").open(encoding="utf-8-sig", newline="") as source:
        ledger = {(row["insurer_id"], row["policy_no"]): row for row in csv.DictReader(source)}
    for finding, _ in log_rows(industry):
        policy = ledger[finding.insurer_id, finding.policy_no]
        assert policy["agency_id"] == finding.agency_id
        kind = "C1" if policy["source"] == "gateway" else {"nonlife": "C2", "life": "C3"}[policy["line"]]
        assert finding.cause in (kind, "E")


def test_both_a1_and_a2_is_planted(industry: Industry) -> None:
    """Note ※2 must have something to do."""
    cases = {
        cause: {(f.agency_id, f.insurer_id, f.policy_no) for f in industry[1].findings if f.cause == cause}
        for cause in ("A1", "A2")
    }
    assert len(cases["A1"] & cases["A2"]) == 4
    assert industry[1].table()["A2"].records == len(cases["A2"]) - 4


def test_nothing_is_both_expected_and_harmless(industry: Industry) -> None:
    expected = {finding.evidence for finding in industry[1].findings}
    assert not expected & {case.evidence for case in industry[1].harmless}
    assert len(set(industry[1].findings)) == len(industry[1].findings)


@pytest.mark.parametrize("case", ["a1-08", "a1-09"])
def test_a_name_with_its_second_item_means_one_policy(industry: Industry, case: str) -> None:
    """Planted without a policy number: nobody else in the ledger may have the same name and birth date or telephone."""
    (finding,) = [f for f in industry[1].findings if f.evidence.startswith(f"{case}@")]
    with (industry[0] / "registry" / "policies.csv").open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    meant = next(row for row in rows if row["policy_no"] == finding.policy_no)
    item = {"a1-08": "birth_date", "a1-09": "mobile"}[case]
    same = [row for row in rows if (row["holder_name"], row[item]) == (meant["holder_name"], meant[item])]
    assert same == [meant]


def test_expected_json_says_the_same(industry: Industry) -> None:
    folder, planted = industry
    told = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    assert [ExpectedFinding(**row) for row in told["findings"]] == sorted(planted.findings)
    assert told["table"] == {c: {"agencies": n.agencies, "records": n.records} for c, n in planted.table().items()}
    assert set(told["apart"]) == {"G2"}
    assert {(row["part"], row["reason"]) for row in told["unread"]} == {
        ("7月満期一覧.zip", "encrypted"),
        ("再送.xlsx", "broken"),
    }


def test_mails_of_a_wished_size(tmp_path: Path) -> None:
    write_industry(tmp_path, policies=1_000, mails=360, sizes=(6_000, 9_000))
    files = [path.read_bytes() for path in (tmp_path / "evidence" / "mail").rglob("*.eml")]
    sizes = sorted(len(content) for content in files if b"\nMessage-ID: <t" in content and b"multipart" not in content)
    assert len(sizes) > 40
    assert 6_000 <= sizes[len(sizes) // 2] <= 9_000, "sizes are a wish: lists and charsets make single mails bigger"
    assert sizes[len(sizes) // 20] > 5_000


@pytest.mark.parametrize("policies", [10, 10**9])
def test_impossible_sizes_are_refused_before_anything_is_written(tmp_path: Path, policies: int) -> None:
    with pytest.raises(InputError, match="policies → ask for"):
        write_industry(tmp_path / "x", policies=policies)
    assert not (tmp_path / "x").exists()


def test_a_big_archive_goes_into_parquet_and_mbox_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sekisho.demo.archives._MANY", 100)
    monkeypatch.setattr("sekisho.demo.archives._PER_MBOX", 150)
    monkeypatch.setattr("sekisho.demo.industry._CSV_UP_TO", 1_000)
    planted = write_industry(tmp_path, policies=1_100, mails=400)
    assert planted.message_count == len(messages(tmp_path)) == 400
    assert (tmp_path / "registry" / "policies.parquet").exists()
    boxes = sorted(path.name for path in (tmp_path / "evidence" / "mail").glob("*.mbox"))
    assert boxes == ["archive-01.mbox", "archive-02.mbox", "archive-03.mbox"]
    assert read_registry(tmp_path / "registry")[0] is not None
