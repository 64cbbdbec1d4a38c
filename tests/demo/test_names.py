from sekisho.demo.names import COMPANIES, MEN, SURNAMES, WOMEN, half_width


def test_every_name_has_a_reading_in_katakana() -> None:
    for writing, kana in SURNAMES + MEN + WOMEN + COMPANIES:
        assert writing
        assert kana
        assert all("ァ" <= letter <= "ヴ" or letter == "ー" for letter in kana), kana


def test_variant_characters_are_in_the_cast() -> None:
    surnames = {writing for writing, _ in SURNAMES}
    assert {"髙橋", "高橋", "渡邊", "𠮷田", "齋藤", "山﨑"} <= surnames
    assert len(surnames) == len(SURNAMES)


def test_half_width() -> None:
    assert half_width("ガッパ　ヴー") == "ｶﾞｯﾊﾟ ｳﾞｰ"
