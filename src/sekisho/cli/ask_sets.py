"""``sekisho list`` and ``sekisho who``: everything a viewer may see, everybody who may see a policy (D1)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from rich import box
from rich.table import Table
from rich.text import Text

from sekisho.cli.ask import KnownOption, day, opened
from sekisho.cli.show import console, print_json, say
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption
from sekisho.entitlement.explain import ground_names
from sekisho.entitlement.rule import Judgement, Rule
from sekisho.findings.files import write_csv
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable, whole_file
from sekisho.law.items import mask_of

SHOWN = 20
"""Policies printed on the screen; ``--out`` and ``--json`` have all."""

AtOption = Annotated[str | None, typer.Option(help="As of this day or instant (default: now).")]
ItemsOption = Annotated[str | None, typer.Option(help="Items asked for, joined by ; (e.g. policy_no;address).")]
PurposeOption = Annotated[str | None, typer.Option(help="The purpose, where a consent or joint use is bound to one.")]
WhyOption = Annotated[bool, typer.Option("--why", help="Explain: an example for each ground, with what it rests on.")]
EXPLAINED = 50
"""Explanations given at most; `sekisho may … --why` explains any other."""
_KINDS = {"party": "会社", "person": "人", "address": "メールアドレス"}


def list_policies(
    viewer: Annotated[str, typer.Argument(help="Party, office, person, account or mail address.")],
    at: AtOption = None,
    items: ItemsOption = None,
    purpose: PurposeOption = None,
    known: KnownOption = None,
    why: WhyOption = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write all of them into this CSV file.")] = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """All policies whose data this viewer may hold, with the ground of each."""
    if out is not None:
        if out.suffix.lower() != ".csv":
            raise InputError("writes CSV only", where=str(out), remedy="name a file that ends in .csv")
        check_writable(out)
    on = day(at, "--at")
    with opened(registry, workspace, known) as source:
        asked = _Asked(source.rule, on, _mask(items), purpose)
        found = source.rule.visible(viewer, on=on, items=asked.items, purpose=purpose)
        reasons = asked.explained(_examples(viewer, found)) if why else []
    told = {"rule_version": source.rule.rule_version, **source.as_json()}
    if out is not None:
        with whole_file(out) as temporary:
            write_csv(found, temporary)
    if as_json:
        shown = {} if out is not None else {"policies": found.to_pylist()}
        counted = [{"insurer_id": i, "ground": g, "policies": n} for (i, g), n in _by_insurer(found)]
        head = {"viewer": viewer, "on": on.isoformat(), "count": found.num_rows, "by_insurer": counted}
        print_json(head | shown | _as_json(reasons) | told)
        return
    screen = console()
    screen.print(Text(f"{viewer} が {on} に保有・閲覧してよい契約: {found.num_rows:,} 件"))
    if found.num_rows:
        screen.print(
            _table(
                ("引受保険会社", "根拠", "契約"), [(i, ground_names()[g], f"{n:,}") for (i, g), n in _by_insurer(found)]
            )
        )
    if out is not None:
        say(f"一覧 → {out}")
    elif found.num_rows:
        rows = [
            (row["insurer_id"], row["policy_no"], ground_names()[row["ground"]])
            for row in found.slice(0, SHOWN).to_pylist()
        ]
        screen.print(_table(("引受保険会社", "証券番号", "根拠"), rows))
        if found.num_rows > SHOWN:
            say(f"ほか {found.num_rows - SHOWN:,} 件。すべては --out FILE.csv で")
    _print(reasons)


def who(
    policy: Annotated[str, typer.Argument(help="The policy number, as the ledger writes it.")],
    at: AtOption = None,
    insurer: Annotated[str | None, typer.Option(help="The insurer, where two use the same number.")] = None,
    items: ItemsOption = None,
    purpose: PurposeOption = None,
    known: KnownOption = None,
    why: WhyOption = False,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everybody who may hold this policy's data: companies, the people who act for them, addresses of the holder."""
    on = day(at, "--at")
    with opened(registry, workspace, known) as source:
        asked = _Asked(source.rule, on, _mask(items), purpose)
        found = source.rule.holders(policy, insurer_id=insurer, on=on, items=asked.items, purpose=purpose)
        named = [(str(viewer), insurer, policy) for viewer in found.column("viewer").to_pylist()]
        reasons = asked.explained(named) if why else []
    if as_json:
        head = {"policy_no": policy, "on": on.isoformat(), "holders": found.to_pylist()}
        print_json(head | _as_json(reasons) | {"rule_version": source.rule.rule_version, **source.as_json()})
        return
    screen = console()
    kinds = Counter(found.column("kind").to_pylist())
    told = "、".join(f"{_KINDS[kind]} {kinds[kind]:,}" for kind in _KINDS if kinds[kind]) or "なし"
    screen.print(Text(f"契約 {policy} を {on} に保有・閲覧してよいのは: {told}"))
    if found.num_rows:
        rows = [
            (_KINDS[row["kind"]], row["viewer"], row["party_id"] or "", ground_names()[row["ground"]],
             f"{row['seconded_from']} から出向中" if row["seconded_from"] else "")
            for row in found.to_pylist()
        ]  # fmt: skip
        screen.print(_table(("", "誰が", "どの会社として", "根拠", ""), rows))
    _print(reasons)


@dataclass(frozen=True, slots=True)
class _Asked:
    """How the sets are asked for, to explain single members the same way."""

    rule: Rule
    on: date
    items: int
    purpose: str | None

    def explained(self, members: Sequence[tuple[str, str | None, str]]) -> list[Judgement]:
        """The first ``EXPLAINED`` of (viewer, insurer, policy), each explained."""
        return [
            self.rule.may(viewer, policy, insurer_id=insurer, on=self.on, items=self.items, purpose=self.purpose)
            for viewer, insurer, policy in members[:EXPLAINED]
        ]


def _examples(viewer: str, found: pa.Table) -> list[tuple[str, str | None, str]]:
    """One policy for each insurer and ground."""
    first: dict[tuple[str, str], str] = {}
    for row in found.to_pylist():
        first.setdefault((row["insurer_id"], row["ground"]), row["policy_no"])
    return [(viewer, insurer, policy) for (insurer, _), policy in first.items()]


def _as_json(reasons: list[Judgement]) -> dict[str, object]:
    return {"why": [reason.as_json() for reason in reasons]} if reasons else {}


def _print(reasons: list[Judgement]) -> None:
    for reason in reasons:
        typer.echo()
        for line in reason.lines():
            typer.echo(line)


def _mask(items: str | None) -> int:
    return mask_of(items.split(";")) if items else 0


def _by_insurer(found: pa.Table) -> list[tuple[tuple[str, str], int]]:
    pairs = zip(found.column("insurer_id").to_pylist(), found.column("ground").to_pylist(), strict=True)
    return sorted(Counter(pairs).items())


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, justify="right" if head == "契約" else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
