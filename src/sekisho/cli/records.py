"""How commands reach the records of a workspace, and in whose name."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekisho.store.records import open_records
from sekisho.store.workspace import Workspace

if TYPE_CHECKING:
    from sekisho.store.records.records import Records

ByOption = Annotated[
    str | None,
    typer.Option("--by", metavar="NAME", help="Who does this (default: $SEKISHO_ACTOR, else your account here)."),
]
NumberArgument = Annotated[int, typer.Argument(metavar="N", help="The number of the incident.", min=1)]


@contextmanager
def records(workspace: Path | None, by: str | None = None) -> "Iterator[Records]":
    """The records of the workspace that the command works on."""
    with open_records(Workspace.open(workspace), by or os.environ.get("SEKISHO_ACTOR") or _account()) as opened:
        yield opened


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
