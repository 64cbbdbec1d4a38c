"""Dates in every form that a ledger may hold; the eras' first and last days (FACTS §5)."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.dates import DateError, eras, parse_date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-08-30", date(2024, 8, 30)),
        ("2024/8/3", date(2024, 8, 3)),
        ("2024.08.30", date(2024, 8, 30)),
        ("20240830", date(2024, 8, 30)),
        ("2024年8月30日", date(2024, 8, 30)),
        ("２０２４年８月３０日", date(2024, 8, 30)),
        ("2024－08－30", date(2024, 8, 30)),
        ("2024-08-30 00:00:00", date(2024, 8, 30)),
        ("2024/08/30 0:00", date(2024, 8, 30)),
        ("2025-03-31 16:00", date(2025, 3, 31)),
        ("2024-08-30T12:34:56.789", date(2024, 8, 30)),
        ("9999-12-31", date(9999, 12, 31)),
        ("令和6年8月30日", date(2024, 8, 30)),
        ("令和 6年 8月 30日", date(2024, 8, 30)),
        ("令和６年８月３０日", date(2024, 8, 30)),
        ("㋿6年8月30日", date(2024, 8, 30)),
        ("令6.8.30", date(2024, 8, 30)),
        ("R6.8.30", date(2024, 8, 30)),
        ("r6.8.30", date(2024, 8, 30)),
        ("R06/08/30", date(2024, 8, 30)),
        ("R6-8-30", date(2024, 8, 30)),
        ("R.6.8.30", date(2024, 8, 30)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R元.5.1", date(2019, 5, 1)),
        ("H1.1.8", date(1989, 1, 8)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("大正15年12月24日", date(1926, 12, 24)),
        ("T1.7.30", date(1912, 7, 30)),
        ("明治45年7月29日", date(1912, 7, 29)),
        ("M6.1.1", date(1873, 1, 1)),
        # Contracts made before a change of era carry the old name for days after it.
        ("平成31年5月1日", date(2019, 5, 1)),
        ("平成35年3月1日", date(2023, 3, 1)),
        ("昭和64年1月8日", date(1989, 1, 8)),
    ],
)
def test_reads(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no date"),
        ("令和九九年", "is no date"),
        ("45000", "is no date"),
        ("240830", "is no date"),
        ("2024-08/30", "is no date"),
        ("2024-08-30T00:00:00+09:00", "is no date"),
        ("2024-08-30 25:00", "is no date"),
        ("2" * 1000, "is no date"),
        ("2023-02-29", "is no day of the calendar"),
        ("0000-00-00", "is no day of the calendar"),
        ("令和5年2月29日", "is no day of the calendar"),
        ("令和元年4月30日", "is before 令和 began (2019-05-01)"),
        ("平成元年1月7日", "is before 平成 began (1989-01-08)"),
        ("昭和元年12月24日", "is before 昭和 began (1926-12-25)"),
        ("大正元年7月29日", "is before 大正 began (1912-07-30)"),
        ("明治5年12月2日", "is before 明治 began (1873-01-01)"),
        ("大正15年12月25日", "is after 大正 ended (1926-12-24)"),
        ("明治45年7月30日", "is after 明治 ended (1912-07-29)"),
        ("平成61年5月1日", "is after 平成 ended (2019-04-30)"),
        ("令和0年5月1日", "has the year 0; an era begins with 元年 (1)"),
        ("安政6.8.30", "names no era since 明治"),
    ],
)
def test_refuses_and_says_why(text: str, why: str) -> None:
    with pytest.raises(DateError) as raised:
        parse_date(text)
    assert str(raised.value) == why


@given(st.dates(date(1873, 1, 1), date(2050, 12, 31)))
def test_every_day_reads_back_from_every_form(day: date) -> None:
    era = next(e for e in eras() if e.start <= day)
    year = day.year - era.first_year + 1
    forms = [
        day.isoformat(),
        f"{day:%Y/%m/%d}",
        f"{day:%Y%m%d}",
        f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日",
        f"{era.letter}{year:02d}.{day:%m.%d}",
    ]
    assert {parse_date(form) for form in forms} == {day}


def test_eras_follow_each_other_without_gap() -> None:
    latest_first = eras()
    for later, earlier in pairwise(latest_first):
        assert earlier.end is not None
        assert earlier.end + timedelta(days=1) == later.start
    assert latest_first[0].end is None


@given(st.text(max_size=60))
def test_anything_is_a_date_or_a_date_error(text: str) -> None:
    try:
        parse_date(text)
    except DateError as error:
        assert str(error)
