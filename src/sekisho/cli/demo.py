"""``sekisho demo``: an invented small industry, swept and counted, from nothing, in under a minute."""

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from sekisho.cli.progress import progress
from sekisho.cli.show import console, say
from sekisho.cli.table_text import print_table
from sekisho.demo.cast import LAST_DAY
from sekisho.demo.industry import write_industry
from sekisho.demo.scopes import write_scopes
from sekisho.disclosures.logs import sweep_access, sweep_deliveries
from sekisho.disclosures.mail.sweep import sweep_mail
from sekisho.entitlement.rule import Rule
from sekisho.findings.files import write_csv, write_findings
from sekisho.findings.judging import judge
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.clock import today
from sekisho.kernel.dates import parse_date
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.files import private_folder, whole_file
from sekisho.store.databases.base import ADDRESS
from sekisho.store.settings import write_settings
from sekisho.store.workspace import Workspace

MARK = ".sekisho-demo"
"""Lies in every folder that a demo made: only such a folder is ever made anew."""


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write it.")] = Path("sekisho-demo"),
) -> None:
    """An invented small industry: its registry loaded, its evidence swept, the leaks counted and explained."""
    if os.environ.get(ADDRESS):
        raise InputError(
            "the demo keeps to a database of its own (SQLite)", where=ADDRESS, remedy=f"unset {ADDRESS} for the demo"
        )
    _fresh(folder)
    say("架空の保険会社・代理店・契約・メール・アクセス履歴を作っています (すべて実在しません)")
    write_industry(folder)
    workspace = Workspace.create(folder / "workspace")
    write_settings(workspace.folder, invented=True)
    report = workspace.load(folder / "registry")
    if report.error_count:
        raise SekishoError(f"the demo's own registry has errors:\n{report.text()}")
    registry = workspace.registry()
    rule = Rule.over_registry(registry.tables)
    with progress() as advance:
        seen = [sweep_mail([folder / "evidence" / "mail"], registry, workers=1, progress=advance)]
    seen.append(sweep_access([folder / "evidence" / "access.csv"], registry))
    seen.append(sweep_deliveries([folder / "evidence" / "deliveries.csv"], registry))
    findings = pa.concat_tables([judge(one, registry, rule) for one in seen])
    out = folder / "findings.csv"
    write_findings(findings, out)
    unread = pa.concat_tables([one.unread for one in seen])
    with whole_file(folder / "findings.unread.csv") as temporary:
        write_csv(unread, temporary)
    mails, views, feeds = (one.read_count for one in seen)
    say(f"メール {mails:,} 通、アクセス履歴 {views:,} 行、配信 {feeds:,} 行を照合しました")
    write_scopes(folder / "evidence", registry, parse_date(LAST_DAY))
    print_table(disclosure_table(findings, as_of=parse_date(LAST_DAY), registry=registry), console())
    _what_next(findings, folder, unread.num_rows)


def _fresh(folder: Path) -> None:
    """An empty folder for the demo; an earlier demo is replaced, anything else is left alone."""
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise InputError(
                "this folder has other files in it", where=str(folder), remedy="name a new or empty folder for the demo"
            )
        shutil.rmtree(folder)
    private_folder(folder)
    (folder / MARK).write_text("made by `sekisho demo`; safe to delete\n", encoding="utf-8")


def _what_next(findings: pa.Table, folder: Path, unread_count: int) -> None:
    example = next(
        (row for row in findings.to_pylist() if row["cause"] == "A1" and row["matched_by"].startswith("ledger")), None
    )
    say(f"検知の一覧: {folder / 'findings.csv'}")
    say(f"読めなかった箇所 {unread_count:,} 件: {folder / 'findings.unread.csv'}")
    if example is not None:
        say("なぜ漏えいなのか、1件を尋ねてみてください:")
        say(
            f"  {sys.argv[0]} may {example['recipient_party']} {example['policy_no']} --at {example['at'][:10]}"
            f" --why --workspace {folder / 'workspace'}"
        )
    say("ここからが本番です。事案として登録し、期限・報告書・通知文書を作ります (docs/incidents.md):")
    at = f"--workspace {folder / 'workspace'}"
    say(f"  {sys.argv[0]} incident open {folder / 'findings.csv'} --known-on {today()} {at}")
    say(f"  {sys.argv[0]} incident deadlines 1 {at}")
    say(f"  {sys.argv[0]} report 1 --kind release --out {folder / 'release.docx'} {at}")
    say("代理店システムの参照範囲はどう設定されているでしょうか:")
    say(
        f"  {sys.argv[0]} scope audit {folder / 'evidence' / 'scopes.csv'} --at {LAST_DAY}"
        f" --workspace {folder / 'workspace'}"
    )
