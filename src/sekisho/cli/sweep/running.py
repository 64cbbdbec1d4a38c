"""One sweep from the registry to the findings file, and the options that all sweeps share."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import pyarrow as pa
import typer

from sekisho.cli.show import print_json, working
from sekisho.cli.sweep.telling import summary, tell
from sekisho.cli.workspace import find_registry
from sekisho.disclosures.model import Disclosures
from sekisho.entitlement.rule import Rule
from sekisho.findings.files import check_ending, write_csv, write_findings
from sekisho.findings.judging import judge
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable, whole_file
from sekisho.registry.registry import Registry


class EngineName(StrEnum):
    """Who reads what is swept."""

    PROCESSES = "processes"
    SPARK = "spark"


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


class Options:
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


def sweep(read: Callable[[Registry, dict[str, float]], Swept], options: Options) -> None:
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
        print_json(summary(seen, findings, options.out, unread_file) | {"seconds": seconds})
    else:
        tell(seen, findings, options.out, unread_file)
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


def cluster_of(name: EngineName, master: str | None) -> str | None:
    """The address of the cluster that is to read; None: this machine reads. Raises InputError: none is named."""
    if name is EngineName.PROCESSES:
        return None
    if not master:
        raise InputError(
            "names no cluster", where="--engine spark", remedy="add --master spark://HOST:7077, or set SPARK_MASTER"
        )
    return master
