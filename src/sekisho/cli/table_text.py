"""The disclosure table for eyes: terminal and CSV, worded as in seed 001 (別紙1)."""

import pyarrow as pa
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sekisho.incidents.table import DisclosureTable
from sekisho.kernel.dates import in_words
from sekisho.law.causes import causes
from sekisho.law.items import items

COLUMNS = ("対象代理店数", "漏えい件数", "契約", "本人 (個人)", "法人契約者", "検知 (延べ)")
HEADINGS = ("対象\n代理店", "漏えい\n件数", "契約", "本人\n(個人)", "法人\n契約者", "検知\n(延べ)")
UNKNOWN = {
    "recipient": "宛先が登録のどの会社でもない",
    "viewer": "宛先・閲覧者が登録にない",
    "insurer": "引受保険会社が分からない",
    "policy": "契約が台帳にない",
    "day": "日付が分からない",
}


def print_table(counted: DisclosureTable, out: Console) -> None:
    """Print the table with its notes."""
    out.print(f"\n[bold]対象代理店数・漏えい件数[/bold] ({in_words(counted.as_of)}時点)\n")
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_footer=True, padding=(0, 1, 0, 0))
    shown.add_column("原因", footer="", no_wrap=True)
    shown.add_column("", footer="合計 (重複を除く)", overflow="fold", min_width=20)
    sums = (
        f"{counted.agency_count_distinct:,}社",
        f"{counted.record_count_distinct:,}件",
        f"{counted.policy_count_distinct:,}",
        f"{_at_most(counted)}{counted.people_distinct:,}人",
        f"{counted.corporate_count_distinct:,}",
        f"{sum(row.finding_count for row in counted.rows):,}",
    )
    for name, total in zip(HEADINGS, sums, strict=True):
        shown.add_column(name, justify="right", footer=total, no_wrap=True)
    for row in counted.rows:
        shown.add_row(
            row.cause or "—",
            row.name,
            f"{row.agency_count:,}社",
            f"{row.record_count:,}件",
            f"{row.policy_count:,}",
            f"{row.people:,}人",
            f"{row.corporate_count:,}",
            f"{row.finding_count:,}",
        )
    out.print(shown)
    below = Table.grid(padding=(0, 1))
    for number, note in enumerate(notes(counted), start=1):
        below.add_row(Text(f"※{number}", no_wrap=True), Text(note))
    out.print(below)
    out.print()


def _at_most(counted: DisclosureTable) -> str:
    return "最大 " if counted.people_are_upper_bound else ""


def notes(counted: DisclosureTable) -> list[str]:
    """The notes under the table, in order."""
    known = causes()
    lines = [
        f"対象代理店は延べ {counted.agency_count_summed:,}社、"
        f"漏えい件数は原因ごとの合計で {counted.record_count_summed:,}件"
    ]
    for kept, dropped, agencies, records in counted.both_causes:
        if records:
            lines.append(
                f"{known[kept].ja}と{known[dropped].ja}の両方に係る {agencies:,}社 {records:,}件は、"
                f"{known[kept].ja}に含めています"
            )
    if counted.people_are_upper_bound:
        lines.append("本人の数は最大値です (契約者の種別が分からない契約、名寄せ前の契約を一人と数えています)")
    if counted.items:
        names = items()
        sensitive = [code for code, _ in counted.items if code in names and names[code].special_care]
        lines.append(
            "漏えいした項目: " + "、".join(names[code].ja if code in names else code for code, _ in counted.items)
        )
        lines.append(
            "要配慮個人情報を含みます: " + "、".join(names[code].ja for code in sensitive)
            if sensitive
            else "要配慮個人情報にあたる項目は、読み取れた範囲では見つかっていません"
        )
    lines.append(
        f"保険会社・代理店のいずれでもない宛先への送付が {counted.outside_findings:,}件あります"
        if counted.outside_findings
        else "保険会社・代理店のいずれでもない宛先への送付は、読み取れた範囲では見つかっていません"
    )
    lines += [
        f"{known[one.cause].ja if one.cause in known else '原因を特定できないもの'}: "
        f"参照できる状態だったもの {one.could_see.policies:,}契約 {one.could_see.people:,}人、"
        f"閲覧が確認されたもの {one.did_see.policies:,}契約 {one.did_see.people:,}人 "
        f"(両方に当たるもの {one.both.policies:,}契約。足し合わせる数ではありません)"
        for one in counted.exposure
        if one.could_see.policies  # without, the row of the table says what was seen
    ]
    if counted.doubtful_pairs:
        lines.append(
            f"同一人かどうか判断されていない組が {counted.doubtful_pairs:,}組あります (別人として数えています)"
        )
    for unknown, records, found in counted.unresolved:
        lines.append(f"表に含めていないもの (要確認): {UNKNOWN.get(unknown, unknown)} {records:,}契約 {found:,}件")
    if counted.undated_findings:
        lines.append(f"日付の分からない {counted.undated_findings:,}件を含みます")
    return lines


def table_as_rows(counted: DisclosureTable) -> pa.Table:
    """The table for a CSV file: one line per cause, then the totals, then the notes."""
    head = ("原因コード", "原因", *COLUMNS)
    lines: list[tuple[object, ...]] = [
        (
            *(row.cause, row.name, row.agency_count, row.record_count, row.policy_count),
            *(row.people, row.corporate_count, row.finding_count),
        )
        for row in counted.rows
    ]
    total = (counted.agency_count_distinct, counted.record_count_distinct, counted.policy_count_distinct)
    found = sum(row.finding_count for row in counted.rows)
    lines.append(("", "合計 (重複を除く)", *total, counted.people_distinct, counted.corporate_count_distinct, found))
    blank = ("",) * len(COLUMNS)
    lines += [("", f"※{number} {note}", *blank) for number, note in enumerate(notes(counted), start=1)]
    lines.append(("", f"{counted.as_of.isoformat()} 時点", *blank))
    return pa.table({name: [str(line[i]) for line in lines] for i, name in enumerate(head)})
