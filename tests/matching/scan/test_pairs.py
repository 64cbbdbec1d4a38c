"""Which hits share a policy: within the window or the row of a table, never across pieces."""

import numpy as np
import pytest

from sekisho.matching.scan.hits import BEGIN, BIRTH, END, EXTRA, HIGH, HIT_COLUMNS, KIND, LINE, LOW, NAME, PIECE, POLICY
from sekisho.matching.scan.pairs import FIRST_ROWS, NEIGHBOURS, REPEAT_ROWS, pair
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
    count, cut = outside(pair)(hits, 2, REFS, window, np.array([grid, grid]), pairs)
    assert not cut
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


def crowd(shared: int, lines: int, *, cut_short: int = 0) -> list[tuple[int, ...]]:
    """The pairs of a list in which every line has one name and one date that ``shared`` policies have."""
    refs = np.tile(4 * np.arange(shared, dtype=np.uint32), 2)
    hits = np.zeros((2 * lines, HIT_COLUMNS), np.int64)
    for place, hit in enumerate(hits):
        second = place % 2
        hit[[KIND, BEGIN, END]] = int(BIRTH if second else NAME), 20 * place, 20 * place + 8
        hit[[LOW, HIGH, LINE]] = second * shared, (second + 1) * shared, place // 2
    pairs = np.zeros((4 * (FIRST_ROWS + 2 * lines * REPEAT_ROWS), 4), np.int64)
    count, cut = outside(pair)(hits, len(hits), refs, 200, np.array([False]), pairs)
    assert cut == cut_short
    return [tuple(map(int, row)) for row in pairs[:count]]


def test_a_value_is_joined_once_in_each_direction() -> None:
    pairs = crowd(shared=1, lines=30)
    assert len(pairs) == 2 * 30 - 1, "the first name has no date before it"
    assert {other - anchor for _, anchor, other, _ in pairs} == {-1, 1}, "the nearest"


def test_values_that_many_share_are_joined_in_full_once_and_then_in_part() -> None:
    pairs = crowd(shared=500, lines=40)
    assert {row for row, *_ in pairs} == set(range(500)), "no policy is lost"
    assert len(pairs) == 500 + 2 * 39 * REPEAT_ROWS


def test_more_policies_than_can_be_told_are_cut_off_and_that_is_said() -> None:
    assert len(crowd(shared=FIRST_ROWS + 5, lines=1, cut_short=1)) == FIRST_ROWS


def test_only_so_many_neighbours_are_looked_at() -> None:
    hits = np.zeros((NEIGHBOURS + 2, HIT_COLUMNS), np.int64)
    hits[:, KIND], hits[0, KIND] = int(BIRTH), int(NAME)
    hits[0, HIGH] = 1
    hits[-1, [LOW, HIGH]] = 1, 2
    refs, pairs = np.zeros(2, np.uint32), np.zeros((10, 4), np.int64)
    assert outside(pair)(hits, len(hits), refs, 200, np.array([True]), pairs) == (0, 0)
    nearer = np.delete(hits, 1, axis=0)
    assert outside(pair)(nearer, len(nearer), refs, 200, np.array([True]), pairs) == (1, 0)
