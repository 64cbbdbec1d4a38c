"""Compound files that we write are read as they were: by our reader, and workbooks by the library."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Table
from sekisho.sources.files.extract import read_file
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import Compound
from sekisho.sources.files.ole_writer import Tree, compound_file, tree_of
from tests.sources.files import make

NAMES = st.text("abcあ山0", min_size=1, max_size=8)
TREES = st.recursive(
    st.dictionaries(NAMES, st.binary(max_size=5_000), max_size=5),
    lambda inner: st.dictionaries(NAMES, st.binary(max_size=200) | inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(TREES)
def test_there_and_back(tree: Tree) -> None:
    assert tree_of(Compound(compound_file(tree)).root(), 1 << 30) == tree


def test_more_sectors_than_the_header_lists() -> None:
    tree: Tree = {"big": bytes(range(256)) * 40_000, "small": b"x"}
    assert tree_of(Compound(compound_file(tree)).root(), 1 << 30) == tree


def test_a_workbook_taken_out_of_a_storage_is_a_workbook() -> None:
    book = compound_file({"ObjectPool": {"_1": {"Workbook": make.biff([(0, 0, "証券番号"), (1, 0, "A-1234567")])}}})
    inner = Compound(book).root().storages["ObjectPool"].storages["_1"]
    contents = read_file("a.xls", compound_file(tree_of(inner, 1 << 20)), "")
    assert [piece.rows for piece in contents.pieces if isinstance(piece, Table)] == [[["証券番号"], ["A-1234567"]]]


def test_more_than_allowed_is_refused() -> None:
    deep: Tree = {}
    for _ in range(60):
        deep = {"s": deep}
    for tree, budget, reason in (({"a": bytes(5_000)}, 4_999, "suspicious"), (deep, 1, "too_deep")):
        with pytest.raises(RefusedError) as caught:
            tree_of(Compound(compound_file(tree)).root(), budget)
        assert caught.value.reason == reason
