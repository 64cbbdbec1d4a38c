"""The operational database of a workspace: SQLite in its folder, or PostgreSQL by ``SEKISHO_DATABASE_URL`` (DESIGN §5).

A workspace stays with the database that it was made for: ``sekisho.postgres`` in its folder says that it is
PostgreSQL, and which. Whoever forgets the address, or sets another, is told so, and is not answered from elsewhere.
"""

import os
import uuid
from pathlib import Path

from sekisho.kernel.errors import InputError
from sekisho.kernel.files import whole_file
from sekisho.store.databases.base import ADDRESS, Database
from sekisho.store.databases.postgres import Postgres
from sekisho.store.databases.sqlite import NAME as SQLITE_FILE
from sekisho.store.databases.sqlite import Sqlite

MARK = "sekisho.postgres"
"""Lies in the folder of a workspace whose database is PostgreSQL; holds the name by which that database knows it."""


def is_made(folder: Path) -> bool:
    """Whether this workspace has a database (that it can be reached, is not asked)."""
    return (folder / MARK).is_file() or (folder / SQLITE_FILE).is_file()


def make_database(folder: Path) -> Database:
    """The database that the environment names, made where it is not there yet: the workspace in ``folder`` keeps to it.

    Raises ``InputError``/``SekishoError`` when it cannot be made; nothing is left behind.
    """
    if not os.environ.get(ADDRESS):
        if (folder / MARK).is_file():
            return database_of(folder)  # raises: it has one, and the environment does not say where
        made: Database = Sqlite(folder / SQLITE_FILE)
        made.make()
        return made
    mark = folder / MARK
    is_new = not mark.is_file()
    if is_new:
        with whole_file(mark) as path:
            path.write_text(uuid.uuid4().hex + "\n", encoding="ascii")
    try:
        made = database_of(folder)
        made.make()
    except BaseException:
        if is_new:
            mark.unlink(missing_ok=True)
        raise
    return made


def database_of(folder: Path) -> Database:
    """The database of an existing workspace. Raises ``InputError`` when the environment and the folder do not agree."""
    address, mark = os.environ.get(ADDRESS), folder / MARK
    if mark.is_file():
        if not address:
            raise InputError(
                f"the database of this workspace is PostgreSQL ({MARK}), and {ADDRESS} is not set",
                where=str(folder),
                remedy=f"set {ADDRESS}",
            )
        return Postgres(address, mark.read_text(encoding="ascii").strip())
    file = folder / SQLITE_FILE
    if address:
        raise InputError(
            f"names a database, but that of the workspace {folder} is SQLite",
            where=ADDRESS,
            remedy="unset it, or run sekisho init on that folder, and load again, to go over to PostgreSQL",
        )
    if not file.is_file():
        raise InputError(
            f"has no {SQLITE_FILE}", where=str(folder), remedy="restore it from a backup, or run sekisho init on it"
        )
    return Sqlite(file)
