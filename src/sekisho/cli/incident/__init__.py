"""``sekisho incident``: what has to be answered for."""

import typer

from sekisho.cli.on_demand import on_demand

COMMANDS = {
    "propose": "rollup:propose",
    "open": "opening:open_incident",
    "list": "showing:list_incidents",
    "show": "showing:show",
    "table": "table:table",
    "add": "opening:add",
    "remove": "opening:remove",
    "set": "working:change",
    "note": "working:note",
    "reason": "working:reason",
    "measure": "working:measure",
    "task": "working:task",
    "deadlines": "duties:deadlines",
    "facts": "duties:facts",
    "decide": "duties:decide",
    "state": "stating:state",
    "compare": "stating:compare",
    "persons": "stating:show_persons",
    "same": "stating:same",
    "close": "opening:close",
    "reopen": "opening:reopen",
    "count-file": "rollup:count_file",
    "roll-up": "rollup:roll_up",
}

app = typer.Typer(
    cls=on_demand("sekisho.cli.incident", COMMANDS),
    help="What has to be answered for.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def incident() -> None:
    """What has to be answered for."""
