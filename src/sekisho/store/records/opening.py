"""Django over the operational database of a workspace: set up once in a process, one workspace at a time.

The tables of records are made and brought up to date when they are first needed; a database that a newer Sekisho has
changed is refused. SQLite in WAL with ``BEGIN IMMEDIATE`` (deferred transactions lost 957 of 1,200 concurrent writes,
DESIGN §8), PostgreSQL by ``SEKISHO_DATABASE_URL``.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING, Any

from sekisho.kernel.errors import InputError, SekishoError
from sekisho.store.databases.base import ADDRESS
from sekisho.store.databases.connecting import SETTINGS, STATEMENT_TIMEOUT, driver
from sekisho.store.databases.connecting import clear_errors as clear_postgres
from sekisho.store.databases.postgres import SCHEMA, Postgres
from sekisho.store.databases.sqlite import Sqlite
from sekisho.store.databases.sqlite import clear_errors as clear_sqlite
from sekisho.store.workspace import Workspace

if TYPE_CHECKING:
    from sekisho.store.records.records import Records

APP = "sekisho.store.records"
LABEL = "records"
_ALIAS = "default"
_SQLITE = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY"
_WAIT_SECONDS = 60
_OPEN: list[str] = []


@contextmanager
def open_records(workspace: Workspace, actor: str) -> "Iterator[Records]":
    """The records of ``workspace``, changed in the name of ``actor`` (who stands in the ledger).

    Raises ``InputError`` for an empty actor, for a database of a newer Sekisho, and while another workspace is open in
    this process; ``SekishoError`` that says what to do for failures of the database.
    """
    if not actor.strip():
        raise InputError("nobody is named who does this", where="--by", remedy="name the person: --by NAME")
    database = workspace.database
    _set_up()
    place = str(workspace.folder)
    if _OPEN and _OPEN[-1] != place:
        raise InputError("another workspace is open in this program", where=place, remedy="close that one first")
    from django.db import connections  # noqa: PLC0415  (only after Django is set up)

    clear = clear_sqlite(database.path) if isinstance(database, Sqlite) else clear_postgres()
    _OPEN.append(place)
    try:
        if len(_OPEN) == 1:
            _point_at(_settings_of(database))
        with clear, _causes():
            if len(_OPEN) == 1:
                _bring_up_to_date(place)
            from sekisho.store.records.records import Records  # noqa: PLC0415

            yield Records(workspace, actor.strip())
    finally:
        _OPEN.pop()
        if not _OPEN:
            connections[_ALIAS].close()


@contextmanager
def _causes() -> Iterator[None]:
    """Django wraps the drivers' errors: give what is inside to those who know what it means."""
    from django.db import Error  # noqa: PLC0415

    try:
        yield
    except Error as error:
        inside = error.__cause__
        if isinstance(inside, sqlite3.Error) or (inside is not None and hasattr(inside, "sqlstate")):
            raise inside from None
        raise SekishoError(
            f"the database reports {type(error).__name__}", remedy="run again; if it stays, sekisho verify"
        ) from None


def _set_up() -> None:
    import django  # noqa: PLC0415  (slow: only commands that need it pay for it)
    from django.apps import apps  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=[APP],
            DATABASES={_ALIAS: {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            USE_TZ=True,
            TIME_ZONE="Asia/Tokyo",
            USE_I18N=False,
        )
    if not apps.ready:
        django.setup()


def _point_at(configuration: dict[str, Any]) -> None:
    """Make the one alias mean this database, from now on."""
    from django.db import connections  # noqa: PLC0415

    if hasattr(connections._connections, _ALIAS):
        connections[_ALIAS].close()
        del connections[_ALIAS]
    configured = connections.configure_settings({_ALIAS: configuration})
    connections.databases[_ALIAS] = configured[_ALIAS]


def _settings_of(database: Any) -> dict[str, Any]:
    if isinstance(database, Sqlite):
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(database.path),
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": _WAIT_SECONDS, "init_command": _SQLITE},
        }
    assert isinstance(database, Postgres)  # noqa: S101  (there is no third)
    database.connect().close()  # that it is there, is ours and of a known form, is said by the one who knows
    driver()
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    parts = dict(conninfo_to_dict(database.address))
    name, user = parts.pop("dbname", None), parts.pop("user", "")
    wanted = {**SETTINGS, "search_path": SCHEMA, "statement_timeout": STATEMENT_TIMEOUT}
    del wanted["row_security"], wanted["plan_cache_mode"]
    options = " ".join(f"-c {key}={value.replace(' ', chr(92) + ' ')}" for key, value in wanted.items())
    given = str(parts.pop("options", "") or os.environ.get("PGOPTIONS", ""))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name or user,
        "USER": user,
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": {**parts, "options": f"{options} {given}".strip(), "application_name": "sekisho"},
    }


def _bring_up_to_date(place: str) -> None:
    """Make or change the tables of records. Known migrations only: what a newer Sekisho did is left alone."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    known = {
        file.name.removesuffix(".py")
        for file in resources.files(APP).joinpath("migrations").iterdir()
        if file.name[:4].isdigit() and file.name.endswith(".py")
    }
    applied: set[str] = set()
    if "django_migrations" in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM django_migrations WHERE app = %s", [LABEL])
            applied = {row[0] for row in cursor.fetchall()}
    if applied - known:
        raise InputError(
            f"was changed by a newer Sekisho ({max(applied - known)})",
            where=f"{ADDRESS} or {place}",
            remedy="use that version",
        )
    if known - applied:
        call_command("migrate", LABEL, verbosity=0, interactive=False, skip_checks=True)
