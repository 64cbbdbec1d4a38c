"""``sekisho may``: one question, one explained answer (D1, D4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from sekisho.cli.show import print_json, say
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry
from sekisho.entitlement.rule import Rule
from sekisho.entitlement.script import rule_version
from sekisho.kernel.clock import day_in_japan, today
from sekisho.kernel.dates import DateError, parse_date
from sekisho.kernel.errors import InputError
from sekisho.law.items import mask_of
from sekisho.store.history import Believed
from sekisho.store.workspace import Workspace

KnownOption = Annotated[
    str | None,
    typer.Option(help="As the registry was known then: an instant, a day (its end) or a load_id of `sekisho loads`."),
]


@dataclass(frozen=True, slots=True)
class Opened:
    """The rule over what was known. ``load_id``: the load that said so (None: a folder of tables); ``known``: as asked
    for; ``loaded_at``, ``known_until``: from when until when that was in force; ``rule_version_then``: of the rule when
    it was loaded."""

    rule: Rule
    load_id: str | None = None
    known: str | None = None
    loaded_at: str | None = None
    known_until: str | None = None
    rule_version_then: str | None = None

    def as_json(self) -> dict[str, Any]:
        shown = {"load_id": self.load_id, "known": self.known}
        if self.known is None:
            return shown
        then = {"loaded_at": self.loaded_at, "known_until": self.known_until}
        return shown | then | {"rule_version_at_load": self.rule_version_then}


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
    known: KnownOption = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """May this viewer hold this policy's data?"""
    if language not in ("ja", "en"):
        raise InputError(f"no language {language!r}", where="--lang", remedy="use ja or en")
    on, mask = day(at, "--at"), mask_of(items.split(";")) if items else 0
    with opened(registry, workspace, known) as found:
        answer = found.rule.may(viewer, policy, insurer_id=insurer, on=on, items=mask, purpose=purpose)
    if as_json:
        print_json(answer.as_json() | found.as_json())
        return
    lines = answer.lines(language)
    for line in lines if why else lines[:1]:
        typer.echo(line)


@contextmanager
def opened_rule(registry: Path | None, workspace: Path | None, known: str | None = None) -> Iterator[Rule]:
    """The rule alone (see ``opened``)."""
    with opened(registry, workspace, known) as found:
        yield found.rule


@contextmanager
def opened(registry: Path | None, workspace: Path | None, known: str | None = None) -> Iterator[Opened]:
    """The rule over the given tables, or over the workspace's own database, or (``known``) over what was known then.

    Raises ``InputError`` for ``known`` without a workspace, and as ``Workspace.registry_tables_at``.
    """
    if registry is not None:
        if known is not None:
            raise InputError(
                "a folder of tables has no history", where="--known", remedy="ask a workspace: leave --registry out"
            )
        yield Opened(Rule.over_registry(find_registry(registry, workspace).tables))
        return
    opened_workspace = Workspace.open(workspace)
    if known is not None:
        believed = opened_workspace.registry_tables_at(known)
        _say_what_was_known(believed)
        load = believed.load
        rule = Rule.over_registry(believed.tables)
        yield Opened(rule, load.load_id, known, load.at, believed.until, believed.rule_version)
        return
    with opened_workspace.rule() as in_force:
        yield Opened(in_force.rule, in_force.load.load_id if in_force.load else None)


def _say_what_was_known(believed: Believed) -> None:
    load, until = believed.load, believed.until
    say(f"{load.at} に読み込んだ台帳 ({load.load_id}) による答えです" + (f" ({until} まで有効)" if until else ""))
    if believed.rule_version not in (None, rule_version()):
        say(f"規則はいまの版 ({rule_version()}) です。読込み当時の規則は {believed.rule_version} でした")


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
