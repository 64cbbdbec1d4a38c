"""Policy lists as people write them: with or without hyphens, in any width, dates in eras, insurers by short name."""

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Any

from sekisho.demo.cast import NAME, SHORT
from sekisho.kernel.dates import eras

Policy = dict[str, Any]

HEADERS = {
    "policy_no": "証券番号",
    "holder_name": "契約者名",
    "holder_kana": "契約者カナ",
    "birth_date": "生年月日",
    "expiry_date": "満期日",
    "insurer": "引受保険会社",
    "product": "保険種類",
    "premium": "保険料",
}
USUAL = ("policy_no", "holder_name", "expiry_date", "insurer", "premium")
FEW = ("policy_no", "holder_name", "expiry_date", "insurer")

_WIDE = {ord(c): ord(c) + 0xFEE0 for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {ord("-"): ord("－")}


def wide(text: str) -> str:
    """Letters and digits at full width."""
    return text.translate(_WIDE)


def in_era(day: date, *, short: bool = False) -> str:
    """令和8年5月31日, or R8.5.31."""
    era = next(era for era in eras() if era.start <= day)
    year = day.year - era.first_year + 1
    if short:
        return f"{era.letter}{year}.{day.month}.{day.day}"
    return f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"


def rows_of(policies: Sequence[Policy], columns: Sequence[str] = USUAL, *, style: int = 0) -> list[list[str]]:
    """Header and rows. ``style`` 0: as in the ledger · 1: full width, era dates · 2: no hyphens, short era dates."""
    return [[HEADERS[column] for column in columns]] + [[_cell(p, c, style) for c in columns] for p in policies]


def _cell(policy: Policy, column: str, style: int) -> str:
    if column == "insurer":
        names = (NAME, SHORT, NAME)[style]
        return names[policy["insurer_id"]]
    value = policy[column]
    if column == "policy_no":
        return str((value, wide(value), value.replace("-", ""))[style])
    if isinstance(value, date):
        return (value.strftime("%Y/%m/%d"), in_era(value), in_era(value, short=True))[style]
    if column == "premium":
        return f"{value:,}"
    return value or ""


def as_text(rows: Sequence[Sequence[str]], separator: str = "  ") -> str:
    """A list in the body, one line per row."""
    return "".join(separator.join(row).rstrip() + "\n" for row in rows)


def as_bullets(rows: Sequence[Sequence[str]]) -> str:
    """A list in the body, one paragraph per row: ・証券番号：…　契約者名：…"""
    head, *rest = rows
    return "".join(
        "・" + "　".join(f"{name}：{cell}" for name, cell in zip(head, row, strict=True) if cell) + "\n" for row in rest
    )


def as_html(lead: str, rows: Sequence[Sequence[str]]) -> str:
    """A small HTML mail with a table."""
    head, *rest = rows
    table = "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>\n"
    for row in rest:
        table += "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n"
    return (
        f'<html><body><p>{escape(lead)}</p>\n<table border="1">\n{table}</table>\n'
        "<p>よろしくお願いいたします。</p></body></html>\n"
    )


def quoted(text: str) -> str:
    """As a reply quotes it."""
    return "".join(f"> {line}\n" for line in text.splitlines())
