"""The mail sweep says the same however many runs it took, and reads nothing twice."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from sekisho.disclosures.mail import sweep, worker
from sekisho.disclosures.mail.here import read_here
from sekisho.disclosures.mail.sweep import Progress
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry
from tests.disclosures.mail.mailroom import LEAK, OTHER, findings, locked_zip, mail, mbox, put, swept


class Readings:
    """Counts the messages that are really read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        real = worker.read_message

        def counted(*args: object, **named: object) -> object:
            self.count += 1
            return real(*args, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(worker, "read_message", counted)

    def since(self) -> int:
        count, self.count = self.count, 0
        return count


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    return Readings(monkeypatch)


def same_as_at_once(paths: list[Path], registry: Registry, journal: Path) -> pa.Table:
    """The findings of a further run, which must be those of one sweep over everything."""
    step, whole = swept(paths, registry, journal), swept(paths, registry)
    found, at_once = findings(step, registry), findings(whole, registry)
    assert found.equals(at_once)
    assert step.unread.equals(whole.unread)
    assert step.read_count == whole.read_count
    return found


def test_what_has_not_changed_is_not_read_again(tmp_path: Path, registry: Registry, readings: Readings) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=mail(1, LEAK), b_eml=mail(2)), tmp_path / "j"
    first = swept([folder], registry, journal)
    assert readings.since() == 2
    again = swept([folder], registry, journal)
    assert readings.since() == 0
    assert (first.known_count, again.known_count) == (0, 2)
    assert findings(again, registry).equals(findings(first, registry))
    assert findings(first, registry).num_rows == 1


def test_new_mail_is_read_and_only_that(tmp_path: Path, registry: Registry, readings: Readings) -> None:
    folder, journal = put(tmp_path / "mail", b_eml=mail(1, LEAK), c_eml=mail(2)), tmp_path / "j"
    swept([folder], registry, journal)
    readings.since()
    put(folder, a_eml=mail(3, OTHER), d_bin=b"\0no mail")
    swept([folder], registry, journal)
    assert readings.since() == 1
    assert same_as_at_once([folder], registry, journal).num_rows == 2


def test_a_mailbox_that_has_grown_is_read_where_it_is_new(
    tmp_path: Path, registry: Registry, readings: Readings
) -> None:
    mails = [mail(number, LEAK if number % 2 else "hello") for number in range(6)]
    folder, journal = put(tmp_path / "mail", a_mbox=mbox(*mails[:4])), tmp_path / "j"
    swept([folder], registry, journal)
    assert readings.since() == 4
    put(folder, a_mbox=mbox(*mails))
    seen = swept([folder], registry, journal)
    assert readings.since() == 2
    assert (seen.known_count, seen.gone_count) == (4, 0)
    assert same_as_at_once([folder], registry, journal).num_rows == 3


def test_moved_and_copied_archives_are_not_read_again(tmp_path: Path, registry: Registry, readings: Readings) -> None:
    folder, journal = put(tmp_path / "mail", a_mbox=mbox(mail(1, LEAK), mail(2))), tmp_path / "j"
    swept([folder], registry, journal)
    readings.since()
    (folder / "a.mbox").rename(folder / "moved.mbox")
    moved = swept([folder], registry, journal)
    assert readings.since() == 0
    assert (moved.gone_count, moved.gone_files) == (0, ())
    (found,) = same_as_at_once([folder], registry, journal).to_pylist()
    assert found["evidence"].startswith("mail/moved.mbox@")
    readings.since()
    shutil.copy(folder / "moved.mbox", folder / "copy.mbox")
    swept([folder], registry, journal)
    assert readings.since() == 0
    (found,) = same_as_at_once([folder], registry, journal).to_pylist()
    assert found["evidence"].startswith("mail/copy.mbox@")
    assert " | also in mail/moved.mbox@" in found["evidence"]


def test_evidence_once_seen_stays_and_is_told_to_be_gone(tmp_path: Path, registry: Registry) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=mail(1, LEAK), b_eml=mail(2, OTHER)), tmp_path / "j"
    before = findings(swept([folder], registry, journal), registry)
    (folder / "a.eml").unlink()
    seen = swept([folder], registry, journal)
    assert findings(seen, registry).equals(before)
    assert (seen.gone_count, seen.gone_files_count, seen.gone_files) == (1, 1, ("mail/a.eml",))
    put(folder, a_eml=mail(1, LEAK))
    assert swept([folder], registry, journal).gone_count == 0


def test_again_forgets_what_was_seen(tmp_path: Path, registry: Registry, readings: Readings) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=mail(1, LEAK), b_eml=mail(2)), tmp_path / "j"
    swept([folder], registry, journal)
    (folder / "a.eml").unlink()
    readings.since()
    seen = swept([folder], registry, journal, again=True)
    assert readings.since() == 1
    assert (seen.known_count, seen.gone_count, seen.events.num_rows) == (0, 0, 0)


