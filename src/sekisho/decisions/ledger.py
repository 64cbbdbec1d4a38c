"""The rule over the workspace's operational database, asked by one thread: each call in one read transaction, so that
all its answers are of one load, and it says which. A new load is seen by the next call.
"""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sekisho.decisions.refusal import Refusal
from sekisho.entitlement.questions import Decision, Question
from sekisho.entitlement.rule import Rule
from sekisho.kernel.errors import SekishoError
from sekisho.store.workspace import Workspace

_LOAD = "SELECT load_id FROM loads ORDER BY number DESC LIMIT 1"
_CACHE_KIB = 65_536
T = TypeVar("T")


class UnavailableError(SekishoError):
    """The database does not answer. ``message`` names the kind of failure, nothing of the data."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The rule, the connection that it reads from, and how a transaction that sees one state begins there."""

    rule: Rule
    connection: Any
    begin: str


def opened_over_sqlite(connection: sqlite3.Connection) -> Opened:
    connection.execute(f"pragma cache_size = -{_CACHE_KIB}")
    return Opened(Rule.over_sqlite(connection, keep=True), connection, "BEGIN")


def opened_over_postgres(connection: Any) -> Opened:
    """Over a psycopg connection in autocommit mode."""
    return Opened(
        Rule.over_postgres(connection, keep=True), connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    )


def opened(workspace: Workspace) -> Opened:
    """The rule over the workspace's database."""
    connection = workspace.connect()
    over = opened_over_sqlite if isinstance(connection, sqlite3.Connection) else opened_over_postgres
    return over(connection)


class Ledger:
    """Use one instance in one thread. It opens the database at the first call, and anew after a failure."""

    def __init__(self, opening: Callable[[], Opened]) -> None:
        self._opening = opening
        self._opened: Opened | None = None

    def reading(self, read: Callable[[Rule], T]) -> tuple[str, T]:
        """Read in one transaction. What is wrong with the question is raised as it is; any failure of the database
        closes the connection and becomes ``UnavailableError``."""
        try:
            if self._opened is None:
                self._opened = self._opening()
            now = self._opened
            now.connection.execute(now.begin)
            try:
                row = now.connection.execute(_LOAD).fetchone()
                found = read(now.rule)
            finally:
                now.connection.execute("ROLLBACK")
        except (SekishoError, Refusal):
            raise
        except Exception as error:
            self.close()
            kind = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or type(error).__name__
            raise UnavailableError(
                f"the database does not answer ({kind})", remedy="check the database of the workspace"
            ) from None
        if row is None:
            raise UnavailableError("nothing has been loaded yet", remedy="load with: sekisho load REGISTRY_DIR")
        return str(row[0]), found

    def decide(self, questions: Sequence[Question]) -> tuple[str, list[Decision]]:
        """The load in force, and one decision for each question."""
        return self.reading(lambda rule: rule.decide(questions))

    def load(self) -> str:
        """The load in force."""
        return self.reading(lambda rule: None)[0]

    def interrupt(self) -> None:
        """End the statement under way, from another thread; its caller gets ``UnavailableError``."""
        opened = self._opened
        if opened is not None:
            stop = getattr(opened.connection, "interrupt", None) or getattr(opened.connection, "cancel", None)
            with suppress(Exception):  # it may be closing this moment
                if stop is not None:
                    stop()

    def close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with suppress(Exception):  # it may be broken: that is why it is closed
                opened.connection.close()
