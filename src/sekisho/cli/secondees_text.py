"""Secondees for eyes: the table, one person's timeline, Excel; in Japanese, and 不明 where nothing can be told."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any

import pyarrow as pa
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sekisho.cli.secondees_words import CHANNELS, EVENTS, HEADINGS, MARKS, UNKNOWN
from sekisho.findings.secondees.model import LogTold, Secondees
from sekisho.kernel.periods import FIRST_DAY
from sekisho.law.causes import causes
from sekisho.reports.document import Sheet, Workbook

SHOWN = 30
"""Secondments on the screen; ``--out`` writes all."""
EVENTS_SHOWN = 300
"""Lines of a timeline on the screen; ``--json`` has all."""
GAPS_SHOWN = 10
NARROW = 84
"""A screen of fewer columns gets lines instead of a table."""


def as_text(rows: pa.Table) -> pa.Table:
    """All cells as text; a count that cannot be told is ``unknown``, a day that there is not is empty."""
    columns = {}
    for field in rows.schema:
        empty = "unknown" if pa.types.is_integer(field.type) else ""
        cells = rows.column(field.name).to_pylist()
        columns[field.name] = pa.array([empty if cell is None else str(cell) for cell in cells], pa.string())
    return pa.table(columns)


def print_table(found: Secondees, out: Console) -> None:
    """All secondments in short, what went home first; the notes; what it rests on."""
    _print(out, _head(found))
    if not found.rows.num_rows:
        return
    rows = sorted(found.rows.to_pylist(), key=_weight)
    notes = _Notes(rows)
    if out.width < NARROW:
        for row in rows[:SHOWN]:
            _print(out, _block(row, notes))
        out.print()
    else:
        out.print(_table(rows[:SHOWN], notes))
    if len(rows) > SHOWN:
        out.print(Text(f"ほか {len(rows) - SHOWN:,} 件。すべては --out FILE で"))
    notes.print(out)
    _print(out, _log(found.log), _foot(found))


_FIGURES = ("規則で\n見てよい", "閲覧した\n契約", "規則を\n超える", "出力した\n契約", "出向元へ\n(契約)")


def _table(rows: Sequence[Mapping[str, Any]], notes: "_Notes") -> Table:
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("出向者", overflow="fold")
    shown.add_column("出向元→出向先\n期間", no_wrap=True)
    for name in _FIGURES:
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("注", overflow="fold", min_width=3)
    for row in rows:
        shown.add_row(*map(Text, _cells(row, notes)))
    return shown


def _block(row: Mapping[str, Any], notes: "_Notes") -> Iterator[str]:
    """The same for a narrow screen."""
    person, period, *figures, signs = (cell.split("\n") for cell in _cells(row, notes))
    yield ""
    yield f"{person[0]} ({person[1]})  {period[0]}"
    yield f"  {period[1]}{period[2]}  注 {signs[0]}"
    for name, cell in zip(_FIGURES, figures, strict=True):
        yield f"  {name.replace(chr(10), '')}: {' '.join(cell)}"


def _weight(row: Mapping[str, Any]) -> tuple[int, int, int]:
    return -(row["home_policies"] or 0), -(row["beyond_rows"] or 0), -(row["rows_after_end"] or 0)


def _cells(row: Mapping[str, Any], notes: "_Notes") -> tuple[str, ...]:
    end = row["end"].isoformat() if row["end"] else "(終了日なし)"
    may = None if row["may_see_own"] is None else row["may_see_own"] + row["may_see_others"]
    return (
        f"{row['name']}\n{row['person_id']}",
        f"{row['home_insurer_id']}→{row['host_agency_id']}\n{row['start']}\n〜{end}",
        _two(may, "他社", row["may_see_others"]),
        _two(row["looked_policies"], "他社", row["looked_others"]),
        f"設定 {_figure(row['scope_beyond'])}\n閲覧 {_figure(row['beyond_policies'])}",
        _two(row["export_policies"], "他社", row["export_others"]),
        _home(row),
        notes.of(row),
    )


def _home(row: Mapping[str, Any]) -> str:
    if row["home_policies"] is None:
        return "不明"
    lines = [f"{row['home_policies']:,}"]
    each = {cause.upper(): row[f"home_{cause}_policies"] for cause in ("b1", "b2")}
    lines += [f"{cause} {count:,}" for cause, count in each.items() if count]
    return "\n".join(lines)


def _two(figure: int | None, word: str, part: int | None) -> str:
    return "不明" if figure is None else f"{figure:,}\n{word} {part or 0:,}" if figure else "0"


def _figure(figure: int | None) -> str:
    return "不明" if figure is None else f"{figure:,}"


def _head(found: Secondees) -> Iterator[str]:
    wanted, totals = found.wanted, found.totals
    since = "" if wanted.since == FIRST_DAY else f"{wanted.since} から "
    yield f"出向者の点検 ({since}{wanted.to} まで)"
    if not totals.secondments:
        yield "この条件に当たる出向は台帳にありません"
        return
    yield (
        f"出向 {totals.secondments:,}件・出向者 {totals.people:,}人・出向元 {totals.homes:,}社・"
        f"出向先 {totals.hosts:,}社"
    )
    if totals.home_policies is None:
        yield "出向元への持出し: 不明 (メール・ファイルの検知が渡されていません)"
    else:
        yield (
            f"出向元への検知がある出向者 {totals.with_home_findings:,}人、"
            f"契約 {totals.home_policies:,}件 (延べ {totals.home_policies_summed:,}件)"
        )
    if totals.outside_findings:
        yield f"出向期間の外、または日付のない、出向者による検知 {totals.outside_findings:,}件 (下の表に入っていません)"
    yield f"規則と設定は出向の最終日 (続いている出向は {wanted.to}) の時点で尋ねています"


def _log(log: LogTold | None) -> Iterator[str]:
    if log is None:
        return
    yield ""
    yield f"アクセス履歴 {log.row_count:,}行:"
    for system, first, last in log.systems:
        yield f"  {system or '(システム名なし)'}: {first} 〜 {last}"
    for gap in log.gaps[:GAPS_SHOWN]:
        until = "" if gap.last == gap.first else f" 〜 {gap.last}"
        yield f"  記録のない期間 {gap.system or '(システム名なし)'}: {gap.first}{until} ({gap.day_count:,}日)"
    if len(log.gaps) > GAPS_SHOWN:
        yield f"  記録のない期間 ほか {len(log.gaps) - GAPS_SHOWN:,}か所"
    if log.unknown_actions:
        told = "、".join(f"「{_short(action)}」{count:,}行" for action, count in log.unknown_actions)
        yield f"  意味の分からない操作: {told}"


_LONGEST_ACTION = 30


def _short(action: str) -> str:
    plain = "".join(sign if sign.isprintable() else "□" for sign in action)
    return plain if len(plain) <= _LONGEST_ACTION else plain[:_LONGEST_ACTION] + "…"


def _foot(found: Secondees) -> Iterator[str]:
    yield ""
    yield "「他社」は出向元でない保険会社の契約、「不明」は証拠からは分からないもの (0件ではありません)"
    versions = f"規則の版 {found.rule_version}・台帳の版 {found.registry_version[:12]}"
    yield f"一人ずつの経過: --person 個人コード    {versions}"


class _Notes:
    """Notes of the rows shown: numbers for what to look into, letters for what cannot be told."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._counts: dict[str, int] = {}
        for row in rows:
            for code in _codes(row):
                self._counts[code] = self._counts.get(code, 0) + 1
        marks = [code for code in MARKS if code in self._counts]
        lacks = [code for code in UNKNOWN if code in self._counts]
        self._signs = {code: str(number) for number, code in enumerate(marks, 1)}
        self._signs |= {code: chr(ord("a") + number) for number, code in enumerate(lacks)}

    def of(self, row: Mapping[str, Any]) -> str:
        return " ".join(self._signs[code] for code in _codes(row))

    def print(self, out: Console) -> None:
        for title, words in (("確かめること", MARKS), ("分からないこと", UNKNOWN)):
            codes = [code for code in words if code in self._signs]
            if not codes:
                continue
            out.print(Text(f"{title}:"))
            below = Table.grid(padding=(0, 1))
            below.add_column(no_wrap=True)
            below.add_column(overflow="fold")
            for code in codes:
                below.add_row(f"  {self._signs[code]}", Text(f"{words[code]} ({self._counts[code]:,}件)"))
            out.print(below)


