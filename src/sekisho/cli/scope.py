"""``sekisho scope …``: what a system lets whom see, against the rule; before and after a change (A6, A12)."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from sekisho.cli.ask import day
from sekisho.cli.scope_text import audit_lines, plan_lines
from sekisho.cli.show import print_json, say, working
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry, find_settings
from sekisho.entitlement.rule import Rule
from sekisho.findings.files import check_ending, write_csv, write_findings
from sekisho.findings.judging import judge
from sekisho.findings.scope_audit import ScopeAudit, audit_scopes, audit_with_disclosures
from sekisho.findings.scope_plan import plan_scopes, smallest_scopes
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable, whole_file
from sekisho.registry.registry import Registry
from sekisho.sources.scopes import Scopes, read_scopes

app = typer.Typer(help="Reference scopes (参照範囲) against the rule.", no_args_is_help=True, rich_markup_mode=None)

ScopesArgument = Annotated[Path, typer.Argument(metavar="SCOPES", readable=False, help="The scopes as configured.")]
AtOption = Annotated[str | None, typer.Option(help="As of this day (default: today).")]
ListOption = Annotated[
    Path | None, typer.Option("--list", help="Write the agencies and viewers concerned: a CSV file.")
]


@app.command()
def audit(
    scopes: ScopesArgument,
    out: Annotated[
        Path | None, typer.Option("--out", help="Findings file, a row for each policy: .parquet, .csv or .jsonl.")
    ] = None,
    listing: ListOption = None,
    at: AtOption = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the scopes let somebody see that the rule does not allow: by cause, agency, insurer, customer (A6).

    No excess is said as plainly as an excess, with the versions of all that it rests on (A12).
    """
    if out is not None:
        check_ending(out)
        check_writable(out)
    _check_csv(listing)
    on = day(at, "--at")
    given, known = _read([scopes], registry, workspace)
    with working("参照範囲を規則と突き合わせています"):
        if out is None:
            found = audit_scopes(given[0].table, known, on)
        else:
            found, seen = audit_with_disclosures(given[0].table, known, on, scopes.name)
            write_findings(judge(seen, known, Rule.over_registry(known.tables)), out)
    _write_csv(found.listing, listing)
    proof = {"scopes": scopes.name, "scopes_sha256": hashlib.sha256(scopes.read_bytes()).hexdigest()}
    if as_json:
        print_json(_audit_json(found) | proof)
        return
    for line in audit_lines(found, scopes.name, proof["scopes_sha256"]):
        typer.echo(line)
    if out is not None and found.excess_count:
        say(f"検知 → {out}  次に: sekisho incident table {out}")


@app.command()
def plan(
    current: Annotated[Path, typer.Argument(metavar="CURRENT", readable=False, help="The scopes as they are.")],
    proposed: Annotated[Path, typer.Argument(metavar="PROPOSED", readable=False, help="The scopes as they should be.")],
    listing: ListOption = None,
    at: AtOption = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What a change would open and close, before it is made. A proposal that exceeds the rule is refused (exit 1);
    what is missing for the work is told."""
    _check_csv(listing)
    on = day(at, "--at")
    given, known = _read([current, proposed], registry, workspace)
    with working("変更の影響を調べています"):
        found = plan_scopes(given[0].table, given[1].table, known, on)
    _write_csv(found.changes, listing)
    if as_json:
        print_json(
            {
                "on": on.isoformat(),
                "refused": found.refused,
                "opens": asdict(found.opens),
                "opens_beyond_the_rule": asdict(found.opens_beyond),
                "closes": asdict(found.closes),
                "lacks": asdict(found.lacks),
                "after": _audit_json(found.after),
                "changes": found.changes.slice(0, JSON_ROWS).to_pylist(),
                "missing": found.missing.slice(0, JSON_ROWS).to_pylist(),
            }
        )
    else:
        for line in plan_lines(found):
            typer.echo(line)
    if found.refused:
        raise typer.Exit(1)


@app.command()
def smallest(
    out: Annotated[Path, typer.Option("--out", help="The scopes: a CSV file.")],
    viewers: Annotated[
        list[str] | None, typer.Option("--viewer", help="Party, office or account (again for more). Default: agencies.")
    ] = None,
    at: AtOption = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Scopes that show every viewer all that the rule allows him, and nothing else. What no scope can say without
    saying too much is listed."""
    _check_csv(out)
    on = day(at, "--at")
    with working("台帳を読んでいます"):
        known = find_registry(registry, workspace)
    asked = viewers or known.tables["agencies"].column("agency_id").to_pylist()
    with working("最小の参照範囲を求めています"):
        found = smallest_scopes(known, on, asked)
    _write_csv(found.scopes.drop_columns(["scope_no", "place"]), out)
    if as_json:
        left = {"left_over": found.left_over.slice(0, JSON_ROWS).to_pylist()}
        head = {"on": on.isoformat(), "viewers": len(asked), "scopes": found.scopes.num_rows, "out": str(out)}
        print_json(head | left | {"rule_version": found.rule_version})
        return
    say(f"閲覧者 {len(asked):,} に対する参照範囲 {found.scopes.num_rows:,} 行 → {out}")
    if found.left_over.num_rows:
        count = sum(found.left_over.column("policy_count").to_pylist())
        say(f"範囲では表せない契約 (契約ごとの同意・移管など): 延べ {count:,} 件。契約ごとに許可してください")


JSON_ROWS = 10_000
"""Rows of a list in a --json document; ``--list`` writes all."""


def _read(paths: list[Path], registry: Path | None, workspace: Path | None) -> tuple[list[Scopes], Registry]:
    settings = find_settings(registry, workspace)
    given = [read_scopes(path, settings.headers if settings else None) for path in paths]
    for path, one in zip(paths, given, strict=True):
        if one.unknown_columns:
            say(f"{path.name}: 使わない列 {', '.join(one.unknown_columns)}")
    with working("台帳を読んでいます"):
        return given, find_registry(registry, workspace)


def _audit_json(found: ScopeAudit) -> dict[str, object]:
    return {
        "on": found.on.isoformat(),
        "scopes": found.scope_count,
        "scopes_in_force": found.in_force_count,
        "viewers": found.viewer_count,
        "policies": found.policy_count,
        "excess": [asdict(row) for row in found.rows],
        "total": asdict(found.total) if found.total else None,
        "unresolved": [{"viewer_id": viewer, "policy_count": count} for viewer, count in found.unresolved],
        "listing": found.listing.slice(0, JSON_ROWS).to_pylist(),
        "rule_version": found.rule_version,
        "registry_version": found.registry_version,
    }


def _check_csv(path: Path | None) -> None:
    if path is None:
        return
    if path.suffix.lower() != ".csv":
        raise InputError("writes CSV only", where=str(path), remedy="name a file that ends in .csv")
    check_writable(path)


def _write_csv(table: pa.Table, path: Path | None) -> None:
    if path is not None:
        with whole_file(path) as temporary:
            write_csv(table, temporary)
