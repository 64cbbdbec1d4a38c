"""``sekisho verify``: that the records of a workspace are what was entered, and all of it (C16)."""

from typing import Annotated

import typer

from sekisho.cli.records import records
from sekisho.cli.show import print_json, say
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.kernel.errors import SekishoError


def verify(
    head: Annotated[
        str | None, typer.Option("--head", help="The head noted at an earlier check: it must still be in the chain.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute the ledger's chain; compare every record and every kept file with it. Exit 1 when something differs."""
    with records(workspace) as kept:
        found = kept.verify(head)
    if as_json:
        print_json({name: getattr(found, name) for name in found.__dataclass_fields__})
    else:
        say(f"台帳 {found.line_count:,}行、記録 {found.row_count:,}件を照合しました")
        say(f"末尾のハッシュ (控えておくと、後の削除も分かります): {found.head}")
        for problem in found.problems:
            say(f"不一致: {problem}")
    if found.problems:
        raise SekishoError(
            f"{len(found.problems)} differences", remedy="keep the workspace as it is as evidence; restore a backup"
        )
    if not as_json:
        say("すべて一致しました")
