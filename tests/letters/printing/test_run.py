"""Print runs: what is printed is read back equal, what cannot be printed is listed, the same input gives the same
bytes."""

import csv
import json
import stat
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from sekisho.kernel.errors import InputError
from sekisho.letters.model import Held, Recipient
from sekisho.letters.printing import PrintRun, Settings, print_letters
from sekisho.letters.printing.reader import texts_of
from tests.letters.printing.cast import (
    BARS,
    SATO,
    TAKASAKI,
    TSUJI,
    UNKNOWN_VARIANT,
    WATANABE,
    WORDING,
    line,
    people,
    recipient,
    small_font,
    some_bars,
)  # fmt: skip

ALONE = Settings(series="N12", letters_per_file=10, workers=1, bars=some_bars)


def printed(who: list[Recipient], out: Path, settings: Settings = ALONE) -> PrintRun:
    return print_letters(iter(who), WORDING, out, settings=settings)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != ".lock"}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> PrintRun:
    """25 letters, two of them of several pages, in three files."""
    return printed(people(25), tmp_path_factory.mktemp("done") / "out")


def test_everything_can_be_read_back(done: PrintRun) -> None:
    ledger = rows(done.ledger)
    texts = {path.name: texts_of(path.read_bytes()) for path in done.files}
    assert [row["person"] for row in ledger] == [who.person for who in people(25)]
    for row, who in zip(ledger, people(25), strict=True):
        first = int(row["first_page"]) - 1
        pages = texts[row["file"]][first : first + int(row["pages"])]
        name = "".join(who.name.split()) + "様"
        assert all(name in page and f"文書番号{row['serial']}" in page for page in pages)
        assert all(f"{number}／{len(pages)}" in page for number, page in enumerate(pages, 1))
        assert [sum(policy.policy_no in page for page in pages) for policy in who.lines] == [1] * len(who.lines)
        assert ("100-0001東京都架空区青葉町1丁目2番3号コーポみどり101" + name + some_bars(who)) in pages[0]
        assert WORDING.title in pages[0] and "以上" in pages[-1] and "0120-000-000" in pages[-1]
    assert {int(row["pages"]) for row in ledger} == {1, 3}


def test_the_ledger_proves_what_was_printed(done: PrintRun) -> None:
    ledger = rows(done.ledger)
    assert [path.name for path in done.files] == ["letters-0001.pdf", "letters-0002.pdf", "letters-0003.pdf"]
    for path in done.files:
        digest = sha256(path.read_bytes()).hexdigest()
        assert {row["file_sha256"] for row in ledger if row["file"] == path.name} == {digest}
    assert ledger[0]["serial"] == "N12-0000001-8"
    assert "NotoSerifJP-Regular Version" in ledger[0]["fonts"]
    assert len({row["row_sha256"] for row in ledger}) == 25
    assert done.letters == 25
    assert done.pages == sum(int(row["pages"]) for row in ledger) == 31
    text = done.ledger.read_text(encoding="utf-8-sig")
    assert "佐藤" not in text and "架空区" not in text


def test_everything_belongs_to_its_owner_and_nothing_is_left_over(done: PrintRun) -> None:
    folder = done.ledger.parent
    assert {path.name for path in folder.iterdir()} == {
        "letters-0001.pdf", "letters-0002.pdf", "letters-0003.pdf", "ledger.csv", "mailing.csv", "held.csv", ".lock"
    }  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_the_list_for_the_mailing_house_is_harmless(tmp_path: Path) -> None:
    evil = recipient('=HYPERLINK("x")', 1, address="+81 東京都")
    run = printed([evil], tmp_path)
    (row,) = rows(run.mailing)
    assert row["宛名"].startswith("'=HYPERLINK") and row["住所"] == "'+81 東京都"
    assert (row["文書番号"], row["郵便番号"], row["先頭ページ"]) == ("N12-0000001-8", "100-0001", "1")


def test_what_cannot_be_printed_is_held_back_and_listed_by_code_point(tmp_path: Path) -> None:
    who = [
        recipient(TAKASAKI, 1),
        recipient(UNKNOWN_VARIANT, 2),
        recipient("佐藤\u0007", 3),
        recipient("\ue000田", 4),
        recipient("寿限無" * 40, 5),
        recipient(SATO, 6, address="東京都架空区" + "青葉町" * 60),
        recipient("　", 7),
        recipient(SATO, 8, address=""),
        recipient(SATO, 9, lines=(line(items=("とても長い項目の名" * 60,)),)),
        recipient(WATANABE, 10),
    ]
    run = printed(who, tmp_path)
    assert [(held.person, held.reason, held.detail) for held in run.held] == [
        ("P0002", Held.GLYPH, "U+5C71 U+E0142"),
        ("P0003", Held.GLYPH, "U+0007"),
        ("P0004", Held.GLYPH, "U+E000"),
        ("P0005", Held.TOO_LONG, "name"),
        ("P0006", Held.TOO_LONG, "address"),
        ("P0007", Held.NO_NAME, ""),
        ("P0008", Held.NO_ADDRESS, ""),
        ("P0009", Held.TOO_LONG, "column 2"),
    ]
    assert [row["serial"] for row in rows(run.ledger)] == ["N12-0000001-8", "N12-0000010-9"]
    listed = rows(tmp_path / "held.csv")
    assert [(row["serial"], row["reason"]) for row in listed][:2] == [
        ("N12-0000002-6", "glyph"),
        ("N12-0000003-4", "glyph"),
    ]
    assert b"\x5c\x71\xdb\x40" not in run.files[0].read_bytes()


def test_when_all_are_held_back_there_is_no_file(tmp_path: Path) -> None:
    run = printed([recipient(UNKNOWN_VARIANT)], tmp_path)
    assert run.files == () and run.letters == 0 and len(run.held) == 1 and rows(run.ledger) == []


