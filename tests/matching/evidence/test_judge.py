"""What is evidence and what is not, in every notation (docs/matching.md)."""

from datetime import date

import pytest

from sekisho.kernel.content import Text
from sekisho.law.items import codes_of
from sekisho.matching.evidence.nearby import is_my_number
from sekisho.matching.matcher import Matcher
from tests.matching.conftest import INSURERS, TAKAHASHI, Finder, index_of


@pytest.mark.parametrize(
    "text",
    [
        "証券番号KA1234567です",
        "証券番号：ＫＡ１２３４５６７",
        "KA-123-4567",
        "KA 123 4567",
        "ＫＡ－１２３４５６７の件",
        "No.KA1234567",
        "(KA1234567)",
        "ka1234567",
        "KA‐1234567",
        "件名KA1234567",
    ],
)
def test_policy_number_in_any_notation(find: Finder, text: str) -> None:
    (match,) = find.text(text)
    assert (match.policy_row, match.insurer_id, match.confidence) == (0, "KOU", "certain")
    assert match.policy_no == "KA1234567"
    assert match.matched_by == "ledger:policy_no(1)"
    assert codes_of(match.items) == ("policy_no",)


@pytest.mark.parametrize(
    "text", ["KA12345678", "XKA1234567", "9KA1234567", "KA1234567A", "KA123456", "１２３４５６７８９０1", "91234567890"]
)
def test_numbers_next_to_other_digits_or_letters_are_other_numbers(find: Finder, text: str) -> None:
    assert find.text(text) == []


@pytest.mark.parametrize(
    "text",
    ["KA1234567-001 (枝番)", "証券番号：H0001-00001-08", "証券番号 1234-567-890-08 の件",
     "証券番号 1234 567 890 08 の件",
     "証券番号：08-1234-567-890"],
)  # fmt: skip
def test_a_number_inside_a_longer_one_is_a_hint_at_most(find: Finder, text: str) -> None:
    (match,) = find.text(text)
    assert (match.policy_row >= 0, match.matched_by, match.confidence) == (True, "ledger:policy_no(1)", "possible")


def test_a_number_inside_a_longer_one_with_a_second_item_of_its_policy(find: Finder) -> None:
    (beside,) = find.text("1234-567-890-08 山口虹")
    (labelled,) = find.text("証券番号：1234-567-890-08\n契約者名：山口虹")
    assert (beside.policy_row, beside.confidence) == (labelled.policy_row, labelled.confidence) == (1, "certain")


@pytest.mark.parametrize(
    "text", ["1234 567 890 2026/4/1 満期 証券", "証券 1234 567 890 1000円", "証券 1234 567 890 3台"]
)
def test_what_follows_in_the_line_does_not_make_a_number_longer(find: Finder, text: str) -> None:
    assert [(match.policy_row, match.confidence) for match in find.text(text)] == [(1, "certain")]


def test_position_is_that_of_the_original(find: Finder) -> None:
    text = "ｶﾞｶﾞ\u200b：ＫＡ−１２３４５６７。"
    (match,) = find.text(text)
    begin, end = map(int, match.position.removeprefix("char ").split("-"))
    assert text[begin:end] == "ＫＡ−１２３４５６７"


@pytest.mark.parametrize(
    "second",
    [
        "昭和55年3月4日",
        "昭和５５年 ３月 ４日",
        "昭和五十五年三月四日",
        "昭55.3.4",
        "S55.3.4",
        "S55/03/04",
        "S550304",
        "㍼55年3月4日",
        "1980/3/4",
        "1980-03-04",
        "1980.3.4",
        "１９８０年３月４日",
        "19800304",
        "1980年03月04日生まれ",
    ],
)
def test_name_with_birth_date(find: Finder, second: str) -> None:
    (match,) = find.text(f"高橋太郎様 {second}")
    assert (match.policy_row, match.matched_by, match.confidence) == (
        0,
        "ledger:holder_name(1)+birth_date(1)",
        "certain",
    )
    assert codes_of(match.items) == ("holder_name", "birth_date")


@pytest.mark.parametrize(
    ("second", "item"),
    [
        ("03-0000-1234", "phone"),
        ("03(0000)1234", "phone"),
        ("(03)0000-1234", "phone"),
        ("０３−００００−１２３４", "phone"),
        ("0300001234", "phone"),
        ("03 0000 1234", "phone"),
        ("+81-3-0000-1234", "phone"),
        ("+81 90 0000 5678", "mobile"),
        ("+81(0)90-0000-5678", "mobile"),
        ("090ー0000ー5678", "mobile"),
    ],
)
def test_name_with_phone(find: Finder, second: str, item: str) -> None:
    (match,) = find.text(f"高橋太郎 TEL:{second}")
    assert (match.policy_row, match.matched_by, match.confidence) == (0, f"ledger:holder_name(1)+{item}(1)", "certain")
    assert codes_of(match.items) == ("holder_name", item)


