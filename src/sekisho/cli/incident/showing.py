"""``sekisho incident list | show``."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sekisho.cli.incident.dossier import dossier
from sekisho.cli.records import NumberArgument, records
from sekisho.cli.show import console, print_json
from sekisho.cli.table_text import print_table
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.incidents.model import Dossier, Incident
from sekisho.kernel.dates import in_words
from sekisho.law.causes import causes, legal_characters
from sekisho.store.records.values import KeptFindings

TASKS = {
    "interview": "ヒアリング", "recovery": "回収", "deletion": "削除確認", "report": "報告", "notice": "通知",
    "other": "その他",
}  # fmt: skip


def list_incidents(
    only_open: Annotated[bool, typer.Option("--open", help="Only those that are open.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """All incidents, the latest first."""
    with records(workspace) as kept:
        found = kept.incidents(with_closed=not only_open)
    if as_json:
        print_json([_incident_json(one) for one in found])
        return
    out = console()
    if not found:
        out.print("事案はまだありません。次で登録します: sekisho incident open FINDINGS… --known-on 日付")
        return
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, justify in (
        ("番号", "right"),
        ("状態", "left"),
        ("知った日", "left"),
        ("原因", "left"),
        ("件名", "left"),
    ):
        shown.add_column(name, justify=justify, no_wrap=name != "件名")  # type: ignore[arg-type]
    for one in found:
        shown.add_row(str(one.number), _state(one), str(one.known_on), " ".join(one.causes), Text(one.title))
    out.print(shown)


def show(number: NumberArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """One incident with everything that is kept of it."""
    with records(workspace) as kept:
        gathered, files = dossier(kept, number), kept.kept_findings(number)
    if as_json:
        print_json(dossier_json(gathered, files))
        return
    out = console()
    _head(out, gathered)
    if files:
        _lines(out, "検知", [(str(f.number), f"{f.row_count:,}件", f.source) for f in files])
        print_table(gathered.table, out)
    _by_hand(out, gathered)
    _lines(out, "原因分析", [(r.cause or "—", r.text) for r in gathered.reasons])
    _lines(
        out,
        "再発防止策",
        [(str(m.number), _done(m.done_on, m.due), m.owner or "担当未定", m.text) for m in gathered.measures],
    )
    _lines(
        out,
        "作業",
        [
            (str(t.number), TASKS[t.kind], _done(t.done_on, t.due), t.text + (f" → {t.result}" if t.result else ""))
            for t in gathered.tasks
        ],
    )
    _lines(
        out,
        "確定した件数",
        [
            (f"第{s.number}版", f"{s.as_of}時点", f"{s.table.record_count_distinct:,}{s.unit}", f"{s.told_to}へ")
            for s in gathered.statements
        ],
    )
    _lines(out, "経過", [(f"{e.at:%Y-%m-%d %H:%M}", e.text, e.actor) for e in gathered.events])


def _head(out: Console, gathered: Dossier) -> None:
    one = gathered.incident
    out.print()
    out.print(Text(f"事案 {one.number}  {one.title}", style="bold"))
    out.print()
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    period = " 〜 ".join(in_words(day) for day in (one.first_day, one.last_day) if day)
    for name, value in (
        ("状態", _state(one) + (f": {one.close_reason}" if one.close_reason else "")),
        ("知った日", in_words(one.known_on) + (f" ({one.known_by})" if one.known_by else "")),
        ("期間", period),
        ("原因", "、".join(f"{code} {causes()[code].ja}" for code in one.causes)),
        ("法的性質", legal_characters()[one.legal_character]),
        ("媒体", one.medium.ja),
        ("当社", gathered.names.get(one.own_party, one.own_party)),
        ("概要", one.outline),
        ("二次被害", one.secondary_damage),
        ("公表", one.publication),
        ("本人対応", one.response),
        ("その他", one.other),
    ):
        if value:
            grid.add_row(name, Text(value))
    out.print(grid)


def _by_hand(out: Console, gathered: Dossier) -> None:
    names = gathered.names
    rows = []
    for one in gathered.incident.by_hand:
        parties = (names.get(one.insurer_id, one.insurer_id), names.get(one.agency_id, one.agency_id))
        counts = (f"{one.records:,}件", f"個人 {one.people:,}人", f"法人 {one.corporate:,}")
        rows.append((one.cause, *parties, *counts))
    _lines(out, "手で数えた件数", rows)


def _lines(out: Console, title: str, rows: Sequence[tuple[str, ...]]) -> None:
    if not rows:
        return
    out.print()
    out.print(Text(title, style="bold"))
    grid = Table.grid(padding=(0, 2))
    widest = max(range(len(rows[0])), key=lambda place: max(len(row[place]) for row in rows))
    for place in range(len(rows[0])):
        grid.add_column(no_wrap=place != widest)
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    out.print(grid)


def _done(done_on: date | None, due: date | None) -> str:
    return f"済 {done_on}" if done_on else f"未 期限 {due}" if due else "未"


def _state(one: Incident) -> str:
    return "対応中" if one.is_open else "終了"


def _incident_json(one: Incident) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__} | {"is_open": one.is_open}


def dossier_json(gathered: Dossier, files: list[KeptFindings]) -> dict[str, Any]:
    """The incident as one JSON document; findings are named, not repeated."""

    def each(values: Any) -> list[dict[str, Any]]:
        return [{name: getattr(value, name) for name in value.__dataclass_fields__} for value in values]

    incident = _incident_json(gathered.incident)
    incident["by_hand"] = each(gathered.incident.by_hand)
    statements = each(gathered.statements)
    for statement in statements:
        statement["table"] = statement["table"].as_json()
    return {
        "incident": incident,
        "as_of": gathered.as_of,
        "table": gathered.table.as_json(),
        "findings": each(files),
        "reasons": each(gathered.reasons),
        "measures": each(gathered.measures),
        "tasks": each(gathered.tasks),
        "statements": statements,
        "events": each(gathered.events),
    }
