"""The matcher as a whole: the folding level is the index's, for the ledger and the text alike."""

import numpy as np
import pytest

from sekisho.kernel.content import Table, Text
from sekisho.kernel.folding import LEVELS
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.matcher import Matcher
from tests.matching.conftest import INSURERS, KEY, TAKAHASHI, policies

NAMES = {"KOU": ("甲損害保険株式会社",), "OTSU": ("坂本髙火災保険",)}


@pytest.fixture(scope="module", params=LEVELS)
def matcher(request: pytest.FixtureRequest) -> Matcher:
    held = [("KA0000001", "髙橋 太郎"), ("KA0000002", "阪本 一"), ("KA0000003", "辻󠄀 二郎"), ("KA0000004", "𠮷野 三")]
    rows = [TAKAHASHI | {"policy_no": number, "holder_name": name, "insurer_id": "OTSU"} for number, name in held]
    return Matcher(MatchIndex.build({"policies": policies(rows)}, KEY, folding=request.param), INSURERS | NAMES)


@pytest.mark.parametrize(
    ("written", "row", "joined_from"),
    [
        ("髙橋太郎", 0, "strict"),
        ("高橋太郎", 0, "standard"),
        ("阪本一", 1, "strict"),
        ("坂本一", 1, "wide"),
        ("辻二郎", 2, "strict"),
        ("辻\U000e0101二郎", 2, "strict"),
        ("𠮷野三", 3, "strict"),
        ("吉野三", 3, "standard"),
    ],
)
def test_a_name_is_found_from_the_level_that_joins_it(
    matcher: Matcher, written: str, row: int, joined_from: str
) -> None:
    level = matcher.index.folding
    found = matcher.match([Text("body", f"{written} 様 1980/3/4")])
    assert [match.policy_row for match in found] == [row] * (LEVELS.index(level) >= LEVELS.index(joined_from))


def test_lists_and_insurers_are_read_at_every_level(matcher: Matcher) -> None:
    text = "証券番号,契約者名,満期日,保険会社\nZZ-998877,鈴木一,2026/5/1,坂本髙火災\n"
    assert [match.insurer_id for match in matcher.match([Text("body", text)])] == ["OTSU"]


def test_a_name_that_begins_beyond_the_first_plane() -> None:
    rows = [TAKAHASHI | {"holder_name": "𩸽 太郎", "insured_name": None}]
    matcher = Matcher(MatchIndex.build({"policies": policies(rows)}, KEY), INSURERS)
    assert [match.policy_row for match in matcher.match([Text("body", "𩸽太郎様 1980/3/4")])] == [0]


def test_a_message_with_more_than_there_is_room_for_is_read_again_whole() -> None:
    index = MatchIndex.build({"policies": policies([TAKAHASHI])}, KEY)
    told = "髙橋太郎様 1980/3/4 証券番号：KA1234567"
    pieces = [
        Text("body", told),
        Table("list", [["証券番号", "契約者名"], ["KA1234567", "髙橋太郎"]]),
        Text("end", told),
    ]
    small = Matcher(index, INSURERS)
    for name in ("_hits", "_heads", "_labels", "_pairs"):
        setattr(small, name, np.zeros((1, getattr(small, name).shape[1]), np.int64))
    expected = Matcher(index, INSURERS).match(pieces)
    assert {match.part for match in expected} == {"body", "list", "end"}
    assert small.match(pieces) == expected