def _print(out: Console, *texts: Iterable[str]) -> None:
    for line in chain(*texts):
        out.print(Text(line), soft_wrap=True)


def _codes(row: Mapping[str, Any]) -> list[str]:
    return [code for name in ("marks", "unknown") for code in row[name].split(";") if code]


def print_person(found: Secondees, out: Console) -> None:
    """One person: each secondment in figures, then the timeline."""
    _print(out, _head(found))
    for row in found.rows.to_pylist():
        out.print(
            Text(f"\n{row['name']} ({row['person_id']})  {row['home_insurer_id']}→{row['host_agency_id']}", "bold")
        )
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        for name, value in _figures(row):
            grid.add_row(Text(name), Text(value))
        out.print(grid)
    if not found.events.num_rows:
        return
    out.print(Text("\n経過 (前後関係であって、原因を示すものではありません)"))
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    shown.add_column("日", no_wrap=True)
    shown.add_column("出来事", overflow="fold")
    shown.add_column("内容", overflow="fold")
    for name in ("行・検知", "契約", "うち他社"):
        shown.add_column(name, justify="right", no_wrap=True)
    events = [event for event in found.events.to_pylist() if event["on_date"]]
    for event in events[:EVENTS_SHOWN]:
        shown.add_row(*map(Text, _event(event)))
    out.print(shown)
    if len(events) > EVENTS_SHOWN:
        out.print(Text(f"ほか {len(events) - EVENTS_SHOWN:,} 行。すべては --json または --out FILE.xlsx で"))
    open_ends = [event for event in found.events.to_pylist() if not event["on_date"] and event["kind"].endswith("_end")]
    for event in open_ends:
        out.print(Text(f"終了日なし: {EVENTS[event['kind']].removesuffix('の終了')} {event['what']}"))
    _print(out, _log(found.log))


