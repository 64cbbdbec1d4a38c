"""The matcher against brute force over clear values, on small random ledgers and texts.

The oracle knows nothing of hashes, filters or windows: plain regular expressions and string search over folded text.
"""

import re
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Text
from sekisho.kernel.folding import folded
from sekisho.matching.matcher import Matcher
from tests.matching.conftest import INSURERS, index_of

SURNAMES = ["山田", "髙橋", "佐々木", "林", "山口", "小山田"]
GIVEN = ["太郎", "虹", "花子", "一"]
NUMBERS = ["KA1234567", "KA1234568", "AB12345", "AB123456", "1234567890", "12345678901", "K1A2345"]
DAYS = [date(1980, 3, 4), date(1980, 3, 5), date(1992, 1, 8)]
GAPS = ["", " ", "　", "、", "\n", "-", "様", "の", "「", "12", "A", "架", "。"]
SPELLINGS = [str, str.lower, lambda text: text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})]

rows = st.lists(
    st.fixed_dictionaries(
        {
            "policy_no": st.sampled_from(NUMBERS),
            "insurer_id": st.just("KOU"),
            "holder_name": st.builds(str.__add__, st.sampled_from(SURNAMES), st.sampled_from(GIVEN)),
            "birth_date": st.sampled_from(DAYS),
        }
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda row: row["policy_no"],
)
spelt = st.builds(lambda text, how: how(text), st.sampled_from(NUMBERS), st.sampled_from(SPELLINGS))
names = st.builds(
    lambda surname, gap, given_name: surname + gap + given_name,
    st.sampled_from(SURNAMES), st.sampled_from(["", " ", "　"]), st.sampled_from(GIVEN),
)  # fmt: skip
days = st.builds(
    lambda day, how: how(day),
    st.sampled_from(DAYS),
    st.sampled_from(
        [
            date.isoformat,
            lambda day: f"{day.year}/{day.month}/{day.day}",
            lambda day: f"{day.year}年{day.month}月{day.day}日",
            lambda day: f"{day.year}{day.month:02}{day.day:02}",
        ]
    ),
)
texts = st.lists(st.one_of(spelt, names, days, st.sampled_from(GAPS)), max_size=12).map("".join)


def spans(text: str) -> set[str]:
    """Every run of up to six tokens joined by one hyphen or blank, squeezed."""
    found = set()
    for begin in re.finditer(r"(?<![0-9A-Z])(?=[0-9A-Z])", text):
        for count in range(6):
            run = re.compile(rf"[0-9A-Z]+(?:[- ][0-9A-Z]+){{{count}}}(?![0-9A-Z])").match(text, begin.start())
            if run:
                found.add(re.sub("[- ]", "", run.group()))
    return found


@settings(deadline=None, max_examples=300)
@given(rows, texts)
def test_policy_numbers(ledger: list[dict[str, object]], text: str) -> None:
    matches = Matcher(index_of(ledger), INSURERS).match([Text("body", "証券番号 " + text)])
    by_number = {match.policy_no for match in matches if match.policy_no}
    expected = {str(row["policy_no"]) for row in ledger} & spans(folded("証券番号 " + text))
    assert by_number <= expected
    longest = {one for one in expected if not any(one != other and one in other for other in expected)}
    assert longest <= by_number, "only a number inside a longer one of the ledger may be left to the longer"


def plain(name: str) -> str:
    return folded(name).replace(" ", "")


@settings(deadline=None, max_examples=300)
@given(rows, texts)
def test_names_with_birth_dates(ledger: list[dict[str, object]], text: str) -> None:
    """Whatever is reported stands in the text; whatever stands free in the text is reported."""
    found = Matcher(index_of(ledger), INSURERS).match([Text("body", text)])
    by_name = {match.policy_row for match in found if match.matched_by == "ledger:name+birth_date"}
    closed = folded(text).replace(" ", "")
    for row in by_name:
        day = ledger[row]["birth_date"]
        assert isinstance(day, date)
        assert plain(str(ledger[row]["holder_name"])) in closed
        assert any(
            form in closed
            for form in (
                day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day.year}年{day.month}月{day.day}日",
                f"{day.year}{day.month:02}{day.day:02}",
            )
        )  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(rows, st.integers(0, 4), names, days)
def test_a_free_name_with_its_birth_date_is_always_found(
    ledger: list[dict[str, object]], pick: int, other_name: str, other_day: str
) -> None:
    row = ledger[pick % len(ledger)]
    day = row["birth_date"]
    assert isinstance(day, date)
    text = f"{other_name}、{other_day}。{row['holder_name']}様 ({day.year}/{day.month}/{day.day})"
    found = {match.policy_row for match in Matcher(index_of(ledger), INSURERS).match([Text("body", text)])}
    assert pick % len(ledger) in found
