"""What a posting costs: the discounts at their boundaries, and the count sheet."""

from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from sekisho.costs.assumptions import assumptions
from sekisho.kernel.errors import InputError
from sekisho.letters.addressing.postage import Plan, count_sheet

DAY = date(2024, 10, 1)


def posting(pieces: int, *, bars: int | None = None, **plan: object):
    barred = pieces if bars is None else bars
    letters = [("0000001", number < barred) for number in range(pieces)]
    return count_sheet(letters, Plan(grams=20, **plan), posted_on=DAY)  # type: ignore[arg-type]


@pytest.mark.parametrize(("pieces", "percent"), [(999, 0), (1000, 3), (1001, 3)])
def test_barcodes_from_a_thousand_letters_on(pieces: int, percent: int) -> None:
    sheet = posting(pieces)
    assert (sheet.barcode_percent, sheet.full_yen) == (percent, pieces * 110)
    assert sheet.yen == -(-pieces * 110 * (100 - percent) // 100)


def test_only_those_with_a_barcode_and_only_standard_size() -> None:
    assert posting(2000, bars=1500).yen == 500 * 110 + 1500 * 110 * 97 // 100
    other = posting(2000, is_standard=False)
    assert (other.barcode_percent, other.yen) == (0, 2000 * 140)
    assert "定形郵便物に限ります" in other.notes[-1]


@pytest.mark.parametrize(
    ("pieces", "own", "designated"),
    [(1999, 0, 0), (2000, 3, 1), (9999, 3, 1), (10_000, 4, 2), (50_000, 5, 3), (100_000, 6, 4)],
)
def test_sorting_by_number_of_pieces(pieces: int, own: int, designated: int) -> None:
    assert posting(pieces, sorting="own").sorting_percent == own
    assert posting(pieces, sorting="designated").sorting_percent == designated


@pytest.mark.parametrize(
    ("pieces", "how", "percent"),
    [
        (2000, {"slack_days": 3}, 3 + 2),
        (50_000, {"regional": True}, 5 + 1),
        (50_000, {"regional": True, "slack_days": 3}, 5 + 3),
        (50_000, {"regional": True, "slack_days": 7}, 5 + 4),
        (49_999, {"regional": True, "slack_days": 7}, 4 + 2),
        (50_000, {"slack_days": 7}, 5 + 2),
        (50_000, {"regional": True, "slack_days": 7, "is_standard": False}, 5 + 6),
    ],
)
def test_slack_and_regional_offices(pieces: int, how: dict[str, object], percent: int) -> None:
    assert posting(pieces, sorting="own", **how).sorting_percent == percent


def test_slack_without_sorting_gives_nothing_and_says_so() -> None:
    sheet = posting(5000, slack_days=3)
    assert sheet.sorting_percent == 0
    assert "区分郵便物の割引を受ける場合に限ります" in sheet.notes[0]


def test_the_204783_letters_of_the_notes() -> None:
    sheet = posting(204_783, sorting="own", slack_days=3)
    assert sheet.full_yen == 22_526_130
    assert sheet.sorting_percent + sheet.barcode_percent == 11
    assert sheet.full_yen - sheet.yen == pytest.approx(2_477_874, abs=1)


def test_the_count_sheet_is_in_postal_order_and_adds_up() -> None:
    letters = [("9800001", True), ("0010001", True), ("0010002", False), ("1000001", True), ("0011234", True)]
    sheet = count_sheet(letters, Plan(grams=20), posted_on=DAY)
    assert [(row.area3, row.area5, row.region, row.pieces, row.with_bars) for row in sheet.bundles] == [
        ("001", "00100", "北海道", 2, 1),
        ("001", "00112", "北海道", 1, 1),
        ("100", "10000", "関東", 1, 1),
        ("980", "98000", "東北", 1, 1),
    ]
    assert sheet.regions() == {"北海道": 3, "関東": 1, "東北": 1}
    rows = sheet.rows()
    assert rows[-2] == ("合計", "", "", "5", "4")
    assert sum(int(row[3]) for row in rows[1:-2]) == 5
    assert {len(row) for row in rows} == {5}


def test_every_postcode_lies_somewhere() -> None:
    letters = [(f"{area:02d}00001", False) for area in range(100)]
    assert "不明" not in count_sheet(letters, Plan(grams=20), posted_on=DAY).regions()


def test_no_letters_cost_nothing() -> None:
    assert count_sheet([], Plan(grams=20), posted_on=DAY).yen == 0


@pytest.mark.parametrize(("grams", "standard", "yen"), [(50, True, 110), (50, False, 140), (51, False, 180)])
def test_weight(grams: int, standard: bool, yen: int) -> None:
    assert count_sheet([], Plan(grams, standard), posted_on=DAY).yen_each == yen


@pytest.mark.parametrize(
    ("plan", "day", "match"),
    [
        (Plan(51), DAY, "more than a letter"),
        (Plan(20), date(2024, 9, 30), "no postage is known"),
        (Plan(20, sorting="x"), DAY, "no such way"),
        (Plan(20, slack_days=4), DAY, "no such way"),
        (Plan(0), DAY, "no such way"),
    ],
)
def test_what_cannot_be_posted(plan: Plan, day: date, match: str) -> None:
    with pytest.raises(InputError, match=match):
        count_sheet([], plan, posted_on=day)


def test_a_letter_without_postcode_is_not_posted() -> None:
    with pytest.raises(InputError, match="no postcode"):
        count_sheet([("", False)], Plan(20), posted_on=DAY)


def test_prices_of_the_users_own(tmp_path: Path) -> None:
    own = tmp_path / "postage.yaml"
    own.write_text(
        "prices:\n  - {from: 2024-10-01, standard: [{grams: 50, yen: 110}]}\n"
        "  - {from: 2027-04-01, standard: [{grams: 50, yen: 130}]}\n",
        encoding="utf-8",
    )
    for day, yen in ((date(2027, 3, 31), 110), (date(2027, 4, 1), 130)):
        assert count_sheet([], Plan(20), posted_on=day, tariff=own).yen_each == yen
    own.write_text("[", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        count_sheet([], Plan(20), posted_on=DAY, tariff=own)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("price: []", "unknown: price"),
        ("prices: [{from: 2024-10-01, standart: []}]", r"unknown in prices\[1\]: standart"),
        ("prices: [{from: 2024-10-01, standard: [{gramm: 50, yen: 1}]}]", r"in prices\[1\].standard\[1\]: gramm"),
        ("prices: 3", "prices must be a list"),
        ("discounts: [{from: 2024-10-01}]", r"missing in discounts\[1\]: barcode, sorting, regional_pieces, slacks"),
        ("", "must hold named entries"),
    ],
)  # fmt: skip
def test_what_is_misspelt_in_an_own_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    own = tmp_path / "postage.yaml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told) as refused:
        count_sheet([], Plan(20), posted_on=DAY, tariff=own)
    assert refused.value.where == str(own)


