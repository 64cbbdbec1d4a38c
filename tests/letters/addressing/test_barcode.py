"""The customer barcode against every worked example of the manual (p17, p20, p25), and back from the bars."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.errors import InputError
from sekisho.letters.addressing.barcode import (
    Read,
    address_number,
    bars,
    bars_of,
    postal_digits,
    printed_number,
    read_bars,
)
from sekisho.letters.model import Recipient

_NAMES = [*"0123456789-", *(f"CC{n}" for n in range(1, 9))]
_THREES = "144114132312123141321213231411414324342234432243423441111"
CODES = {name: _THREES[3 * place : 3 * place + 3] for place, name in enumerate(_NAMES)}

# 郵便番号・バーコードマニュアル p25: postcode, address up to the town, the rest, characters with the check character.
OFFICIAL = [
    ("263-0023", "千葉市稲毛区緑町", "3丁目30-8　郵便ビル403号", "26300233-30-8-403", 3, "5"),
    ("014-0113", "秋田県大仙市堀見内", "　南田茂木　添60-1", "014011360-1", 9, "CC8"),
    ("110-0016", "東京都台東区台東", "5-6-3　ABCビル10F", "11000165-6-3-10", 5, "9"),
    ("060-0906", "北海道札幌市東区北六条東", "4丁目　郵便センター6号館", "06009064-6", 10, "9"),
    ("065-0006", "北海道札幌市東区北六条東", "8丁目　郵便センター10号館", "06500068-10", 9, "9"),
    ("407-0033", "山梨県韮崎市龍岡町下條南割", "　韮崎400", "4070033400", 10, "-"),
    ("273-0102", "千葉県鎌ケ谷市右京塚", "　東3丁目-20-5　郵便・A&bコーポB604号", "27301023-20-5 CC1 1604", 2, "0"),
    ("198-0036", "東京都青梅市河辺町", "十一丁目六番地一号　郵便タワー601", "198003611-6-1-601", 3, "CC8"),
    ("027-0203", "岩手県宮古市大字津軽石", "第二十一地割大淵川480", "027020321-480", 7, "CC5"),
    ("590-0016", "大阪府堺市堺区中田出井町", "四丁六番十九号", "59000164-6-19", 7, "CC2"),
    ("080-0831", "北海道帯広市稲田町", "南七線　西28", "08008317-28", 9, "CC7"),
    ("317-0055", "茨城県日立市宮田町", "6丁目7-14　ABCビル2F", "31700556-7-14-2", 5, "CC1"),
    ("650-0046", "神戸市中央区港島中町", "9丁目7-6　郵便シティA棟1F1号", "65000469-7-6 CC1 01-1", 3, "5"),
    ("623-0011", "京都府綾部市青野町", "綾部6-7　LプラザB106", "62300116-7 CC2 1 CC1 1106", 3, "4"),
    ("064-0804", "札幌市中央区南四条西", "29丁目1524-23　第2郵便ハウス501", "064080429-1524-23-2-", 0, "3"),
    ("910-0067", "福井県福井市新田塚", "3丁目80-25　J1ビル2-B", "91000673-80-25 CC1 91-2 CC1", 0, "9"),
    ("100-0013", "東京都千代田区霞が関", "1丁目3番2号　郵便プラザ503室", "10000131-3-2-503", 4, "9"),
]


def drawn(characters: str, padding: int, check: str) -> str:
    whole = [part for word in characters.split() for part in ([word] if word.startswith("CC") else word)]
    return "13" + "".join(CODES[part] for part in [*whole, *["CC4"] * padding, check]) + "31"


@pytest.mark.parametrize("example", OFFICIAL, ids=[row[0] for row in OFFICIAL])
def test_the_examples_of_the_manual(example: tuple[str, str, str, str, int, str]) -> None:
    code, town, rest, characters, padding, check = example
    expected = drawn(characters, padding, check)
    assert len(expected) == 67
    assert bars(code, town + rest, town=town) == expected
    assert bars(code, town + rest) == expected, "without knowing where the town ends"


def test_further_examples_of_the_manual() -> None:
    assert address_number("6丁目7-14　ABCビル2F201号室") == "6-7-14-2-201"
    assert bars("100-8792", "東京都千代田区大手町2-3-1", individual=True) == drawn("1008792", 13, "0")


@pytest.mark.parametrize("code", ["", "000-000", "1234", "012-3400", "1000000", "ABC-DEFG", "000-0001-2"])
def test_no_bars_without_a_postcode_or_for_a_whole_municipality(code: str) -> None:
    assert bars(code, "例示県見本市中央2-21-9") == ""


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("例示県見本市中央２丁目２１－９", "2-21-9"),
        ("例示県見本市中央2ー21ー9", "2-21-9"),
        ("大阪府高槻市八丁西町８番２１号", "8-21"),
        ("東京都千代田区一番町1-2", "1-2"),
        ("東京都千代田区1番町1-2", "1-2"),
        ("見本市二の丸町3-4", "3-4"),
        ("見本市四ノ宮五番地", "5"),
        ("北海道札幌市東区北６条東４丁目", "4"),
        ("見本市中央三番五の六", "3-5"),
        ("見本市中央", ""),
    ],
)
def test_what_belongs_to_the_name_of_the_town_is_no_number(address: str, number: str) -> None:
    assert address_number(address) == number


def test_the_bars_of_a_recipient() -> None:
    one = Recipient("p", "山田 花子", False, "0000001", "例示県見本市中央2-21-9", ())
    assert bars_of(one) == bars("0000001", "例示県見本市中央2-21-9")


def test_postcodes_as_people_write_them() -> None:
    assert postal_digits("〒０００－０００１") == "0000001"
    assert postal_digits("000 0001") == ""


NUMBERS = st.from_regex(r"[1-9][0-9]{0,2}(-[1-9][0-9]{0,2}){0,2}(B[1-9])?", fullmatch=True)


@given(st.from_regex(r"[0-9]{5}(0[1-9]|[1-9][0-9])", fullmatch=True), NUMBERS)
def test_bars_read_back_as_they_were_made(code: str, number: str) -> None:
    made = bars(code, f"例示県見本市中央{number}")
    assert len(made) == 67
    assert read_bars(made) == Read(code, printed_number(f"例示県見本市中央{number}"))
    if len(number) <= 12:
        assert read_bars(made).number == number


@given(st.text(max_size=60))
def test_any_address_gives_67_bars_that_can_be_read(address: str) -> None:
    made = bars("0000001", address)
    assert read_bars(made) == Read("0000001", printed_number(address))


@given(st.integers(2, 64), st.sampled_from("1234"))
def test_one_misread_bar_is_noticed(place: int, bar: str) -> None:
    made = bars("0000001", "例示県見本市中央2-21-9")
    if made[place] == bar:
        return
    with pytest.raises(InputError):
        read_bars(made[:place] + bar + made[place + 1 :])


def test_an_envelope_that_lay_upside_down() -> None:
    made = bars("0000001", "例示県見本市中央2-21-9")
    turned = made[::-1].translate(str.maketrans("23", "32"))
    assert read_bars(turned) == read_bars(made)


@pytest.mark.parametrize("text", ["", "1" * 67, "13" + "5" * 63 + "31", "13" + "1" * 62 + "31"])
def test_what_is_no_barcode_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_bars(text)