def test_what_was_out_of_reach_is_tried_again(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=mail(1, LEAK), b_eml=mail(2)), tmp_path / "j"
    real = worker.MessageRef.read

    def gone(ref: worker.MessageRef) -> bytes:
        if ref.archive.endswith("a.eml"):
            raise PermissionError(13, "Permission denied")
        return real(ref)

    with monkeypatch.context() as now:
        now.setattr(worker.MessageRef, "read", gone)
        seen = swept([folder], registry, journal)
    assert seen.unread.column("reason").to_pylist() == ["no_permission"]
    assert same_as_at_once([folder], registry, journal).num_rows == 1


def test_what_stopped_a_sweep_does_not_stop_the_next(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=mail(1, LEAK)), tmp_path / "j"
    used: list[str] = []

    def dies(*_: object) -> Iterator[list[worker.Seen]]:
        used.append("here")
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(sweep, "read_here", dies)
    monkeypatch.setattr(sweep, "processes", lambda workers: used.append(f"pool of {workers}") or read_here)
    with pytest.raises(KeyboardInterrupt):
        swept([folder], registry, journal)
    assert swept([folder], registry, journal).events.num_rows == 1
    assert used == ["here", "pool of 1"]


# --- one mail in several mailboxes ------------------------------------------------------------------------------------


def test_copies_of_a_mail_are_one_disclosure_to_all_who_got_it(tmp_path: Path, registry: Registry) -> None:
    sent = mail(1, LEAK, to="ando@aoba.example.jp", headers={"Bcc": "hara@hei.example.jp", "X-Mozilla-Status": "1"})
    got = mail(1, LEAK, to="ando@aoba.example.jp", headers={"Received": "from mx; Thu, 1 Feb 2024 10:00:05 +0900",
                                                            "Delivered-To": "ota@otsu.example.jp"})  # fmt: skip
    folder = put(tmp_path / "mail", a_eml=sent, b_mbox=mbox(got), c_eml=got.replace(b"\n", b"\r\n"))
    seen = swept([folder], registry, tmp_path / "j")
    assert seen.read_count == 3
    assert seen.events.num_rows == 1
    assert sorted(seen.recipients.column("viewer").to_pylist()) == [
        "ando@aoba.example.jp", "hara@hei.example.jp", "ota@otsu.example.jp",
    ]  # fmt: skip
    found = findings(seen, registry).to_pylist()
    assert {row["recipient_party"] for row in found} == {"HEI", "OTSU"}
    assert all("mail/a.eml | " in row["evidence"] for row in found)
    assert all(row["evidence"].endswith(" | also in mail/b.mbox@35; mail/c.eml") for row in found)


def test_other_content_under_the_same_message_id_stays_separate(tmp_path: Path, registry: Registry) -> None:
    folder = put(tmp_path / "mail", a_eml=mail(1, LEAK), b_eml=mail(1, OTHER), c_eml=mail(1, LEAK, minute=3))
    assert swept([folder], registry, tmp_path / "j").events.num_rows == 3


def test_a_circular_in_many_mailboxes_names_some_and_counts_the_rest(tmp_path: Path, registry: Registry) -> None:
    folder = put(tmp_path / "mail", **{f"{number}_eml": mail(1, LEAK) for number in range(9)})
    (found,) = findings(swept([folder], registry, tmp_path / "j"), registry).to_pylist()
    assert found["evidence"].endswith(" | also in mail/1.eml; mail/2.eml; mail/3.eml and 5 more")


def test_who_asked_is_the_first_in_the_order_of_the_archives(tmp_path: Path, registry: Registry) -> None:
    answer = mail(2, LEAK, headers={"In-Reply-To": "<1@aoba.example.jp>"})
    other = mail(1).replace(b"aoki@aoba.example.jp\n", b"sato@otsu.example.jp\n", 1)
    folder, journal = put(tmp_path / "mail", m_eml=answer, z_eml=mail(1)), tmp_path / "j"
    assert swept([folder], registry, journal).events.column("parent_sender").to_pylist() == ["aoki@aoba.example.jp"]
    put(folder, a_eml=other)
    assert swept([folder], registry, journal).events.column("parent_sender").to_pylist() == ["sato@otsu.example.jp"]
    same_as_at_once([folder], registry, journal)


# --- passwords (PPAP) -------------------------------------------------------------------------------------------------

NAMED = "パスワード: hiraku-7531"


def locked(number: int = 1, **more: object) -> bytes:
    return mail(number, "添付します。", attached=locked_zip("hiraku-7531"), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("minute", [1, 25], ids=["before", "after"])
def test_the_next_or_last_mail_names_the_password(tmp_path: Path, registry: Registry, minute: int) -> None:
    folder = put(tmp_path / "mail", a_eml=locked(minute=15), b_eml=mail(2, NAMED, minute=minute), c_eml=mail(3))
    seen = swept([folder], registry, tmp_path / "j")
    assert seen.unread.num_rows == 0
    (found,) = findings(seen, registry).to_pylist()
    assert "list.txt" in found["evidence"]


def test_a_password_for_other_people_is_not_tried_unless_in_the_thread(tmp_path: Path, registry: Registry) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=locked()), tmp_path / "j"
    put(folder, b_eml=mail(2, NAMED, to="hara@hei.example.jp", minute=5))
    assert swept([folder], registry, journal).unread.column("reason").to_pylist() == ["encrypted"]
    answer = {"In-Reply-To": "<1@aoba.example.jp>"}
    put(folder, c_eml=mail(3, NAMED, to="hara@hei.example.jp", minute=9, headers=answer))
    assert same_as_at_once([folder], registry, journal).num_rows == 1


