"""Folding: notations meet, positions lead back, the compiled path equals the plain one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel import folding
from sekisho.kernel.folding import LEVELS, TABLE_SIZE, code_points, code_points_into, fold, folded, table, variants
from sekisho.kernel.folding_compiled import fold_fast


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＫＡ１２３４", "ka1234"),
        ("ﾀﾞｲｺﾞ ﾊﾟﾘ", "ダイゴ パリ"),
        ("か\u3099", "ガ"),
        ("カ゛", "が"),
        ("やまだ　たろう", "ヤマダ タロウ"),
        ("髙橋", "高橋"),
        ("山﨑", "山崎"),
        ("渡邊", "渡辺"),
        ("渡邉", "渡辺"),
        ("齋藤", "斉藤"),
        ("齊藤", "斎藤"),
        ("𠮷田", "吉田"),
        ("濵田", "浜田"),
        ("瀨戸", "瀬戸"),
        ("德川", "徳川"),
        ("神\ufe00田", "神田"),
        ("葛\U000e0100西", "葛西"),
        ("神田", "神田"),
        ("關ヶ原", "関ケ原"),
        ("2‐21−9", "2-21-9"),
        ("２ー２１ｰ９", "2-21-9"),
        ("1—2–3―4─5－6", "1-2-3-4-5-6"),
        ("山\u200b田", "山田"),
        ("㍼55", "S55"),
        ("ｻｰﾋﾞｽ", "サービス"),
    ],
)
def test_two_notations_meet(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_different_things_stay_apart() -> None:
    assert folded("阿部") != folded("安部")
    assert folded("スーパー") == "スーパー"
    assert folded("①123") == "①123"
    assert folded("ｯﾞ") == "ッ", "a mark that joins nothing is dropped, not turned into text"


def test_positions_lead_back_to_the_original() -> None:
    text = "x\u200bｶﾞ髙"
    result = fold(text)
    assert str(result) == "Xガ高"
    assert result.positions.tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("one", "other", "joined_from"),
    [
        ("ＫＡ１２３４", "ka1234", "strict"),
        ("ﾀﾞｲｺﾞ", "だいご", "strict"),
        ("辻\U000e0100", "辻", "strict"),
        ("神\ufe00田", "神田", "strict"),
        ("神田", "神田", "strict"),
        ("髙橋", "高橋", "standard"),
        ("𠮷野", "吉野", "standard"),
        ("山﨑", "山崎", "standard"),
        ("渡邊", "渡邉", "standard"),
        ("國德", "国徳", "standard"),
        ("斉藤", "齋藤", "standard"),
        ("関ヶ原", "関ケ原", "standard"),
        ("坂本", "阪本", "wide"),
        ("荻原", "萩原", "wide"),
        ("阿部", "安部", "never"),
        ("佐藤", "佐籐子", "never"),
        ("太田", "大田", "never"),
    ],
)
def test_levels_join_more_and_more(one: str, other: str, joined_from: str) -> None:
    joined = [level for level in LEVELS if folded(one, level) == folded(other, level)]
    assert joined == list(LEVELS[LEVELS.index(joined_from) :] if joined_from in LEVELS else ())


def test_surrogates_and_selectors_keep_their_places() -> None:
    result = fold("辻\U000e0100𠮷髙")
    assert str(result) == "辻吉高"
    assert result.positions.tolist() == [0, 2, 3]


def test_no_such_level() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        folded("髙", "loose")


def test_every_variant_leads_to_a_form_that_stays() -> None:
    assert variants("strict") == {}
    assert variants("standard").items() < variants("wide").items()
    for variant, common in variants("wide").items():
        assert len(variant) == len(common) == 1
        assert common not in variants("wide")


@pytest.mark.parametrize("level", LEVELS)
def test_folding_is_idempotent_on_the_whole_table(level: str) -> None:
    codes = table(level)
    once = codes[codes != 0]
    again = codes[once]
    different = once[(again != once) & (again != 0)]
    assert [hex(code) for code in np.unique(different)] == []


@settings(deadline=None)
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("ｶﾞﾊﾟがか゛\u3099ー−A1髙\U000e0101"))))
def test_compiled_equals_plain(text: str) -> None:
    plain, fast = fold(text), fold_fast(text)
    assert plain.codes.tolist() == fast.codes.tolist()
    assert plain.positions.tolist() == fast.positions.tolist()
    assert all(np.diff(plain.positions) > 0)


def test_the_table_holds_for_every_character_what_folding_it_alone_gives() -> None:
    codes = [code for code in range(0x21, TABLE_SIZE) if not 0xD800 <= code < 0xF900]
    alone = np.array([ord(folding._one_character(chr(code))) for code in codes], np.uint32)
    listed = table("strict")[codes]
    changed = {code for code, one, other in zip(codes, alone, listed, strict=True) if one != other}
    others = {*map(ord, folding._BLANKS), *folding._DELETED, *map(ord, "\u0085\u2028\u2029")}
    assert changed <= others | {ord(variant) for variant in variants("strict")}


@given(st.text(st.sampled_from(["a", "あ", "\U00020bb7", "\ud800", "\0"])))
def test_code_points_are_the_same_without_a_copy(text: str) -> None:
    room = np.zeros(len(text) + 1, np.uint32)
    code_points_into(text, room)
    assert room[: len(text)].tolist() == code_points(text).tolist()


def test_code_points_want_their_room() -> None:
    with pytest.raises(ValueError, match="no room"):
        code_points_into("abc", np.zeros(2, np.uint32))
    with pytest.raises(ValueError, match="no room"):
        code_points_into("abc", np.zeros(6, np.uint32)[::2])
