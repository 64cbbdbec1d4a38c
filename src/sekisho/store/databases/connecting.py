"""Connections to PostgreSQL: set up alike everywhere, and errors that say what to do, without statement or password.

psycopg is an extra: without it everything else of Sekisho works.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.store.databases.base import ADDRESS

SETTINGS = {
    "client_encoding": "UTF8",
    # One question has a plan of some hundred nodes. Made once for each connection it costs a millisecond; made
    # again for each question, or compiled, it costs twenty.
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    # Row-level security is for others. Where it would hold for us too, an error is better than an answer from a part.
    "row_security": "off",
    "DateStyle": "ISO",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "15min",
}
STATEMENT_TIMEOUT = "60s"
"""For a question; a load has none. ``options`` in the address (or ``PGOPTIONS``) may name another."""
_CONNECT_SECONDS = 10

_MEANING = (
    ("08", "the connection was lost", "check that the server runs and can be reached, then run again"),
    ("22021", "a text holds a character that PostgreSQL cannot store (NUL)", "remove it from the table, then load"),
    ("25006", "this server takes no changes (a standby)", "name the primary server"),
    ("28", "the server does not let this user in", "check user, password (PGPASSFILE, PGPASSWORD) and pg_hba.conf"),
    ("3D000", "there is no database of this name", "make it with createdb, or correct the name"),
    ("3F000", "this database has no tables of Sekisho", "run sekisho init on the workspace"),
    ("42P01", "this database has no tables of Sekisho", "run sekisho init on the workspace"),
    ("42501", "this user may not do that", "grant what docs/postgres.md names, or name another user"),
    ("53100", "there is no space left on the server's disk", "make room; the previous load is in force"),
    ("53300", "the server has no connection left", "wait, or allow more (max_connections)"),
    ("55P03", "another program holds a lock (another load?)", "wait until it has finished, then run again"),
    ("57014", "the server stopped it: it took too long", "run again, or allow more (statement_timeout)"),
    ("57P", "the server is stopping or starting", "wait, then run again"),
    ("XX", "the server reports damage or a fault of its own", "look into its log; restore from a backup"),
)


def connect(address: str, schema: str, *, writes: bool = False) -> Any:
    """A psycopg connection in autocommit whose names are those of ``schema``. It only reads, unless it ``writes``.

    Raises ``InputError`` without psycopg, for an address that is none, and when nobody answers there.
    """
    psycopg = driver()
    if not address.startswith(("postgresql://", "postgres://")):
        raise InputError("is no address of PostgreSQL", where=ADDRESS, remedy="write postgresql://user@host/database")
    try:
        con = psycopg.connect(
            address, autocommit=True, connect_timeout=_CONNECT_SECONDS, application_name="sekisho", prepare_threshold=0
        )
    except psycopg.Error as error:
        raise not_connected(error) from None
    try:
        settings = {**SETTINGS, "search_path": schema, "default_transaction_read_only": "off" if writes else "on"}
        if not con.execute("select current_setting('statement_timeout') <> '0'").fetchone()[0]:
            settings["statement_timeout"] = STATEMENT_TIMEOUT
        con.execute(
            "select " + ", ".join(["set_config(%s, %s, false)"] * len(settings)),
            [text for setting in settings.items() for text in setting],
        )
    except BaseException:
        con.close()
        raise
    return con


@contextmanager
def clear_errors() -> Iterator[None]:
    """PostgreSQL's errors as ``SekishoError``: what it means and what to do, never the statement or its values."""
    error_class = driver().Error
    try:
        yield
    except error_class as error:
        state = error.sqlstate or "08"
        message, remedy = next(
            ((said, remedy) for code, said, remedy in _MEANING if state.startswith(code)),
            (f"the database reports the error {state}", "look into the log of the server"),
        )
        raise SekishoError(message, where=ADDRESS, remedy=remedy) from None


def not_connected(error: Exception) -> SekishoError:
    """Why there is no connection. The driver's own words are not shown: they may repeat a piece of the address, and
    so of a password."""
    text = str(error)
    known = (
        ("password authentication failed", "28"), ("no password supplied", "28"), ("pg_hba.conf", "28"),
        ('role "', "28"), ("does not exist", "3D000"), ("too many", "53300"), ("the database system is", "57P"),
    )  # fmt: skip
    for words, state in known:
        if words in text:
            said, remedy = next((said, remedy) for code, said, remedy in _MEANING if state.startswith(code))
            return SekishoError(said, where=ADDRESS, remedy=remedy)
    return SekishoError(
        "no connection to the database",
        where=ADDRESS,
        remedy="check host, port, database, user and sslmode in it, and that the server runs (psql tells more)",
    )


def driver() -> Any:
    """psycopg, which is an extra. Raises ``InputError`` without it."""
    try:
        return importlib.import_module("psycopg")
    except ImportError:
        raise InputError(
            "PostgreSQL needs a further package", where=ADDRESS, remedy="pip install 'sekisho[postgres]'"
        ) from None
