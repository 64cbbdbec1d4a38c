"""matched_by and places in words."""

import pytest

from sekisho.entitlement.explain import wording as rule_wording
from sekisho.law.items import items
from sekisho.matching.evidence.judged import LEVELS
from sekisho.matching.evidence.words import basis, confidence_words, part_words, position_words, wording
from sekisho.matching.index.match_index import ROLES


def test_how_rare_each_value_is() -> None:
    told = basis("ledger:holder_name(400)+birth_date(7)+address_block(1)")
    assert [(one.code, one.policies) for one in told.values] == [
        ("holder_name", 400), ("birth_date", 7), ("address_block", 1)
    ]  # fmt: skip
    many, rare, only = (one.text for one in told.values)
    assert "400 件 (多くの契約に共通する値)" in many
    assert "生年月日" in rare and "7 件 (まれな値)" in rare
    assert "住所 (番地の最後の数字を除く)" in only and "1 件 (ほかにない値)" in only
    assert len(told.sentences) == 2, "two values together"


@pytest.mark.parametrize("matched_by", ["table:policy_no+insurer", "pattern:policy_no+context", "log:policy_no", "new"])
def test_without_counts(matched_by: str) -> None:
    told = basis(matched_by)
    assert all(one.policies is None for one in told.values)
    assert len(told.sentences) == 1
    assert "insurer" not in "".join(one.text for one in told.values), "in words"


def test_every_item_and_level_has_words() -> None:
    names = {name for kind in ROLES.values() for name in kind}
    assert names <= set(items())
    assert set(wording()["confidence"]) == set(LEVELS)
    assert confidence_words("certain")[0] == "確実"
    assert "relation" in rule_wording()["missing"]


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("subject", "件名"),
        ("body.html", "HTML 本文"),
        ("body.html!table[1]", "HTML 本文 の中の 表 1"),
        ("attachment[2]:一覧.zip!満期.xlsx!Sheet1", "添付ファイル 2「一覧.zip」 の中の 満期.xlsx の中の Sheet1"),
        ("attachment[1].name", "添付ファイル 1の名前"),
        ("message[1]!body", "転送・添付されたメール 1 の中の 本文"),
        ("something else", "something else"),
    ],
)
def test_parts(part: str, said: str) -> None:
    assert part_words(part) == said


def test_positions() -> None:
    assert position_words("char 0-4") == "1 文字目から 4 文字目"
    assert position_words("row 14") == "14 行目"
    assert position_words("page") == "page"
