"""The record: an unbroken chain, or the place where it is broken; what was cut short is said."""

import json
from datetime import date
from pathlib import Path

import pytest

from sekisho.decisions import log as module
from sekisho.decisions.log import ANSWER, BEGINNING, SECOND, Head, Log, files
from sekisho.decisions.log_check import check, entries
from sekisho.kernel.errors import InputError, SekishoError


def told(n: int, viewer: str = "AOBA") -> str:
    return f'"kind":"decision","client":"c","viewer":"{viewer}","policy_no":"K-{n}"'


def written(folder: Path, *counts: int) -> Log:
    """A record with so many decisions in each of so many writes, open."""
    log = Log(folder)
    for count in counts:
        log.append([told(n) for n in range(count)])
    return log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEKISHO_NOW", "2026-11-28T12:00:00+09:00")


def lines(folder: Path) -> list[bytes]:
    return files(folder)[-1].read_bytes().splitlines(keepends=True)


def test_what_is_written_is_whole_private_and_in_order(folder: Path) -> None:
    log = written(folder, 3, 1)
    found = check(folder)
    assert (found.lines, found.files, found.begins, found.breaks) == (5, 1, 0, ())  # and the line that begins the file
    assert found.head == log.head
    assert [one["policy_no"] for one in entries(folder) if one["kind"] == "decision"] == ["K-0", "K-1", "K-2", "K-0"]
    log.close()
    (path,) = files(folder)
    assert (path.name, path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == ("2026-11-28.jsonl", 0o600, 0o700)
    assert [json.loads(line)["n"] for line in lines(folder)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("durable", [ANSWER, SECOND])
def test_it_goes_on_after_a_restart(folder: Path, durable: str) -> None:
    written(folder, 2).close()
    log = Log(folder, durable)
    log.append([told(7)])
    log.close()
    assert (check(folder).lines, check(folder).breaks) == (4, ())


def test_every_change_is_found(folder: Path) -> None:
    written(folder, 4).close()
    (path,) = files(folder)
    good = lines(folder)
    changes = {
        "a word": [good[0], good[1].replace(b"AOBA", b"KOU"), *good[2:]],
        "a word and its hash removed": [good[0], good[1][:-70] + b'"}\n', *good[2:]],
        "one taken out": [*good[:2], *good[3:]],
        "two exchanged": [good[0], good[2], good[1], *good[3:]],
        "one twice": [good[0], good[1], good[1], *good[2:]],
        "an empty line": [*good[:2], b"\n", *good[2:]],
        "the first taken out": good[1:],
        "nothing but noise": [b"noise\n"],
    }
    for what, changed in changes.items():
        path.write_bytes(b"".join(changed))
        assert check(folder).breaks, what
    path.write_bytes(b"".join(good))
    assert check(folder).breaks == ()


def test_a_break_names_its_line_and_the_rest_is_still_checked(folder: Path) -> None:
    written(folder, 6).close()
    (path,) = files(folder)
    good = lines(folder)
    good[2] = good[2].replace(b"K-1", b"K-9")
    good[5] = good[5].replace(b"K-4", b"K-9")
    path.write_bytes(b"".join(good))
    assert check(folder).breaks == tuple(f"2026-11-28.jsonl:{n}: does not follow from the line before" for n in (3, 6))


def test_an_end_cut_off_or_a_chain_made_anew_shows_against_a_noted_head(folder: Path, tmp_path: Path) -> None:
    log = written(folder, 4)
    noted = log.head
    log.append([told(9)])
    log.close()
    assert check(folder, noted).known_head is True
    (path,) = files(folder)
    path.write_bytes(b"".join(lines(folder)[:-2]))
    found = check(folder, noted)
    assert (found.breaks, found.known_head) == ((), False)
    other = written(tmp_path / "other", 4)
    other.append([told(8)])
    other.close()
    assert check(tmp_path / "other", Head(noted.n, "0" * 64)).known_head is False


@pytest.mark.parametrize("cut", [1, 2, 40, 75, 100, -1])
def test_a_line_cut_short_is_told_by_the_next(folder: Path, cut: int) -> None:
    """Killed in the middle of a write: what was whole stays, the rest is accounted for."""
    written(folder, 3).close()
    (path,) = files(folder)
    good = lines(folder)
    path.write_bytes(b"".join(good[:-1]) + good[-1][:cut])
    before = check(folder)
    assert before.breaks == ()
    assert before.unfinished == (0 if cut == -1 else len(good[-1][:cut]))
    log = Log(folder)
    log.append([told(7)])
    log.close()
    found = check(folder)
    assert found.breaks == ()
    assert found.torn == (0 if cut == -1 else 1)
    recovered = next(one for one in entries(folder) if one["kind"] == "recovered")
    assert recovered["torn_bytes"] == (0 if cut == -1 else len(good[-1][:cut]))
    Log(folder).close()  # and again
    assert check(folder).breaks == ()


def test_what_a_recovery_says_must_be_so(folder: Path) -> None:
    written(folder, 3).close()
    (path,) = files(folder)
    path.write_bytes(b"".join(lines(folder))[:-20])
    Log(folder).close()
    good = lines(folder)
    path.write_bytes(b"".join([*good[:3], good[3][:30] + b"X" + good[3][31:], *good[4:]]))
    assert check(folder).breaks


def test_each_day_has_its_file_and_the_chain_goes_through(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(folder, 1)
    monkeypatch.setenv("SEKISHO_NOW", "2026-11-29T00:00:00+09:00")
    log.append([told(1)])
    monkeypatch.setenv("SEKISHO_NOW", "2026-11-28T23:00:00+09:00")  # a clock put back
    log.append([told(2)])
    log.close()
    assert [path.name for path in files(folder)] == ["2026-11-28.jsonl", "2026-11-29.jsonl"]
    assert (check(folder).lines, check(folder).breaks) == (5, ())
    files(folder)[0].unlink()  # archived elsewhere
    found = check(folder)
    assert (found.breaks, found.begins, found.lines) == ((), 2, 3)
    Log(folder).close()


def test_a_day_missing_in_the_middle_is_a_break(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(folder, 1)
    for day in (29, 30):
        monkeypatch.setenv("SEKISHO_NOW", f"2026-11-{day}T12:00:00+09:00")
        log.append([told(day)])
    log.close()
    files(folder)[1].unlink()
    assert check(folder).breaks == ("2026-11-30.jsonl:1: does not follow from the line before",)


def test_a_file_that_only_begins_with_a_torn_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(folder, 2).close()
    (folder / "2026-11-29.jsonl").write_bytes(b'{"n":4,"at"')
    monkeypatch.setenv("SEKISHO_NOW", "2026-11-29T12:00:00+09:00")
    log = Log(folder)
    log.append([told(5)])
    log.close()
    Log(folder).close()
    assert (check(folder).breaks, check(folder).torn, check(folder).lines) == ((), 1, 5)


def test_a_record_that_was_changed_is_not_gone_on_with(folder: Path) -> None:
    written(folder, 2).close()
    (path,) = files(folder)
    path.write_bytes(b"".join(lines(folder)).replace(b"K-1", b"K-9"))
    with pytest.raises(SekishoError, match=r"does not follow"):
        Log(folder)


def test_one_program_at_a_time(folder: Path) -> None:
    log = written(folder, 1)
    with pytest.raises(SekishoError, match="another program"):
        Log(folder)
    log.close()
    Log(folder).close()


def test_what_cannot_be_written_is_not_in_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(folder, 2)
    write = module._write_all

    def full(file: int, data: bytes) -> None:
        write(file, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write_all", full)
    with pytest.raises(SekishoError, match="No space left"):
        log.append([told(1), told(2)])
    monkeypatch.setattr(module, "_write_all", write)
    log.append([told(3)])
    log.close()
    assert [one.get("policy_no") for one in entries(folder)] == [None, "K-0", "K-1", "K-3"]
    assert check(folder).breaks == ()


def test_after_a_failed_sync_nothing_more_is_promised(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(folder, 2)

    def broken(file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module.os, "fdatasync", broken)
    with pytest.raises(SekishoError, match="Input/output error"):
        log.append([told(1)])
    monkeypatch.undo()
    with pytest.raises(SekishoError, match="is closed"):
        log.append([told(2)])
    log.close()


def test_reading_it_back_by_viewer_policy_client_and_day(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = written(folder, 2)
    monkeypatch.setenv("SEKISHO_NOW", "2026-11-29T12:00:00+09:00")
    log.append([told(0, "KOU")])
    log.close()
    assert len([*entries(folder, policy_no="K-0")]) == 2
    assert [one["n"] for one in entries(folder, viewer="KOU", policy_no="K-0", client="c")] == [5]
    assert [one["n"] for one in entries(folder, policy_no="K-0", last=date(2026, 11, 28))] == [2]
    assert [one["n"] for one in entries(folder, policy_no="K-0", first=date(2026, 11, 29))] == [5]
    assert [*entries(folder / "none")] == []
    (folder / "2026-11-28.jsonl").write_bytes(b"noise\n" * 2)
    with pytest.raises(InputError, match=r"2026-11-28\.jsonl:1"):
        [*entries(folder)]


def test_an_empty_record_is_unbroken(folder: Path) -> None:
    assert check(folder).head == Head(0, BEGINNING)
    assert check(folder, Head(0, BEGINNING)).known_head is True


KEYED = b"k" * 32


def test_under_a_key_the_chain_cannot_be_written_anew_without_it(folder: Path, tmp_path: Path) -> None:
    log = Log(folder, key=KEYED)
    log.append([told(n) for n in range(3)])
    log.close()
    found = check(folder, key=KEYED)
    assert (found.lines, found.unkeyed, found.breaks) == (4, 0, ())
    assert check(folder, key=b"x" * 32).breaks
    with pytest.raises(InputError, match="under a key"):
        check(folder)
    forged = written(tmp_path / "forged", 3)  # a whole chain that says something else, under no key
    forged.close()
    assert check(tmp_path / "forged").breaks == ()
    assert "no line is under the key" in check(tmp_path / "forged", key=KEYED).breaks[-1]


def test_a_record_once_under_a_key_stays_so(folder: Path) -> None:
    written(folder, 2).close()
    log = Log(folder, key=KEYED)
    log.append([told(7)])
    log.close()
    found = check(folder, key=KEYED)
    assert (found.lines, found.unkeyed, found.breaks) == (4, 3, ())
    for key in (None, b"x" * 32):
        with pytest.raises(SekishoError, match=r"under a key|does not follow"):
            Log(folder, key=key)
    (path,) = files(folder)
    good = lines(folder)
    last = module.split(good[-1].rstrip(b"\n"))
    before = module.split(good[-2].rstrip(b"\n"))
    assert last is not None
    assert before is not None
    text = b'{"n":5,"at":"2026-11-28T12:00:00.000+09:00",' + told(8).encode()
    more = text + b',"hash":"' + module.chained(last.hash, text).encode() + b'"}\n'
    path.write_bytes(b"".join(good) + more)  # a line without the key, after one with it
    assert check(folder, key=KEYED).breaks == ("2026-11-28.jsonl:5: does not follow from the line before",)
    text = b'{"n":4,"at":"2026-11-28T12:00:00.000+09:00",' + told(8).encode()
    end = b',"hash":"' + module.chained(before.hash, text).encode() + b'"}\n'
    path.write_bytes(b"".join(good[:-1]) + end)  # the keyed end cut off, another put on
    assert check(folder, key=KEYED).breaks
    path.write_bytes(b"".join(good))
    assert check(folder, key=KEYED).breaks == ()


@pytest.mark.parametrize("cut", [1, 40, 75, -1])
def test_a_line_cut_short_under_a_key(folder: Path, cut: int) -> None:
    log = Log(folder, key=KEYED)
    log.append([told(n) for n in range(3)])
    log.close()
    (path,) = files(folder)
    good = lines(folder)
    path.write_bytes(b"".join(good[:-1]) + good[-1][:cut])
    Log(folder, key=KEYED).close()
    found = check(folder, key=KEYED)
    assert (found.breaks, found.torn) == ((), 0 if cut == -1 else 1)
