"""``sekisho decisions``: the decision API served, who may ask it, and the record of what it told (D2)."""

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from sekisho.cli.ask import day
from sekisho.cli.show import console, print_json, say
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.decisions.clients import Client, Clients
from sekisho.decisions.log import Head
from sekisho.decisions.log_check import Checked, check, entries
from sekisho.decisions.log_key import ENVIRONMENT, SETTING, make_key, record_key
from sekisho.decisions.serve import FOLDER, LOG, Listening
from sekisho.decisions.serve import serve as serve_decisions
from sekisho.kernel.clock import today
from sekisho.kernel.errors import InputError
from sekisho.store.workspace import Workspace

app = typer.Typer(no_args_is_help=True, help="The decision API for other systems (OpenID AuthZEN 1.0).")
client = typer.Typer(no_args_is_help=True, help="Systems that may ask the decision API.")
app.add_typer(client, name="client")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8181,
    certificate: Annotated[Path | None, typer.Option(help="TLS certificate chain (PEM).")] = None,
    key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
    behind_proxy: Annotated[
        bool, typer.Option("--behind-proxy", help="A proxy in front speaks TLS: listen without it.")
    ] = False,
    url: Annotated[str | None, typer.Option(help="https URL at which callers reach the service.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Answer other systems until stopped (Ctrl-C, SIGTERM). Every answer is recorded before it is given."""
    listening = Listening(host, port, certificate, key, behind_proxy, url)
    serve_decisions(Workspace.open(workspace), listening, lambda at: say(f"判定 API: {at} (停止は Ctrl-C)"))
    say("判定 API を停止しました")


@client.command("add")
def add(
    name: Annotated[str, typer.Argument(help="A name for the system, e.g. aoba-system.")],
    party: Annotated[
        list[str] | None, typer.Option("--party", help="Only about viewers of this party (more than once).")
    ] = None,
    expires: Annotated[str | None, typer.Option(help="The last day on which the token is good.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a system ask, and show its token: now, and never again."""
    last = None if expires is None else day(expires, "--expires")
    parties = tuple(dict.fromkeys(party)) if party else None
    token = _clients(workspace).add(name, parties=parties, expires_on=last)
    if as_json:
        print_json({"client": name, "token": token})
        return
    say(f"{name} のトークン (この一度だけ表示します。安全な所に保管してください):")
    typer.echo(token)


@client.command("list")
def list_clients(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Who may ask, about whom, and until when."""
    found = _clients(workspace).all()
    if as_json:
        print_json([_shown(one) for one in found])
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("名前", "状態", "誰について問えるか", "作成", "期限"):
        table.add_column(head)
    for one in found:
        row = _shown(one)
        about = "制限なし" if row["parties"] is None else "、".join(row["parties"])  # type: ignore[arg-type]
        cells = (one.name, _STATES[str(row["state"])], about, one.created_at, one.expires_on or "なし")
        table.add_row(*(Text(cell) for cell in cells))
    console().print(table if found else Text("登録されたシステムはありません"))


@client.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="The system that may ask no longer.")],
    workspace: WorkspaceOption = None,
) -> None:
    """From this moment its token is no good, also with a running server."""
    revoked = _clients(workspace).revoke(name)
    say(f"{name} のトークンを無効にしました ({revoked.revoked_at})")


@app.command("key")
def new_key(
    file: Annotated[Path, typer.Argument(help="File to make, outside of the workspace.")],
) -> None:
    """Make a key for the record: who has the record but not the key cannot write its chain anew."""
    make_key(file)
    say(f"鍵を作成しました: {file} (記録と一緒に置かず、別に保管してください)")
    say(f"使うには: 環境変数 {ENVIRONMENT}、または sekisho.toml の [decisions] {SETTING} にこのファイルを書きます")


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="A head noted earlier (N:HASH): it must still be in the record.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that the record is unbroken, from its first line to its last."""
    at = Workspace.open(workspace)
    key = record_key(at.settings().all, at.folder)
    found = check(at.folder / FOLDER / LOG, None if head is None else _head(head), key)
    if as_json:
        print_json(_checked(found))
    else:
        _say_checked(found)
    if found.breaks or found.known_head is False:
        raise typer.Exit(1)


@app.command()
def log(
    viewer: Annotated[str | None, typer.Option(help="Only about this viewer.")] = None,
    policy: Annotated[str | None, typer.Option(help="Only about this policy number.")] = None,
    by: Annotated[str | None, typer.Option("--client", help="Only what this system was told.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="From this day on.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Up to this day.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who was told what, when."""
    days = [None if one is None else day(one, option) for one, option in ((first, "--from"), (last, "--to"))]
    found = entries(_log(workspace), viewer=viewer, policy_no=policy, client=by, first=days[0], last=days[1])
    if as_json:
        print_json(list(found))
        return
    count = 0
    for entry in found:
        if entry["kind"] in ("decision", "search"):
            count += 1
            typer.echo(_line(entry))
    say(f"{count:,} 件")


_STATES = {"good": "有効", "expired": "期限切れ", "revoked": "無効"}


def _line(entry: dict[str, object]) -> str:
    """One entry on one line: when, who asked, about whom and what, what it was told."""
    sought = f"search {entry['sought']} → {entry.get('count', 0)}/{entry.get('total', 0)}" if "sought" in entry else ""
    told = " ".join(str(entry[name]) for name in ("verdict", "ground", "missing") if entry.get(name))
    policy = "/".join(str(entry[name]) for name in ("insurer_id", "policy_no") if entry.get(name))
    cells = (entry["at"], entry["client"], entry.get("action"), entry.get("viewer"), policy, entry["on"], sought, told)
    return "  ".join(str(cell) for cell in cells if cell)


def _shown(one: Client) -> dict[str, object]:
    state = "revoked" if one.revoked_at else "good" if one.good(today()) else "expired"
    return {
        "client": one.name,
        "state": state,
        "parties": None if one.parties is None else list(one.parties),
        "created_at": one.created_at,
        "expires_on": one.expires_on,
        "revoked_at": one.revoked_at,
    }


def _checked(found: Checked) -> dict[str, object]:
    return {
        "unbroken": not found.breaks,
        "lines": found.lines,
        "files": found.files,
        "begins_after": found.begins,
        "head": f"{found.head.n}:{found.head.hash}",
        "unkeyed_lines": found.unkeyed,
        "torn": found.torn,
        "unfinished_bytes": found.unfinished,
        "breaks": list(found.breaks),
        "known_head": found.known_head,
    }


def _say_checked(found: Checked) -> None:
    for place in found.breaks:
        typer.echo(f"記録が途切れています: {place}")
    if found.known_head is False:
        typer.echo("控えてあった末尾が記録にありません (書き直されたか、終わりが切られています)")
    if not found.breaks and found.known_head is not False:
        since = f" ({found.begins:,} 行目までは別に保管)" if found.begins else ""
        typer.echo(f"記録は途切れていません: {found.lines:,} 行、{found.files} ファイル{since}")
    if found.lines > found.unkeyed:
        typer.echo(f"鍵で守られた行: {found.lines - found.unkeyed:,}、鍵のない行: {found.unkeyed:,}")
    if found.torn or found.unfinished:
        typer.echo(f"書きかけで止まった行: {found.torn} (次の行に記録済み)、末尾の書きかけ {found.unfinished} バイト")
    typer.echo(f"末尾: {found.head.n}:{found.head.hash}")


def _head(text: str) -> Head:
    n, _, digest = text.partition(":")
    if not n.isdigit() or len(digest) != 64:
        raise InputError("is no head", where="--head", remedy="write it as verify prints it: N:HASH")
    return Head(int(n), digest)


def _clients(workspace: Path | None) -> Clients:
    return Clients(Workspace.open(workspace).folder / FOLDER)


def _log(workspace: Path | None) -> Path:
    return Workspace.open(workspace).folder / FOLDER / LOG
