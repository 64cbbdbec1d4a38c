"""``sekisho secondees``: what secondees had, saw and took home, one row for each secondment (A9)."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from sekisho.cli.ask import day
from sekisho.cli.secondees_text import as_text, print_person, print_table, workbook
from sekisho.cli.show import console, print_json, say, working
from sekisho.cli.workspace import JsonOption, RegistryOption, WorkspaceOption, find_registry, find_settings
from sekisho.findings.files import read_findings, write_csv
from sekisho.findings.secondees.model import Evidence, Secondees, Wanted
from sekisho.findings.secondees.view import secondees as viewed
from sekisho.kernel.clock import today
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable, whole_file
from sekisho.kernel.periods import FIRST_DAY
from sekisho.reports.workbook import write_workbook
from sekisho.sources.scopes import read_scopes

ENDINGS = (".csv", ".parquet", ".xlsx")
COLUMNS = (
    "finding_id", "at", "channel", "cause", "insurer_id", "policy_no", "sender_person", "recipient_party",
    "recipient_person", "agency_id", "ground_missing",
)  # fmt: skip
"""What is read of findings."""


LISTS = ("accounts", "addresses", "marks", "unknown")
"""Columns that are lists in JSON."""


class Swept(StrEnum):
    """Channels whose findings are counted here."""

    MAIL = "mail"
    FILE = "file"
    ACCESS = "access"


def secondees(
    home: Annotated[str | None, typer.Option("--home", metavar="INSURER", help="Only those of this insurer.")] = None,
    host: Annotated[str | None, typer.Option("--host", metavar="AGENCY", help="Only those at this agency.")] = None,
    person: Annotated[
        str | None, typer.Option("--person", metavar="PERSON", help="Only this person, with his timeline.")
    ] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="From this day (default: all).")] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Until this day (default: today).")] = None,
    findings: Annotated[
        list[Path] | None,
        typer.Option("--findings", readable=False, help="Findings of `sekisho sweep` (again for more)."),
    ] = None,
    logs: Annotated[
        list[Path] | None, typer.Option("--log", readable=False, help="Access log, file or folder (again for more).")
    ] = None,
    scopes: Annotated[Path | None, typer.Option("--scopes", readable=False, help="The scopes as configured.")] = None,
    swept: Annotated[
        list[Swept] | None,
        typer.Option("--swept", help="This channel was swept, though none of the findings is of it (again for more)."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write all of it: .csv, .parquet or .xlsx.")] = None,
    registry: RegistryOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Secondees (出向者): which accounts, what they could see, what they saw and exported, what went home (A9).

    What the evidence cannot tell is 不明 (unknown), never 0.
    """
    _check(out)
    until = day(to, "--to") if to else today()
    wanted = Wanted(until, _since(since), home or "", host or "", person or "")
    settings = find_settings(registry, workspace)
    scoped = None if scopes is None else read_scopes(scopes, settings.headers if settings else None)
    if scopes is not None and scoped is not None and scoped.unknown_columns:
        say(f"{scopes.name}: 使わない列 {', '.join(scoped.unknown_columns)}")
    evidence = Evidence(
        logs=tuple(logs or ()),
        findings=pa.concat_tables([read_findings(path, COLUMNS) for path in findings]) if findings else None,
        swept=frozenset(str(one) for one in swept or ()),
        scopes=None if scoped is None else scoped.table,
    )
    with working("台帳を読んでいます"):
        known = find_registry(registry, workspace)
    with working("出向者の記録を突き合わせています"):
        found = viewed(known, wanted, evidence)
    if out is not None:
        _write(found, out)
    if as_json:
        print_json(_document(found, out))
    elif person:
        print_person(found, console())
    else:
        print_table(found, console())
    if out is not None and not as_json:
        say(f"一覧 → {out}")
    _end(found)


def _check(out: Path | None) -> None:
    if out is None:
        return
    if out.suffix.lower() not in ENDINGS:
        raise InputError(
            "is written as CSV, Parquet or Excel", where=str(out), remedy="let the name end in .csv, .parquet or .xlsx"
        )
    check_writable(out)


def _since(text: str | None) -> date:
    return day(text, "--from") if text else FIRST_DAY


def _write(found: Secondees, out: Path) -> None:
    if out.suffix.lower() == ".xlsx":
        write_workbook(workbook(found), out)
        return
    with whole_file(out) as temporary:
        if out.suffix.lower() == ".parquet":
            pq.write_table(found.rows, temporary, compression="zstd")
        else:
            write_csv(as_text(found.rows), temporary)


def _document(found: Secondees, out: Path | None) -> dict[str, object]:
    wanted, totals, log = found.wanted, found.totals, found.log
    return {
        "from": None if wanted.since == FIRST_DAY else wanted.since,
        "to": wanted.to,
        "home": wanted.home or None,
        "host": wanted.host or None,
        "person": wanted.person or None,
        "totals": {name: getattr(totals, name) for name in type(totals).__slots__},
        "secondments": [
            row | {name: row[name].split(";") if row[name] else [] for name in LISTS}
            for row in found.rows.to_pylist()
        ],
        "timeline": found.events.to_pylist(),
        "log": None
        if log is None
        else {
            "rows": log.row_count,
            "systems": [{"system": system, "first": first, "last": last} for system, first, last in log.systems],
            "gaps": [{"system": gap.system, "first": gap.first, "last": gap.last} for gap in log.gaps],
            "unknown_actions": [{"action": action, "rows": count} for action, count in log.unknown_actions],
            "unread_count": log.unread_count,
            "unread": [{"log_row": row.log_row, "detail": row.detail} for row in log.unread],
        },
        "out": None if out is None else str(out),
        "rule_version": found.rule_version,
        "registry_version": found.registry_version,
    }  # fmt: skip


UNREAD_SHOWN = 10


def _end(found: Secondees) -> None:
    """Rows that could not be read are told, and end with status 1."""
    log = found.log
    if log is None or not log.unread_count:
        return
    say(f"読めなかった記録 {log.unread_count:,} 行 (数に入っていません)")
    for row in log.unread[:UNREAD_SHOWN]:
        say(f"  {row.log_row}: {row.detail}")
    if log.unread_count > UNREAD_SHOWN:
        say(f"  ほか {log.unread_count - UNREAD_SHOWN:,} 行 (--json で 1,000 行まで)")
    raise typer.Exit(1)
