"""Insurers by any of their names; a name that two share is nobody's."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.folding import folded
from sekisho.matching.insurers import Insurers
from tests.matching.conftest import INSURERS


@pytest.mark.parametrize(
    ("written", "insurer_id"),
    [
        ("甲損害保険株式会社", "KOU"), ("甲損保", "KOU"), ("㈱甲損害保険", "KOU"), ("甲", "KOU"), ("kou", "KOU"),
        ("■甲損保分", "KOU"), ("乙 損 保", "OTSU"), ("丙生命", "HEI"), ("丙生命保険(株)", "HEI"),
        ("丁損保", ""), ("", ""),
        ("甲損保・乙損保", ""), ("甲斐", ""),
    ],
)  # fmt: skip
def test_resolve(written: str, insurer_id: str) -> None:
    assert Insurers(INSURERS).resolve(folded(written)) == insurer_id


def test_an_alias_of_two_insurers_names_neither() -> None:
    insurers = Insurers({"A1": ("東損保",), "B2": ("東損保", "西損保")})
    assert (insurers.resolve("東損保"), insurers.resolve("西損保"), insurers.resolve("A1")) == ("", "B2", "A1")


def test_mentions_are_placed_and_latin_aliases_stand_alone() -> None:
    insurers = Insurers({"KOU": ("甲損保", "KOUNET")})
    assert insurers.mentions("XKOUNET 甲損保 KOUNET") == [(8, "KOU"), (12, "KOU")]
    assert Insurers({}).mentions("甲損保") == []


@given(st.lists(st.sampled_from(["KOU", "NET", "甲損保", "乙損保", "X", "9", " ", "-"]), max_size=12).map("".join))
def test_mentions_are_those_of_the_plain_pattern(text: str) -> None:
    names = {"KOU": ("甲損保", "KOUNET"), "OTSU": ("乙損保",)}
    plain = re.compile(r"(?<![0-9A-Z])(?:KOUNET|KOU)(?![0-9A-Z])|甲損保|乙損保")
    assert [at for at, _ in Insurers(names).mentions(text)] == [hit.start() for hit in plain.finditer(text)]