def _figures(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    end = row["end"] or "(終了日なし)"
    yield "期間", f"{row['start']} 〜 {end}  (規則・設定は {row['as_of']} 時点)"
    yield "アカウント", row["accounts"].replace(";", "、") or "台帳にありません"
    yield "メールアドレス", row["addresses"].replace(";", "、") or "台帳にありません"
    own, others = _figure(row["may_see_own"]), _figure(row["may_see_others"])
    yield "規則で見てよい契約", f"出向元 {own}、他社 {others} ({_figure(row['may_see_insurers'])}社)"
    if row["scope_policies"] is None:
        yield "設定が見せる契約", "不明"
    else:
        beyond = f"うち規則を超える {row['scope_beyond']:,} (他社 {row['scope_beyond_others']:,})"
        yield "設定が見せる契約", f"{row['scope_policies']:,}、{beyond}"
    yield "閲覧", _looks(row)
    yield "出力", _exports(row)
    yield "出向元へ", _went_home(row)
    yield "ほかの検知", _figure(row["other_findings"])
    yield from _told(row)


def _looks(row: Mapping[str, Any]) -> str:
    beyond = f"規則外 {_figure(row['beyond_rows'])}行 {_figure(row['beyond_policies'])}契約"
    if row["looked_rows"] is None:
        return f"不明 ({beyond})" if row["beyond_rows"] is not None else "不明"
    late = f"、出向終了後 {row['rows_after_end']:,}行" if row["rows_after_end"] else ""
    days = f"履歴のある日 {_figure(row['logged_days'])}日 / 対象 {row['secondment_days']:,}日"
    return (
        f"{row['looked_rows']:,}行 {row['looked_policies']:,}契約 (他社 {row['looked_others']:,})、{beyond}、"
        f"判断できない {row['unresolved_rows']:,}行{late}。{days}"
    )


def _exports(row: Mapping[str, Any]) -> str:
    if row["export_rows"] is None:
        return "不明"
    unknown = f"。意味の分からない操作 {row['unknown_action_rows']:,}行" if row["unknown_action_rows"] else ""
    return (
        f"{row['export_rows']:,}行 {row['export_policies']:,}契約 (他社 {row['export_others']:,})、"
        f"{row['export_days']:,}日{unknown}"
    )


def _went_home(row: Mapping[str, Any]) -> str:
    if row["home_policies"] is None:
        return "不明"
    days = f"、{row['home_first_on']} 〜 {row['home_last_on']}" if row["home_first_on"] else ""
    before = (
        f"。うち事前に閲覧していた {_figure(row['home_looked_policies'])}、"
        f"出力していた {_figure(row['home_exported_policies'])}"
    )
    return (
        f"{row['home_policies']:,}契約 (B1 {row['home_b1_policies']:,}、B2 {row['home_b2_policies']:,}; "
        f"メール {_figure(row['home_mail_policies'])}、ファイル {_figure(row['home_file_policies'])}){days}"
        + (before if row["home_policies"] else "")
        + (f"。判断できない検知 {row['home_unresolved']:,}" if row["home_unresolved"] else "")
    )


def _told(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, title, words in (("marks", "確かめること", MARKS), ("unknown", "分からないこと", UNKNOWN)):
        for place, code in enumerate(code for code in row[name].split(";") if code):
            yield title if place == 0 else "", words[code]


def _event(event: Mapping[str, Any]) -> tuple[str, ...]:
    day: date | None = event["on_date"]
    return (
        day.isoformat() if day else "",
        EVENTS[event["kind"]],
        _what(event),
        *("" if event[name] is None else f"{event[name]:,}" for name in ("row_count", "policy_count", "others_count")),
    )


def _what(event: Mapping[str, Any]) -> str:
    if event["kind"].endswith(("_finding", "_unresolved")):
        cause = causes().get(event["what"])
        name = f"{event['what']} {cause.ja}" if cause else "原因未特定"
        to = "" if event["kind"] == "seen_finding" else f" → {event['recipient_party']}"
        return f"{name} ({CHANNELS.get(event['channel'], event['channel'])}){to}"
    if event["kind"] == "export":
        return "・".join(_short(action) for action in event["what"].split("・"))
    return str(event["what"])


def workbook(found: Secondees) -> Workbook:
    """All of it for Excel: 出向者, 経過 where a person was asked for, and what the notes mean."""
    names = found.rows.schema.names
    numbers = frozenset(place for place, field in enumerate(found.rows.schema) if pa.types.is_integer(field.type))
    rows = [
        [_cell(name, row[name], place in numbers) for place, name in enumerate(names)] for row in _plain(found.rows)
    ]
    sheets = [Sheet("出向者", tuple(HEADINGS[name] for name in names), rows, numbers, note=" ".join(_head(found)))]
    if found.events.num_rows:
        heads = ("日", "出来事", "内容", "行・検知", "契約", "うち他社")
        sheets.append(
            Sheet("経過", heads, [_event(event) for event in _plain(found.events)], widths=(12, 28, 40, 10, 10, 10))
        )
    meant = [(words, meaning) for words, meaning in [*MARKS.items(), *UNKNOWN.items()]]
    lines = [("", line) for line in [*_log(found.log), *_foot(found)] if line]
    sheets.append(Sheet("注", ("", "意味"), [*meant, *lines], widths=(24, 90)))
    return Workbook("出向者の点検", tuple(sheets))


def _plain(table: pa.Table) -> Iterable[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _cell(name: str, value: object, is_number: bool) -> object:
    if value is None:
        return "不明" if is_number else ""
    if name in ("marks", "unknown"):
        return "\n".join((MARKS | UNKNOWN)[code] for code in str(value).split(";") if code)
    return value if is_number else str(value).replace(";", "\n") if name in ("accounts", "addresses") else str(value)
