"""Finding one value at one place: where it ends, and what is beside it."""

import numpy as np
import pytest

from sekisho.matching.index.columns import EMAIL, PHONE
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.scan import finders
from sekisho.matching.scan.beginnings import numbers_like
from sekisho.matching.scan.hits import POLICY
from sekisho.matching.scan.names import JOINER
from tests.matching.compiled_parts import folded_codes, outside, written
from tests.matching.conftest import TAKAHASHI, index_of


def marks(index: MatchIndex) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    found = np.zeros(0x10000, np.uint8)
    found[:128] = index.joiners * np.uint8(JOINER)
    return found


def policy_in(index: MatchIndex, text: str) -> str:
    codes, kinds, length = folded_codes(text)
    store, out = index.store, np.zeros(128, np.uint32)
    lead, lengths = numbers_like(index.shapes)
    low, high, end = outside(finders.find_policy)(
        codes, kinds, 0, length, index.states, store.words, store.starts, marks(index), lead, lengths, out
    )
    return written(codes, end) if high > low else ""


@pytest.mark.parametrize("text", ["KA1234567", "KA-1234567", "KA 123-45 67"])
def test_policy_numbers_over_joiners(index: MatchIndex, text: str) -> None:
    assert policy_in(index, text + "、") == text


@pytest.mark.parametrize(
    "text", ["KA12345678", "KAX1234567", "KA--1234567", "KA_1234567", "K A 1 2 3 4 567", "KA123456"]
)
def test_other_numbers(index: MatchIndex, text: str) -> None:
    assert policy_in(index, text) == ""


def test_the_longest_number_is_taken(index: MatchIndex) -> None:
    both = index_of([TAKAHASHI, TAKAHASHI | {"policy_no": "KA1234567-001"}])
    assert policy_in(both, "KA1234567-001") == "KA1234567-001"
    assert policy_in(both, "KA1234567-002") == "KA1234567"


def test_how_many_letters_a_number_begins_with() -> None:
    def most(*numbers: str) -> int:
        index = index_of([TAKAHASHI | {"policy_no": number} for number in numbers])
        return numbers_like(index.shapes)[0]

    assert most("123456", "12AB34") == 0
    assert most("123456", "KA12345", "ABCD1") == 4
    assert most("ABCDEF") == 6
    assert most() == 0


def test_letters_only_and_long_beginnings_are_found_too() -> None:
    index = index_of([TAKAHASHI | {"policy_no": "ABCDEF"}, TAKAHASHI | {"policy_no": "ABC-123"}])
    assert policy_in(index, "ABC DEF") == "ABC DEF"
    assert policy_in(index, "ABC-123 XYZ") == "ABC-123"


@pytest.mark.parametrize(
    ("text", "end"),
    [("03-0000-1234", 12), ("03(0000)1234", 12), ("+81 3 0000 1234", 15), ("03-0000-12345", 0), ("03-0000-1234-5", 0)],
)
def test_phones(index: MatchIndex, text: str, end: int) -> None:
    codes, kinds, length = folded_codes(text)
    store, out = index.store, np.zeros(128, np.uint32)
    low, high, found = outside(finders.find_phone)(
        codes, kinds, 0, length, index.states, store.words, store.starts, out
    )
    assert (found if high > low else 0) == end
    assert {int(ref) >> 2 for ref in store.refs[low:high]} <= {0}


def test_mail_addresses() -> None:
    text = "宛先:<Taro.Y@example.jp>."
    codes, kinds, length = folded_codes(text)
    out = np.zeros(128, np.uint32)
    begin, end = outside(finders.find_email)(codes, kinds, text.index("@"), length, out)
    assert written(out, end - begin) == "TARO.Y@EXAMPLE.JP"
    lone, _, _ = folded_codes(" @ ")
    begin, end = outside(finders.find_email)(lone, kinds, 1, 3, out)
    assert begin == end


def test_ends_of_labels() -> None:
    for text, expected in (
        (":", True),
        (" =", True),
        ("】", True),
        ("\t", True),
        ("の", False),
        ("", False),
        ("  :", False),
    ):
        codes, _, length = folded_codes(text)
        assert bool(outside(finders.is_label_end)(codes, 0, length)) is expected


def test_fields_are_those_of_the_index() -> None:
    assert (int(POLICY), int(finders.PHONE)) == (0, PHONE)
    assert EMAIL != PHONE
