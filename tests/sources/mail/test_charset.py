"""The charset ladder: what the bytes are decides, whatever the label says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.mail import charset
from sekisho.sources.mail.charset import codec_of, decode, decode_name, score

TEXT = "お世話になっております。青葉保険サービスの佐藤です。山田太郎様の満期日は2026年4月1日です。"
LABELS = ["", "us-ascii", "utf-8", "iso-2022-jp", "shift_jis", "euc-jp", "iso-8859-1", "no-such-charset", "base64"]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("codec", ["utf_8", "iso2022_jp", "cp932", "euc_jp"])
def test_a_japanese_text_is_right_under_any_label(codec: str, label: str) -> None:
    found = decode(TEXT.encode(codec), label)
    assert found.text == TEXT
    assert not found.doubtful


@pytest.mark.parametrize(
    "label",
    ["Shift_JIS", "x-sjis", "windows-31j", "MS932", "cp943c", '"shift_jis"', "SJIS-WIN"],
)
def test_shift_jis_labels_mean_cp932(label: str) -> None:
    assert decode("㈱青葉 髙橋 ①".encode("cp932"), label).text == "㈱青葉 髙橋 ①"


@pytest.mark.parametrize(
    "label", ["iso-2022-jp", "iso-2022-jp-ms", "cp50220", "CP50221", "_iso-2022-jp$ESC", "", "utf-8"]
)
def test_rows_that_jis_has_not_are_decoded(label: str) -> None:
    # NEC row 13 (①㈱), NEC-selected IBM extended kanji (髙 = row 92? by cp932 ED/EE), half-width kana by ESC ( I
    raw = b"\x1b$B" + b"\x2d\x21\x2d\x6a" + _jis("髙") + b"\x1b(I\x54\x4f\x40\x5e\x1b(B" + b" OK"
    found = decode(raw, label)
    assert found.text == "①㈱髙ﾔﾏﾀﾞ OK"
    assert not found.doubtful


def _jis(character: str) -> bytes:
    """The NEC-selected IBM extended kanji as seven-bit JIS pair."""
    for row in range(89, 93):
        for cell in range(1, 95):
            lead = (row - 1) // 2 + 0xC1
            trail = cell + (0x3F if cell <= 63 else 0x40) if row % 2 else cell + 0x9E
            try:
                if bytes((lead, trail)).decode("cp932") == character:
                    return bytes((row + 0x20, cell + 0x20))
            except UnicodeDecodeError:
                continue
    raise AssertionError(character)


def test_half_width_kana_by_shift_out_and_by_eight_bits() -> None:
    assert decode(b"\x1b$B;3ED\x1b(B \x0e\x54\x4f\x40\x5e\x0f OK").text == "山田 ﾔﾏﾀﾞ OK"
    assert decode(b"\x1b$B;3ED\x1b(B " + "ﾔﾏﾀﾞ".encode("cp932") + b" OK").text == "山田 ﾔﾏﾀﾞ OK"


def test_jis_with_a_footer_in_another_charset() -> None:
    for codec in ("utf_8", "cp932", "euc_jp"):
        raw = "山田太郎様".encode("iso2022_jp") + b"\r\n-- \r\n" + "青葉保険サービスからのお知らせです".encode(codec)
        assert decode(raw, "iso-2022-jp").text == "山田太郎様\r\n-- \r\n青葉保険サービスからのお知らせです"


def test_jis_x_0212_and_0213() -> None:
    assert decode("山田丂".encode("iso2022_jp_1")).text == "山田丂"
    assert decode("山田①俱".encode("iso2022_jp_2004")).text == "山田①俱"


def test_a_line_left_in_two_byte_mode_is_closed() -> None:
    assert decode(b"\x1b$B;3ED\r\nTel 03-0000-1234\r\n").text == "山田\r\nTel 03-0000-1234\r\n"


def test_lost_escape_characters_are_put_back_only_under_a_jis_label() -> None:
    assert decode(b"$B;3ED(B", "iso-2022-jp").text == "山田"
    assert decode(b"US$B;3ED(B", "us-ascii").text == "US$B;3ED(B"


def test_gaiji_become_geta_and_are_no_error() -> None:
    found = decode(b"\x1b$B;3\x75\x41\x1b(B")
    assert (found.text, found.doubtful) == ("山〓", False)


def test_eucjp_ms_row_13() -> None:
    found = decode("山田太郎様".encode("euc_jp") + b"\xad\xa1\xad\xea", "eucjp-ms")
    assert (found.text, found.doubtful) == ("山田太郎様①㈱", False)


@pytest.mark.parametrize("codec", ["utf_16", "utf_16_le", "utf_16_be", "utf_8_sig"])
def test_utf16_with_and_without_mark(codec: str) -> None:
    text = "証券番号,契約者名\r\nA-1234567,山田太郎\r\n"
    assert decode(text.encode(codec)).text == text


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        ("Café déjà vu, über Größe", "latin_1", "iso-8859-1"),
        ("Café déjà vu, über Größe", "latin_1", "windows-1252"),
        ("Привет, как дела, договор номер", "koi8_r", "koi8-r"),
        ("您好,这是保险合同的说明", "gb18030", "gb2312"),
        ("안녕하세요 보험 계약입니다", "cp949", "ks_c_5601-1987"),
        ("您好，這是保險契約的說明", "big5", "big5"),
    ],
)
def test_other_languages_keep_their_label(text: str, codec: str, label: str) -> None:
    assert decode(text.encode(codec), label).text == text


def test_utf7_only_when_labelled() -> None:
    raw = "山田".encode("utf_7")
    assert decode(raw, "utf-7").text == "山田"
    assert decode(raw, "us-ascii").text == raw.decode()


def test_what_cannot_be_decoded_is_flagged() -> None:
    assert decode(TEXT.encode("utf_8")[:-1] + b"\xff\xfe").doubtful
    assert decode(bytes(range(0x80, 0x100)) * 4).doubtful


@pytest.mark.parametrize(("label", "codec"), [("utf8", "utf_8"), ("x-unknown", ""), ("UTF-8\n", "utf_8"), ("nö", "")])
def test_codec_of(label: str, codec: str) -> None:
    assert codec_of(label) == codec


@given(st.binary(max_size=300), st.sampled_from(LABELS) | st.text(max_size=10))
def test_never_raises(raw: bytes, label: str) -> None:
    assert isinstance(decode(raw, label).text, str)


@given(
    st.lists(
        st.sampled_from(
            [
                b"\x1b$B",
                b"\x1b(I",
                b"\x1b(B",
                b"\x1b$(D",
                b"\x1b$(P",
                b"\x1b$A",
                b"\x0e",
                b"\x0f",
                b";3",
                b"\n",
                b"\xe5",
                b"\x1b",
            ]
        )
    )
)
def test_never_raises_on_escape_sequences(pieces: list[bytes]) -> None:
    decode(b"".join(pieces), "iso-2022-jp")


@given(st.text(alphabet="あいうえおかがきくけこ山田太郎青葉保険契約満期日ァイウー、。0123 ", min_size=12))
def test_unlabelled_japanese_is_found_in_every_charset(text: str) -> None:
    if sum(1 for character in text if "あ" <= character <= "ん") < 4:
        return
    for codec in ("utf_8", "iso2022_jp", "cp932", "euc_jp"):
        assert decode(text.encode(codec)).text == text


def test_names_in_archives() -> None:
    assert decode_name("満期一覧.xlsx".encode("cp932")) == "満期一覧.xlsx"
    assert decode_name("満期一覧.xlsx".encode()) == "満期一覧.xlsx"


def test_score_tells_japanese_from_wrongly_decoded_japanese() -> None:
    assert score(TEXT) > 0
    assert score(TEXT.encode("euc_jp").decode("cp932", "replace")) < score(TEXT) / 4


def test_labels_of_codecs_that_refuse_everything_say_nothing() -> None:
    for label in ("undefined", "idna"):
        assert codec_of(label) == ""
        assert decode(TEXT.encode("cp932"), label).text == TEXT


_MIXED = st.lists(
    st.tuples(st.sampled_from([TEXT, "鑾躊躇ｱｲｳ①㈱", "Größe déjà", "Привет", "您好保险"]), st.sampled_from(
        ["utf_8", "cp932", "euc_jp", "cp1252", "koi8_r", "gb18030"]
    )),
    min_size=1, max_size=4,
)  # fmt: skip


@given(_MIXED, st.sampled_from(LABELS), st.integers(0, 3), st.booleans())
def test_candidates_are_left_out_only_where_they_cannot_win(
    pieces: list[tuple[str, str]], label: str, cut: int, long: bool
) -> None:
    raw = b"".join(text.encode(codec, "ignore") for text, codec in pieces)[cut:] * (60 if long else 1)
    quick = decode(raw, label)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charset, "_hopeless", lambda *_: False)
        patch.setattr(charset, "_euc_ceiling", lambda _: 9.0)
        assert decode(raw, label) == quick


@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_what_is_not_ascii_is_told_by_way_of_bytes_as_by_its_characters(text: str) -> None:
    assert charset._without_ascii(text) == re.sub(r"[\x00-\x7f]+", "", text)
