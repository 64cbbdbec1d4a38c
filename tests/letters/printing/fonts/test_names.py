"""Any name at all is printed as it is written, or held back with the code point; nothing between."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sekisho.letters.model import Held
from sekisho.letters.printing import Settings
from sekisho.letters.printing.check import Printed, check_file, squeezed
from sekisho.letters.printing.filling import Filler, HoldBackError
from sekisho.letters.printing.fonts.embedding import Codes
from sekisho.letters.printing.fonts.shapes import check_shapes
from sekisho.letters.printing.press import Press
from sekisho.letters.printing.print_file import PrintFile
from sekisho.letters.printing.reader import texts_of
from sekisho.letters.printing.told import tell
from tests.letters.printing.cast import WORDING, recipient

HARD = "髙﨑𠮷辻邉邊齋齊瀨德濵祥\ufa19\ufa1a\u2f00ｱﾞゔヷヸ々〆ヶ・ーー'-.´é\u3000 "
SELECTED = ["辻\U000e0100", "邉\U000e0101", "邉\U000e0142", "葛\U000e0100", "神\ufe00", "辻\U000e0101"]
NAMES = st.lists(
    st.sampled_from([*HARD, *SELECTED]) | st.characters(min_codepoint=0x3041, max_codepoint=0x9FFF) | st.characters(),
    min_size=1,
    max_size=14,
).map("".join)


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Press:
    return Press(WORDING, Settings(series="N"), tmp_path_factory.mktemp("press"))


@given(name=NAMES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_name_is_printed_as_it_is_written_or_held_back(press: Press, name: str) -> None:
    who = recipient(name)
    told = tell(who, "N-0000001-8", press.design.labels)
    codes = Codes(press.faces)
    file = PrintFile(codes, press.outlines, "title")
    try:
        letter = Filler(press.design, press.faces, press.typesetter, codes).fill(told, "")
    except HoldBackError as held:
        assert held.reason in {Held.GLYPH, Held.TOO_LONG}
        assert not set(held.detail) & (set(name) - set("U+0123456789ABCDEF nameadrsblock"))
        return
    first = file.add(letter)
    data = file.finish()
    check_file(data, "x.pdf", [Printed("N-0000001-8", told, "", first, letter.layout)], codes, press.design, every=1)
    check_shapes(data, "x.pdf", codes, press.faces)
    (text,) = texts_of(data)
    assert unicodedata.normalize("NFC", squeezed(name)) in unicodedata.normalize("NFC", text)
