import re
from datetime import UTC, datetime

import pytest

from sekisho.kernel.errors import InputError
from sekisho.letters.printing import single_letter
from sekisho.letters.printing.reader import texts_of
from tests.letters.printing.cast import TSUJI, UNKNOWN_VARIANT, WATANABE, WORDING, line, recipient

MADE = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def test_one_letter_is_tagged_and_says_the_same() -> None:
    who = recipient(WATANABE, 1, lines=tuple(line(number) for number in range(1, 31)))
    pdf = single_letter(who, WORDING, "N12-0000001-8", made_at=MADE)
    assert re.search(rb"pdfuaid:part>1<", pdf) and re.search(rb"pdfaid:part>2<.*pdfaid:conformance>A<", pdf, re.DOTALL)
    assert b"/MarkInfo<</Marked true" in pdf and b"/Lang(ja" in pdf
    pages = texts_of(pdf)
    assert len(pages) > 1
    assert all("渡邉\U000e0101花子様" in page and "文書番号N12-0000001-8" in page for page in pages)
    assert all(any(policy.policy_no in page for page in pages) for policy in who.lines)
    assert WORDING.title in pages[0] and "以上" in pages[-1]


def test_the_same_letter_is_the_same_file() -> None:
    first, second = (single_letter(recipient(TSUJI), WORDING, "N12-0000001-8", made_at=MADE) for _ in range(2))
    assert first == second


def test_what_is_held_back_in_print_is_held_back_here() -> None:
    with pytest.raises(InputError, match=r"glyph: U\+5C71 U\+E0142"):
        single_letter(recipient(UNKNOWN_VARIANT), WORDING, "N12-0000001-8")