def test_a_class_without_a_price_is_told(tmp_path: Path) -> None:
    own = tmp_path / "postage.yaml"
    own.write_text("prices: [{from: 2024-10-01, standard: [{grams: 50, yen: 110}]}]", encoding="utf-8")
    with pytest.raises(InputError, match="no price of this class"):
        count_sheet([], Plan(20, is_standard=False), posted_on=DAY, tariff=own)


def test_days_of_slack_are_data(tmp_path: Path) -> None:
    text = resources.files("sekisho.letters.addressing").joinpath("postage.yaml").read_text(encoding="utf-8")
    own = tmp_path / "postage.yaml"
    own.write_text(
        text.replace("slacks: [{days: 3}, {days: 7, regional: true}]", "slacks: [{days: 5}]").replace(
            "slack_3", "slack_5"
        ),
        encoding="utf-8",
    )
    letters = [("1000001", False)] * 2000
    plan = Plan(20, sorting="own", slack_days=5)
    assert count_sheet(letters, plan, posted_on=DAY, tariff=own).sorting_percent == 5
    with pytest.raises(InputError, match="no such way of posting"):
        count_sheet(letters, plan, posted_on=DAY)


def test_costs_reckon_with_the_same_postage() -> None:
    """Letters and costs stand side by side and do not know each other: their prices must not part."""
    for day in (DAY, date(2030, 1, 1)):
        each = count_sheet([], Plan(20), posted_on=day).yen_each
        assert assumptions().postage_on(day).letter == each