def test_a_password_that_comes_later_opens_what_was_read_before(
    tmp_path: Path, registry: Registry, readings: Readings
) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=locked(), b_eml=mail(7)), tmp_path / "j"
    assert swept([folder], registry, journal).unread.num_rows == 1
    readings.since()
    put(folder, c_eml=mail(2, NAMED, minute=5))
    assert swept([folder], registry, journal).unread.num_rows == 0
    assert readings.since() == 3, "the new mail; then the locked one, and the one that names its password"
    swept([folder], registry, journal)
    assert readings.since() == 0, "the same passwords are not tried twice"
    assert same_as_at_once([folder], registry, journal).num_rows == 1


def test_passwords_given_are_tried_on_what_is_locked_only(
    tmp_path: Path, registry: Registry, readings: Readings
) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=locked(), b_eml=mail(7)), tmp_path / "j"
    swept([folder], registry, journal)
    readings.since()
    opened = swept([folder], registry, journal, passwords=("falsch", "hiraku-7531"))
    assert readings.since() == 1
    assert findings(opened, registry).num_rows == 1
    kept = b"".join(file.read_bytes() for file in journal.iterdir())
    assert b"hiraku" not in kept and b"falsch" not in kept
    assert swept([folder], registry, journal).unread.num_rows == 1, "without them it is locked again"


def test_a_second_reading_that_fails_takes_nothing_away(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(tmp_path / "mail", a_eml=mail(1, LEAK, attached=locked_zip("hiraku-7531")))
    real = worker.read_message

    def fails(raw: bytes, *more: object, **named: object) -> object:
        if named:
            raise RuntimeError("in a decoder")
        return real(raw)

    monkeypatch.setattr(worker, "read_message", fails)
    seen = swept([folder], registry, tmp_path / "j", passwords=("hiraku-7531",))
    assert findings(seen, registry).num_rows == 1
    assert sorted(seen.unread.column("reason").to_pylist()) == ["broken", "encrypted"]


# --- the journal ------------------------------------------------------------------------------------------------------


def test_another_ledger_is_refused_and_another_rule_is_not(tmp_path: Path, registry: Registry) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=mail(1, LEAK)), tmp_path / "j"
    swept([folder], registry, journal)
    tables = dict(registry.tables)
    policies = tables["policies"]
    fewer = Registry.of({**tables, "policies": policies.slice(1)})
    with pytest.raises(InputError, match=r"the policies .*--again"):
        swept([folder], fewer, journal)
    renamed = tables["insurers"].set_column(1, "name", pa.array(["x", "y", "z", "w"]))
    with pytest.raises(InputError, match="names of the insurers"):
        swept([folder], Registry.of({**tables, "insurers": renamed}), journal)
    agencies = pa.array(["MIDORI"] * policies.num_rows)
    moved = policies.set_column(policies.column_names.index("agency_id"), "agency_id", agencies)
    judged = Registry.of({**tables, "appointments": tables["appointments"].slice(0, 0), "policies": moved})
    assert swept([folder], judged, journal).known_count == 1
    assert swept([folder], fewer, journal, again=True).known_count == 0


def test_two_sweeps_do_not_write_one_journal(tmp_path: Path, registry: Registry) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=mail(1)), tmp_path / "j"
    swept([folder], registry, journal)
    other = sqlite3.connect(journal / "lock.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(InputError, match="another sweep"):
        swept([folder], registry, journal)
    other.close()
    swept([folder], registry, journal)


def test_a_damaged_journal_is_told_with_the_remedy(tmp_path: Path, registry: Registry) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=mail(1)), tmp_path / "j"
    swept([folder], registry, journal)
    (journal / "journal.db").write_bytes(b"no database" * 100)
    with pytest.raises(InputError, match="--again"):
        swept([folder], registry, journal)
    assert swept([folder], registry, journal, again=True).read_count == 1


def test_the_journal_is_private_and_names_no_customer(tmp_path: Path, registry: Registry) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=mail(1, LEAK), b_eml=mail(2, "山田花子様へ")), tmp_path / "j"
    swept([folder], registry, journal)
    assert journal.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in journal.iterdir()} == {0o600}
    kept = b"".join(file.read_bytes() for file in journal.iterdir())
    assert "山田".encode() not in kept and b"KA12345678" not in kept


def test_progress_counts_what_is_known(tmp_path: Path, registry: Registry) -> None:
    folder, journal = put(tmp_path / "mail", a_eml=mail(1), b_eml=mail(2)), tmp_path / "j"
    swept([folder], registry, journal)
    put(folder, c_eml=mail(2, headers={"X-Spam": "no"}), d_eml=mail(1))
    told: list[Progress] = []
    swept([folder], registry, journal, progress=told.append)
    assert (told[-1].done, told[-1].total, told[-1].known) == (4, 4, 3)
