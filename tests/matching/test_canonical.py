"""Each field has one canonical form, however it is written."""

import numpy as np
import pytest

from sekisho.matching import canonical as form
from sekisho.matching.parameters import word_array, words
from tests.matching.compiled_parts import folded_codes, outside, written


def key(part: str, text: str) -> str:
    codes, kinds, length = folded_codes(text)
    out = np.zeros(200, np.uint32)
    forms = word_array(words("legal_forms"))
    more = (forms, np.count_nonzero(forms, axis=1)) if part == "name_key" else ()
    return written(out, outside(getattr(form, part))(codes, kinds, 0, length, *more, out))


@pytest.mark.parametrize("text", ["KA-123 4567", "ｋａ１２３４５６７", "(KA1234567)"])
def test_policy_numbers(text: str) -> None:
    assert key("squeeze", text) == "KA1234567"
    assert key("squeeze", "9" * (form.POLICY_MAX + 1)) == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("髙橋　太郎", "高橋太郎"),
        ("株式会社青葉商事", "青葉商事"),
        ("青葉商事(株)", "青葉商事"),
        ("医療法人青葉会", "青葉会"),
        ("株式会社", "株式会社"),
        ("林", ""),
    ],
)
def test_names(text: str, name: str) -> None:
    assert key("name_key", text) == name


@pytest.mark.parametrize(
    ("text", "kana"), [("ｼﾖｳｼﾞ ﾊﾅ", "シヨウジハナ"), ("しょうじ　はな", "シヨウジハナ"), ("ハナ", "")]
)
def test_kana(text: str, kana: str) -> None:
    assert key("kana_key", text) == kana


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("03-0000-1234", "0300001234"),
        ("+81-3-0000-1234", "0300001234"),
        ("+81(0)90-0000-5678", "09000005678"),
        ("12-3456-7890", ""),
        ("+1-212-555-0100", ""),
        ("03-0000", ""),
    ],
)
def test_phones(text: str, phone: str) -> None:
    assert key("phone_key", text) == phone


def test_mail_addresses_and_postal_codes() -> None:
    assert key("email_key", "Ｔａｒｏ＠example.jp") == "TARO@EXAMPLE.JP"
    assert key("email_key", "taro@@example.jp") == key("email_key", "taro") == ""
    assert key("postal_key", "〒100-0001") == "1000001"
    assert key("postal_key", "100-00012") == ""


def address(text: str) -> list[str]:
    codes, kinds, length = folded_codes(text)
    out, sizes, stops = np.zeros(200, np.uint32), np.zeros(3, np.int64), np.zeros(3, np.int64)
    begin = outside(form.skip_prefecture)(codes, kinds, 0, length)
    numbers = outside(form.address_key)(codes, kinds, begin, length, out, sizes, stops)
    return [written(out, size) for size in sizes[:numbers]]


@pytest.mark.parametrize(
    "text",
    [
        "東京都千代田区丸の内二丁目21番9号 青葉ビル3F",
        "〒100-0001 東京都千代田区丸の内2-21-9",
        "千代田区丸の内２丁目２１番地９",
        "千代田区 丸の内2の21の9-301",
    ],
)
def test_addresses(text: str) -> None:
    place = "千代田区丸ノ内2"
    assert address(text) == [place, f"{place}-21", f"{place}-21-9"]


def test_numbers_inside_place_names_and_addresses_without_any() -> None:
    assert address("北海道札幌市北区北24条西5丁目1-2")[-1] == "札幌市北区北24条西5-1-2"
    assert address("仙台市青葉区一番町1-2-3")[-1] == address("仙台市青葉区一番町1丁目2番3号")[-1]
    assert address("千代田区丸の内") == []


@pytest.mark.parametrize(("text", "value"), [("二十一番", 21), ("百五号", 105), ("三〇二", 302), ("番", -1)])
def test_numbers_in_kanji(text: str, value: int) -> None:
    codes, _, length = folded_codes(text)
    assert outside(form.kanji_number)(codes, 0, length)[0] == value
