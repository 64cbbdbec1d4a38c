"""Text is trimmed, whatever white space it has, and what is empty is null."""

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.registry.raw import clean_text

WHITE = [chr(code) for code in range(0x3001) if chr(code).isspace()]
TEXTS = st.text(
    st.one_of(st.sampled_from([*WHITE, "々", "タ", "©", "…", "Å", "Ġ"]), st.characters(codec="utf-8")), max_size=4
)


@given(st.lists(st.one_of(st.none(), TEXTS)), st.integers(0, 3))
def test_text_is_trimmed(values: list[str | None], begin: int) -> None:
    array = pa.array(values, pa.string())[begin:]
    trimmed = pc.utf8_trim_whitespace(array)
    assert clean_text(pa.chunked_array([array])).to_pylist() == [text or None for text in trimmed.to_pylist()]


@pytest.mark.parametrize("white", WHITE)
def test_every_white_space_at_either_end(white: str) -> None:
    for text in (white, f"{white}山田", f"山田{white}", f"a{white}"):
        column = pa.chunked_array([pa.array(["山田", None, text], pa.string())])
        assert clean_text(column).to_pylist() == ["山田", None, text.strip() or None]


def test_what_is_trimmed_already_is_not_copied() -> None:
    column = pa.chunked_array([pa.array(["佐々木　奈々", "タナカ", None, "a b"])])
    assert clean_text(column) is column
