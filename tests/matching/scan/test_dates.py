"""Dates in every notation become one number; what is no date becomes 0."""

import pytest

from sekisho.matching.scan.dates import era_date, western_date
from tests.matching.compiled_parts import folded_codes, outside


def day_of(text: str) -> int:
    codes, kinds, length = folded_codes(text)
    read = western_date if text[0] in "0123456789０１２３４５６７８９" else era_date
    return int(outside(read)(codes, kinds, 0, length)[0])


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1980-03-04", 19800304),
        ("1980/3/4", 19800304),
        ("1980.3.4", 19800304),
        ("1980年3月4日", 19800304),
        ("１９８０年 ３月 ４日", 19800304),
        ("19800304", 19800304),
        ("昭和55年3月4日", 19800304),
        ("昭和五十五年三月四日", 19800304),
        ("昭55.3.4", 19800304),
        ("S55/03/04", 19800304),
        ("S550304", 19800304),
        ("㍼55年3月4日", 19800304),
        ("大正15年12月24日", 19261224),
        ("明治45年7月29日", 19120729),
        ("平成元年1月8日", 19890108),
        ("令和元年5月1日", 20190501),
        ("R8.4.1", 20260401),
    ],
)
def test_dates(text: str, day: int) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "80-03-04",
        "1980-13-01",
        "1980-12-32",
        "1980年3/4",
        "1980",
        "198003041",
        "19801301",
        "昭和年3月4日",
        "S55",
        "K55.3.4",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert day_of(text) == 0
