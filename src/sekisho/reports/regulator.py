"""The report to the regulator: the nine items of Enforcement Rules art. 8(1), preliminary (速報) or final (確報).

For one insurer's customers or all, alone or jointly with the agency (REQUIREMENTS B4; FACTS §2).

Filing is done in the authority's own form; this is its content in the form's order, to copy in or to send along.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sekisho.incidents.model import Dossier
from sekisho.kernel.dates import in_words
from sekisho.law.causes import causes, legal_characters
from sekisho.law.duties import Duty, State
from sekisho.law.reporting import report_items
from sekisho.reports.document import Block, Document, Grid, Heading, Paragraph, Points, Title
from sekisho.reports.words import GAP, draft_line, item_names, measure_words, or_gap, people_words

STAGES = {"preliminary": "速報", "final": "確報"}


@dataclass(frozen=True, slots=True)
class Addressed:
    """To whom the report goes, and who makes it beside the company (the agency, of a joint report)."""

    to: str
    stage: str = "preliminary"
    insurer: str = ""
    """The name of the insurer whose customers it is about; "" : all of them."""
    together_with: str = ""


def regulator_report(dossier: Dossier, duties: Sequence[Duty], addressed: Addressed) -> Document:
    """The report. ``duties``: as judged for this case; their grounds stand in item 1."""
    stage = STAGES[addressed.stage]
    title = f"個人データの漏えい等に関する報告書 ({stage})"
    company = dossier.company
    makers = [or_gap(company.name, "報告者の名称"), *([addressed.together_with] if addressed.together_with else [])]
    blocks: list[Block] = [
        Paragraph(in_words(dossier.as_of), align="right"),
        Paragraph(f"{or_gap(addressed.to, '報告先')} 御中"),
        *(Paragraph(maker, align="right") for maker in makers),
        *([Paragraph(f"(担当: {company.department})", align="right")] if company.department else []),
        Title(title),
        Paragraph("　個人情報の保護に関する法律第26条第1項の規定に基づき、次のとおり報告します。" + _joint(addressed)),
    ]
    if addressed.insurer:
        blocks.append(Paragraph(f"　本報告は、{addressed.insurer}の契約に係る部分です。"))
    answers: dict[str, list[Block]] = {
        "outline": _outline(dossier, duties),
        "data_items": _data_items(dossier),
        "people": _people(dossier),
        "cause": _causes(dossier),
        "secondary_damage": [Paragraph(or_gap(dossier.incident.secondary_damage, "二次被害の有無と内容"), indent=1)],
        "response": [Paragraph(or_gap(dossier.incident.response, "本人への対応の実施状況"), indent=1)],
        "publication": [Paragraph(or_gap(dossier.incident.publication, "公表の実施状況"), indent=1)],
        "prevention": _prevention(dossier),
        "other": _other(dossier),
    }
    for item in report_items():
        blocks += [Heading(f"{item.number}. {item.ja}"), *answers[item.code]]
    blocks.append(Paragraph("以上", align="right"))
    if addressed.stage == "preliminary":
        blocks.append(Paragraph("※ 報告をする時点において把握している内容です。判明していない事項は追って報告します。"))
    return Document(title, tuple(blocks), draft=draft_line(repr(blocks)))


def _joint(addressed: Addressed) -> str:
    return "なお、本報告は委託元および委託先の連名によるものです。" if addressed.together_with else ""


def _outline(dossier: Dossier, duties: Sequence[Duty]) -> list[Block]:
    one = dossier.incident
    days = [in_words(day) for day in (one.first_day, one.last_day) if day]
    found = "、".join(causes()[code].ja for code in one.causes)
    rows = [
        ("発生日", "〜".join(dict.fromkeys(days)) or GAP.format("発生日")),
        ("発覚日", in_words(one.known_on)),
        ("発見者", or_gap(one.known_by, "発見者")),
        ("発生事案", f"{_characters(dossier)} ({found or '原因調査中'})"),
        ("規則7条各号の該当性", "、".join(_grounds(duties)) or "該当する号なし、または判断中"),
        ("委託元・委託先", or_gap(_parties(dossier), "委託元・委託先")),
    ]
    blocks: list[Block] = [Grid(("項目", "内容"), tuple(rows), widths=(1, 3))]
    blocks.append(Paragraph(or_gap(one.outline, "事案の概要 (sekisho incident set --outline)"), indent=1))
    if dossier.events:
        rows = [(f"{event.at:%Y-%m-%d %H:%M}", event.text) for event in dossier.events]
        blocks += [Paragraph("事実経過"), Grid(("日時", "経過"), tuple(rows), widths=(1, 4))]
    return blocks


def _characters(dossier: Dossier) -> str:
    """漏えい, 滅失, 第三者提供 …: all that the case holds."""
    found = set(dossier.findings["legal_character"].to_pylist()) - {""} or {dossier.incident.legal_character}
    return "、".join(name for code, name in legal_characters().items() if code in found)


def _grounds(duties: Sequence[Duty]) -> list[str]:
    """The grounds that are met, once each."""
    met = {
        ground.reference + " " + ground.ja
        for duty in duties
        if duty.state is State.DUE
        for ground in duty.grounds
        if ground.code in duty.grounds_met
    }
    return sorted(met)


def _parties(dossier: Dossier) -> str:
    agencies = {row["agency_id"] for row in dossier.findings.select(["agency_id"]).to_pylist()} - {""}
    agencies |= {one.agency_id for one in dossier.incident.by_hand if one.agency_id}
    insurers = {row["insurer_id"] for row in dossier.findings.select(["insurer_id"]).to_pylist()} - {""}
    insurers |= {one.insurer_id for one in dossier.incident.by_hand if one.insurer_id}
    if not insurers and not agencies:
        return ""
    return f"委託元: {_named(dossier, insurers)}、委託先: {_named(dossier, agencies)}"


def _named(dossier: Dossier, parties: set[str]) -> str:
    names = [dossier.names.get(party, party) for party in sorted(parties)]
    shown = "、".join(names[:5]) or "なし"
    return f"{shown} ほか計{len(names):,}社" if len(names) > 5 else shown


def _data_items(dossier: Dossier) -> list[Block]:
    named = "、".join(item_names(dossier)) or GAP.format("項目")
    return [
        Paragraph(f"保険契約に関する顧客情報: {named}", indent=1),
        Paragraph(f"媒体: {dossier.incident.medium.ja}", indent=1),
    ]


def _people(dossier: Dossier) -> list[Block]:
    table = dossier.table
    rows = [
        (row.cause or "—", row.name, f"{row.people:,}人", f"{row.corporate_count:,}", f"{row.record_count:,}件",
         f"{row.agency_count:,}社")
        for row in table.rows
    ]  # fmt: skip
    total = (
        "", "合計 (重複を除く)", people_words(dossier), f"{table.corporate_count_distinct:,}",
        f"{table.record_count_distinct:,}件", f"{table.agency_count_distinct:,}社",
    )  # fmt: skip
    return [
        Paragraph(f"{people_words(dossier)} ({in_words(dossier.as_of)}時点。生存する個人の数)", indent=1),
        Grid(
            ("", "原因", "本人 (個人)", "法人契約者", "件数", "代理店"),
            (*rows, total),
            numeric=frozenset({2, 3, 4, 5}),
            widths=(0.7, 3, 1.6, 1.4, 1.4, 1.2),
        ),
    ]


def _causes(dossier: Dossier) -> list[Block]:
    found = tuple(
        f"{causes()[reason.cause].ja}: {reason.text}" if reason.cause else reason.text for reason in dossier.reasons
    )
    return [Points(found or (GAP.format("原因 (sekisho incident reason)"),))]


def _prevention(dossier: Dossier) -> list[Block]:
    done = tuple(measure_words(one) for one in dossier.measures if one.done_on)
    planned = tuple(measure_words(one) for one in dossier.measures if not one.done_on)
    gap = (GAP.format("再発防止策 (sekisho incident measure)"),)
    return [
        Paragraph("実施済みの措置", indent=1),
        Points(done or (("なし",) if planned else gap)),
        Paragraph("今後実施予定の措置", indent=1),
        Points(planned or (("なし",) if done else gap)),
    ]


def _other(dossier: Dossier) -> list[Block]:
    lines = [dossier.incident.other] if dossier.incident.other else []
    unsettled = sum(found for _, _, found in dossier.table.unresolved)
    if unsettled:
        lines.append(f"宛先または契約を特定できない送付が{unsettled:,}件あり、確認を続けています。")
    if dossier.table.undated_findings:
        lines.append(f"日付の分からない{dossier.table.undated_findings:,}件を含みます。")
    return [Points(tuple(lines) or ("なし",))]