def test_no_recipients_are_an_empty_ledger(tmp_path: Path) -> None:
    assert printed([], tmp_path).letters == 0


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes_with_any_number_of_workers(done: PrintRun, tmp_path: Path) -> None:
    printed(people(25), tmp_path, replace(ALONE, workers=2))
    assert files_of(tmp_path) == files_of(done.ledger.parent)


def test_a_finished_run_is_not_run_again(done: PrintRun) -> None:
    with pytest.raises(InputError, match="printed here already"):
        printed(people(25), done.ledger.parent)


class StoppedError(Exception):
    pass


def stopped_after(count: int, who: list[Recipient], out: Path) -> None:
    def until() -> object:
        yield from who[:count]
        raise StoppedError

    with pytest.raises(StoppedError):
        print_letters(until(), WORDING, out, settings=ALONE)  # type: ignore[arg-type]


def test_a_run_that_was_stopped_is_taken_up_again(done: PrintRun, tmp_path: Path) -> None:
    stopped_after(20, people(25), tmp_path)
    first = tmp_path / "letters-0001.pdf"
    before = first.stat().st_ino
    (tmp_path / ".letters-0003.pdf.abc.part").write_bytes(b"half")
    printed(people(25), tmp_path)
    assert files_of(tmp_path) == files_of(done.ledger.parent)
    assert first.stat().st_ino == before  # kept, not made again


def test_a_file_that_was_changed_meanwhile_is_made_again(done: PrintRun, tmp_path: Path) -> None:
    stopped_after(20, people(25), tmp_path)
    (tmp_path / "letters-0001.pdf").write_bytes(b"something else")
    (tmp_path / ".parts" / "0002.json").write_text(json.dumps({"rows": 1}), encoding="utf-8")
    printed(people(25), tmp_path)
    assert files_of(tmp_path) == files_of(done.ledger.parent)


def test_other_input_makes_everything_again_and_leaves_nothing_of_the_old(tmp_path: Path) -> None:
    stopped_after(20, people(20), tmp_path)
    run = printed([recipient(TSUJI, 7)], tmp_path)
    assert [path.name for path in tmp_path.glob("*.pdf")] == ["letters-0001.pdf"]
    assert [row["person"] for row in rows(run.ledger)] == ["P0007"]


def test_a_ledger_as_parquet(tmp_path: Path) -> None:
    run = printed(people(12), tmp_path, replace(ALONE, ledger="ledger.parquet"))
    table = pq.read_table(run.ledger)
    assert table.num_rows == 12
    assert table["first_page"].to_pylist()[:5] == [1, 2, 3, 4, 7]


def test_fonts_of_the_user_are_asked_first_and_all_are_in_the_file(tmp_path: Path) -> None:
    own = small_font(tmp_path / "own.ttf")
    who = [recipient("辺\U000e0142山 \ue000", 1), recipient("一辺", 2)]
    run = printed(who, tmp_path / "out", replace(ALONE, fonts=(own,)))
    assert run.held == ()
    texts = texts_of(run.files[0].read_bytes())
    assert "辺\U000e0142山\ue000様" in texts[0] and "一辺様" in texts[1]
    data = run.files[0].read_bytes()
    assert b"/FontFile2 " in data and b"/FontFile3 " in data


def test_a_company_is_addressed_as_one(tmp_path: Path) -> None:
    run = printed([recipient("株式会社さくら商事", is_corporate=True)], tmp_path)
    assert "株式会社さくら商事御中" in texts_of(run.files[0].read_bytes())[0]


def test_long_texts_get_higher_rows_or_smaller_type(tmp_path: Path) -> None:
    items = tuple(f"情報の項目その{number}" for number in range(12))
    who = recipient(
        SATO, 1, lines=(line(1, items=items), line(2)), address="東京都架空区青葉町一丁目二番三号 " + "みどりの丘" * 6
    )
    run = printed([who], tmp_path)
    text = texts_of(run.files[0].read_bytes())[0]
    assert "、".join(items) in text and run.held == ()


def test_a_recipient_without_policies_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="without lines"):
        printed([recipient(SATO, lines=())], tmp_path)
    assert not list(tmp_path.glob("*.pdf"))


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_wording_that_cannot_be_printed_is_refused_before_anything_is_written(tmp_path: Path, workers: int) -> None:
    wording = replace(WORDING, opening=("お詫び\U000e0142",))
    with pytest.raises(InputError, match=r"no font has U\+3073 U\+E0142"):
        print_letters(people(13), wording, tmp_path, settings=replace(ALONE, workers=workers))
    assert not list(tmp_path.glob("letters*"))


@pytest.mark.parametrize(
    ("other", "where"),
    [
        ({"series": "../x"}, "series"),
        ({"letters_per_file": 0}, "letters_per_file"),
        ({"workers": 0}, "workers"),
        ({"ledger": "a/b.csv"}, "ledger"),
        ({"ledger": "ledger.txt"}, "ledger"),
        ({"layout": {"nothing": {}}}, "layout"),
        ({"layout": {"address": {"nothing": 1}}}, "layout"),
        ({"layout": {"sender": {"left": 90.0}}}, "layout: sender"),
        ({"layout": {"body": {"top": 60.0}}}, "layout: body.top"),
        ({"layout": {"address": {"width": 99.0}}}, "layout: address"),
    ],
)
def test_settings_that_cannot_be_are_refused(tmp_path: Path, other: dict[str, object], where: str) -> None:
    with pytest.raises(InputError) as refused:
        printed(people(1), tmp_path, replace(ALONE, **other))  # type: ignore[arg-type]
    assert refused.value.where == where


def test_the_bars_of_the_cast_are_67() -> None:
    assert len(BARS) == 67
