"""What every engine offers: questions in, the views of the rule around them, and the caller reads."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from operator import itemgetter
from typing import Any, Protocol

import pyarrow as pa

KEPT = frozenset({"asked_viewer", "viewer_link", "viewer_is", "acting", "matter", "joint_use_member"})
"""Views that are computed once for each batch of questions instead of at each mention. Same text, same rows."""


class Session(Protocol):
    """The rule with a batch of questions in it. Parameters are ``?``, in every dialect; what is asked must be plain SQL
    that all of them understand as it stands."""

    def arrow(self, sql: str, schema: pa.Schema, parameters: Sequence[object] = ()) -> pa.Table:
        """Many rows, as an Arrow table of this schema."""

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        """A few rows, by column name. Days are ``date``, or ISO text where the engine has no days."""

    def tuples(self, sql: str, parameters: Sequence[object] = ()) -> Sequence[Sequence[object]]:
        """The same rows without names."""

    def numbered(self, sql: str, columns: Sequence[str]) -> Sequence[Sequence[object]]:
        """The rows of a query with these columns, of texts and numbers, sorted by the first, which is a number."""


def by_number(rows: Iterable[Sequence[object]]) -> list[Sequence[object]]:
    """Sorted by their first cell, a number."""
    return sorted(rows, key=_first)


_first: Callable[[Sequence[object]], Any] = itemgetter(0)


class Engine(Protocol):
    at_once: int | None
    """How many questions it had better be asked at once; None: any number."""

    def asking(self, asked: pa.Table, extra_policies: pa.Table | None = None) -> AbstractContextManager[Session]:
        """The views of the rule around these questions, for as long as the context lasts."""

    def asking_rows(self, asked: Sequence[Sequence[object]]) -> AbstractContextManager[Session]:
        """The same for a few questions, each with its cells in the order of ``inputs.ASKED``."""


def in_parts(engine: Engine, asked: pa.Table) -> list[pa.Table]:
    """The questions in the batches in which this engine takes them, in order. Each question is answered by itself: how
    they are cut does not change an answer."""
    most = engine.at_once or max(1, asked.num_rows)
    return [asked.slice(first, most) for first in range(0, asked.num_rows, most)] or [asked]
