"""Arrow as COPY text: what PostgreSQL reads back is what was there, character for character."""

from datetime import date

import psycopg
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.store.databases.copying import copy_text

SCHEMA = pa.schema([("a", pa.string()), ("b", pa.string()), ("d", pa.date32()), ("n", pa.int64()), ("f", pa.bool_())])
NASTY = ("", " ", "\\", "\\N", "\\.", "a\n\\.\nb", "\t", "\r\n", "\\t", '"', ",", "山田　花子", "𠮷", "�", "null")

texts = st.one_of(st.none(), st.sampled_from(NASTY), st.text(st.characters(exclude_characters="\0", codec="utf-8")))
rows = st.lists(
    st.fixed_dictionaries(
        {
            "a": texts,
            "b": texts,
            "d": st.one_of(st.none(), st.dates(), st.sampled_from([date(1, 1, 1), date(9999, 12, 31)])),
            "n": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
            "f": st.one_of(st.none(), st.booleans()),
        }
    ),
    max_size=6,
)


def written(con: psycopg.Connection, table: pa.Table) -> list[dict[str, object]]:
    con.execute("create temp table if not exists cells (a text, b text, d date, n bigint, f boolean)")
    con.execute("truncate cells")
    with con.cursor().copy("copy cells from stdin") as copy:
        for piece in copy_text(table):
            copy.write(piece)
    found = con.execute("select a, b, d, n, f from cells order by ctid").fetchall()
    return [dict(zip(SCHEMA.names, row, strict=True)) for row in found]


def test_whatever_a_cell_holds_arrives(store_url: str) -> None:
    with psycopg.connect(store_url, autocommit=True) as con:

        @settings(max_examples=150, deadline=None)
        @given(rows)
        def arrives(listed: list[dict[str, object]]) -> None:
            assert written(con, pa.Table.from_pylist(listed, schema=SCHEMA)) == listed

        arrives()


def test_a_part_of_a_table_and_many_pieces(store_url: str) -> None:
    count = 120_000
    table = pa.Table.from_pylist([{"a": f"r{n}", "n": n} for n in range(count)], schema=SCHEMA)
    assert len(list(copy_text(table))) == 3
    with psycopg.connect(store_url, autocommit=True) as con:
        found = written(con, table.slice(7, 5))
    assert [row["n"] for row in found] == [7, 8, 9, 10, 11]
    assert [row["a"] for row in found] == ["r7", "r8", "r9", "r10", "r11"]
