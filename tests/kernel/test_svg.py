"""The drawing kit: escaped, labelled, cut to width, round scales."""

from hypothesis import given
from hypothesis import strategies as st
from tests.kernel.drawn import outside, parsed, spoken, texts

from sekisho.kernel.svg import Drawing, fitted, round_scale, text_width


def test_what_is_written_is_escaped() -> None:
    drawing = Drawing(100, 50, "A & B", "<none>")
    drawing.text(5, 20, '<script>alert("x")</script> & 甲')
    drawing.rect(5, 25, 20, 10, "#000000", hatched=True, label="1 < 2")
    drawn = drawing.render()
    assert texts(drawn) == ['<script>alert("x")</script> & 甲']
    assert spoken(drawn) == "A & B\n<none>"
    assert outside(drawn) == []


def test_title_and_description_are_named_by_the_picture_and_differ_between_pictures() -> None:
    names = []
    for title in ("一", "二"):
        root = parsed(Drawing(10, 10, title, "").render())
        assert root.attrib["role"] == "img"
        names.append(root.attrib["aria-labelledby"])
        assert {element.attrib["id"] for element in root if "id" in element.attrib} == set(names[-1].split())
    assert names[0] != names[1]


def test_writing_lies_above_the_bars() -> None:
    drawing = Drawing(100, 50, "", "")
    drawing.text(5, 20, "12.3%")
    drawing.rect(0, 10, 50, 20, "#000000")
    assert drawing.render().index("<text") > drawing.render().rindex("<rect")


@given(st.text(max_size=60), st.floats(20, 300))
def test_cut_text_fits(content: str, width: float) -> None:
    cut = fitted(content, width, 13)
    assert text_width(cut, 13) <= width
    assert cut == content or cut.endswith("…")


@given(st.floats(0, 1e14))
def test_scales_hold_the_largest_value_in_a_few_steps(largest: float) -> None:
    places = round_scale(largest)
    assert places[0] == 0
    assert places[-1] >= largest
    assert 2 <= len(places) <= 6
    assert places == sorted(set(places))
