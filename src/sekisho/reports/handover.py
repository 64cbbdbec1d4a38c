"""What we hold of another insurer's customers: the list that it gets from us, and what we ask of whoever got ours.

* hand-over list (A5; seed 001: 他社のお客さま情報を受信): which of *their* policies came to us, how and when;
* request for deletion, with the list of *our* policies and a form to confirm it by.

Policy numbers and items only: no name or other customer's data is sent once more.
"""

from collections.abc import Mapping

import pyarrow as pa

from sekisho.incidents.model import Dossier
from sekisho.kernel.bulk import in_memory
from sekisho.kernel.dates import in_words
from sekisho.kernel.errors import InputError
from sekisho.law.items import items
from sekisho.reports.document import (
    Block,
    Boxed,
    Document,
    Grid,
    Heading,
    NewPage,
    Paragraph,
    Points,
    Sheet,
    Title,
    Workbook,
)
from sekisho.reports.words import draft_line, or_gap

_MOST_IN_LETTER = 200
_COLUMNS = ("日時", "証券番号", "引受保険会社", "項目", "送信元", "受領者", "経路", "照合", "証拠")


def handed_over(dossier: Dossier, insurer: str) -> pa.Table:
    """The findings about customers of ``insurer`` that reached the company that answers."""
    return _where(
        dossier.findings, "insurer_id = $insurer AND recipient_party = $own", insurer, dossier.incident.own_party
    )


def received_by(dossier: Dossier, party: str) -> pa.Table:
    """The findings about our customers (an agency: about anyone's) that reached ``party``."""
    return _where(
        dossier.findings,
        "recipient_party = $insurer AND $own IN (insurer_id, sender_party, agency_id)",
        party,
        dossier.incident.own_party,
    )


def handover_list(dossier: Dossier, insurer: str) -> Workbook:
    """The list for ``insurer``. Raises ``InputError`` when we hold nothing of its customers."""
    found = handed_over(dossier, insurer)
    if found.num_rows == 0:
        raise InputError(
            f"nothing of the customers of {insurer!r} came to us in this incident",
            where="--insurer",
            remedy="name an insurer whose data we received",
        )
    name = dossier.names.get(insurer, insurer)
    note = f"{name} 御中  当社が受領した貴社契約の情報 ({in_words(dossier.as_of)}時点、{dossier.company.name})"
    sheet = Sheet(
        "受領した契約情報", _COLUMNS, _rows(dossier, found), widths=(17, 18, 18, 34, 18, 18, 8, 22, 40), note=note
    )
    return Workbook(f"引渡し一覧 {name}", (sheet,))


def handover_letter(dossier: Dossier, insurer: str) -> Document:
    """The letter that goes with the list."""
    found = handed_over(dossier, insurer)
    policies = len(set(found["policy_no"].to_pylist()))
    name = dossier.names.get(insurer, insurer)
    title = "貴社お客さまの情報の受領に関するご報告"
    blocks: list[Block] = [
        *_head(dossier, name, title),
        Paragraph(
            f"　当社における調査の結果、貴社がお引受けのご契約 {policies:,}件に関する情報を、当社が受領していたことを"
            "確認いたしました。受領の日時、経路、項目を別添の一覧のとおりご報告します。"
        ),
        Paragraph(
            "　貴社においてお客さまへの通知、監督当局への報告等の要否をご判断いただくにあたり、必要な事項が"
            "ございましたらお知らせください。"
        ),
        Heading("当社の対応"),
        Points(
            tuple(
                task.text + f": {task.result or '対応中'}"
                for task in dossier.tasks
                if task.party_id == dossier.incident.own_party
            )
            or (or_gap("", "受領した情報の利用の有無、削除の状況"),)
        ),
        _contact(dossier),
        Paragraph("以上", align="right"),
    ]
    return Document(title, tuple(blocks), draft=draft_line(repr(blocks)))


