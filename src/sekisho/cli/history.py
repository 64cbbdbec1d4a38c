"""``sekisho loads`` and ``sekisho history``: what was loaded when, and every version of a row."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from sekisho.cli.show import complain, console, print_json, say
from sekisho.cli.workspace import JsonOption, WorkspaceOption
from sekisho.findings.files import write_csv
from sekisho.kernel.errors import InputError
from sekisho.kernel.files import check_writable, whole_file
from sekisho.kernel.periods import FIRST_DAY, LAST_DAY
from sekisho.law.items import ALL_ITEMS, codes_of, items
from sekisho.registry.schema import MASK_COLUMN, TABLES
from sekisho.store.databases.base import Load
from sekisho.store.history.compare import Difference, as_rows, compare
from sekisho.store.history.past import Past
from sekisho.store.history.versions import Version, Versions, table_named, versions_of
from sekisho.store.workspace import Workspace

SHOWN = 50
"""Versions printed on the screen; ``--json`` has all."""


def loads(
    comparing: Annotated[
        tuple[str, str] | None,
        typer.Option("--compare", metavar="A B", help="What changed from A to B: load_ids, instants or days."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="With --compare: write the rows into this CSV file.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was loaded when, from where, and what each load changed of what the rule reads."""
    past = Workspace.open(workspace).past()
    if comparing is not None:
        _compare(past, comparing, out, as_json)
        return
    if out is not None:
        raise InputError("writes what --compare finds", where="--out", remedy="name two loads: --compare A B")
    told = [_load_as_json(past, load) for load in past.loads]
    if as_json:
        print_json({"loads": told})
    else:
        _show_loads(past, told)
    for trouble in past.damaged.values():
        complain(str(trouble))
    if past.damaged:
        raise typer.Exit(1)


