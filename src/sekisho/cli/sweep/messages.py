"""``sekisho sweep mail``, ``sweep messages`` and ``sweep files``: whatever is read for the policies that it names."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from sekisho.cli.ask import day
from sekisho.cli.progress import progress
from sekisho.cli.show import say, working
from sekisho.cli.sweep.running import (
    EngineName,
    EngineOption,
    MasterOption,
    Options,
    OutOption,
    PerspectiveOption,
    Swept,
    cluster_of,
    sweep,
)
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_settings
from sekisho.disclosures.mail.evidence import MAIL, MESSAGES, Evidence, in_folders
from sekisho.disclosures.mail.holders import Folders, Held, read_holders
from sekisho.disclosures.mail.references import named
from sekisho.disclosures.mail.spark import spark
from sekisho.disclosures.mail.sweep import sweep_mail
from sekisho.disclosures.mail.worker import Engine
from sekisho.entitlement.rule import Rule
from sekisho.kernel.clock import today
from sekisho.kernel.errors import InputError
from sekisho.matching.index.keys import key_path
from sekisho.matching.index.match_index import MatchIndex, open_index
from sekisho.registry.registry import Registry
from sekisho.sources.mail.passwords import read_password_file

WorkersOption = Annotated[int, typer.Option(min=1, help="Processes to use (default: all cores).")]
PasswordsOption = Annotated[
    Path | None,
    typer.Option("--passwords", readable=False, help="File of passwords, one a line, to try on encrypted attachments."),
]
IndexOption = Annotated[
    Path | None,
    typer.Option(
        "--index", readable=False, help="Match against this index (`sekisho index build`), not the policies table."
    ),
]
IndexKeyOption = Annotated[
    Path | None,
    typer.Option(
        "--index-key", readable=False, help="Its key (default: $SEKISHO_INDEX_KEY, else INDEX.key beside it)."
    ),
]
AgainOption = Annotated[
    bool, typer.Option("--again", help="Read everything anew instead of only what is new since the last sweep.")
]
CORES = os.cpu_count() or 1


def mail(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", readable=False, help="EML files, mbox files, Maildirs, folders.")
    ],
    out: OutOption,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    perspective: PerspectiveOption = None,
    workers: WorkersOption = CORES,
    passwords: PasswordsOption = None,
    index: IndexOption = None,
    index_key: IndexKeyOption = None,
    again: AgainOption = False,
    engine: EngineOption = EngineName.PROCESSES,
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sweep mail archives: bodies, quoted text, subjects, attachments and their names (A1–A5, A9).

    What was read is kept in OUT.sweep beside the findings: a sweep that was stopped goes on where it was, and the same
    command later reads only what is new (docs/sweeping.md).
    """
    reading = _Reading(paths, workers, passwords, index, index_key, again, engine, master)
    _sweep(MAIL, reading, Options(out, registry, workspace, perspective, as_json))