def deletion_request(dossier: Dossier, party: str) -> Document:
    """The request to ``party`` to delete what reached it, with a form of confirmation. Raises ``InputError`` when
    nothing did."""
    found = received_by(dossier, party)
    if found.num_rows == 0:
        raise InputError(
            f"nothing reached {party!r} in this incident", where="--party", remedy="name one who received data"
        )
    name, title = dossier.names.get(party, party), "情報の削除および利用停止のお願い"
    rows = [(row[0], row[1], row[3]) for row in _rows(dossier, found)]
    shown = tuple(rows[:_MOST_IN_LETTER])
    rest = len(rows) - len(shown)
    blocks: list[Block] = [
        *_head(dossier, name, title),
        Paragraph(
            "　当社のお客さまに関する次の情報が、お客さまの同意なく貴社に送られております。誠に恐れ入りますが、"
            "電子データ、印刷物、転送先および控えを含むすべての削除または廃棄と、一切の利用の停止をお願い申しあげます。"
        ),
        Grid(("日時", "証券番号", "項目"), shown, widths=(1.6, 1.8, 5)),
        *([Paragraph(f"　このほか {rest:,}件は別添の一覧のとおりです。")] if rest else []),
        Paragraph("　削除が済みましたら、次頁の確認書にご記入のうえ、下記の窓口までご返送ください。"),
        _contact(dossier),
        Paragraph("以上", align="right"),
        NewPage(),
        *_confirmation(dossier, len(rows)),
    ]
    return Document(title, tuple(blocks), draft=draft_line(repr(blocks)))


def _confirmation(dossier: Dossier, count: int) -> list[Block]:
    asked = (
        ("受領した情報", f"貴社からの依頼書に記載の {count:,}件"),
        ("受領した者 (部署・氏名)", ""),
        ("閲覧・利用の有無とその内容", "□ なし　　□ あり:"),
        ("転送・複製・印刷の有無", "□ なし　　□ あり:"),
        ("削除・廃棄の方法と年月日", ""),
        ("バックアップの扱い", ""),
    )
    return [
        Title("削除確認書"),
        Paragraph(f"{or_gap(dossier.company.name, '会社名')} 御中"),
        Paragraph("　当社は、貴社のお客さまに関する情報について、次のとおり削除または廃棄したことを確認します。"),
        Grid(("事項", "内容"), asked, widths=(2, 4), is_form=True),
        Paragraph("　　　　年　　　月　　　日"),
        Paragraph("会社名　　　　　　　　　　　　　　　　　", align="right"),
        Paragraph("責任者 (役職・氏名)　　　　　　　　　　　印", align="right"),
    ]


def _head(dossier: Dossier, to: str, title: str) -> list[Block]:
    company = dossier.company
    return [
        Paragraph(in_words(dossier.as_of), align="right"),
        Paragraph(f"{to} 御中"),
        Paragraph(or_gap(company.name, "会社名"), align="right"),
        *([Paragraph(company.department, align="right")] if company.department else []),
        Title(title),
    ]


def _contact(dossier: Dossier) -> Boxed:
    company, desk = dossier.company, dossier.desk
    lines = [company.department, company.address, desk.phone and f"電話 {desk.phone}", desk.email]
    return Boxed("連絡先", tuple(line for line in lines if line) or (or_gap("", "連絡先"),))


def _rows(dossier: Dossier, found: pa.Table) -> list[tuple[str, ...]]:
    known, names = items(), dossier.names
    return [
        (
            row["at"][:16].replace("T", " "),
            row["policy_no"],
            names.get(row["insurer_id"], row["insurer_id"]),
            "、".join(known[code].ja if code in known else code for code in row["items"].split(";") if code),
            _party(names, row["sender_party"], row["sender_person"]),
            _party(names, row["recipient_party"], row["recipient_person"]),
            row["channel"],
            row["matched_by"],
            row["evidence"],
        )
        for row in found.to_pylist()
    ]


def _party(names: Mapping[str, str], party: str, person: str) -> str:
    named = names.get(party, party)
    return f"{named} ({person})" if person else named


def _where(findings: pa.Table, condition: str, party: str, own: str) -> pa.Table:
    con = in_memory()
    try:
        con.register("findings", findings)
        query = f'SELECT * FROM findings WHERE {condition} ORDER BY "at", policy_no, finding_id'  # noqa: S608  (ours)
        return con.sql(query, params={"insurer": party, "own": own}).to_arrow_table()
    finally:
        con.close()
