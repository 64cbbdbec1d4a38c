"""Ledger columns become hashes straight from Arrow's buffers, chunks, slices and gaps included."""

from datetime import date

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.folding import LEVELS, fold
from sekisho.matching.index.build import field_states
from sekisho.matching.index.columns import (
    ADDRESS,
    CELL_MAX,
    EMAIL,
    KANA,
    NAME,
    PHONE,
    POLICY,
    POSTAL,
    Column,
    Seen,
    days_as_numbers,
    fold_cell,
    folding_tables,
    row_tag,
    tag_rows,
)
from sekisho.matching.index.keys import Keys
from sekisho.matching.parameters import word_array, words
from tests.matching.compiled_parts import folded_codes, outside

KEYED = field_states(Keys(bytes(range(32))))
FORMS = word_array(words("legal_forms"))


def column(kind: int, table: pa.Table, seen: Seen | None = None) -> Column:
    return Column(table, "x").hash(kind, KEYED, FORMS, seen or Seen(kind), "standard")


def hashed(kind: int, *values: str | None, seen: Seen | None = None) -> Column:
    return column(kind, pa.table({"x": pa.array(values, pa.string())}), seen)


def test_one_value_in_two_notations_has_one_hash() -> None:
    seen = Seen(NAME)
    found = hashed(NAME, "髙橋 太郎", "高橋太郎", "株式会社青葉商事", "青葉商事㈱", "山口虹", seen=seen).hashes
    assert found[0] == found[1]
    assert found[2] == found[3]
    assert len(set(found.tolist())) == 3
    assert sorted(seen.listed()[1].tolist()) == [1 << 3, 1 << 4, 1 << 4], "two beginnings of four characters, one of 3"


def test_empty_missing_and_unusable_values_have_none() -> None:
    assert hashed(KANA, None, "", "ハナ", "タカハシ").hashes.astype(bool).tolist() == [False, False, False, True]
    assert not column(NAME, pa.table({"y": ["a"]})).hashes.any()


def test_a_policy_number_without_any_digit_is_still_one_policy() -> None:
    seen = Seen(POLICY)
    found = hashed(POLICY, "仮証券・甲", "仮証券・乙", "仮証券・甲", "1" * 40, "―", seen=seen).hashes
    assert found[0] == found[2] != found[1]
    assert found.all()
    assert len(seen.listed()[0]) == 0, "its shape is nothing to look for in a text"


@settings(deadline=None, max_examples=50)
@given(st.sampled_from([POLICY, NAME, KANA, PHONE, EMAIL, ADDRESS, POSTAL]), st.text(st.characters(max_codepoint=127)))
def test_the_short_way_for_plain_ascii_gives_the_same(kind: int, text: str) -> None:
    """A zero-width space is deleted in folding, and sends the cell the long way."""
    assert hashed(kind, text).hashes[0] == hashed(kind, text + "\u200b").hashes[0]


TEXTS = st.text(
    st.one_of(
        st.sampled_from("ｶﾞﾊﾟがぱーｰ-１A髙﨑〇々〜㍼　\u3099\u309a\u200b\U000e0100\U00030001"),
        st.characters(codec="utf-8"),
    )
)


@settings(deadline=None, max_examples=200)
@given(TEXTS, st.sampled_from(LEVELS))
def test_a_cell_is_folded_as_any_text(text: str, level: str) -> None:
    data = np.frombuffer(text.encode() + b"\0", np.uint8)
    codes, kinds = np.zeros(CELL_MAX, np.uint32), np.zeros(CELL_MAX, np.uint8)
    length = outside(fold_cell)(data, 0, len(data) - 1, *folding_tables(level), codes, kinds)
    assert codes[:length].tolist() == fold(text, level).codes.tolist()
    if level == "standard":
        assert kinds[:length].tolist() == folded_codes(text)[1][:length].tolist()


def test_a_long_cell_is_read_up_to_its_limit() -> None:
    codes, kinds = np.zeros(CELL_MAX, np.uint32), np.zeros(CELL_MAX, np.uint8)
    for text in ("A" * 3000, "山" * 3000, "A" * CELL_MAX):
        data = np.frombuffer(text.encode(), np.uint8)
        assert outside(fold_cell)(data, 0, len(data), *folding_tables(), codes, kinds) == CELL_MAX


def test_what_was_seen_grows_with_the_ledger() -> None:
    seen = Seen(NAME)
    names = [chr(0x4E00 + first) + chr(0x4E00 + second) + "太郎" for first in range(60) for second in range(60)]
    hashed(NAME, *names, seen=seen)
    prefixes, lengths, _ = seen.listed()
    assert len(prefixes) >= 3000 and set(lengths.tolist()) == {1 << 4}
    assert prefixes.tolist() == sorted(set(prefixes.tolist()))


def test_slices_and_chunks_read_as_the_whole() -> None:
    whole = pa.table({"x": pa.chunked_array([["KA1", None, "KA2"], ["KA3", "𠮷田"]], pa.string())})
    full = column(NAME, whole).hashes
    part = column(NAME, whole.slice(2, 3)).hashes
    assert full[2:].tolist() == part.tolist()


def test_shapes_of_policy_numbers() -> None:
    seen = Seen(POLICY)
    hashed(POLICY, "KA-123", "12-345", "KB456", seen=seen)
    shapes, counts, symbols = seen.listed()
    assert shapes.tolist() == [5 << 32, (5 << 32) | 0b11]
    assert counts.tolist() == [1, 2]
    assert int(symbols[1, 1]) == (1 << 10) | (1 << 11), "the letters A and B"


def test_days_and_their_tags() -> None:
    table = pa.table({"d": pa.array([date(2026, 4, 1), None, date(9999, 12, 31)], pa.date32())})
    numbers, valid = days_as_numbers(table, "d")
    assert numbers[0] == 20260401
    assert valid.tolist() == [True, False, False]
    assert days_as_numbers(table, "e")[1].tolist() == [False] * 3
    tags = np.zeros(3, np.uint16)
    tag_rows(KEYED[0], 0, numbers, valid, tags)
    assert tags[0] == row_tag(KEYED[0], 0, 20260401)
    assert tags[0] != row_tag(KEYED[0], 1, 20260401), "equal values of two rows do not show"
    assert tags[1:].tolist() == [0, 0]
