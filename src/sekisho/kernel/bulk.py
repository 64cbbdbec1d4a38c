"""DuckDB for bulk data, as it is used everywhere here."""

import duckdb


def in_memory(*, ordered: bool = True) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that never spills to disk: customers' data must not be left in temporary files. More than
    fits raises ``duckdb.OutOfMemoryException``. ``ordered=False``: rows may come in any order where none is asked for,
    which takes less memory."""
    return duckdb.connect(
        ":memory:", config={"temp_directory": "", "preserve_insertion_order": "true" if ordered else "false"}
    )