@pytest.mark.parametrize(
    "address",
    [
        "東京都千代田区丸の内2-21-9",
        "千代田区丸の内２丁目２１番９号",
        "千代田区丸の内二丁目二十一番九号",
        "千代田区丸の内 2丁目21-9",
        "東京都 千代田区 丸の内2の21の9",
        "千代田区丸の内2－21－9 青葉ビル",
        "千代田区丸の内2ー21ー9-301",
        "千代田区丸の内2丁目21番地9",
    ],
)
def test_name_with_address(find: Finder, address: str) -> None:
    (match,) = find.text(f"住所 {address} 高橋太郎")
    assert (match.policy_row, match.matched_by, match.confidence) == (0, "ledger:holder_name(1)+address(1)", "certain")


def test_the_next_house_is_another_address(find: Finder) -> None:
    assert find.text("千代田区丸の内2-21-8 高橋太郎") == []


def test_the_block_alone_is_weaker(find: Finder) -> None:
    (match,) = find.text("千代田区丸の内2丁目21番 高橋太郎")
    assert (match.matched_by, match.confidence) == ("ledger:holder_name(1)+address_block(1)", "probable")


def test_a_town_name_with_a_number_in_it(find: Finder) -> None:
    (match,) = find.text("山口虹 仙台市青葉区一番町1丁目2番3号")
    assert (match.policy_row, match.matched_by) == (1, "ledger:holder_name(1)+address(1)")


def test_name_with_mail_address_postal_code_or_kana(find: Finder) -> None:
    (mail,) = find.text("高橋太郎 <TARO@example.jp>")
    (postal,) = find.text("〒100-0001 高橋太郎")
    (kana,) = find.text("高橋太郎 (たかはし たろう)")
    assert (mail.matched_by, mail.confidence) == ("ledger:holder_name(1)+email(1)", "certain")
    assert (postal.matched_by, postal.confidence) == ("ledger:holder_name(1)+postal_code(1)", "probable")
    assert (kana.matched_by, kana.confidence) == ("ledger:holder_name(1)+holder_kana(1)", "possible")


@pytest.mark.parametrize("kana", ["ﾀｶﾊｼ ﾀﾛｳ", "タカハシタロウ", "たかはし　たろう", "ﾀｶﾊｼﾀﾛｳ様"])
def test_the_name_in_kana_counts_as_the_name(find: Finder, kana: str) -> None:
    (match,) = find.text(f"{kana} 090-0000-5678")
    assert (match.matched_by, codes_of(match.items)) == ("ledger:holder_kana(1)+mobile(1)", ("holder_kana", "mobile"))


@pytest.mark.parametrize(
    "name", ["高橋太郎", "髙橋太郎", "髙橋　太郎", "高 橋 太 郎", "契約者高橋太郎様", "担当の高橋太郎です"]
)
def test_variants_and_neighbours_of_a_name(find: Finder, name: str) -> None:
    assert [match.policy_row for match in find.text(f"{name} 03-0000-1234")] == [0]


@pytest.mark.parametrize("text", ["山口虹", "高橋太郎様", "たかはしたろう", "青葉商事", "1992年1月8日", "022-000-5678"])
def test_one_item_alone_is_never_evidence(find: Finder, text: str) -> None:
    assert find.text(text) == []


@pytest.mark.parametrize("text", ["山口虹架 1992/1/8", "西山口虹 1992/1/8", "高橋太郎 1980/3/5", "髙橋次郎 1980/3/4"])
def test_another_persons_name_is_no_evidence(find: Finder, text: str) -> None:
    assert find.text(text) == []


def test_second_item_of_another_row_is_no_evidence(find: Finder) -> None:
    assert find.text("高橋太郎 1992/1/8") == []


def test_second_item_too_far_away_or_in_another_part(find: Finder, matcher: Matcher) -> None:
    assert find.text("高橋太郎" + "。" * 201 + "1980/3/4") == []
    assert matcher.match([Text("subject", "高橋太郎"), Text("body", "1980/3/4")]) == []


@pytest.mark.parametrize(
    "name", ["青葉商事", "株式会社青葉商事", "(株)青葉商事", "㈱青葉商事", "青葉商事㈱様", "青葉商事株式会社"]
)
def test_companies_with_and_without_their_legal_form(find: Finder, name: str) -> None:
    assert [match.policy_row for match in find.text(f"{name} 022-000-1111")] == [2]


def test_the_insured_is_told_from_the_holder(find: Finder) -> None:
    (match,) = find.text("高橋花子 03-0000-1234")
    assert codes_of(match.items) == ("phone", "insured_name")


def test_items_found_around_a_number_are_named(find: Finder) -> None:
    (match,) = find.text("KA1234567 高橋太郎 満期 令和8年4月1日 保険料 52,340円 甲損保")
    assert codes_of(match.items) == ("policy_no", "holder_name", "expiry_date", "premium", "insurer")
    assert match.matched_by == "ledger:policy_no(1)+holder_name(1)"


def test_two_insurers_with_one_number(find: Finder) -> None:
    both = find.text("証券番号 AB778899")
    assert [(match.policy_row, match.confidence) for match in both] == [(3, "probable"), (4, "probable")]
    (one,) = find.text("乙損保 証券番号 AB778899")
    assert (one.policy_row, one.confidence) == (4, "certain")


