"""The ``sekisho`` command."""

import os
import sys
from typing import Annotated

import duckdb
import typer

from sekisho import __version__
from sekisho.cli import (
    ask,
    ask_sets,
    decisions,
    demo,
    explain,
    history,
    incident,
    index,
    report,
    rls,
    scope,
    sweep,
    verify,
    workspace,
)
from sekisho.cli.show import complain
from sekisho.cli.start import INTERRUPTED
from sekisho.kernel.errors import SekishoError

app = typer.Typer(
    name="sekisho",
    help="関所: who may hold which customer's data, and where it went to someone who may not.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demo.demo)
app.command("init")(workspace.init)
app.command("load")(workspace.load)
app.add_typer(sweep.app, name="sweep")
app.command("explain")(explain.explain)
app.command("may")(ask.may)
app.command("list")(ask_sets.list_policies)
app.command("who")(ask_sets.who)
app.command("loads")(history.loads)
app.command("history")(history.history)
app.command("rls")(rls.rls)
app.command("report")(report.report)
app.command("verify")(verify.verify)
app.add_typer(incident.app, name="incident")
app.add_typer(index.app, name="index")
app.add_typer(scope.app, name="scope")
app.add_typer(decisions.app, name="decisions")


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
    except (MemoryError, duckdb.OutOfMemoryException):
        complain("not enough memory; nothing half-written was left → use a machine with more, or do it in parts")
        sys.exit(1)
    except Exception as error:
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
