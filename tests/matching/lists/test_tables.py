"""Lists are read as lists: header anywhere, any separator, every row attributed to its insurer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.content import Table
from sekisho.law.items import codes_of
from sekisho.matching.lists import tables
from sekisho.matching.matcher import Match, Matcher
from tests.matching.conftest import INSURERS, Finder, index_of

HEADER = ["証券番号", "契約者名", "満期日", "引受保険会社"]


def told(matches: list[Match]) -> list[tuple[int, str, str, str]]:
    return [(match.policy_row, match.insurer_id, match.policy_no, match.confidence) for match in matches]


def test_rows_with_and_without_a_ledger(find: Finder) -> None:
    matches = find.table(
        ["満期一覧"],
        [],
        HEADER,
        ["KA1234567", "高橋太郎", "2026/4/1", "甲損保"],
        ["ZZ-998877", "鈴木一", "2026/5/1", "乙損保"],
        ["ZZ-998878", "鈴木二", "2026/5/1", "丁火災"],
        ["合計", "3件", "", ""],
    )
    assert told(matches) == [
        (0, "KOU", "KA1234567", "certain"),
        (-1, "OTSU", "ZZ998877", "probable"),
        (-1, "丁火災", "ZZ998878", "possible"),
    ]
    assert [match.matched_by for match in matches] == [
        "ledger:policy_no(1)+holder_name(1)", "table:policy_no+insurer", "table:policy_no+insurer",
    ]  # fmt: skip
    assert [match.position for match in matches] == ["row 4", "row 5", "row 6"]
    assert all(codes_of(match.items) == ("policy_no", "holder_name", "expiry_date", "insurer") for match in matches)


@pytest.mark.parametrize(
    "insurer",
    [
        "甲損保", "甲損害保険", "甲損害保険株式会社", "甲損害保険㈱", "(株)甲損害保険", "甲", "KOU", "ｋｏｕ",
        "甲損害保険 東京支店",
    ],
)  # fmt: skip
def test_insurer_by_name_short_name_or_alias(find: Finder, insurer: str) -> None:
    (match,) = find.table(HEADER, ["ZZ-998877", "鈴木一", "2026/5/1", insurer])
    assert (match.insurer_id, match.confidence) == ("KOU", "probable")


def test_insurer_from_the_caption_a_section_line_or_the_sheet(find: Finder) -> None:
    header = HEADER[:3]
    caption = find.table(["乙損保 満期一覧"], header, ["ZZ-998877", "鈴木一", "2026/5/1"])
    section = find.table(
        header, ["■甲損保"], ["ZZ-1111", "佐藤", "2026/5/1"], ["■丙生命"], ["ZZ-2222", "佐藤", "2026/5/1"]
    )
    sheet = find.table(header, ["ZZ-998877", "鈴木一", "2026/5/1"], part="attachment[1]:一覧.xlsx!乙損保")
    nowhere = find.table(header, ["ZZ-998877", "鈴木一", "2026/5/1"])
    assert [match.insurer_id for match in caption] == ["OTSU"]
    assert [match.insurer_id for match in section] == ["KOU", "HEI"]
    assert [match.insurer_id for match in sheet] == ["OTSU"]
    assert told(nowhere) == [(-1, "", "ZZ998877", "possible")]


def test_the_insurer_column_decides_between_two_ledger_rows(find: Finder) -> None:
    (match,) = find.table(HEADER, ["AB-778899", "山田次郎", "", "乙損保"])
    assert told([match]) == [(4, "OTSU", "AB778899", "certain")]


def test_a_number_of_our_ledger_under_another_insurer_is_that_insurers(find: Finder) -> None:
    (match,) = find.table(HEADER, ["KA1234567", "鈴木一", "2026/5/1", "乙損保"])
    assert told([match]) == [(-1, "OTSU", "KA1234567", "probable")]


def test_header_variants_two_rows_and_empty_cells(find: Finder) -> None:
    matches = find.table(
        ["証券番号", "契約者", "", "保険\n満期日（予定）", "保険料(円)"],
        ["", "氏 名", "カナ", "", ""],
        ["ZZ-998877", "鈴木一", "スズキハジメ", "2026/5/1", ""],
    )
    assert [codes_of(match.items) for match in matches] == [("policy_no", "holder_name", "holder_kana", "expiry_date")]


def test_several_tables_in_one_sheet(find: Finder) -> None:
    matches = find.table(
        ["甲損保"], HEADER[:2], ["ZZ-1111", "佐藤"], [], ["乙損保"], ["契約者名", "証券番号"], ["鈴木", "ZZ-2222"]
    )
    assert [(match.insurer_id, match.policy_no) for match in matches] == [("KOU", "ZZ1111"), ("OTSU", "ZZ2222")]


def test_a_row_found_by_name_and_a_second_item(find: Finder) -> None:
    header = ["契約者名", *["備考"] * 30, "生年月日", "種目"]
    (match,) = find.table(header, ["高橋太郎", *["あ" * 20] * 30, "S55.3.4", "自動車"])
    assert (match.policy_row, match.matched_by, match.confidence) == (
        0,
        "ledger:holder_name(1)+birth_date(1)",
        "certain",
    )
    assert codes_of(match.items) == ("holder_name", "birth_date", "product")


def test_a_list_without_numbers_counts_when_insurer_and_contract_are_told(find: Finder) -> None:
    header = ["契約者名", "満期日", "保険会社"]
    (match,) = find.table(header, ["鈴木一", "2026/5/1", "乙損保"])
    assert told([match]) == [(-1, "OTSU", "", "probable")]
    assert match.matched_by == "table:holder_name+insurer"
    assert find.table(["氏名", "電話番号"], ["鈴木一", "03-0000-9999"]) == []


@pytest.mark.parametrize(
    "cell",
    ["2026/5/1", "2026年5月1日", "03-0000-9999", "1234", "合計", "—", "", "ABCDEFG", "あ12345いろはにほへとちり"],
)
def test_cells_that_are_no_policy_number(find: Finder, cell: str) -> None:
    assert find.table(["証券番号", "種目"], [cell, "自動車"]) == []


@pytest.mark.parametrize("separator", ["\t", " | ", "｜", ",", "，", "、", " ／ ", "  ", "　"])
@pytest.mark.parametrize("quote", ["", "> ", "> > "])
def test_lists_in_running_text(find: Finder, separator: str, quote: str) -> None:
    rows = [HEADER, ["ZZ-998877", "鈴木一", "2026-05-01", "乙損保"], ["ZZ-998878", "鈴木二", "2026-05-01", "甲損保"]]
    text = "各位\n\n" + "\n".join(quote + separator.join(row) for row in rows) + "\n\n以上、よろしくお願いします。\n"
    assert told(find.text(text)) == [(-1, "OTSU", "ZZ998877", "probable"), (-1, "KOU", "ZZ998878", "probable")]


def test_a_list_with_borders_and_blank_separated_names(find: Finder) -> None:
    bordered = find.text("| 証券番号 | 契約者名 |\n|----|----|\n| ZZ-998877 | 鈴木 一 |")
    blanks = find.text("証券番号 契約者名 保険会社\nZZ-998877 鈴木 一 乙損保")
    assert [match.policy_no for match in bordered] == ["ZZ998877"]
    assert told(blanks) == [(-1, "OTSU", "ZZ998877", "probable")]


def test_a_vertical_table(find: Finder) -> None:
    (match,) = find.table(["証券番号", "ZZ-998877"], ["契約者名", "鈴木一"], ["引受保険会社", "乙損保"])
    assert told([match]) == [(-1, "OTSU", "ZZ998877", "probable")]


def test_prose_with_header_words_is_no_list(find: Finder) -> None:
    assert find.text("契約者名と満期日をご確認ください。\n氏名、住所、電話番号をご記入の上お送りください。\n以上") == []


def test_a_list_without_header_is_found_by_the_ledger(find: Finder) -> None:
    matches = find.table(["1", "KA1234567", "高橋太郎"], ["2", "1234567890", "山口虹"], ["3", "ZZ998877", "鈴木"])
    assert [(match.policy_row, match.position) for match in matches] == [(0, "row 1"), (1, "row 2")]


def test_rows_are_numbered_as_the_user_sees_them(matcher: Matcher) -> None:
    (match,) = matcher.match([Table("a", [["x\ny\tz"], ["KA1234567"]], first_row=10)])
    assert match.position == "row 11"


def test_works_without_any_ledger() -> None:
    finder = Finder(Matcher(index_of([]), INSURERS))
    assert told(finder.table(HEADER, ["ZZ-998877", "鈴木一", "", "甲"])) == [(-1, "KOU", "ZZ998877", "probable")]


SIGNATURE = "\n--\n乙損害保険株式会社\n山﨑　久美\nTEL 03-0000-0008\nyamazaki@example.jp\n"


@pytest.mark.parametrize("separator", ["\t", "  ", " ", ",", " | "])
@pytest.mark.parametrize("gap", ["", "\n", "\n\n"])
def test_a_signature_under_a_list_is_no_row_of_it(find: Finder, separator: str, gap: str) -> None:
    rows = [HEADER, ["ZZ-998877", "鈴木一", "2026-05-01", "甲損保"]]
    text = "\n".join(separator.join(row) for row in rows) + gap + SIGNATURE
    assert told(find.text(text)) == [(-1, "KOU", "ZZ998877", "probable")]


def test_a_list_goes_on_over_a_blank_line_and_into_the_next_section(find: Finder) -> None:
    text = "証券番号\t契約者名\n\nZZ-1111\t佐藤\n\nZZ-2222\t佐藤\n\n■丙生命\nZZ-3333\t佐藤\n\n甲損保の担当者\n佐藤"
    assert [(match.insurer_id, match.policy_no) for match in find.text(text)] == [
        ("", "ZZ1111"), ("", "ZZ2222"), ("HEI", "ZZ3333"),
    ]  # fmt: skip


def test_an_exact_ledger_number_beats_a_caption_but_not_the_rows_own_insurer(find: Finder) -> None:
    above = "川内 翔馬 昭12.3.17 甲損保\n\n証券番号：1234－567－890\n"
    (labelled,) = find.text(above)
    (listed,) = find.table(["甲損保 満期一覧"], HEADER[:3], ["1234567890", "鈴木一", ""])
    (own,) = find.table(["乙損保 満期一覧"], HEADER, ["1234567890", "鈴木一", "", "甲損保"])
    assert told([labelled, listed, own]) == [
        (1, "OTSU", "1234567890", "certain"), (1, "OTSU", "1234567890", "certain"),
        (-1, "KOU", "1234567890", "probable"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header", [["Policy", "Premium"], ["policy", "premium", "term"], ["policy", "product"], ["Insurer", "policy"]]
)
def test_english_words_alone_make_no_list_of_policies(find: Finder, header: list[str]) -> None:
    assert find.table(header, ["ABC12345", "1,000", "9"][: len(header)]) == []


def test_english_lists_of_policies_are_read(find: Finder) -> None:
    (holder,) = find.table(["Policy No", "Holder"], ["ABC12345", "Smith"])
    (insurer,) = find.table(["Policy", "Insurer"], ["ABC12345", "KOU"])
    (ledger,) = find.table(["Policy", "Premium"], ["KA1234567", "1,000"])
    assert told([holder, insurer, ledger]) == [
        (-1, "", "ABC12345", "possible"), (-1, "KOU", "ABC12345", "probable"), (0, "KOU", "KA1234567", "certain"),
    ]  # fmt: skip


def test_somebody_else_in_a_row_is_told_too(find: Finder) -> None:
    matches = find.table([*HEADER, "備考"], ["KA1234567", "高橋太郎", "", "甲損保", "紹介 山口虹 1992/1/8"])
    assert [(match.policy_row, match.confidence) for match in matches] == [(0, "certain"), (1, "certain")]


@given(
    st.lists(st.sampled_from([*HEADER, "\t", "|", "│", ",", "、", "/", " / ", "  ", " ", "> ", "x"]), max_size=12).map(
        "".join
    ),
    st.booleans(),
)
def test_separators_that_are_not_there_need_not_be_tried(line: str, grid: bool) -> None:
    fast = tables._columns(line, grid)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "_SIGNS", ("",) * len(tables._SEPARATORS))
        assert tables._columns(line, grid) == fast
