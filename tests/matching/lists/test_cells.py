"""What a header cell names, what a policy number looks like, what sums up a list."""

import pytest

from sekisho.kernel.folding import folded
from sekisho.law.items import codes_of
from sekisho.matching.lists.cells import head_item, is_empty, is_total, speaks_of_insurance, squeezed_number


def test_head_words() -> None:
    assert codes_of(head_item("証券番号(10桁)")) == ("policy_no",)
    assert codes_of(head_item("契約者名(カナ)")) == ("holder_kana",)
    assert codes_of(head_item(folded("ご契約者名"))) == ("holder_name",)
    assert head_item("備考") == head_item("") == head_item("証券番号" * 20) == 0


@pytest.mark.parametrize(
    ("cell", "number"),
    [("KA-123 4567", "KA1234567"), ("1234567890.0", "1234567890"), (" 'KA1234567", "KA1234567"),
     ("TELAB1234", "TELAB1234"), ("TEL1234567", "TEL1234567"), ("証券番号 KA1234567", "KA1234567")],
)  # fmt: skip
def test_policy_numbers(cell: str, number: str) -> None:
    assert squeezed_number(cell) == number


@pytest.mark.parametrize(
    "cell",
    ["2026/5/1", "令和8年5月1日", "R8.5.1", "03-0000-9999", "(03)0000-9999", "+81-3-0000-9999", "TEL 03-0000-0008",
     "TEL:0300000008", "FAX 03-0000-0009", "電話 0300000008", "〒100-0001 東京都", "taro12345@example.jp", "52,340円",
     "¥52340", "1,234,567", "1234", "ABCDEFG", "", "9" * 21, "あ12345いろはにほへとちり"],
)  # fmt: skip
def test_what_is_no_policy_number(cell: str) -> None:
    assert squeezed_number(folded(cell)) == ""


def test_empty_cells_and_totals() -> None:
    assert all(is_empty(cell) for cell in ("", " ", "-", " - - ", "***", "―"))
    assert not is_empty("0")
    assert is_total(["合計", "3件"])
    assert is_total(["1", "小計(12件)"])
    assert not is_total(["1", "2", "合計"])
    assert not is_total(["計良 太郎"])


def heads(*cells: str) -> list[tuple[int, str]]:
    return [(head_item(folded(cell)), folded(cell)) for cell in cells]


def test_headers_of_lists_of_policies() -> None:
    assert speaks_of_insurance(heads("証券番号", "備考"))
    assert speaks_of_insurance(heads("policy", "holder"))
    assert speaks_of_insurance(heads("policy", "expiry"))
    assert not speaks_of_insurance(heads("policy", "premium"))
    assert not speaks_of_insurance(heads("電話番号", "住所"))
    assert not speaks_of_insurance(heads("name", "phone"))
