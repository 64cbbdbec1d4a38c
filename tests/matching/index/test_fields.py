"""A field finds just what was put into it: repeated values, skewed ones, through the spill file or not."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.matching.index import hashing, sorting
from sekisho.matching.index.fields import BUCKET_BITS_MIN, Piles, Plan, write_field
from sekisho.matching.index.hashing import FIELD_WORDS, FIRST_AT, HEAD
from sekisho.matching.index.piles import MemoryPile
from sekisho.matching.index.sorting import Entries
from tests.matching.compiled_parts import outside

find = outside(hashing.find)
MASK = (1 << 64) - 1
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]  # type: ignore[type-arg]


def store_of(fields: list[list[list[int]]], spill: Path | None = None) -> Arrays:
    """A store of fields; each field is a list of rows, each row the hash in each role (0 = none)."""
    piles = [MemoryPile(np.uint64), MemoryPile(np.uint32), MemoryPile(np.uint32)]
    head = np.zeros(HEAD, np.uint64)
    piles[0].append(head)
    with ThreadPoolExecutor(2) as pool:
        for kind, rows in enumerate(fields):
            entries = Entries(spill / str(kind) if spill else None)
            half = len(rows) // 2
            for first, part in ((0, rows[:half]), (half, rows[half:])):
                if part:
                    entries.add(first, [np.array(role, np.uint64) for role in zip(*part, strict=True)])
            entries.close()
            write_field(kind, entries, Piles(*piles), head, pool=pool, tell=lambda _: None)
    piles[0].put(0, head)
    return piles[0].array(), piles[1].array(), piles[2].array()


def expected(rows: list[list[int]], key: int) -> list[int]:
    refs = []
    for row, roles in enumerate(rows):
        same = len(roles) > 1 and roles[0] == roles[1] == key
        refs += [
            row * 4 + (3 if same else role) for role, one in enumerate(roles) if one == key and not (same and role == 1)
        ]
    return refs


KEYS = st.one_of(st.integers(1, 5), st.integers(1, MASK), st.integers(0, 3).map(lambda n: MASK - n * (1 << 40)))
ROWS = st.integers(1, 3).flatmap(
    lambda roles: st.lists(st.lists(st.one_of(st.just(0), KEYS), min_size=roles, max_size=roles), max_size=40)
)


def check(fields: list[list[list[int]]], store: Arrays, others: list[int]) -> None:
    words, starts, refs = store
    for kind, rows in enumerate(fields):
        for key in {*(one for row in rows for one in row if one), *others}:
            low, high = find(words, starts, kind, np.uint64(key))
            assert refs[low:high].tolist() == expected(rows, key)


@settings(deadline=None)
@given(st.lists(ROWS, min_size=2, max_size=3), st.lists(st.integers(1, MASK), max_size=5))
def test_find_gives_just_the_references_of_a_key(fields: list[list[list[int]]], absent: list[int]) -> None:
    # keys that agree in all stored bits are one key to the index: give each its own
    spread = [[[(one and (one * 0x9E3779B97F4A7C15) & MASK) or 0 for one in row] for row in rows] for rows in fields]
    check(spread, store_of(spread), [(one * 0x9E3779B97F4A7C15) & MASK or 1 for one in absent])


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.lists(st.integers(1, MASK), max_size=5))
def test_through_the_spill_file_it_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[int]], absent: list[int]
) -> None:
    spread = [[(one and (one * 0x9E3779B97F4A7C15) & MASK) or 0 for one in row] for row in rows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "HELD", 3)
        folder = tmp_path_factory.mktemp("spill")
        check([spread], store_of([spread], folder), absent)
        assert list(folder.iterdir()) == [], "nothing is left"


@settings(deadline=None)
@given(st.integers(0, 3000), st.integers(1, 400), st.integers(0, 20), st.sampled_from([58, 64]), st.randoms())
def test_sorting_keeps_the_order_of_rows(count: int, values: int, low: int, high: int, random: Random) -> None:
    """Few values that many entries have, some of them alike in their top bits, or many values."""
    top = (1 << 64) - (1 << high) if high < 64 else 0
    drawn = [random.getrandbits(high) >> random.choice([0, 0, 30]) | top for _ in range(values)]
    hashes = np.array(random.choices(drawn, k=count), np.uint64)
    refs = np.arange(count, dtype=np.uint32)
    order = np.argsort(hashes >> np.uint64(low), kind="stable")
    found, found_refs = sorting.sorted_entries(hashes.copy(), refs.copy(), low, high)
    assert found.tolist() == hashes[order].tolist()
    assert found_refs.tolist() == refs[order].tolist()


def test_repeated_values_stand_once_and_unique_ones_have_no_postings() -> None:
    hashes = np.random.default_rng(1).integers(1, MASK, 1000, np.uint64).tolist()
    words, starts, refs = store_of([[[hashes[row % 20]] for row in range(1000)], [[one] for one in hashes]])
    assert words[FIRST_AT] > 0 and words[FIELD_WORDS + FIRST_AT] == 0
    assert len(refs) == 2000
    assert len(starts) == 20 + 21 + 1000 + 2 * ((1 << BUCKET_BITS_MIN) + 1)


def test_plan_keeps_chance_hits_below_two_in_a_billion() -> None:
    for keys in (0, 1, 5, 1000, 10**6, 99_999_999, 3 * 10**8):
        plan = Plan.of(keys, 3 * keys)
        assert keys / 2 ** (plan.bits + 32) < 2e-9
        assert 2**plan.filter_bits >= 10 * keys
