"""Which envelope and window keep the address in sight: the measured table, the geometry itself, a user's file."""

from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.errors import InputError
from sekisho.letters.addressing.envelopes import barcode_size, placed, stationery, verdicts

SIX = "長6"


def test_a_bad_combination_is_refused_with_the_millimetres_that_fail() -> None:
    with pytest.raises(InputError) as refused:
        placed("長3", "90x45")
    assert str(refused.value) == (
        "長3, window 90x45: the address block is 64×27 mm; after play of 25×21 mm only 61×20 mm stay visible in the "
        "90×45 window of 長3: 3 mm too wide, 7 mm too high → use 100×55 or 長6"
    )


@pytest.mark.parametrize(
    ("envelope", "window", "fold", "room", "allowed"),
    [
        ("長3", "90x45", "三つ折り", (61, 20), False),
        ("長3", "100x55", "三つ折り", (71, 30), True),
        ("長3", "90x45", "三つ折り (105 mm)", (61, 26), False),
        (SIX, "90x45", "三つ折り", (76, 30), True),
        (SIX, "100x55", "三つ折り", (86, 40), True),
        ("角2", "90x45", "折らない", (56, 6), False),
        ("角2", "120x70", "折らない", (86, 31), True),
    ],
)
def test_the_measured_table(envelope: str, window: str, fold: str, room: tuple[float, float], allowed: bool) -> None:
    (verdict,) = [v for v in verdicts() if (v.envelope, v.window, v.fold) == (envelope, window, fold)]
    assert verdict.room == room
    assert (verdict.placement is not None) is allowed
    assert bool(verdict.why) is not allowed


def test_the_places_for_the_layout() -> None:
    assert placed("長3", "100x55", block=(68, 29)).layout() == {
        "address": {"left": 23.5, "top": 16.5, "width": 68, "height": 29},
        "window": {"right": 120, "bottom": 69},
        "sender": {"left": 120, "width": 70},
        "body": {"top": 74},
    }


@pytest.mark.parametrize(("points", "width"), [(8, 63.84), (9, 71.82), (10, 79.8)])
def test_the_size_of_the_barcode(points: float, width: float) -> None:
    assert barcode_size(points)[0] == pytest.approx(width)


@pytest.mark.parametrize("points", [7.9, 11.6])
def test_a_barcode_that_is_not_read(points: float) -> None:
    with pytest.raises(InputError, match=r"8 to 11\.5 points"):
        barcode_size(points)


def test_only_standard_envelopes_get_the_barcode_discount() -> None:
    assert placed("長3", "100x55").is_standard
    assert not placed("角2", "120x70").is_standard


@given(
    st.sampled_from([v for v in verdicts() if v.placement]),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_wherever_the_sheet_slides_the_block_is_seen_and_nothing_else(verdict, across: float, down: float) -> None:
    paper, placement = stationery(), verdict.placement
    sheet, window = paper.folds[verdict.fold], paper.windows[verdict.window]
    about = paper.envelopes[verdict.envelope]
    x, y = across * (about["width"] - sheet["width"]), down * (about["height"] - sheet["height"])
    block, clear = placement.block, paper.clear - 1e-9
    assert window.left + clear <= x + block.left
    assert x + block.right <= window.right - clear
    assert window.top + clear <= y + block.top
    assert y + block.bottom <= window.bottom - clear
    # What of the sheet is seen now lies in the area to be kept clear.
    kept = placement.keep_clear
    assert kept.left <= max(0, window.left - x) + 1e-9
    assert kept.top <= max(0, window.top - y) + 1e-9
    assert min(sheet["width"], window.right - x) <= kept.right + 1e-9
    assert min(sheet["height"], window.bottom - y) <= kept.bottom + 1e-9


def test_a_larger_block_needs_another_envelope() -> None:
    with pytest.raises(InputError, match="9 mm too wide → use 120×70 or 長6"):
        placed("長3", "100x55", block=(80, 27))
    assert placed("長6", "100x55", block=(80, 30)).block.width == 80


@pytest.mark.parametrize(
    ("envelope", "window", "fold", "match"),
    [
        ("長4", "90x45", "", "no known envelope → use one of 長3, 長6, 角2"),
        ("長3", "91x45", "", "no known window"),
        ("長3", "90x45", "八つ折り", "no known fold"),
        ("角2", "90x45", "三つ折り", "not how a sheet goes into 角2 → use 折らない"),
    ],
)
def test_unknown_names_are_refused(envelope: str, window: str, fold: str, match: str) -> None:
    with pytest.raises(InputError, match=match):
        placed(envelope, window, fold=fold)


def test_an_envelope_of_the_users_own(tmp_path: Path) -> None:
    own = tmp_path / "envelopes.yaml"
    own.write_text(
        """
clear: 2
from_edges: 12
smallest_window: {width: 80, height: 45}
block: {width: 64, height: 27}
folds: {三つ折り: {width: 210, height: 99}}
envelopes:
  洋長3: {name: 洋長形3号, width: 235, height: 120, class: standard, folds: [三つ折り]}
windows:
  端: {width: 100, height: 55, left: 5, top: 14}
  小: {width: 70, height: 45, left: 20, top: 14}
  大: {width: 110, height: 60, left: 15, top: 12}
""",
        encoding="utf-8",
    )
    known = stationery(own)
    assert placed("洋長3", "大", known=known).keep_clear.bottom == 72
    with pytest.raises(InputError, match="within 5 mm of the edge; it must keep 12 mm"):
        placed("洋長3", "端", known=known)
    with pytest.raises(InputError, match="70×45 mm; Japan Post wants at least 80×45 mm"):
        placed("洋長3", "小", known=known)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "[", "is no list of envelopes"),
        ("left: 20", "left: x", "is no list of envelopes"),
        ("class: other", "class: both", "is no list of envelopes"),
        ("clear: 2 ", "klar: 2", "unknown: klar"),
        ("left: 20", "lft: 20", "unknown in windows.80x45: lft"),
        ("from_edges: 12", "", "missing: from_edges"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = resources.files("sekisho.letters.addressing").joinpath("envelopes.yaml").read_text(encoding="utf-8")
    own = tmp_path / "envelopes.yaml"
    own.write_text(text.replace(old, new) if old else new, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        stationery(own)


def test_a_sheet_that_does_not_go_in(tmp_path: Path) -> None:
    text = resources.files("sekisho.letters.addressing").joinpath("envelopes.yaml").read_text(encoding="utf-8")
    own = tmp_path / "envelopes.yaml"
    own.write_text(
        text.replace("folds: [折らない]", "folds: [折らない, 大きい]").replace(
            "  折らない: {", "  大きい: {width: 297, height: 420}\n  折らない: {"
        ),
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="does not go into the envelope"):
        placed("角2", "120x70", fold="大きい", known=stationery(own))