def messages(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            readable=False,
            help="Tables of messages: CSV or JSON lines; attached files lie beside them.",
        ),
    ],
    out: OutOption,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    perspective: PerspectiveOption = None,
    workers: WorkersOption = CORES,
    passwords: PasswordsOption = None,
    index: IndexOption = None,
    index_key: IndexKeyOption = None,
    again: AgainOption = False,
    engine: EngineOption = EngineName.PROCESSES,
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sweep the messages that people sent each other inside a system, past every mail server (A9).

    Columns: at, sender, recipients (accounts or mail addresses, several with ;), and where there are any subject, body,
    attachments, message_id, in_reply_to (docs/sweeping.md).
    """
    reading = _Reading(paths, workers, passwords, index, index_key, again, engine, master)
    _sweep(MESSAGES, reading, Options(out, registry, workspace, perspective, as_json))


def files(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="DIR…", readable=False, help="Folders (shared drives, a device's files), files."),
    ],
    out: OutOption,
    held_by: Annotated[
        str | None,
        typer.Option(
            "--held-by",
            metavar="VIEWER",
            help="Who holds these files: a party, office, person, account or mail address.",
        ),
    ] = None,
    received_from: Annotated[
        str | None, typer.Option("--received-from", metavar="VIEWER", help="From whom they came, where that is known.")
    ] = None,
    holders: Annotated[
        Path | None,
        typer.Option(
            "--holders", readable=False, help="The same for each folder: CSV with path, held_by, received_from."
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="DAY", help="Judge as of this day (default: the day of each file's last change)."),
    ] = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    perspective: PerspectiveOption = None,
    workers: WorkersOption = CORES,
    passwords: PasswordsOption = None,
    index: IndexOption = None,
    index_key: IndexKeyOption = None,
    again: AgainOption = False,
    engine: EngineOption = EngineName.PROCESSES,
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sweep files that lie with somebody: whose customers are in them, and may he hold them (A5, A9)?"""
    folders = Folders(_held(held_by, received_from, holders, paths), None if at is None else day(at, "--at"))
    reading = _Reading(paths, workers, passwords, index, index_key, again, engine, master)
    options = Options(out, registry, workspace, perspective, as_json)
    _sweep(
        in_folders(folders), reading, options, lambda known: _check_known(folders.held, known, folders.at or today())
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all three commands are told about the reading."""

    paths: list[Path]
    workers: int
    passwords: Path | None
    index: Path | None
    index_key: Path | None
    again: bool
    engine: EngineName
    master: str | None


def _sweep(
    evidence: Evidence, how: _Reading, options: Options, check: Callable[[Registry], None] | None = None
) -> None:
    given = _passwords(how.passwords)
    settings = find_settings(options.registry, options.workspace)
    prebuilt = None if how.index is None else _index(how.index, how.index_key)

    def read(known: Registry, seconds: dict[str, float]) -> Swept:
        if check is not None:
            check(known)
        with _engine(how.engine, how.master) as chosen, progress() as report:
            found = sweep_mail(
                how.paths,
                known,
                evidence=evidence,
                workers=how.workers,
                journal=journal_of(options.out),
                again=how.again,
                prebuilt=prebuilt,
                passwords=given,
                patterns=settings.policy_numbers if settings else None,
                engine=chosen,
                progress=report,
                seconds=seconds,
            )
        return Swept(found, known) if prebuilt is None else Swept(*named(found, known, prebuilt))

    sweep(read, options)


def _held(held_by: str | None, received_from: str | None, holders: Path | None, paths: list[Path]) -> tuple[Held, ...]:
    """Who holds what. Raises ``InputError`` when nobody is named, or for a folder that is none of those swept."""
    if held_by is None and holders is None:
        raise InputError(
            "nobody is named who holds these files",
            where="sekisho sweep files",
            remedy="add --held-by PARTY_ID (or a person, office, account, mail address), or --holders FILE",
        )
    named_all = (Held("", held_by, received_from or ""),) if held_by is not None else ()
    if holders is None:
        return named_all
    listed = read_holders(holders)
    shown = {path.name or path.resolve().name for path in paths}
    for one in listed:
        first = one.path.partition("/")[0]
        if first and first not in shown and first.rpartition("~")[0] not in shown:
            raise InputError(
                f"{one.path} is none of the folders that are swept",
                where=str(holders),
                remedy=f"begin the path with {', '.join(sorted(shown))}",
            )
    return (*listed, *named_all)


@contextmanager
def _engine(name: EngineName, master: str | None) -> Iterator[Engine | None]:
    """Who reads the mail; None: this machine. A cluster is let go at the end of the block."""
    cluster = cluster_of(name, master)
    if cluster is None:
        yield None
        return
    with spark(cluster) as engine:
        yield engine


def journal_of(out: Path) -> Path:
    """The folder that keeps what a sweep into ``out`` has read."""
    return out.with_name(f"{out.name}.sweep")


def _index(folder: Path, key: Path | None) -> MatchIndex:
    """The index in ``folder``, every byte proven genuine. Raises ``InputError``."""
    with working("照合用の索引を確かめています"):
        return open_index(folder, key_path(folder, key))


def _passwords(path: Path | None) -> tuple[str, ...]:
    """The passwords of a file. Raises ``InputError`` when it cannot be read."""
    if path is None:
        return ()
    given = read_password_file(path)
    if given.readable_by_others:
        say(f"ほかの利用者も読めるファイルです (chmod 600 を勧めます): {path}")
    return given.passwords


def _check_known(held: tuple[Held, ...], known: Registry, on: date) -> None:
    """Raises ``InputError`` for one whom the registry does not know: mistyped, all that he holds would stay unresolved
    or count as gone outside. Mail addresses may be of outsiders."""
    named = sorted({one for each in held for one in (each.held_by, each.received_from) if one and "@" not in one})
    asked = pa.table({"viewer": pa.array(named, pa.string()), "on_date": pa.array([on] * len(named), pa.date32())})
    told = Rule.over_registry(known.tables).resolve(asked)
    for viewer, found in zip(named, told.column("known").to_pylist(), strict=True):
        if not found:
            raise InputError(
                f"nobody in the registry is called {viewer!r}",
                where="--held-by, --received-from, --holders",
                remedy="give an id of insurers, agencies, offices, people or accounts",
            )
