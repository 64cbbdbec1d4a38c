"""How rare a value is decides what it proves (docs/matching.md): counts of this very ledger, weighed."""

from datetime import date, timedelta
from typing import Any

import pytest

from sekisho.kernel.content import Table, Text
from sekisho.matching.evidence.nearby import is_corporate_number
from sekisho.matching.matcher import Match, Matcher
from tests.matching.conftest import INSURERS, Finder, index_of

NAMESAKES = 400
BORN_1900 = 300
OFFICE_PHONE = "03-0000-9999"


def person(number: int, **more: Any) -> dict[str, Any]:
    return {
        "policy_no": f"KA{number:07d}",
        "insurer_id": "KOU",
        "birth_date": date(1950, 1, 1) + timedelta(number),
    } | more


@pytest.fixture(scope="module")
def crowd() -> Finder:
    """400 people called 佐藤 太郎, 300 born on 1900-01-01, 100 with the phone of an office, one of each alone."""
    rows = [person(i, holder_name="佐藤 太郎", mobile=f"090-0000-{i:04d}") for i in range(NAMESAKES)]
    rows += [
        person(1000 + i, holder_name=f"山{chr(0x4E00 + i)}", birth_date=date(1900, 1, 1)) for i in range(BORN_1900)
    ]
    rows += [person(2000 + i, holder_name=f"森{chr(0x4E00 + i)}", phone=OFFICE_PHONE) for i in range(100)]
    rows.append(person(3000, holder_name="甲野 花子", phone="03-0000-1234", birth_date=date(1980, 3, 4)))
    rows.append(person(3001, holder_name="佐藤 太郎", birth_date=date(1900, 1, 1)))
    rows += [person(4000 + i, holder_name="株式会社青葉商事", phone="022-000-1111") for i in range(80)]
    rows.append(person(5000, holder_name="乙川 一", phone=OFFICE_PHONE, birth_date=date(1981, 5, 6)))
    return Finder(Matcher(index_of(rows), INSURERS))


def told(match: Match) -> tuple[str, str]:
    return match.matched_by, match.confidence


def test_a_rare_name_and_its_phone(crowd: Finder) -> None:
    (match,) = crowd.text("甲野花子 03-0000-1234")
    assert told(match) == ("ledger:holder_name(1)+phone(1)", "certain")


def test_a_name_of_many_with_a_birth_date_is_weaker_and_with_a_phone_of_its_own_strong(crowd: Finder) -> None:
    (by_day,) = crowd.text("佐藤太郎 1950/1/6")
    (by_phone,) = crowd.text("佐藤太郎 090-0000-0005")
    assert told(by_day) == (f"ledger:holder_name({NAMESAKES + 1})+birth_date(1)", "probable")
    assert told(by_phone) == (f"ledger:holder_name({NAMESAKES + 1})+mobile(1)", "certain")


def test_a_date_of_many_with_a_name_of_many_is_a_hint(crowd: Finder) -> None:
    (match,) = crowd.text("佐藤太郎 1900/1/1")
    assert told(match) == (f"ledger:holder_name({NAMESAKES + 1})+birth_date({BORN_1900 + 1})", "possible")


def test_two_items_together_are_stronger_than_each(crowd: Finder) -> None:
    (match,) = crowd.text("佐藤太郎 1950/1/6 090-0000-0005")
    assert told(match) == (f"ledger:holder_name({NAMESAKES + 1})+birth_date(1)+mobile(1)", "certain")


def test_an_office_phone_proves_nothing_and_does_not_weaken_what_does(crowd: Finder) -> None:
    assert crowd.text(f"乙川一 {OFFICE_PHONE}") == []
    (match,) = crowd.text(f"乙川一 1981/5/6 {OFFICE_PHONE}")
    assert told(match) == ("ledger:holder_name(1)+birth_date(1)", "certain")


def test_a_company_with_many_policies_and_its_own_phone(crowd: Finder) -> None:
    fleet = crowd.text("株式会社青葉商事 022-000-1111")
    assert {told(match) for match in fleet} == {("ledger:holder_name(80)+phone(80)", "probable")}
    assert len(fleet) == 80


def test_the_more_dates_to_choose_from_the_less_one_proves(crowd: Finder) -> None:
    dates = "\n".join(f"2026/4/{day}" for day in range(1, 29))
    (one,) = crowd.text("甲野花子\n1980/3/4")
    (many,) = crowd.text(f"甲野花子\n{dates[:150]}\n1980/3/4")
    (own_line,) = crowd.text(f"甲野花子 1980/3/4\n{dates[:150]}")
    assert [match.confidence for match in (one, many, own_line)] == ["certain", "certain", "certain"]
    (weak,) = crowd.text(f"佐藤太郎\n{dates[:150]}\n1950/1/6")
    assert weak.confidence == "possible", "on its line it is probable"


def test_a_number_says_how_many_policies_have_it_and_what_stands_beside(crowd: Finder) -> None:
    (alone,) = crowd.text("KA0003000")
    (beside,) = crowd.text("KA0003000 甲野花子 1980/3/4")
    assert told(alone) == ("ledger:policy_no(1)", "certain")
    assert told(beside) == ("ledger:policy_no(1)+holder_name(1)+birth_date(1)", "certain")


def test_a_list_of_the_same_line_again_and_again(crowd: Finder) -> None:
    """Nothing is lost and nothing is squared: each further line adds at most a few pairs (``scan.pairs``)."""
    lines = [["契約者名", "生年月日"], *[["佐藤太郎", "1900/1/1"]] * 3000]
    assert [told(match)[1] for match in crowd.table(*lines)] == ["possible"]
    many = Table("one row", [["青葉商事", "022-000-1111"] * 2000])
    matches = Matcher(crowd.index, INSURERS).match([many, Text("body", "青葉商事 022-000-1111")])
    assert [sum(match.part == part for match in matches) for part in ("one row", "body")] == [80, 80]


# -- numbers that are no policy numbers -------------------------------------------------------------------------------


def test_corporate_number_check_digit() -> None:
    assert is_corporate_number("7000012050002")
    assert not is_corporate_number("7000012050003")


@pytest.fixture(scope="module")
def digits() -> Finder:
    rows = [person(0, policy_no=number) for number in ("7000012050002", "983205673214", "T7000012050002")]
    return Finder(Matcher(index_of(rows), INSURERS))


@pytest.mark.parametrize(
    "text",
    ["法人番号 7000012050002", "登録番号：T7000012050002", "T7000012050002", "法人番号7-0000-1205-0002",
     "個人番号 983205673214", "マイナンバー：9832 0567 3214"],
)  # fmt: skip
def test_corporate_number_and_my_number_are_no_policy_numbers(digits: Finder, text: str) -> None:
    assert digits.text(text) == []


@pytest.mark.parametrize(
    ("text", "confidence"),
    [("証券番号 7000012050002", "certain"), ("法人番号の証券番号 7000012050002", "certain"),
     ("証券番号 983205673214", "certain"), ("7000012050002", "probable"), ("983205673214", "probable")],
)  # fmt: skip
def test_a_check_digit_alone_makes_no_corporate_number(digits: Finder, text: str, confidence: str) -> None:
    assert [match.confidence for match in digits.text(text)] == [confidence]
