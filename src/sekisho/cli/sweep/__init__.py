"""``sekisho sweep …``: evidence in, explained findings out."""

import typer

from sekisho.cli.on_demand import on_demand

COMMANDS = {
    "mail": "messages:mail",
    "messages": "messages:messages",
    "files": "messages:files",
    "access": "logs:access",
    "deliveries": "logs:deliveries",
}

app = typer.Typer(
    cls=on_demand("sekisho.cli.sweep", COMMANDS),
    help="Find every disclosure that broke the rule.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def sweep() -> None:
    """Find every disclosure that broke the rule."""
