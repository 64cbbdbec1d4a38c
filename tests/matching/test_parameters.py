"""Parameters are dated, carry their source, and name only items and levels that exist."""

import pytest

from sekisho.kernel.folding import LEVELS as FOLDINGS
from sekisho.kernel.folding import folded
from sekisho.law.items import items
from sekisho.matching.evidence.judged import LEVELS
from sekisho.matching.index.columns import FIELDS
from sekisho.matching.parameters import parameters, words


def test_dated_and_sourced() -> None:
    assert parameters()["effective_from"]
    assert parameters()["reference"]


def test_levels_and_fields_exist() -> None:
    assert set(parameters()["name_and"].values()) <= set(LEVELS)
    assert set(parameters()["name_and"]) - {"address_block"} <= set(FIELDS)
    assert set(parameters()["chance"]["values"]) == set(parameters()["name_and"])
    assert 0 < parameters()["chance"]["certain"] <= 1e-3, "999 of 1,000"
    assert parameters()["chance"]["probable"] <= 5e-2, "95 of 100"
    assert parameters()["table"]["confidence_insurer_known"] in LEVELS
    assert parameters()["policy_no"]["certain_digits"] < parameters()["policy_no"]["ignore"]


def test_words_are_folded_and_longest_first() -> None:
    for name in ("total_words", "before_name", "after_name", "legal_forms"):
        listed = words(name)
        assert list(listed) == [folded(word) for word in listed]
        assert [len(word) for word in listed] == sorted(map(len, listed), reverse=True)


@pytest.mark.parametrize("level", FOLDINGS)
def test_words_read_the_same_at_every_folding_level(level: str) -> None:
    """The scanner's words are folded once, at the standard level: none may have a character that a level changes."""
    rule = parameters()
    lists = [
        rule[name] for name in rule if name.endswith("words") or name in {"before_name", "after_name", "legal_forms"}
    ]
    lists += [rule["policy_no"]["context_words"], *rule["insurer_short_forms"]]
    lists += [item.columns for item in items().values()]
    changed = {word for listed in lists for word in listed if folded(word, level) != folded(word)}
    assert changed == set()
