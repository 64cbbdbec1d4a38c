from collections.abc import Mapping
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sekisho.letters.printing.fitting import NOT_FIRST, NOT_LAST, Place, fit, wrapped


class Square(dict[str, int]):
    """Kanji are 1000 wide, Latin letters 500."""

    def __missing__(self, unit: str) -> int:
        return 500 if unit.isascii() else 1000


WIDTHS: Mapping[str, int] = Square()
TEXT = st.text("東京都、。「」ー・１２ab-12 \u3000っ（）𠮷", max_size=80)


def lines_of(text: str, room: float, keep_end: int = 0, prefer: str = "") -> list[str]:
    cut = list(text)
    return wrapped(cut, [WIDTHS[unit] for unit in cut], room, keep_end, frozenset(prefer))


@given(TEXT, st.integers(1000, 12_000))
def test_lines_hold_everything_in_order_and_are_not_too_wide(text: str, room: int) -> None:
    lines = lines_of(text, room)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(sum(WIDTHS[unit] for unit in line) <= room for line in lines)


@given(st.text("東京都、。「」ー・１２ab-12っ（）𠮷", max_size=80), st.integers(6000, 12_000))
def test_no_line_begins_with_a_comma_unless_nothing_else_is_possible(text: str, room: int) -> None:
    lines = lines_of(text, room)
    for before, after in pairwise(lines):
        if after[0] in NOT_FIRST or before[-1] in NOT_LAST:
            assert all(a in NOT_LAST or b in NOT_FIRST or (a.isascii() and b.isascii())
                       for a, b in pairwise(before + after[:1]))  # fmt: skip


def test_words_and_numbers_are_not_torn() -> None:
    assert lines_of("証券番号A1234567", 7000) == ["証券番号", "A1234567"]
    assert lines_of("A12345678901", 3000) == ["A12345", "678901"]


def test_lines_end_by_preference_after_a_comma() -> None:
    assert lines_of("証券番号、契約者氏名、満期日", 8000, prefer="、") == ["証券番号、", "契約者氏名、", "満期日"]
    assert lines_of("証券番号、契約者氏名、満期日", 8000) == ["証券番号、契約者", "氏名、満期日"]


def test_the_honorific_stays_with_the_name() -> None:
    assert lines_of("東京太郎　様", 5000, keep_end=3)[-1].endswith("郎　様")


def test_smaller_before_more_lines_before_too_long() -> None:
    place = Place(width=50, height=30, sizes=(10.0, 8.0), leading=1.2, most_lines=2)
    assert fit("東京都", place, WIDTHS).size == 10.0  # type: ignore[union-attr]
    assert fit("東京都千代田", place, WIDTHS).lines == ("東京都千代田",)  # type: ignore[union-attr]
    two = fit("東京都千代田区架空", place, WIDTHS)
    assert two is not None and two.size == 10.0 and len(two.lines) == 2
    assert fit("東京都千代田区架空町青葉町一丁目", place, WIDTHS) is None


def test_an_empty_text_fits() -> None:
    assert fit("", Place(10, 10, (8.0,), 1.2), WIDTHS) is not None
