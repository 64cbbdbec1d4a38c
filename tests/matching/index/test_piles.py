"""Codes do not tell how a column was written: as text, or as a dictionary in whatever order."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sekisho.matching.index.piles import Coded, MemoryPile

BATCHES = st.lists(st.lists(st.sampled_from([None, "乙", "甲", "丙", ""]), min_size=1, max_size=8), max_size=4)


@given(BATCHES, st.permutations(["甲", "乙", "", "丙", "使われない"]))
def test_dictionaries_are_coded_as_text(batches: list[list[str | None]], words: list[str]) -> None:
    text, numbered = MemoryPile(np.uint8), MemoryPile(np.uint8)
    plain, encoded = Coded(text), Coded(numbered)
    for values in batches:
        plain.add(pa.array(values, pa.string()), len(values))
        places = pa.array([None if value is None else words.index(value) for value in [None, *values]], pa.int32())
        encoded.add(pa.DictionaryArray.from_arrays(places, pa.array(words))[1:], len(values))
    assert encoded.values == plain.values
    assert numbered.array().tolist() == text.array().tolist()
