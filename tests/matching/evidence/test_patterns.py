"""Policy numbers of insurers whose ledger is not at hand: by pattern, and only with context."""

import pytest

from sekisho.kernel.content import Text
from sekisho.kernel.errors import InputError
from sekisho.law.items import codes_of
from sekisho.matching.evidence.patterns import Patterns
from sekisho.matching.index.match_index import MatchIndex
from sekisho.matching.matcher import Match, Matcher
from tests.matching.conftest import INSURERS, TAKAHASHI, YAMAGUCHI, Finder, index_of

GIVEN = {"HEI": ["H999-9999999"], "OTSU": ["99999-99999"], "KOU": ["AA9999999"]}


@pytest.fixture(scope="module")
def find() -> Finder:
    """A ledger of 甲損害保険 only."""
    return Finder(Matcher(index_of([TAKAHASHI]), INSURERS, GIVEN))


def told(matches: list[Match]) -> list[tuple[str, str, str, str]]:
    return [(match.insurer_id, match.policy_no, match.matched_by, match.confidence) for match in matches]


@pytest.mark.parametrize(
    ("text", "insurer", "number", "how", "confidence"),
    [
        ("証券番号 H123-4567890", "HEI", "H1234567890", "context", "probable"),
        ("証券番号：Ｈ１２３４５６７８９０", "HEI", "H1234567890", "context", "probable"),
        ("丙生命保険の証券番号H123 4567890です", "HEI", "H1234567890", "context", "probable"),
        ("丙生命 H1234567890", "HEI", "H1234567890", "insurer", "possible"),
        ("乙損保 証券番号 12345-67890", "OTSU", "1234567890", "context", "probable"),
        ("証券番号 1234567890", "OTSU", "1234567890", "context", "possible"),
    ],
)
def test_with_context(  # noqa: PLR0917
    find: Finder, text: str, insurer: str, number: str, how: str, confidence: str
) -> None:
    (match,) = find.text(text)
    assert told([match]) == [(insurer, number, f"pattern:policy_no+{how}", confidence)]
    assert match.policy_row == -1
    assert ("insurer" in codes_of(match.items)) == (text[0] in "丙乙")


@pytest.mark.parametrize(
    "text",
    ["H1234567890", "受付 12345-67890", "甲損保 証券番号 H1234567890", "証券番号 H12345678901", "証券番号 XH1234567890",
     "証券番号 H123-4567890-01", "乙損保 2024010112", "乙損保 0300001234まで", "乙損保 03-0000-1234"],
)  # fmt: skip
def test_without_context_or_as_something_else_it_is_nothing(find: Finder, text: str) -> None:
    assert find.text(text) == []


def test_a_list_column_is_context_and_the_pattern_tells_the_insurer(find: Finder) -> None:
    matches = find.table(["証券番号", "契約者名", "満期日"], ["H123-4567890", "鈴木一", "2026/5/1"])
    assert told(matches) == [("HEI", "H1234567890", "pattern:policy_no+context", "probable")]
    named = find.table(["証券番号", "契約者名", "保険会社"], ["H123-4567890", "鈴木一", "丙生命"])
    assert told(named) == [("HEI", "H1234567890", "table:policy_no+insurer", "probable")]


def test_the_ledger_at_hand_decides_its_own_shape(find: Finder) -> None:
    assert find.text("甲損保 証券番号 KA7654321") == [], "such a number would be in the ledger"
    (match,) = find.text("証券番号 KA1234567")
    assert (match.policy_row, match.confidence) == (0, "certain")


def test_a_number_of_two_insurers_names_neither() -> None:
    both = Finder(Matcher(index_of([YAMAGUCHI]), INSURERS, {"HEI": ["A9999999"], "KOU": ["A99-99999"]}))
    assert told(both.text("証券番号 K1234567")) == [("", "K1234567", "pattern:policy_no+context", "possible")]
    assert told(both.text("甲損保の証券番号 K1234567")) == [
        ("KOU", "K1234567", "pattern:policy_no+context", "probable")
    ]


def test_the_place_leads_back_to_the_right_part(find: Finder) -> None:
    matcher = Matcher(index_of([TAKAHASHI]), INSURERS, GIVEN)
    text = "契約のご案内\n証券番号 H1234567890"
    (match,) = matcher.match([Text("subject", "ご案内"), Text("body", text)])
    begin, end = map(int, match.position.removeprefix("char ").split("-"))
    assert (match.part, text[begin:end]) == ("body", "H1234567890")


@pytest.mark.parametrize("written", ["", "A9", "99-99", "AAAAAAA", "A999*999", "9" * 21, "証券999999"])
def test_what_is_no_pattern_is_named(index: MatchIndex, written: str) -> None:
    with pytest.raises(InputError, match="KOU") as raised:
        Patterns({"KOU": [written]}, index)
    assert raised.value.remedy


def test_escaped_signs_stand_for_themselves(index: MatchIndex) -> None:
    patterns = Patterns({"HEI": [r"\AB\9-9999"]}, index)
    assert patterns.insurers("AB91234") == {"HEI"}
    assert patterns.insurers("CB91234") == patterns.insurers("AB81234") == frozenset()
