"""Records of provision to third parties (act art. 29) and of receipt from them (art. 30), made from findings.

A provision that was not entitled is a provision all the same; its record says that there was no consent. Which columns
a record must have, how long it is kept, and when none is needed, stand in ``law/record_keeping``.
"""

import pyarrow as pa

from sekisho.incidents.model import Dossier
from sekisho.kernel.bulk import in_memory
from sekisho.law.items import items
from sekisho.law.record_keeping import given_items, kept_until, received_items
from sekisho.registry.registry import Registry
from sekisho.reports.document import Sheet, Workbook

_GIVEN = (
    "提供年月日",
    "提供先 (第三者)",
    "本人 (契約者)",
    "証券番号",
    "引受保険会社",
    "提供した項目",
    "本人の同意",
    "保存期限",
)
_RECEIVED = ("受領年月日", "提供元 (第三者)", "取得の経緯", "本人 (契約者)", "証券番号", "引受保険会社", "受領した項目",
             "本人の同意", "保存期限")  # fmt: skip

_SQL = """
SELECT substr(f."at", 1, 10) AS day, f.recipient_party, f.sender_party, f.insurer_id, f.policy_no, f.channel,
       string_agg(DISTINCT f.items, ';') AS items, any_value(p.holder_name) AS holder
FROM findings AS f LEFT JOIN policies AS p ON p.insurer_id = f.insurer_id AND p.policy_no = f.policy_no
WHERE f.channel IN ('mail', 'file', 'delivery')
GROUP BY ALL ORDER BY 1, 2, 4, 5
"""


def provision_records(dossier: Dossier, registry: Registry) -> Workbook:
    """One line for each person's policy, day and third party: what was given, and what was received."""
    con = in_memory()
    try:
        con.register("findings", dossier.findings)
        con.register("policies", registry.tables["policies"])
        rows = con.sql(_SQL).to_arrow_table()
    finally:
        con.close()
    own = dossier.incident.own_party
    given = [_given(dossier, row) for row in rows.to_pylist() if row["recipient_party"] != own]
    got = [_received(dossier, row) for row in rows.to_pylist() if row["recipient_party"] == own]
    note = "項目の根拠: " + "、".join(item.reference for item in given_items()[:1])
    note_got = "項目の根拠: " + "、".join(item.reference for item in received_items()[:1])
    return Workbook(
        "第三者提供・受領の記録",
        (
            Sheet("提供の記録 (法29条)", _GIVEN, given, widths=(12, 24, 18, 18, 20, 36, 16, 14), note=note),
            Sheet("受領の記録 (法30条)", _RECEIVED, got, widths=(12, 24, 20, 18, 18, 20, 36, 16, 14), note=note_got),
        ),
    )


def _given(dossier: Dossier, row: dict[str, str]) -> tuple[str, ...]:
    party = dossier.names.get(row["recipient_party"], row["recipient_party"])
    return (row["day"], party, row["holder"] or "台帳になし", *_common(dossier, row))


def _received(dossier: Dossier, row: dict[str, str]) -> tuple[str, ...]:
    party = dossier.names.get(row["sender_party"], row["sender_party"])
    how = {"mail": "電子メールの受信", "file": "ファイルの受領", "delivery": "配信"}[row["channel"]]
    return (row["day"], party, how, row["holder"] or "台帳になし", *_common(dossier, row))


def _common(dossier: Dossier, row: dict[str, str]) -> tuple[str, ...]:
    known = items()
    codes = dict.fromkeys(code for code in row["items"].split(";") if code)
    named = "、".join(known[code].ja if code in known else code for code in codes)
    until = kept_until("each", dossier.as_of).isoformat()  # counted from the day on which the record is made
    insurer = dossier.names.get(row["insurer_id"], row["insurer_id"])
    return (row["policy_no"], insurer, named, "なし (同意のない提供)", until)


def has_provisions(findings: pa.Table) -> bool:
    """Whether anything was given at all (exposure and access are no provision)."""
    return bool({"mail", "file", "delivery"} & set(findings["channel"].to_pylist()))
