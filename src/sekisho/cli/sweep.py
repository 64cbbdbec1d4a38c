"""``sekisho sweep …``: evidence in, explained findings out."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import pyarrow as pa
import typer

from sekisho.cli.progress import progress
from sekisho.cli.show import print_json, say, working
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry, find_settings
from sekisho.disclosures.logs import sweep_access, sweep_deliveries
from sekisho.disclosures.mail.references import named
from sekisho.disclosures.mail.spark import spark
from sekisho.disclosures.mail.sweep import sweep_mail
from sekisho.disclosures.mail.worker import Engine
from sekisho.disclosures.model import Disclosures
from sekisho.entitlement.audit.access import pass_on
from sekisho.entitlement.audit.on_cluster import sweep_on_cluster
from sekisho.entitlement.rule import Rule
from sekisho.findings.files import check_ending, write_csv, write_findings
from sekisho.findings.judging import judge
from sekisho.findings.model import UNRESOLVED
from sekisho.kernel.content import REASONS
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable, whole_file
from sekisho.matching.index.keys import key_path
from sekisho.matching.index.match_index import MatchIndex, open_index
from sekisho.registry.registry import Registry
from sekisho.sources.mail.passwords import read_password_file


class EngineName(StrEnum):
    """Who reads what is swept."""

    PROCESSES = "processes"
    SPARK = "spark"


app = typer.Typer(help="Find every disclosure that broke the rule.", no_args_is_help=True, rich_markup_mode=None)

OutOption = Annotated[Path, typer.Option("--out", help="Findings file: .parquet, .csv or .jsonl.")]
PerspectiveOption = Annotated[
    str | None,
    typer.Option("--perspective", metavar="PARTY_ID", help="Only what this party let out or received."),
]
EngineOption = Annotated[
    EngineName, typer.Option("--engine", help="Read here, or on a Spark cluster (docs/cluster.md).")
]
MasterOption = Annotated[
    str | None,
    typer.Option("--master", envvar="SPARK_MASTER", metavar="URL", help="The cluster: spark://host:7077, yarn, …"),
]

Result = TypeVar("Result")

GAPS_SHOWN = 20
JSON_UNREAD = 1000
"""Unread parts listed in the --json document; the file beside the findings has all of them."""


@app.command()
def mail(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH…", readable=False, help="EML files, mbox files, Maildirs, folders.")
    ],
    out: OutOption,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    perspective: PerspectiveOption = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes to use (default: all cores).")] = os.cpu_count() or 1,
    passwords: Annotated[
        Path | None,
        typer.Option(
            "--passwords", readable=False, help="File of passwords, one a line, to try on encrypted attachments."
        ),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(
            "--index", readable=False, help="Match against this index (`sekisho index build`), not the policies table."
        ),
    ] = None,
    index_key: Annotated[
        Path | None,
        typer.Option(
            "--index-key", readable=False, help="Its key (default: $SEKISHO_INDEX_KEY, else INDEX.key beside it)."
        ),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Read everything anew instead of only what is new since the last sweep.")
    ] = False,
    engine: EngineOption = EngineName.PROCESSES,
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sweep mail archives: bodies, quoted text, subjects, attachments and their names (A1–A5, A9).

    What was read is kept in OUT.sweep beside the findings: a sweep that was stopped goes on where it was, and the same
    command later reads only what is new (docs/sweeping.md).
    """
    given = _passwords(passwords)
    settings = find_settings(registry, workspace)
    prebuilt = None if index is None else _index(index, index_key)

    def read(known: Registry, seconds: dict[str, float]) -> Swept:
        with _engine(engine, master) as chosen, progress() as report:
            found = sweep_mail(
                paths,
                known,
                workers=workers,
                journal=journal_of(out),
                again=again,
                prebuilt=prebuilt,
                passwords=given,
                patterns=settings.policy_numbers if settings else None,
                engine=chosen,
                progress=report,
                seconds=seconds,
            )
        return Swept(found, known) if prebuilt is None else Swept(*named(found, known, prebuilt))

    _sweep(read, _Options(out, registry, workspace, perspective, as_json))


