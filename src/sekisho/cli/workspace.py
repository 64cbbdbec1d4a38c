"""``sekisho init`` and ``sekisho load``, and how every other command finds its registry."""

from pathlib import Path
from typing import Annotated

import typer

from sekisho.cli.show import print_json, say, working
from sekisho.kernel.errors import InputError
from sekisho.registry.registry import Registry, read_registry
from sekisho.registry.report import LoadReport
from sekisho.store.settings import Settings
from sekisho.store.workspace import Workspace

RegistryOption = Annotated[
    Path | None,
    typer.Option("--registry", readable=False, help="Read the registry from this folder instead of the workspace."),
]
WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace", readable=False, help="The workspace (default: $SEKISHO_WORKSPACE, else the folder you are in)."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", readable=False, help="The folder to make.")],
    as_json: JsonOption = False,
) -> None:
    """Make a workspace: settings, database, room for what is loaded."""
    made = Workspace.create(folder)
    if as_json:
        print_json({"workspace": str(made.folder)})
    else:
        done = "ワークスペースを作成しました" if made.is_new else "すでにワークスペースです (そのまま使えます)"
        say(f"{done}: {made.folder}")
        say(f"次に: sekisho load REGISTRY_DIR --workspace {made.folder}")


def load(
    folder: Annotated[Path, typer.Argument(metavar="REGISTRY_DIR", readable=False, help="The folder with the tables.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the tables and load them all, or none: every bad row is listed with its place and remedy."""
    with working("表を調べて読み込んでいます"):
        report = Workspace.open(workspace).load(folder)
    _show(report, as_json)


def _show(report: LoadReport, as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
    else:
        typer.echo(report.text())
    if report.error_count:
        raise typer.Exit(2)


def find_settings(registry_folder: Path | None, workspace: Path | None) -> Settings | None:
    """The settings that a command works under: those of the workspace; a folder of tables alone has none."""
    if registry_folder is not None and workspace is None:
        return None
    return Workspace.open(workspace).settings()


def find_registry(registry_folder: Path | None, workspace: Path | None) -> Registry:
    """The registry that a command works on: the tables in ``registry_folder`` (read with the header words of the
    workspace, where one is named too), else what the workspace has loaded. Raises ``InputError`` when they have errors.
    """
    if registry_folder is None:
        return Workspace.open(workspace).registry()
    own_words = Workspace.open(workspace).settings().headers if workspace is not None else None
    registry, report = read_registry(registry_folder, own_words)
    if registry is None:
        say(report.text())
        raise InputError(
            f"{report.error_count} errors in the tables (listed above)",
            where=str(registry_folder),
            remedy="mend them, then run again; nothing was done",
        )
    return registry
