"""Texts as numbers: exactly those of a dictionary in plain Python."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sekisho.incidents.counting.texts import Texts, joined, numbers_of

WORDS = st.one_of(
    st.none(), st.sampled_from(("", "a", "ab", "証券", "N000000001", "N000000002", "N0000000010")), st.text()
)
ROWS = st.lists(st.tuples(WORDS, st.integers(-1, 2)), max_size=40)


def column(texts: list[str | None]) -> pa.ChunkedArray:
    half = len(texts) // 2
    return pa.chunked_array([pa.array(part, pa.string()) for part in (texts[:half], texts[half:])])


@given(ROWS, ROWS)
def test_the_same_text_beside_the_same_number_has_the_same_number(
    rows: list[tuple[str | None, int]], others: list[tuple[str | None, int]]
) -> None:
    plain: dict[tuple[str, int], int] = {}
    wanted = [plain.setdefault((text or "", beside), len(plain)) if beside >= 0 else -1 for text, beside in rows]
    found = Texts(column([text for text, _ in rows]), np.array([beside for _, beside in rows], np.int64))
    assert found.numbers.tolist() == wanted
    assert [wanted[first] for first in found.firsts] == list(range(len(plain)))
    places = found.places(column([text for text, _ in others]), np.array([beside for _, beside in others], np.int64))
    assert places.tolist() == [plain.get((text or "", beside), -1) for text, beside in others]


@given(st.lists(st.tuples(WORDS, WORDS, st.integers(0, 3)), max_size=30))
def test_columns_joined_are_one_number_where_all_are_the_same(rows: list[tuple[str | None, str | None, int]]) -> None:
    first, second = (numbers_of(column([row[at] for row in rows])) for at in (0, 1))  # type: ignore[misc]
    found = joined(first, second, np.array([row[2] for row in rows], np.int64)).tolist()
    assert [number < 0 for number in found] == [None in row for row in rows]
    for one, left in zip(found, rows, strict=True):
        for other, right in zip(found, rows, strict=True):
            if one >= 0 and other >= 0:
                assert (one == other) == (left == right)
