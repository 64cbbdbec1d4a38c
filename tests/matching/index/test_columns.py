"""Ledger columns become hashes straight from Arrow's buffers, chunks, slices and gaps included."""

from datetime import date

import numpy as np
import pyarrow as pa

from sekisho.matching.index.columns import KANA, NAME, POLICY, TAGS, Column, days_as_numbers, row_tag, tag_rows
from sekisho.matching.index.hashing import states
from sekisho.matching.parameters import word_array, words

KEYED = states(np.array([1, 2], np.uint64), TAGS)
FORMS = word_array(words("legal_forms"))


def hashed(kind: int, *values: str | None) -> Column:
    return Column(pa.table({"x": pa.array(values, pa.string())}), "x").hash(kind, KEYED, FORMS)


def test_one_value_in_two_notations_has_one_hash() -> None:
    column = hashed(NAME, "髙橋 太郎", "高橋太郎", "株式会社青葉商事", "青葉商事㈱", "山口虹")
    assert column.hashes[0] == column.hashes[1]
    assert column.hashes[2] == column.hashes[3]
    assert len(set(column.hashes.tolist())) == 3
    assert column.lengths.tolist() == [4, 4, 4, 4, 3]


def test_empty_missing_and_unusable_values_have_none() -> None:
    assert hashed(KANA, None, "", "ハナ", "タカハシ").hashes.astype(bool).tolist() == [False, False, False, True]
    assert not Column(pa.table({"y": ["a"]}), "x").hash(NAME, KEYED, FORMS).hashes.any()


def test_slices_and_chunks_read_as_the_whole() -> None:
    whole = pa.table({"x": pa.chunked_array([["KA1", None, "KA2"], ["KA3", "𠮷田"]], pa.string())})
    full = Column(whole, "x").hash(NAME, KEYED, FORMS).hashes
    part = Column(whole.slice(2, 3), "x").hash(NAME, KEYED, FORMS).hashes
    assert full[2:].tolist() == part.tolist()


def test_shapes_of_policy_numbers() -> None:
    column = hashed(POLICY, "KA-123", "12-345", "KB456")
    assert column.prefixes[0] == column.prefixes[2] == (5 << 32) | 0b11
    assert column.prefixes[1] == 5 << 32
    seen = column.alphabets(np.unique(column.prefixes))
    assert int(seen[1, 1]) == (1 << 10) | (1 << 11), "the letters A and B"


def test_days_and_their_tags() -> None:
    table = pa.table({"d": pa.array([date(2026, 4, 1), None, date(9999, 12, 31)], pa.date32())})
    numbers, valid = days_as_numbers(table, "d")
    assert numbers[0] == 20260401
    assert valid.tolist() == [True, False, False]
    assert days_as_numbers(table, "e")[1].tolist() == [False] * 3
    tags = np.zeros(3, np.uint32)
    tag_rows(KEYED[0], numbers, valid, tags)
    assert tags[0] == row_tag(KEYED[0], 0, 20260401)
    assert tags[0] != row_tag(KEYED[0], 1, 20260401), "equal values of two rows do not show"
    assert tags[1:].tolist() == [0, 0]
