"""``sekisho may``: one question, one explained answer (D1, D4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from sekisho.cli.show import print_json
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry
from sekisho.entitlement.rule import Rule
from sekisho.kernel.clock import day_in_japan, today
from sekisho.kernel.dates import DateError, parse_date
from sekisho.kernel.errors import InputError
from sekisho.law.items import mask_of
from sekisho.store.workspace import Workspace


def may(
    viewer: Annotated[str, typer.Argument(help="Party, office, person, account or mail address.")],
    policy: Annotated[str, typer.Argument(help="The policy number, as the ledger writes it.")],
    at: Annotated[str | None, typer.Option(help="As of this day or instant (default: now).")] = None,
    insurer: Annotated[str | None, typer.Option(help="The insurer, where two use the same number.")] = None,
    items: Annotated[str | None, typer.Option(help="Items asked for, joined by ; (e.g. policy_no;address).")] = None,
    purpose: Annotated[
        str | None, typer.Option(help="The purpose, where a consent or joint use is bound to one.")
    ] = None,
    why: Annotated[bool, typer.Option("--why", help="Explain: every ground, what holds, what is missing.")] = False,
    language: Annotated[str, typer.Option("--lang", help="Language of the explanation: ja or en.")] = "ja",
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """May this viewer hold this policy's data?"""
    if language not in ("ja", "en"):
        raise InputError(f"no language {language!r}", where="--lang", remedy="use ja or en")
    on, mask = day(at, "--at"), mask_of(items.split(";")) if items else 0
    with opened_rule(registry, workspace) as rule:
        answer = rule.may(viewer, policy, insurer_id=insurer, on=on, items=mask, purpose=purpose)
    if as_json:
        print_json(answer.as_json())
        return
    lines = answer.lines(language)
    for line in lines if why else lines[:1]:
        typer.echo(line)


@contextmanager
def opened_rule(registry: Path | None, workspace: Path | None) -> Iterator[Rule]:
    """The rule over the given tables, or over the workspace's own database."""
    if registry is not None:
        yield Rule.over_registry(find_registry(registry, workspace).tables)
        return
    with Workspace.open(workspace).rule() as rule:
        yield rule


def day(text: str | None, option: str) -> date:
    """A day from a day or an instant (ISO 8601, 和暦, …); none = today in Japan."""
    if text is None:
        return today()
    try:
        return parse_date(text)
    except DateError:
        pass
    try:
        return day_in_japan(datetime.fromisoformat(text))
    except ValueError:
        raise InputError(f"{text!r} is no day", where=option, remedy="write YYYY-MM-DD or 令和N年N月N日") from None
