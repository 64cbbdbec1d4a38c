"""Lists for spreadsheets: harmless cells, and pieces that join to the same bytes."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.spreadsheets import MARK, harmless, rows_alone, write_rows

ROWS = st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.integers()), max_size=6)


def test_a_formula_is_text() -> None:
    assert [harmless(cell) for cell in ("=1", "+81", "-", "@a", "\tx", "a=1", None, 3, -3)] == [
        "'=1", "'+81", "'-", "'@a", "'\tx", "a=1", "", "3", "'-3"
    ]  # fmt: skip


@given(one=ROWS, other=ROWS)
def test_pieces_join_to_what_is_written_at_once(
    tmp_path_factory: object, one: list[tuple[object, ...]], other: list[tuple[object, ...]]
) -> None:
    path = Path(tmp_path_factory.getbasetemp()) / "list.csv"  # type: ignore[attr-defined]
    write_rows(path, ("a", "b"), [*one, *other])
    assert path.read_bytes() == MARK + rows_alone([("a", "b")]) + rows_alone(one) + rows_alone(other)
