"""Which hits share a policy: within the window or the row of a table, never across pieces."""

import numpy as np
import pytest

from sekisho.matching.scan.hits import BEGIN, BIRTH, END, EXTRA, HIGH, HIT_COLUMNS, KIND, LINE, LOW, NAME, PIECE, POLICY
from sekisho.matching.scan.pairs import pair
from tests.matching.compiled_parts import outside

REFS = np.array([4 * row for row in (7, 9, 9, 11)], np.uint32)
"""References of two values: the first is of policies 7 and 9, the second of 9 and 11."""


def found(
    first: dict[int, int], second: dict[int, int], *, window: int = 200, grid: bool = False
) -> list[tuple[int, ...]]:
    hits = np.zeros((2, HIT_COLUMNS), np.int64)
    for row, (low, values) in enumerate(((0, first), (2, second))):
        for column, value in ({LOW: low, HIGH: low + 2} | values).items():
            hits[row, column] = value
    pairs = np.zeros((10, 4), np.int64)
    count = outside(pair)(hits, 2, REFS, window, np.array([grid, grid]), pairs)
    return [tuple(map(int, row)) for row in pairs[:count]]


NAME_HIT = {KIND: int(NAME), BEGIN: 0, END: 4}


def test_a_name_and_a_birth_date_of_one_policy() -> None:
    assert found(NAME_HIT, {KIND: int(BIRTH), BEGIN: 10, END: 20}) == [(9, 0, 1, 1 + (1 << 4))]


@pytest.mark.parametrize(("distance", "many"), [(200, 1), (201, 0)])
def test_the_window(distance: int, many: int) -> None:
    assert len(found(NAME_HIT, {KIND: int(BIRTH), BEGIN: 4 + distance, END: 4 + distance + 10})) == many


def test_the_row_of_a_table_is_near_however_long() -> None:
    far = {KIND: int(BIRTH), BEGIN: 900, END: 910}
    assert len(found(NAME_HIT, far, grid=True)) == 1
    assert found(NAME_HIT, far | {LINE: 1}, grid=True) == []


def test_another_piece_is_never_near() -> None:
    assert found(NAME_HIT, {KIND: int(BIRTH), BEGIN: 10, END: 20, PIECE: 1}) == []


def test_numbers_and_names_are_anchors_and_dates_without_owner_are_none() -> None:
    number = {KIND: int(POLICY), BEGIN: 10, END: 20}
    assert found(NAME_HIT, number) == [(9, 1, 0, 1 + (1 << 4))], "the number is the anchor"
    assert found(NAME_HIT, NAME_HIT | {BEGIN: 10, END: 14}) == [], "two names are no evidence"
    assert found(NAME_HIT, {KIND: int(BIRTH), BEGIN: 10, END: 20, LOW: 0, HIGH: 0, EXTRA: 20260401}) == []
