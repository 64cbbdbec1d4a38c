"""Labels with values are records: they end where somebody else's data begins."""

import pytest

from sekisho.law.items import codes_of
from sekisho.matching.matcher import Match
from tests.matching.conftest import Finder


def told(matches: list[Match]) -> list[tuple[int, str, str, str]]:
    return [(match.policy_row, match.insurer_id, match.policy_no, match.confidence) for match in matches]


@pytest.mark.parametrize(
    "text",
    [
        "証券番号：ZZ-998877 / 契約者名：鈴木一 / 満期日：2026/5/1 / 保険会社：乙損保",
        "証券番号：ZZ-998877\n契約者名：鈴木一\n満期日：2026/5/1\n保険会社：乙損保",
        "【証券番号】ZZ-998877\n【契約者名】鈴木一\n【満期日】2026年5月1日\n【保険会社】乙損保",
        "・証券番号 : ZZ-998877・契約者名 : 鈴木一・満期日 : 2026/5/1・保険会社 : 乙損保",
        "[証券番号]\nZZ-998877\n[契約者名]\n鈴木一\n[満期日]\n2026/5/1\n[保険会社]\n乙損保",
    ],
)
def test_labels_with_values(find: Finder, text: str) -> None:
    (match,) = find.text(text)
    assert told([match]) == [(-1, "OTSU", "ZZ998877", "probable")]
    assert codes_of(match.items) == ("policy_no", "holder_name", "expiry_date", "insurer")


def test_several_records_of_labels(find: Finder) -> None:
    text = "乙損保\n" + "\n".join(f"証券番号：ZZ-99887{n}\n契約者：鈴木\n" for n in range(3))
    assert [match.policy_no for match in find.text(text)] == ["ZZ998870", "ZZ998871", "ZZ998872"]


ABOVE, BELOW = "契約者名：高橋太郎 様\n電話：03-0000-1234", "山田次郎様 S46.12.3"


@pytest.mark.parametrize(
    ("gap", "number"),
    [
        ("\n", "証券番号：1234567890"),
        ("\n", "【証券番号】1234567890"),
        ("\n\n", "証券番号：1234567890"),
        ("\n \n", "証券番号：1234567890"),
        ("\n\n", "契約番号: ZZ-998877\n満期日：2026/5/1"),
    ],
)
@pytest.mark.parametrize("quote", ["", "> ", "| "])
def test_people_around_a_record_are_found_and_add_nothing_to_it(
    find: Finder, gap: str, number: str, quote: str
) -> None:
    text = gap.join([ABOVE, number, BELOW])
    matches = find.text("\n".join(quote + line for line in text.split("\n")))
    assert {match.policy_row for match in matches} == {0, 1 if "1234567890" in number else -1, 3, 4}
    by_row = {match.policy_row: match for match in matches}
    assert codes_of(by_row[0].items) == ("holder_name", "phone")
    if 1 in by_row:
        assert codes_of(by_row[1].items) == ("policy_no",)


def test_a_stranger_inside_a_record_is_told_apart(find: Finder) -> None:
    matches = find.text("証券番号：1234567890\n契約者名：高橋太郎\n生年月日：1980/3/4\n")
    assert [(match.policy_row, codes_of(match.items)) for match in matches] == [
        (1, ("policy_no",)), (0, ("holder_name", "birth_date")),
    ]  # fmt: skip


def test_a_record_names_the_items_it_carries(find: Finder) -> None:
    (match,) = find.text("証券番号：1234567890\n契約者名：山口虹\n満期日：2026/5/1")
    assert (match.policy_row, codes_of(match.items)) == (1, ("policy_no", "holder_name", "expiry_date"))


@pytest.mark.parametrize(
    "text", ["証券番号：1234567890.png", "証券番号：1234567890 2026/5/1", "証券番号：1234567890です"]
)
def test_what_stands_behind_a_labelled_number_does_not_matter(find: Finder, text: str) -> None:
    assert told(find.text(text, "attachment[1].name")) == [(1, "OTSU", find.text(text)[0].policy_no, "certain")]


@pytest.mark.parametrize("beside", ["", "\n電話：03-0000-9999", "\n\n契約者名：鈴木一", "\n契約番号：ZZ-998878"])
def test_a_labelled_number_of_no_ledger_alone_is_nothing(find: Finder, beside: str) -> None:
    assert find.text("証券番号：ZZ-998877" + beside) == []


def test_a_labelled_number_of_no_ledger_with_something_of_the_policy_beside_it(find: Finder) -> None:
    (holder,) = find.text("証券番号：ZZ-998877\n契約者名：鈴木一")
    (expiry,) = find.text("満期日：2026/5/1 証券番号：ZZ-998877")
    (known,) = find.text("証券番号：ZZ-998877\n引受保険会社：丙生命")
    (unknown,) = find.text("証券番号：ZZ-998877\n引受保険会社：丁火災")
    assert told([holder, expiry, known, unknown]) == [
        (-1, "", "ZZ998877", "possible"), (-1, "", "ZZ998877", "possible"), (-1, "HEI", "ZZ998877", "probable"),
        (-1, "丁火災", "ZZ998877", "possible"),
    ]  # fmt: skip