def test_all_policies_of_a_person_unless_something_narrows_them(find: Finder) -> None:
    both = find.text("山田次郎 S46.12.3")
    assert [(match.policy_row, match.confidence) for match in both] == [(3, "probable"), (4, "probable")]
    (by_expiry,) = find.text("山田次郎 S46.12.3 満期 2026/9/1")
    (by_insurer,) = find.text("山田次郎 S46.12.3 甲損害保険")
    assert (by_expiry.policy_row, by_insurer.policy_row) == (4, 3)


def test_the_insurer_of_another_line_or_part_does_not_narrow(find: Finder, matcher: Matcher) -> None:
    listed = find.text("鈴木 一 昭12.3.17 06(0184)0901 甲損保\n山田 次郎 昭46.12.3 乙損保\n佐藤 二 昭12.3.17 甲損保")
    above = find.text("鈴木 一 昭12.3.17 06(0184)0901 甲損保\n山田 次郎 昭46.12.3")
    parts = matcher.match([Text("body.html", "山田次郎 S46.12.3"), Text("body.html!table[1]", "甲損保")])
    assert [match.policy_row for match in listed] == [4]
    assert [(match.policy_row, match.confidence) for match in above] == [(3, "probable"), (4, "probable")]
    assert [match.policy_row for match in parts] == [3, 4]
    assert all("insurer" not in codes_of(match.items) for match in parts)


def test_my_number_is_named_but_never_shown(find: Finder) -> None:
    (match,) = find.text("KA1234567 個人番号 9832 0567 3214")
    assert "my_number" in codes_of(match.items)
    assert "983205673214" not in repr(match)
    (other,) = find.text("KA1234567 個人番号 983205673215")
    assert "my_number" not in codes_of(other.items), "wrong check digit"


def test_my_number_check_digit() -> None:
    assert is_my_number("983205673214")
    assert not is_my_number("983205673213")


def test_bare_digits_count_by_how_many_such_numbers_there_are() -> None:
    rows = [TAKAHASHI | {"policy_no": f"{number:06d}"} for number in range(0, 1_000_000, 500)]
    crowded = Finder(Matcher(index_of(rows), INSURERS))
    assert [match.confidence for match in crowded.text("番号 000500 です")] == ["possible"]
    assert [match.confidence for match in crowded.text("証券番号 000500 です")] == ["probable"], (
        "perhaps another insurer's"
    )
    assert [match.confidence for match in crowded.text("甲損保 証券番号 000500 です")] == ["certain"]
    dense = [TAKAHASHI | {"policy_no": f"{number:05d}"} for number in range(0, 100_000, 50)]
    assert Finder(Matcher(index_of(dense), INSURERS)).text("番号 00050 です") == [], "says nothing"


def test_a_time_stamp_is_not_certain_without_context() -> None:
    finder = Finder(Matcher(index_of([TAKAHASHI | {"policy_no": "202611201530"}]), INSURERS))
    assert [match.confidence for match in finder.text("log 202611201530 ok")] == ["probable"]


def test_a_common_second_item_counts_less() -> None:
    rows = [
        TAKAHASHI | {"policy_no": f"KA{number:07d}", "holder_name": "高橋太郎" if number < 2 else f"高{number}",
                     "insurer_id": "KOU" if number else "OTSU", "birth_date": day}
        for number, day in enumerate([date(1971, 1, 1), date(1900, 1, 1), *[date(1900, 1, 1)] * 200])
    ]  # fmt: skip
    finder = Finder(Matcher(index_of(rows), INSURERS))
    assert [match.confidence for match in finder.text("高橋太郎 1971/1/1")] == ["certain"]
    assert [match.confidence for match in finder.text("高橋太郎 1900/1/1")] == ["probable"]


def test_two_people_of_one_name_are_both_told(find: Finder) -> None:
    rows = [TAKAHASHI, TAKAHASHI | {"policy_no": "KA2222222", "birth_date": date(1992, 1, 8)}]
    matches = Finder(Matcher(index_of(rows), INSURERS)).text("高橋太郎 1980/3/4、高橋太郎様 1992/1/8")
    assert [(match.policy_row, match.confidence) for match in matches] == [(0, "certain"), (1, "certain")]


def test_one_match_per_policy_and_part(find: Finder, matcher: Matcher) -> None:
    (match,) = find.text("高橋太郎 1980/3/4\n" + "・" * 500 + "\n証券番号 KA1234567")
    assert match.confidence == "certain"
    assert codes_of(match.items) == ("policy_no", "holder_name", "birth_date")
    parts = matcher.match([Text("subject", "KA1234567"), Text("body", "KA1234567")])
    assert [one.part for one in parts] == ["subject", "body"]


def test_empty_and_broken_text(matcher: Matcher) -> None:
    assert matcher.match([]) == []
    assert matcher.match([Text("body", "")]) == []
    assert [match.policy_row for match in matcher.match([Text("body", "\ud83d KA1234567 \udc00")])] == [0]
