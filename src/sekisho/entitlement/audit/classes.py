"""Numbering the classes of a ledger (``classes.sql`` says what a class is): columns become numbers once, numbers are
compared instead of texts. Ten million policies take some seconds of one core."""

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

TOLD_APART = ("insurer_id", "agency_id", "working_agency_id", "line", "source", "office_id", "producer_id")
"""What tells policies apart, besides a history of their own."""

_ASKED = {"office_id": "asked_office", "producer_id": "asked_producer"}
"""Columns of which only some values do: those of a table of ``classes.sql``."""

_MOST = 1 << 62
Numbers = np.ndarray


def number_classes(con: duckdb.DuckDBPyConnection, policies: pa.Table) -> None:
    """The tables ``class`` (class_no, what its policies have in common, own_no, policy_no: one of them, policy_count:
    how many they are) and ``class_of`` (insurer_id, policy_no → class_no) in ``con``, which has the tables of
    ``classes.sql``. ``policies``: ``TOLD_APART`` and policy_no, as texts; none and an empty text are the same."""
    columns = {name: _coded(policies.column(name), _asked(con, name)) for name in TOLD_APART}
    columns["own_no"] = _own(con, policies)
    codes, size = np.zeros(policies.num_rows, np.int64), 1
    for text, numbers in columns.values():
        if size * (len(text) + 1) > _MOST:
            codes, size = _dense(codes)
        codes = codes * (len(text) + 1) + numbers
        size *= len(text) + 1
    class_of, count = _dense(codes)
    rows = np.arange(policies.num_rows, dtype=np.int64)
    first = np.empty(count, np.int64)
    first[class_of[::-1]] = rows[::-1]
    classes = {"class_no": pa.array(np.arange(1, count + 1, dtype=np.int32))}
    for name, (text, numbers) in columns.items():
        classes[name] = pa.concat_arrays([pa.array([""], pa.string()), text]).take(pa.array(numbers[first]))
    classes["policy_no"] = policies.column("policy_no").take(pa.array(first)).combine_chunks()
    classes["policy_count"] = pa.array(np.bincount(class_of, minlength=count).astype(np.int64))
    _put(con, "class", pa.table(classes))
    numbered = policies.select(["insurer_id", "policy_no"])
    _put(con, "class_of", numbered.append_column("class_no", pa.array((class_of + 1).astype(np.int32))))


def _put(con: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    con.register("numbered", table)
    con.execute(f"CREATE TABLE {name} AS FROM numbered")
    con.unregister("numbered")


def _asked(con: duckdb.DuckDBPyConnection, name: str) -> pa.Array | None:
    if name not in _ASKED:
        return None
    return con.table(_ASKED[name]).to_arrow_table().column(0).combine_chunks()


def _coded(column: pa.ChunkedArray, asked: pa.Array | None) -> tuple[pa.Array, Numbers]:
    """The different texts of a column, and for each row the number of its text, from 1; 0: none, or (``asked``) one
    that nobody asks for."""
    coded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    texts = coded.dictionary.cast(pa.string())
    counts = pc.not_equal(texts, "") if asked is None else pc.and_(pc.not_equal(texts, ""), pc.is_in(texts, asked))
    # One place more, for rows without a text: their number becomes -1, which is the last one.
    place = np.append(np.where(counts.to_numpy(zero_copy_only=False), np.arange(1, len(texts) + 1), 0), 0)
    return texts, place.astype(np.int64)[pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False)]


def _own(con: duckdb.DuckDBPyConnection, policies: pa.Table) -> tuple[pa.Array, Numbers]:
    """As ``_coded``, of the numbers of policies with a history of their own."""
    keys = policies.select(["insurer_id", "policy_no"])
    con.register("keyed", keys.append_column("policy_row", pa.array(np.arange(keys.num_rows, dtype=np.int64))))
    found = con.execute("SELECT policy_row FROM keyed SEMI JOIN single USING (insurer_id, policy_no) ORDER BY 1")
    rows = found.fetchnumpy()["policy_row"].astype(np.int64)
    con.unregister("keyed")
    texts, numbers = _coded(policies.column("policy_no").take(pa.array(rows)), None)
    places = np.zeros(policies.num_rows, np.int64)
    places[rows] = numbers
    return texts, places


def _dense(codes: Numbers) -> tuple[Numbers, int]:
    """The same codes, numbered from 0 in the order in which they first come, and how many they are."""
    coded = pa.array(codes).dictionary_encode()
    return coded.indices.to_numpy(zero_copy_only=False).astype(np.int64), len(coded.dictionary)
