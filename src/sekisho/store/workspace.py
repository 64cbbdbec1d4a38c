"""A workspace: one folder with its settings, its operational database and what was loaded into it (DESIGN §5).

A load is in force from the moment its database transaction is committed, and not before: killed at any moment, the
load before it stays in force, and what was left behind is swept up by the next one.
"""

import os
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sekisho.kernel.clock import now
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.files import private_folder
from sekisho.registry.registry import Registry, read_registry
from sekisho.registry.report import LoadReport
from sekisho.store import databases, history, loads, persons_key, settings
from sekisho.store.databases.base import Database, InForce, Load
from sekisho.store.databases.sqlite import NAME as SQLITE_FILE

_INIT = "make one with: sekisho init DIR"
_LOAD = "load the tables with: sekisho load REGISTRY_DIR"


@dataclass(frozen=True, slots=True)
class Workspace:
    """An existing workspace. ``is_new``: this call made it."""

    folder: Path
    is_new: bool = False

    @classmethod
    def create(cls, folder: Path | str) -> "Workspace":
        """Make a workspace in a new or empty folder. One that is there already is left as it is (``is_new`` False).

        Raises ``InputError`` for a folder that holds other files, or that cannot be made.
        """
        folder = Path(folder).absolute()
        if (folder / settings.NAME).is_file() and databases.is_made(folder):
            databases.make_database(folder)  # there already, unless the environment names PostgreSQL for the first time
            return cls.open(folder)
        _refuse_strangers(folder)
        private_folder(folder)
        try:
            folder.chmod(0o700)
            private_folder(folder / loads.NAME)
            databases.make_database(folder)
            persons_key.make_persons_key(folder)
            if not (folder / settings.NAME).exists():
                settings.write_settings(folder)  # last: it is what makes the folder a workspace
        except OSError as error:
            raise InputError(
                f"cannot be made a workspace ({error.strerror})", where=str(folder), remedy="choose another folder"
            ) from None
        return cls(folder, is_new=True)

    @classmethod
    def open(cls, folder: Path | str | None = None) -> "Workspace":
        """The workspace ``folder``; without it ``$SEKISHO_WORKSPACE``; without that the folder you are in or the
        nearest one above. Raises ``InputError`` when there is none."""
        named = folder or os.environ.get("SEKISHO_WORKSPACE")
        if named:
            found: Path | None = Path(named).absolute()
        else:
            here = Path.cwd()
            found = next((up for up in (here, *here.parents) if (up / settings.NAME).is_file()), None)
        if found is None:
            raise InputError("no workspace here or above", where=str(Path.cwd()), remedy=f"name one, or {_INIT}")
        if not (found / settings.NAME).is_file():
            raise InputError("is no workspace", where=str(found), remedy=_INIT)
        databases.database_of(found)
        return cls(found)

    @property
    def database(self) -> Database:
        """Its operational database. Raises ``InputError`` when the environment names another one."""
        return databases.database_of(self.folder)

    def settings(self) -> settings.Settings:
        """The settings as they stand in ``sekisho.toml`` now."""
        return settings.read_settings(self.folder)

    def persons_key(self) -> bytes:
        """The secret under which keys of holders are made; empty in a workspace from before there was one."""
        return persons_key.persons_key(self.settings().all, self.folder)

    def load(self, registry_folder: Path | str) -> LoadReport:
        """Read, check and load the tables of a registry, all or (with any error in the report) none.

        Raises ``InputError`` when the folder cannot be used, ``SekishoError`` when the workspace cannot be written to.
        """
        own = self.settings()
        registry, report = read_registry(registry_folder, own.headers)
        if registry is None:
            return report
        database, folder = self.database, self.folder / loads.NAME
        with database.writing() as writer:  # one load at a time
            before = writer.loads()[::-1]
            taken = {load.load_id for load in before} | {left.name for left in loads.all_but(folder, ())}
            load = self._load_of(registry, Path(registry_folder), taken)
            loads.write_load(folder, load.load_id, registry.tables)
            change = history.record(self.folder, load, registry.tables, before)
            writer.replace(registry.tables, load)
            keep = {load.load_id for load in writer.loads(own.keep_loads)}
            others = loads.all_but(folder, keep)  # while nobody else adds one
        loads.prune(others)
        history.tidy(self.folder, change, [*before, load], own.keep_history_years, report.problems)
        database.tidy()
        report.load_id = load.load_id
        return report

    def current(self) -> Load:
        """The load in force. Raises ``InputError`` when nothing was loaded yet."""
        load = self.database.current()
        if load is None:
            raise InputError("nothing has been loaded yet", where=str(self.folder), remedy=_LOAD)
        return load

    def registry(self) -> Registry:
        """The registry of the load in force, from its Parquet files."""
        load = self.current()
        try:
            return Registry(loads.read_load(self.folder / loads.NAME, load.load_id), load.version)
        except SekishoError:
            newer = self.current()
            if newer.load_id == load.load_id:
                raise
            # Another program loaded meanwhile and swept this load up: read that one.
            return Registry(loads.read_load(self.folder / loads.NAME, newer.load_id), newer.version)

    def past(self) -> history.Past:
        """All loads and what is kept of them: what was believed when. Raises ``InputError`` when nothing was
        loaded yet."""
        self.current()
        return history.Past.of(self.folder, self.database.loads()[::-1])

    def registry_tables_at(self, known: str) -> history.Believed:
        """What the rule reads as it was believed under ``known``: a load_id, an instant, or a day (its end).

        Raises ``InputError`` for what was never known or is no longer kept, ``SekishoError`` for damaged files.
        """
        past = self.past()
        try:
            return past.believed(known)
        except SekishoError:
            again = self.past()
            if again.loads == past.loads:
                raise
            return again.believed(known)  # another program loaded meanwhile and swept up what we were reading

    def connect(self) -> Any:
        """A connection of the DB-API (sqlite3 or psycopg) that reads the loaded tables. The caller closes it.

        Raises ``InputError`` when nothing was loaded yet.
        """
        self.current()
        return self.database.connect()

    def rule(self) -> AbstractContextManager[InForce]:
        """The rule over the tables of the load in force, and of that one as long as the context lasts.

        Raises ``InputError`` when nothing was loaded yet.
        """
        self.current()
        return self.database.rule()

    @staticmethod
    def _load_of(registry: Registry, source: Path, taken: Collection[str]) -> Load:
        at = now()
        first = f"{at:%Y%m%dT%H%M%S}-{registry.version[:8]}"
        load_id, number = first, 2
        while load_id in taken:
            load_id, number = f"{first}-{number}", number + 1
        counts = {name: table.num_rows for name, table in registry.tables.items()}
        return Load(load_id, at.isoformat(timespec="seconds"), str(source.absolute()), registry.version, counts)


def _refuse_strangers(folder: Path) -> None:
    """A folder with files of others must not become a workspace; one that was left half-made may be finished."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError("is a file, not a folder", where=str(folder), remedy="name a new folder")
    own = (
        settings.NAME,
        SQLITE_FILE,
        databases.MARK,
        loads.NAME,
        f".{settings.NAME}.",
        f".{databases.MARK}.",
        history.NAME,
        persons_key.NAME,
        "incidents",
    )
    try:
        strangers = [entry.name for entry in folder.iterdir() if not entry.name.startswith(own)]
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", where=str(folder), remedy="choose a folder that you may read"
        ) from None
    if strangers:
        raise InputError(
            "is not empty and no workspace",
            where=str(folder),
            remedy="name a new or an empty folder; nothing was changed",
        )
