"""A workspace: one folder with its settings, its operational database and what was loaded into it (DESIGN §5).

A load is in force from the moment its database transaction is committed, and not before: killed at any moment, the
load before it stays in force, and what was left behind is swept up by the next one.
"""

import os
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sekisho.kernel.clock import now
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.files import private_folder
from sekisho.registry.registry import Registry, read_registry
from sekisho.registry.report import LoadReport
from sekisho.store import database as db
from sekisho.store import history, loads, settings

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
        settings.refuse_other_databases()
        folder = Path(folder).absolute()
        if (folder / settings.NAME).is_file() and (folder / db.NAME).is_file():
            return cls.open(folder)
        _refuse_strangers(folder)
        private_folder(folder)
        try:
            folder.chmod(0o700)
            private_folder(folder / loads.NAME)
            db.make_database(folder / db.NAME)
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
        settings.refuse_other_databases()
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
        if not (found / db.NAME).is_file():
            raise InputError(
                f"has no {db.NAME}", where=str(found), remedy="restore it from a backup, or run sekisho init on it"
            )
        return cls(found)

    @property
    def database_path(self) -> Path:
        return self.folder / db.NAME

    def settings(self) -> settings.Settings:
        """The settings as they stand in ``sekisho.toml`` now."""
        return settings.read_settings(self.folder)

    def load(self, registry_folder: Path | str) -> LoadReport:
        """Read, check and load the tables of a registry, all or (with any error in the report) none.

        Raises ``InputError`` when the folder cannot be used, ``SekishoError`` when the workspace cannot be written to.
        """
        own = self.settings()
        registry, report = read_registry(registry_folder, own.headers)
        if registry is None:
            return report
        with db.database(self.database_path) as con:
            con.execute("begin immediate")  # one load at a time
            try:
                before = db.loads(con, -1)[::-1]
                load = self._load_of(registry, Path(registry_folder), {load.load_id for load in before})
                loads.write_load(self.folder / loads.NAME, load.load_id, registry.tables)
                change = history.record(self.folder, load, registry.tables, before)
                db.replace_tables(con, registry.tables, load)
                keep = {load.load_id for load in db.loads(con, own.keep_loads)}
                con.execute("commit")
            except BaseException:
                if con.in_transaction:
                    con.execute("rollback")
                raise
            loads.prune(self.folder / loads.NAME, keep)
            history.tidy(self.folder, change, [*before, load], own.keep_history_years, report.problems)
            db.shorten_log(con)
        report.load_id = load.load_id
        return report

    def current(self) -> db.Load:
        """The load in force. Raises ``InputError`` when nothing was loaded yet."""
        con = self._reading()
        try:
            with db.clear_errors(self.database_path):
                load = db.current_load(con)
        finally:
            con.close()
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
        con = self._reading()
        try:
            with db.clear_errors(self.database_path):
                return history.Past.of(self.folder, db.loads(con, -1)[::-1])
        finally:
            con.close()

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

    def connect(self) -> sqlite3.Connection:
        """A connection that reads the loaded tables (and may hold temporary ones). The caller closes it.

        Raises ``InputError`` when nothing was loaded yet.
        """
        self.current()
        return self._reading()

    def _reading(self) -> sqlite3.Connection:
        return db.read_only(self.database_path)

    @staticmethod
    def _load_of(registry: Registry, source: Path, taken: Collection[str]) -> db.Load:
        at = now()
        first = f"{at:%Y%m%dT%H%M%S}-{registry.version[:8]}"
        load_id, number = first, 2
        while load_id in taken:
            load_id, number = f"{first}-{number}", number + 1
        counts = {name: table.num_rows for name, table in registry.tables.items()}
        return db.Load(load_id, at.isoformat(timespec="seconds"), str(source.absolute()), registry.version, counts)


def _refuse_strangers(folder: Path) -> None:
    """A folder with files of others must not become a workspace; one that was left half-made may be finished."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError("is a file, not a folder", where=str(folder), remedy="name a new folder")
    own = (settings.NAME, db.NAME, loads.NAME, history.NAME, f".{settings.NAME}.")
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
