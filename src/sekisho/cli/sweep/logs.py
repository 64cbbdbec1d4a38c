"""``sekisho sweep access`` and ``sweep deliveries``: what systems say that they showed and sent."""

from pathlib import Path
from typing import Annotated

import typer

from sekisho.cli.show import working
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
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption
from sekisho.disclosures.logs import sweep_access, sweep_deliveries
from sekisho.entitlement.audit.access import pass_on
from sekisho.entitlement.audit.on_cluster import sweep_on_cluster
from sekisho.registry.registry import Registry


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
    cluster, policies = cluster_of(engine, master), _policies_of(registry)

    def read(known: Registry, _seconds: dict[str, float]) -> Swept:
        with working("アクセス履歴を読んでいます"):
            if cluster is not None:
                return Swept(sweep_on_cluster("access", paths, known, cluster, policies=policies), known)
            return Swept(sweep_access(paths, known, pass_on), known)

    sweep(read, Options(out, registry, workspace, perspective, as_json))


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
    cluster, policies = cluster_of(engine, master), _policies_of(registry)

    def read(known: Registry, _seconds: dict[str, float]) -> Swept:
        with working("配信の記録を読んでいます"):
            if cluster is not None:
                return Swept(sweep_on_cluster("delivery", paths, known, cluster, policies=policies), known)
            return Swept(sweep_deliveries(paths, known, pass_on), known)

    sweep(read, Options(out, registry, workspace, perspective, as_json))


def _policies_of(registry: Path | None) -> Path | None:
    """The file of policies that the nodes of a cluster may read themselves."""
    return None if registry is None else registry / "policies.parquet"
