"""Tables as multisets: what one has more, and less, than another (``history.sql``, in DuckDB, never on disk)."""

from collections.abc import Sequence
from functools import cache
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sekisho.kernel.bulk import in_memory

_COUNT = "n"


def difference(plus: Sequence[pa.Table], minus: Sequence[pa.Table]) -> tuple[pa.Table, pa.Table]:
    """(rows that ``plus`` has more, rows that ``minus`` has more), each as often as that, in no certain order.

    All tables have the same schema; at least one is given. Order and chunks of the tables do not matter.
    """
    schema = (*plus, *minus)[0].schema
    more, less = (pa.concat_tables([schema.empty_table(), *tables]) for tables in (plus, minus))
    if more.equals(less):
        return schema.empty_table(), schema.empty_table()
    counted = _counted(more, less)
    number = counted.column(_COUNT)
    found = counted.select(schema.names).cast(schema)
    return _repeated(found, number), _repeated(found, pc.negate(number))


def _counted(plus: pa.Table, minus: pa.Table) -> pa.Table:
    columns = ", ".join(f'"{name}"' for name in plus.column_names)
    connection = in_memory(ordered=False)
    try:
        connection.execute("SET enable_external_access = false")
        connection.register("plus", plus)
        connection.register("minus", minus)
        return connection.sql(_text().format(columns=columns)).to_arrow_table()
    finally:
        connection.close()


def _repeated(rows: pa.Table, number: pa.ChunkedArray) -> pa.Table:
    """Each row as often as its number says; a number below one means not at all."""
    if not rows.num_rows:
        return rows
    times = np.maximum(number.to_numpy(), 0)
    if times.max() <= 1:
        return rows.filter(pa.array(times == 1))
    return rows.take(pa.array(np.repeat(np.arange(len(times)), times)))


@cache
def _text() -> str:
    return resources.files("sekisho.store.history").joinpath("history.sql").read_text(encoding="utf-8")
