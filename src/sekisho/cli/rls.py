"""``sekisho rls``: row-level security for PostgreSQL from the rule (D2)."""

from typing import Annotated

import typer

from sekisho.cli.show import print_json, say
from sekisho.cli.workspace import JsonOption
from sekisho.entitlement.rls.options import VIEWERS, Options, Protected
from sekisho.entitlement.rls.script import script, versions
from sekisho.kernel.errors import InputError
from sekisho.store.rls import apply, check, connected, recorded


def rls(
    print_: Annotated[bool, typer.Option("--print", help="Print the SQL; nothing is connected to.")] = False,
    apply_: Annotated[bool, typer.Option("--apply", help="Put it in place, all or nothing.")] = False,
    check_: Annotated[bool, typer.Option("--check", help="Look for everything that would undo it.")] = False,
    table: Annotated[
        list[str] | None,
        typer.Option("--table", help="A table of your own: schema.table[:insurer_column,policy_column]. Repeatable."),
    ] = None,
    application_role: Annotated[
        list[str] | None,
        typer.Option("--application-role", help="Its sessions say by the setting sekisho.viewer who asks. Repeatable."),
    ] = None,
    keeper: Annotated[
        list[str] | None, typer.Option("--keeper", help="A role that keeps seeing every row. Repeatable.")
    ] = None,
    viewer_role: Annotated[
        str | None, typer.Option("--viewer-role", help=f"The role whose members get rows (default: {VIEWERS}).")
    ] = None,
    system: Annotated[
        str | None,
        typer.Option("--system", help="The system of the accounts that are database roles (default: postgresql)."),
    ] = None,
    items: Annotated[
        str | None,
        typer.Option("--items", help='Items asked for, joined by ; (default: all that a row shows; "": holding it).'),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Row-level security for PostgreSQL, made from the rule: --print, --apply or --check."""
    if print_ + apply_ + check_ != 1:
        raise InputError("say what to do", where="sekisho rls", remedy="give one of --print, --apply, --check")
    chosen = _chosen(table, application_role, keeper, viewer_role, system, items)
    if print_:
        _print(chosen or Options.made(), as_json)
        return
    with connected() as connection:
        if apply_:
            options = chosen or recorded(connection) or Options.made()
            apply(connection, options)
            _applied(options, as_json)
            return
        found = check(connection, chosen)
    if as_json:
        print_json({**versions(), "findings": [finding.as_json() for finding in found]})
    else:
        for finding in found:
            typer.echo(finding.line())
        say(f"行レベルセキュリティ: {len(found)} 件の指摘" if found else "行レベルセキュリティ: 問題なし")
    if found:
        raise typer.Exit(1)


def _chosen(
    table: list[str] | None,
    application_role: list[str] | None,
    keeper: list[str] | None,
    viewer_role: str | None,
    system: str | None,
    items: str | None,
) -> Options | None:
    """The options that were given; None when none was, so that those of the last run hold."""
    if all(given is None for given in (viewer_role, system, items)) and not (table or application_role or keeper):
        return None
    return Options.made(
        items,
        viewers=viewer_role or VIEWERS,
        application_roles=tuple(application_role or ()),
        system=system or "postgresql",
        keepers=tuple(keeper or ()),
        tables=tuple(Protected.parse(text) for text in table or ()),
    )


def _print(options: Options, as_json: bool) -> None:
    if as_json:
        print_json({**versions(), "options": options.as_json(), "sql": script(options)})
    else:
        typer.echo(script(options), nl=False)


def _applied(options: Options, as_json: bool) -> None:
    if as_json:
        print_json({**versions(), "options": options.as_json()})
    else:
        say(f"行レベルセキュリティを設定しました (規則の版 {versions()['rule_version']})")
        say(f"次に: 閲覧者のロールを {options.viewers} のメンバーにし、sekisho rls --check で確かめる")
