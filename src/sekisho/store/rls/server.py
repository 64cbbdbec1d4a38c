"""A connection for `sekisho rls`, what stands there already, and putting it in place."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sekisho.entitlement.rls.options import RLS_SCHEMA, Options
from sekisho.entitlement.rls.script import script
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.store.databases.base import ADDRESS
from sekisho.store.databases.connecting import driver, not_connected

LEAST_VERSION = 150000
"""PostgreSQL 15: the first whose views can be read with the rights of whoever asks (security_invoker)."""


@contextmanager
def connected() -> Iterator[Any]:
    """A psycopg connection in autocommit to the server that the environment names. Raises ``InputError`` when there is
    none, or it cannot be reached; the address, which holds a password, is never shown."""
    address = os.environ.get(ADDRESS)
    if not address:
        raise InputError(
            "is not set", where=ADDRESS, remedy="set it to the address of the database: postgresql://USER@HOST/DATABASE"
        )
    psycopg = driver()
    try:
        connection = psycopg.connect(address, autocommit=True, application_name="sekisho rls")
    except psycopg.Error as error:
        why = not_connected(error)
        raise InputError(why.message, where=why.where, remedy=why.remedy) from None
    try:
        if connection.info.server_version < LEAST_VERSION:
            raise InputError("the server is older than PostgreSQL 15", where=ADDRESS, remedy="use a newer one")
        yield connection
    finally:
        connection.close()


def apply(connection: Any, options: Options) -> None:
    """Put everything in place, in one transaction: all of it or nothing.

    ``connection``: psycopg, in autocommit, of a superuser or of a role that owns the tables and may make roles. Raises
    ``SekishoError`` with what the server says.
    """
    try:
        connection.execute(script(options))
    except driver().Error as error:
        connection.rollback()
        raise _refused(error) from None


def applied(connection: Any) -> Mapping[str, Any] | None:
    """What the schema of the functions says of itself: versions and options; None when there is none."""
    found = connection.execute(
        "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s", [RLS_SCHEMA]
    ).fetchone()
    if found is None:
        return None
    try:
        document = json.loads(found[0] or "")
        return document if isinstance(document, dict) else {}
    except json.JSONDecodeError:
        return {}


def recorded(connection: Any) -> Options | None:
    """The options with which it was put in place last. Raises ``InputError`` when they cannot be read."""
    document = applied(connection)
    return None if document is None else options_of(document)


def options_of(document: Mapping[str, Any]) -> Options:
    """The options in what ``applied`` gave. Raises ``InputError`` when they cannot be read."""
    return Options.from_json(document.get("options") or {})


def _refused(error: Any) -> SekishoError:
    """What the server says about our own statements: names of objects, no rows."""
    hints = {
        "42501": "connect as a superuser, or as the owner of the tables with the right to make roles",
        "3F000": "load the registry into PostgreSQL first",
        "42P01": "load the registry into PostgreSQL first; check the names given with --table",
        "42703": "check the columns given with --table",
        "42704": "make the role first, or check its name",
        "55P03": "somebody is using the tables: try again when it is calm",
    }
    said = error.diag.message_primary or type(error).__name__
    remedy = error.diag.message_hint or hints.get(error.sqlstate or "", "nothing was changed; mend it and run again")
    return SekishoError(f"the server refused: {said}", where="sekisho rls --apply", remedy=remedy)
