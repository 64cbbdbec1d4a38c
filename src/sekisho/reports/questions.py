"""Questions and answers for the press and the call centre: a skeleton, filled with what is known (B4, B7)."""

from sekisho.incidents.model import Dossier
from sekisho.kernel.dates import in_words
from sekisho.reports.document import Block, Document, Heading, Paragraph, Title
from sekisho.reports.words import (
    draft_line,
    item_names,
    measure_words,
    or_gap,
    people_words,
    special_items,
    wording,
)

_MOST_NAMED = 10


def questions(dossier: Dossier) -> Document:
    """The questions, each with the answer as far as the incident knows it."""
    known = _known(dossier)
    title = "想定問答 (社外秘)"
    blocks: list[Block] = [Paragraph(in_words(dossier.as_of), align="right"), Title(title)]
    for number, one in enumerate(wording("questions")["questions"], 1):
        blocks += [Heading(f"問{number} {one['q']}"), Paragraph(one["a"].format(**known), indent=1)]
    return Document(title, tuple(blocks), draft=draft_line(repr(blocks)))


def _known(dossier: Dossier) -> dict[str, str]:
    one, table, desk = dossier.incident, dossier.table, dossier.desk
    recipients = sorted({row["recipient_party"] for row in dossier.findings.select(["recipient_party"]).to_pylist()})
    named = [dossier.names[party] for party in recipients if party in dossier.names]
    special = special_items(dossier)
    return {
        "known_on": in_words(one.known_on),
        "known_by": or_gap(one.known_by, "発見者"),
        "as_of": in_words(dossier.as_of),
        "agencies": f"{table.agency_count_distinct:,}",
        "records": f"{table.record_count_distinct:,}",
        "people": people_words(dossier),
        "corporate": f"{table.corporate_count_distinct:,}",
        "items": "、".join(item_names(dossier)) or or_gap("", "項目"),
        "special": f"要配慮個人情報にあたる{'、'.join(special)}を含みます。"
        if special
        else "要配慮個人情報にあたる項目は、記録から確認できた範囲では含まれていません。",
        "recipients": "、".join(named[:_MOST_NAMED]) + (f" ほか計{len(named)}社" if len(named) > _MOST_NAMED else "")
        or or_gap("", "情報が伝わった先"),
        "outside": f"保険会社・代理店以外の宛先への送付が{table.outside_findings:,}件あります。"
        if table.outside_findings
        else "保険会社・代理店以外への送付は、記録から確認できた範囲ではありません。",
        "secondary": or_gap(one.secondary_damage, "二次被害の有無"),
        "reasons": "。".join(reason.text for reason in dossier.reasons) or or_gap("", "原因"),
        "measures": "。".join(measure_words(one) for one in dossier.measures) or or_gap("", "再発防止策"),
        "response": or_gap(one.response, "本人への対応"),
        "phone": or_gap(desk.phone, "窓口の電話番号"),
        "hours": or_gap(desk.hours, "受付時間"),
    }