@app.command()
def access(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="LOG…", readable=False, help="Access logs: CSV, JSON lines, Parquet; folders."),
    ],
    out: OutOption,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    perspective: PerspectiveOption = None,
    engine: EngineOption = EngineName.PROCESSES,
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sweep access histories: who did look at what they were not entitled to (A7, A9, A10)."""
    cluster, policies = _cluster(engine, master), _policies_of(registry)

    def read(known: Registry, _seconds: dict[str, float]) -> Swept:
        with working("アクセス履歴を読んでいます"):
            if cluster is not None:
                return Swept(sweep_on_cluster("access", paths, known, cluster, policies=policies), known)
            return Swept(sweep_access(paths, known, pass_on), known)

    _sweep(read, _Options(out, registry, workspace, perspective, as_json))


@app.command()
def deliveries(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE…", readable=False, help="Deliveries of notices and pending lists.")
    ],
    out: OutOption,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    perspective: PerspectiveOption = None,
    engine: EngineOption = EngineName.PROCESSES,
    master: MasterOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sweep feed deliveries (通知・ペンディング配信): who was sent what they were not entitled to (A8)."""
    cluster, policies = _cluster(engine, master), _policies_of(registry)

    def read(known: Registry, _seconds: dict[str, float]) -> Swept:
        with working("配信の記録を読んでいます"):
            if cluster is not None:
                return Swept(sweep_on_cluster("delivery", paths, known, cluster, policies=policies), known)
            return Swept(sweep_deliveries(paths, known, pass_on), known)

    _sweep(read, _Options(out, registry, workspace, perspective, as_json))


@contextmanager
def _engine(name: EngineName, master: str | None) -> Iterator[Engine | None]:
    """Who reads the mail; None: this machine. A cluster is let go at the end of the block."""
    cluster = _cluster(name, master)
    if cluster is None:
        yield None
        return
    with spark(cluster) as engine:
        yield engine


def _cluster(name: EngineName, master: str | None) -> str | None:
    """The address of the cluster that is to read; None: this machine reads. Raises InputError: none is named."""
    if name is EngineName.PROCESSES:
        return None
    if not master:
        raise InputError(
            "names no cluster", where="--engine spark", remedy="add --master spark://HOST:7077, or set SPARK_MASTER"
        )
    return master


def _policies_of(registry: Path | None) -> Path | None:
    """The file of policies that the nodes of a cluster may read themselves."""
    return None if registry is None else registry / "policies.parquet"


