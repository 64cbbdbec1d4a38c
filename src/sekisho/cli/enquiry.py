"""``sekisho enquiry``: the enquiry desk: "am I concerned?", the sheet beside the telephone, the log (B6, B7)."""

import secrets
from pathlib import Path

import typer
from rich.text import Text

from sekisho.cli.incident.dossier import dossier
from sekisho.cli.letters import recipients_of
from sekisho.cli.records import ByOption, NumberArgument, records
from sekisho.cli.show import console, print_json, say
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.kernel.clock import now
from sekisho.kernel.errors import SekishoError
from sekisho.kernel.keyfile import make_key_file, read_key_file
from sekisho.letters.enquiries.asking import Caller, default_limits, enquire, outcomes
from sekisho.letters.enquiries.concerned import Concerned
from sekisho.letters.enquiries.desk_sheet import desk_sheet

KEY = "enquiries.key"
app = typer.Typer(help="The enquiry desk.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def enquiry() -> None:
    """The enquiry desk."""


@app.command()
def ask(number: NumberArgument, by: ByOption = None, workspace: WorkspaceOption = None) -> None:
    """Look one caller up: his data is asked for here (never on the command line), and the answer is only his own."""
    caller = Caller(
        name=typer.prompt("氏名", err=True),
        address=typer.prompt("住所", err=True),
        birth_date=typer.prompt("生年月日 (なければ Enter)", default="", show_default=False, err=True),
        phone=typer.prompt("電話番号 (なければ Enter)", default="", show_default=False, err=True),
        policy_no=typer.prompt("証券番号 (なければ Enter)", default="", show_default=False, err=True),
    )
    limits = default_limits()
    with records(workspace, by) as kept:
        desk = kept.mailings(number)
        with recipients_of(kept, dossier(kept, number)) as found:
            answer = enquire(
                Concerned(found),
                caller,
                at=now(),
                clerk=kept.actor,
                incident=number,
                key=_key(kept.workspace.folder),
                before=desk.enquiries(max(limits.same_caller_within, limits.same_clerk_within)),
                limits=limits,
            )
        desk.log(answer.log)
    out = console()
    out.print(Text(answer.text, style="bold" if answer.concerned else ""))
    for line in answer.lines:
        out.print(Text(f"  {line.policy_no} {line.insurer}  {'、'.join(line.items)}  {line.disclosed_on}"))
        out.print(Text(f"    {line.agency} → {line.received_by}"))


@app.command()
def sheet(number: NumberArgument, workspace: WorkspaceOption = None) -> None:
    """The sheet beside the telephone: number, hours, how to proceed, what may be said."""
    with records(workspace) as kept:
        text = desk_sheet(dossier(kept, number), logs=kept.mailings(number).enquiries()).text()
    typer.echo(text)


@app.command()
def log(number: NumberArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The enquiries: when, by which clerk, what came of them; never what was said."""
    with records(workspace) as kept:
        found = kept.mailings(number).enquiries()
    if as_json:
        print_json([{"at": one.at, "clerk": one.clerk, "said": one.said, "outcome": one.outcome} for one in found])
        return
    out = console()
    for one in found:
        out.print(Text(f"{one.at:%Y-%m-%d %H:%M}  {one.clerk}  {one.outcome}"))
    counts = "、".join(f"{name} {count:,}" for name, count in outcomes(found).items() if count)
    say(f"照会 {len(found):,}件" + (f" ({counts})" if counts else ""))


def _key(folder: Path) -> bytes:
    """The secret of the callers' digests, made when it is first needed (0600)."""
    path = folder / KEY
    key = secrets.token_bytes(32)
    try:
        make_key_file(path, key)
    except FileExistsError:
        key = read_key_file(path, 1024)
        if len(key) < 32:
            raise SekishoError("is no key", where=str(path), remedy="restore it from a backup") from None
    return key
