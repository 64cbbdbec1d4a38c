"""Running the scripts beside this module."""

from importlib import resources

import duckdb

from sekisho.entitlement.script import statements


def run_script(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Run one of the scripts beside this module."""
    run_text(con, resources.files("sekisho.findings.secondees").joinpath(name).read_text(encoding="utf-8"))


def run_text(con: duckdb.DuckDBPyConnection, text: str) -> None:
    """Run statements one after the other."""
    for statement in statements(text):
        con.execute(statement)
