"""Parameters are dated, carry their source, and name only items and levels that exist."""

from sekisho.kernel.folding import folded
from sekisho.matching.evidence.judged import LEVELS
from sekisho.matching.index.columns import FIELDS
from sekisho.matching.parameters import parameters, words


def test_dated_and_sourced() -> None:
    assert parameters()["effective_from"]
    assert parameters()["reference"]


def test_levels_and_fields_exist() -> None:
    assert set(parameters()["name_and"].values()) <= set(LEVELS)
    assert set(parameters()["name_and"]) - {"address_block"} <= set(FIELDS)
    assert parameters()["table"]["confidence_insurer_known"] in LEVELS
    assert parameters()["policy_no"]["certain_digits"] < parameters()["policy_no"]["ignore"]


def test_words_are_folded_and_longest_first() -> None:
    for name in ("total_words", "before_name", "after_name", "legal_forms"):
        listed = words(name)
        assert list(listed) == [folded(word) for word in listed]
        assert [len(word) for word in listed] == sorted(map(len, listed), reverse=True)
