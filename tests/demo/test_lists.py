from datetime import date

import pytest

from sekisho.demo.lists import as_bullets, as_html, as_text, in_era, quoted, rows_of, wide

POLICY = {
    "policy_no": "K101-1234567",
    "insurer_id": "KOU",
    "holder_name": "山田　太郎",
    "expiry_date": date(2026, 5, 31),
    "premium": 12340,
}


@pytest.mark.parametrize(
    ("day", "long", "short"),
    [
        (date(1977, 3, 4), "昭和52年3月4日", "S52.3.4"),
        (date(1989, 1, 7), "昭和64年1月7日", "S64.1.7"),
        (date(1989, 1, 8), "平成元年1月8日", "H1.1.8"),
        (date(2026, 5, 31), "令和8年5月31日", "R8.5.31"),
    ],
)
def test_era_dates(day: date, long: str, short: str) -> None:
    assert in_era(day) == long
    assert in_era(day, short=True) == short


@pytest.mark.parametrize(
    ("style", "row"),
    [
        (0, ["K101-1234567", "山田　太郎", "2026/05/31", "甲損害保険", "12,340"]),
        (1, ["Ｋ１０１－１２３４５６７", "山田　太郎", "令和8年5月31日", "甲損保", "12,340"]),
        (2, ["K1011234567", "山田　太郎", "R8.5.31", "甲損害保険", "12,340"]),
    ],
)
def test_styles(style: int, row: list[str]) -> None:
    assert rows_of([POLICY], style=style) == [["証券番号", "契約者名", "満期日", "引受保険会社", "保険料"], row]


def test_shapes() -> None:
    rows = [["証券番号", "契約者名"], ["K1", "甲<乙"]]
    assert as_text(rows, "\t") == "証券番号\t契約者名\nK1\t甲<乙\n"
    assert as_bullets(rows) == "・証券番号：K1　契約者名：甲<乙\n"
    assert "<td>甲&lt;乙</td>" in as_html("一覧", rows)
    assert quoted("a\nb\n") == "> a\n> b\n"
    assert wide("TB-1") == "ＴＢ－１"
