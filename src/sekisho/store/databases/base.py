"""What a workspace needs of its database, whichever it is, and what both hold: the registry's tables and the loads.

Tables and columns are those of ``registry.schema``. My Number and unknown columns stay in the Parquet files: no rule
asks for them.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa

from sekisho.entitlement.rule import Rule
from sekisho.registry.schema import MASK_COLUMN, Table

ADDRESS = "SEKISHO_DATABASE_URL"
FORMAT = 1
"""The number of the form of the tables: a database with a higher one is refused."""

INDEXES: Mapping[str, tuple[str, ...]] = {
    "insurers": ("insurer_id",),
    "agencies": ("agency_id",),
    "offices": ("office_id", "party_id"),
    "appointments": ("insurer_id, agency_id, line", "agency_id"),
    "supervisions": ("supervising_agency_id, working_agency_id", "working_agency_id"),
    "people": ("person_id", "party_id"),
    "secondments": ("person_id", "host_agency_id"),
    "duties": ("person_id, party_id",),
    "addresses": ("address", "person_id"),
    "accounts": ("account_id", "person_id", "party_id"),
    "policies": ("policy_no", "insurer_id, policy_no", "agency_id", "working_agency_id", "lower(email)"),
    "transfers": ("insurer_id, policy_no", "agency_id", "working_agency_id"),
    "consents": ("insurer_id, policy_no", "recipient_id", "lower(recipient_id)"),
}
"""The indexes by which the rule finds its rows."""


@dataclass(frozen=True, slots=True)
class Load:
    """One load that was made. ``at`` is ISO 8601, ``counts`` rows by table."""

    load_id: str
    at: str
    source: str
    version: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class InForce:
    """The rule over the tables of one load, and that load (None: nothing was loaded yet)."""

    rule: Rule
    load: Load | None


class Writer(Protocol):
    """One load being made. Nobody else sees anything of it before the context that gave it has ended."""

    def loads(self, count: int | None = None) -> list[Load]:
        """The last ``count`` loads (all without it), the latest first, one that this writer made included."""

    def replace(self, tables: Mapping[str, pa.Table], load: Load) -> None:
        """Put the tables of a load in the place of those before, and note the load."""


class Database(Protocol):
    """All raise ``SekishoError`` that says what it means and what to do, never a statement, value or password."""

    def make(self) -> None:
        """Make the empty tables. Those that are there already are left as they are."""

    def current(self) -> Load | None:
        """The load in force, or None when nothing was loaded yet."""

    def loads(self) -> list[Load]:
        """All loads, the latest first."""

    def connect(self) -> Any:
        """A connection of the DB-API that reads the loaded tables, by their bare names. The caller closes it."""

    def rule(self) -> AbstractContextManager[InForce]:
        """The rule over the tables of one load: a load that ends meanwhile changes nothing of what is being asked."""

    def writing(self) -> AbstractContextManager[Writer]:
        """One load at a time: committed when the context ends well, undone when it does not."""

    def tidy(self) -> None:
        """After a load: give back room. What cannot be done now is left for the next time."""


def stored_schema(table: Table) -> pa.Schema:
    """The columns of a table that are stored in the database."""
    secret = {column.name for column in table.columns if column.secret}
    return pa.schema([field for field in table.arrow_schema if field.name not in secret])


def never_null(table: Table) -> frozenset[str]:
    """The columns of a table in which a value must stand."""
    return frozenset({column.name for column in table.columns if column.required} | {MASK_COLUMN})
