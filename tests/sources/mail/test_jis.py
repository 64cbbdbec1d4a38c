"""ISO-2022-JP beyond what Python's codecs know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.mail.jis import _by_segments, _extended, decode_jis, is_jis, restore_lost_escapes


def eight_bit(raw: bytes) -> str:
    return raw.decode("cp932", "replace")


@pytest.mark.parametrize("text", ["山田太郎", "契約者：山田 太郎様\r\n証券番号　A-123", "ｱｲｳ"])
def test_plain_text_round_trips(text: str) -> None:
    assert decode_jis(text.encode("iso2022_jp_ext"), eight_bit) == text


@pytest.mark.parametrize(
    ("raw", "found"), [(b"\x1b$B;3", True), (b"\x1b(I1", True), (b"\x1b(B", False), (b"$B;3", False)]
)
def test_is_jis(raw: bytes, found: bool) -> None:
    assert is_jis(raw) is found


def test_chinese_and_korean_designations() -> None:
    assert decode_jis("您好".encode("iso2022_jp_2"), eight_bit) == "您好"
    assert decode_jis("안녕".encode("iso2022_jp_2"), eight_bit) == "안녕"


def test_unknown_pairs_are_replaced_and_the_rest_stays() -> None:
    assert decode_jis(b"\x1b$B;3\x7f\x7f;3\x1b(B!", eight_bit).replace("\ufffd", "") == "山山!"


def test_restoring_is_bounded_and_leaves_other_text_alone() -> None:
    assert restore_lost_escapes(b"price $B 100") == b"price $B 100"
    assert restore_lost_escapes(b"$B;3ED(J") == b"\x1b$B;3ED\x1b(B"


@given(st.text(alphabet="山田太郎様の満期日。、ｱｲｳﾞ①㈱髙 A-123\n", max_size=80))
def test_the_codec_and_the_complete_way_agree(text: str) -> None:
    raw = b"".join(_designated(character) for character in text)
    assert decode_jis(raw, eight_bit) == _by_segments(raw, eight_bit) == text


def _designated(character: str) -> bytes:
    if character.isascii():
        return character.encode()
    if "｡" <= character <= "ﾟ":
        return b"\x1b(I" + bytes((character.encode("cp932")[0] & 0x7F,)) + b"\x1b(B"
    pair = next((pair for pair, known in _extended().items() if known == character and pair[0] < 0x80), b"")
    return b"\x1b$B" + (pair or bytes(byte & 0x7F for byte in character.encode("euc_jp"))) + b"\x1b(B"
