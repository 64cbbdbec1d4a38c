"""The dice must fall the same way for ever: these values are the promise."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sekisho.demo.dice import Dice


def test_the_same_everywhere() -> None:
    roll = Dice(1).roll("a")
    assert [roll.below(1000) for _ in range(4)] == [430, 631, 718, 206]
    assert Dice(1).column("a", np.arange(4), 1000).tolist() == [908, 430, 631, 718]


def test_seed_and_tag_matter() -> None:
    rows = np.arange(50)
    one = Dice(1).column("a", rows, 10**6).tolist()
    assert one != Dice(2).column("a", rows, 10**6).tolist()
    assert one != Dice(1).column("b", rows, 10**6).tolist()


@given(st.integers(0, 2**40), st.integers(1, 1000), st.integers(2, 400))
def test_a_row_does_not_depend_on_how_many_there_are(seed: int, below: int, count: int) -> None:
    long = Dice(seed).column("x", np.arange(count), below)
    assert Dice(seed).column("x", np.arange(count // 2), below).tolist() == long[: count // 2].tolist()
    assert long.min() >= 0
    assert long.max() < below


def test_every_face_comes_up() -> None:
    roll = Dice(3).roll("faces")
    assert {roll.between(2, 5) for _ in range(200)} == {2, 3, 4, 5}
    assert {roll.pick("abc") for _ in range(100)} == set("abc")