class _Options:
    """The options that every sweep has."""

    __slots__ = ("as_json", "out", "perspective", "registry", "workspace")

    def __init__(
        self, out: Path, registry: Path | None, workspace: Path | None, perspective: str | None, as_json: bool
    ) -> None:
        self.out, self.registry, self.workspace = out, registry, workspace
        self.perspective, self.as_json = perspective, as_json


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep saw, and the registry to judge it by."""

    seen: Disclosures
    registry: Registry


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


def _sweep(read: Callable[[Registry, dict[str, float]], Swept], options: _Options) -> None:
    check_ending(options.out)
    check_writable(options.out)
    seconds: dict[str, float] = {}
    with working("台帳を読んでいます"):
        known = _timed(seconds, "registry", lambda: find_registry(options.registry, options.workspace))
    swept = _timed(seconds, "sweep", lambda: read(known, seconds))
    seen, known = swept.seen, swept.registry
    unread_file = options.out.with_suffix(".unread.csv")
    with working("判定しています"):
        rule = Rule.over_registry(known.tables)
        findings = _timed(seconds, "judge", lambda: judge(seen, known, rule, perspective=options.perspective))
        _timed(seconds, "write", lambda: _write(findings, seen.unread, options.out, unread_file))
    if options.as_json:
        print_json(_summary(seen, findings, options.out, unread_file) | {"seconds": seconds})
    else:
        _tell(seen, findings, options.out, unread_file)
    if seen.unread.num_rows:
        raise typer.Exit(1)


def _timed(seconds: dict[str, float], stage: str, work: Callable[[], Result]) -> Result:
    started = time.perf_counter()
    result = work()
    seconds[stage] = time.perf_counter() - started
    return result


def _write(findings: pa.Table, unread: pa.Table, out: Path, unread_file: Path) -> None:
    """Both files, the list of what could not be read first: findings never stand there without it."""
    with whole_file(unread_file) as temporary:
        write_csv(unread, temporary)
    write_findings(findings, out)


def _counts(findings: pa.Table) -> tuple[int, int]:
    unresolved = sum(1 for miss in findings.column("ground_missing").to_pylist() if miss.startswith(UNRESOLVED))
    return findings.num_rows - unresolved, unresolved


def _summary(seen: Disclosures, findings: pa.Table, out: Path, unread_file: Path) -> dict[str, object]:
    decided, unresolved = _counts(findings)
    return {
        "read": seen.read_count,
        "known_before": seen.known_count,
        "gone": {
            "messages": seen.gone_count,
            "files": seen.gone_files_count,
            "file_names": list(seen.gone_files),
        },
        "disclosing": seen.events.num_rows + seen.settled_count,
        "findings": decided,
        "unresolved": unresolved,
        "by_cause": dict(sorted(Counter(findings.column("cause").to_pylist()).items())),
        "by_confidence": dict(sorted(Counter(findings.column("confidence").to_pylist()).items())),
        "log_gaps": [{"system": system, "first": first, "last": last} for system, first, last in seen.gaps],
        "out": str(out),
        "unread_count": seen.unread.num_rows,
        "unread_by_reason": dict(sorted(Counter(seen.unread.column("reason").to_pylist()).items())),
        "unread": seen.unread.slice(0, JSON_UNREAD).to_pylist(),
        "unread_file": str(unread_file),
    }


def _tell(seen: Disclosures, findings: pa.Table, out: Path, unread_file: Path) -> None:
    decided, unresolved = _counts(findings)
    known = f" (うち {seen.known_count:,} 件は以前に読み取り済み)" if seen.known_count else ""
    disclosing = seen.events.num_rows + seen.settled_count
    say(f"読み取り {seen.read_count:,} 件{known}、契約情報を含むメール・記録 {disclosing:,} 件")
    say(f"検知 {decided:,} 件、確認が必要 {unresolved:,} 件 → {out}")
    for cause, count in sorted(Counter(findings.column("cause").to_pylist()).items()):
        say(f"  {cause or '原因未特定'}: {count:,}")
    if seen.unread.num_rows:
        say(f"読めなかった箇所 {seen.unread.num_rows:,} 件 → {unread_file}")
        for reason, count in Counter(seen.unread.column("reason").to_pylist()).most_common():
            say(f"  {REASONS.get(reason, reason)}: {count:,}")
    if seen.gone_count:
        say(f"以前の読み取りにあり今回見つからないメッセージ {seen.gone_count:,} 件 (検知は残しています)")
        for name in seen.gone_files:
            say(f"  今回見つからないファイル: {name}")
        if seen.gone_files_count > len(seen.gone_files):
            say(f"  ほか {seen.gone_files_count - len(seen.gone_files):,} ファイル")
    if seen.gaps:
        say(f"記録のない期間 {len(seen.gaps):,} か所 (この間の閲覧は確かめられません)")
        for system, first, last in seen.gaps[:GAPS_SHOWN]:
            say(f"  {system}: {first}" + (f" 〜 {last}" if last != first else ""))
    say(f"次に: sekisho incident table {out}")
