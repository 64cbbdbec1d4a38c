"""The ``sekisho`` command."""

import os
import sys
from typing import Annotated

import typer

from sekisho import __version__
from sekisho.cli.on_demand import on_demand
from sekisho.cli.show import complain
from sekisho.cli.start import INTERRUPTED
from sekisho.kernel.errors import SekishoError

COMMANDS = {
    "demo": "demo:demo",
    "init": "workspace:init",
    "load": "workspace:load",
    "sweep": "sweep:app",
    "explain": "explain:explain",
    "may": "ask:may",
    "list": "ask_sets:list_policies",
    "who": "ask_sets:who",
    "loads": "history:loads",
    "history": "history:history",
    "incident": "incident:app",
    "report": "report:report",
    "letters": "letters:letters",
    "mailing": "mailing:app",
    "notice": "letters:public_notice",
    "enquiry": "enquiry:app",
    "cost": "cost:cost",
    "statistics": "statistics:statistics",
    "veris": "statistics:veris_app",
    "verify": "verify:verify",
    "index": "index:app",
    "scope": "scope:app",
    "secondees": "secondees:secondees",
    "rls": "rls:rls",
    "decisions": "decisions:app",
}
"""Command → where it stands under ``sekisho.cli``. Only the one that was asked for is imported: a question at the
counter should not wait for compilers and readers that it does not need."""


app = typer.Typer(
    name="sekisho",
    cls=on_demand("sekisho.cli", COMMANDS),
    help="関所: who may hold which customer's data, and where it went to someone who may not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sekisho {__version__}")
        raise typer.Exit


@app.callback()
def main(
    _version_wanted: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Options of the command itself."""


def run() -> None:
    """Run the command; every failure becomes one clear message and the exit status of DESIGN §5.

    An error nobody foresaw shows its kind and place only: its message might quote customer data.
    ``SEKISHO_DEBUG=1`` shows all of it, to the person at this terminal.
    """
    os.umask(0o077)
    try:
        app()
    except SekishoError as error:
        complain(str(error))
        sys.exit(error.exit_status)
    except SystemExit as ended:
        if ended.code == INTERRUPTED:
            complain("interrupted; nothing half-written was left")
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":  # DuckDB's
            complain("not enough memory; nothing half-written was left → use a machine with more, or do it in parts")
            sys.exit(1)
        if os.environ.get("SEKISHO_DEBUG"):
            raise
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        at = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
        complain(
            f"unexpected {type(error).__name__} at {at} → please report it; "
            "SEKISHO_DEBUG=1 shows the details (they may contain customer data)"
        )
        sys.exit(1)