def history(
    table: Annotated[str, typer.Argument(help="The table, e.g. appointments or 委託.")],
    key: Annotated[list[str], typer.Argument(metavar="KEY…", help="What names the row, e.g. KOU AOBA nonlife.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every version of the rows with this key: what they said, and from which load until which."""
    found = versions_of(Workspace.open(workspace).past(), table_named(table), key)
    if as_json:
        print_json(_versions_as_json(found))
        return
    screen = console()
    for line in _lines(found):
        screen.print(Text(line), soft_wrap=True)


# --- loads ------------------------------------------------------------------------------------------------------------


def _show_loads(past: Past, told: list[dict[str, Any]]) -> None:
    rows = [
        (one["load_id"], _when(load.at), f"{sum(load.counts.values()):,}", _changes_text(one), _state(one), load.source)
        for one, load in zip(told, past.loads, strict=True)
    ]
    console().print(_table(("読込み", "日時", "行", "変更 (規則が読む列)", "当時の台帳", "元のフォルダ"), rows))


def _load_as_json(past: Past, load: Load) -> dict[str, Any]:
    change = past.changes.get(load.load_id)
    first = change is not None and change.follows is None and not change.gap
    changed = {
        name: {"added": one.added, "removed": one.removed}
        for name, one in (change.tables if change else {}).items()
        if one.added or one.removed
    }
    return {
        "load_id": load.load_id,
        "at": load.at,
        "until": past.until(load),
        "source": load.source,
        "version": load.version,
        "counts": dict(load.counts),
        "first": first,
        "changes": None if change is None or change.gap else changed,
        "gap": change.gap if change else "",
        "unreadable": load.load_id in past.damaged,
        "rule_version": change.rule_version if change else None,
        "rows_removed_at": change.pruned_at if change else None,
        "can_be_rebuilt": past.can_rebuild(load),
    }


def _changes_text(one: dict[str, Any]) -> str:
    if one["unreadable"]:
        return "記録が読めません"
    if one["changes"] is None:
        return "ここから記録 (前との差は不明)" if one["gap"] else "記録なし"
    if one["first"]:
        return "最初の読込み"
    told = [f"{TABLES[name].ja} +{of['added']:,} −{of['removed']:,}" for name, of in one["changes"].items()]
    return "、".join(told) or "変更なし"


def _state(one: dict[str, Any]) -> str:
    if one["until"] is None:
        return "現在"
    if one["can_be_rebuilt"]:
        return "再現できる"
    return "再現できない"


def _compare(past: Past, comparing: tuple[str, str], out: Path | None, as_json: bool) -> None:
    if out is not None:
        if out.suffix.lower() != ".csv":
            raise InputError("writes CSV only", where=str(out), remedy="name a file that ends in .csv")
        check_writable(out)
    one, other = (past.load_at(text) for text in comparing)
    found = compare(past, one, other)
    if out is not None:
        with whole_file(out) as temporary:
            write_csv(as_rows(found), temporary)
    if as_json:
        counted = {name: _difference_as_json(difference) for name, difference in found.items()}
        print_json({"from": one.load_id, "to": other.load_id, "tables": counted})
        return
    screen = console()
    head = f"{one.load_id} ({_when(one.at)}) から {other.load_id} ({_when(other.at)}) への変更 (規則が読む列)"
    screen.print(Text(head), soft_wrap=True)
    rows = [
        (f"{TABLES[name].ja} {name}", f"{of.added.num_rows:,}", f"{of.removed.num_rows:,}", f"{of.changed_count:,}")
        for name, of in found.items()
    ]
    screen.print(_table(("表", "追加された行", "なくなった行", "うち内容の変わったもの"), rows) if rows else "変更なし")
    if out is not None:
        say(f"行の一覧 → {out}")


def _difference_as_json(difference: Difference) -> dict[str, int]:
    return {
        "added": difference.added.num_rows,
        "removed": difference.removed.num_rows,
        "changed": difference.changed_count,
    }


# --- one row ----------------------------------------------------------------------------------------------------------


def _versions_as_json(found: Versions) -> dict[str, Any]:
    return {
        "table": found.table,
        "key": found.key,
        "history_begins": {"load_id": found.begins.load_id, "at": found.begins.at, "complete": found.complete},
        "versions": [_version_as_json(version, found) for version in found.versions],
    }


def _version_as_json(version: Version, found: Versions) -> dict[str, Any]:
    before = found.versions[version.replaces - 1] if version.replaces else None
    return {
        "number": version.number,
        "row": {name: _plain(value) for name, value in version.row.items()},
        "known_from": {"load_id": version.since.load_id, "at": version.since.at, "brought": version.brought},
        "known_until": {"load_id": version.until.load_id, "at": version.until.at} if version.until else None,
        "replaces": version.replaces,
        "differences": [
            {"column": name, "before": _plain(old), "after": _plain(new)}
            for name, old, new in (version.differences(before) if before else ())
        ],
    }


def _lines(found: Versions) -> list[str]:
    title = " ".join(found.key.values())
    lines = [f"{TABLES[found.table].ja} ({found.table}) {title}: {len(found.versions):,} 版"]
    if not found.complete:
        lines.append(
            f"記録は {_when(found.begins.at)} の読込み ({found.begins.load_id}) から。それより前は分かりません"
        )
    for version in found.versions[:SHOWN]:
        lines += ["", f"{version.number}. {_content(version.row, found.table)}"]
        since = f"{_when(version.since.at)} の読込み ({version.since.load_id})"
        start = f"{since} から" if version.brought else f"{since} の時点ですでに"
        until = f"{_when(version.until.at)} の読込み ({version.until.load_id}) まで" if version.until else "現在も"
        lines.append(f"   台帳にあった間: {start} {until}")
        if version.replaces:
            for name, old, new in version.differences(found.versions[version.replaces - 1]):
                words = f"{_column(found.table, name)} {_shown(name, old)} → {_shown(name, new)}"
                lines.append(f"   {version.replaces}. からの変更: {words}")
    if len(found.versions) > SHOWN:
        lines += ["", f"ほか {len(found.versions) - SHOWN:,} 版。すべては --json で、または鍵の列をさらに続けて"]
    return lines


def _content(row: dict[str, Any], table: str) -> str:
    told = [
        f"{_column(table, name)} {_shown(name, value)}"
        for name, value in row.items()
        if name not in ("start", "end") and value is not None and not (name == MASK_COLUMN and value == ALL_ITEMS)
    ]
    if "start" in row:
        period = f"{_shown('start', row['start'], '')}～{_shown('end', row['end'], '')}"
        told.append(f"有効期間 {period}")
    return "、".join(told)


def _column(table: str, name: str) -> str:
    return "項目" if name == MASK_COLUMN else TABLES[table].column(name).ja


def _shown(name: str, value: Any, none: str = "(なし)") -> str:
    if name == MASK_COLUMN:
        return "全項目" if value == ALL_ITEMS else "・".join(items()[code].ja for code in codes_of(value))
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    plain = _plain(value)
    return none if plain is None else str(plain)


def _plain(value: Any) -> Any:
    """For JSON: days as ISO text, an open end as null."""
    if isinstance(value, date):
        return None if value in (FIRST_DAY, LAST_DAY) else value.isoformat()
    return value


def _when(at: str) -> str:
    return datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M:%S")


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for place, head in enumerate(heads):
        table.add_column(head, overflow="fold", no_wrap=place == 0)  # what is copied into --known stays whole
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
