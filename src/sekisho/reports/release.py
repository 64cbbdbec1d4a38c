"""The release of an insurer or agency with its annex, in the structure of seed 001 (REQUIREMENTS B1, B4).

Every figure is counted from the findings; what the seed *claims* (nobody outside the carriers, no sensitive items,
agencies already dealt with) is said only as far as it was found so.
"""

from collections.abc import Mapping
from typing import Any

from sekisho.incidents.model import Dossier, TaskKind
from sekisho.incidents.table import Row
from sekisho.kernel.dates import in_words
from sekisho.law.causes import causes
from sekisho.reports.document import Block, Boxed, Document, Grid, Heading, NewPage, Notes, Paragraph, Points, Title
from sekisho.reports.words import draft_line, item_names, measure_words, or_gap, special_items, wording


def release(dossier: Dossier, *, letters_from: str = "", unreachable: bool = True) -> Document:
    """The release. ``letters_from``: from when letters go out ("" : nobody has said); ``unreachable``: some persons
    cannot be written to, so that the agencies' names are published instead (act art. 26(2))."""
    words = wording("release")
    blocks = (*_front(dossier, words, letters_from, unreachable), NewPage(), *_annex(dossier, words))
    return Document(words["title"], blocks, draft=draft_line(repr(blocks)))


def _front(dossier: Dossier, words: Mapping[str, Any], letters_from: str, unreachable: bool) -> list[Block]:
    company = dossier.company
    table = dossier.table
    blocks: list[Block] = [
        Paragraph(in_words(dossier.as_of), align="right"),
        Paragraph(or_gap(company.name, "会社名"), align="right"),
        *([Paragraph(company.representative, align="right")] if company.representative else []),
        Title(words["title"]),
        *(Paragraph(f"　{text}") for text in words["opening"]),
    ]
    told = or_gap(letters_from, "通知文書の発送を始める日")
    blocks.append(Paragraph(f"　{words['letters'].format(letters_from=told)}"))
    checked = [
        words["somebody_outside"].format(count=f"{table.outside_findings:,}")
        if table.outside_findings
        else words["nobody_outside"],
        or_gap(dossier.incident.secondary_damage, "情報が不正使用された事実の有無 (二次被害)"),
        words["sensitive"].format(items="、".join(special_items(dossier)))
        if special_items(dossier)
        else words["not_sensitive"],
    ]
    blocks.append(Points(tuple(checked)))
    if unreachable:
        blocks.append(Paragraph(f"　{words['unreachable']}"))
    blocks += [Paragraph(f"　{words['desk']}"), desk_box(dossier), Paragraph("以上", align="right")]
    return blocks


def desk_box(dossier: Dossier) -> Boxed:
    """The enquiry desk in a frame."""
    desk = dossier.desk
    lines = [
        f"電話番号: {or_gap(desk.phone, '窓口の電話番号')}",
        f"受付時間: {or_gap(desk.hours, '窓口の受付時間')}",
        *([f"電子メール: {desk.email}"] if desk.email else []),
        *([f"ウェブサイト: {desk.url}"] if desk.url else []),
    ]
    return Boxed(f"＜お問い合わせ窓口＞ {desk.name}".rstrip(), tuple(lines))


def _annex(dossier: Dossier, words: Mapping[str, Any]) -> list[Block]:
    by_cause = {row.cause: row for row in dossier.table.rows}
    blocks: list[Block] = [Paragraph("別紙", align="right")]
    number = 0
    for group in words["groups"]:
        present = [code for code in group["causes"] if code in by_cause]
        if not present:
            continue
        number += 1
        blocks += _group(dossier, words, group, [by_cause[code] for code in present], number)
    if number == 0:
        blocks.append(Paragraph(or_gap("", "数えた事案がありません")))
    blocks.append(Paragraph("以上", align="right"))
    return blocks


def _group(
    dossier: Dossier, words: Mapping[str, Any], group: Mapping[str, Any], present: list[Row], number: int
) -> list[Block]:
    counted = [row for row in present if row.cause in group["counted"]]
    codes = {row.cause for row in present}
    overview = [group["overview"].get(row.cause, row.name) for row in present]
    outline = [dossier.incident.outline] if dossier.incident.outline and number == 1 else []
    blocks: list[Block] = [
        Heading(f"{number}. {group['title']}について"),
        Heading("(1) 概要", 2),
        Points((*overview, *outline)),
        Heading(f"(2) 情報漏えいの影響 ({in_words(dossier.as_of)}時点)", 2),
        Heading("① 対象代理店数・漏えい件数", 3),
        Grid(
            ("", "対象代理店数", "漏えい件数"),
            tuple((row.name, f"{row.agency_count:,}社", f"{row.record_count:,}件") for row in counted),
            numeric=frozenset({1, 2}),
            widths=(3, 2, 2),
        ),
        Notes(tuple(_notes(dossier, words, codes, number))),
        Heading("② 漏えいした個人情報", 3),
        Points(("、".join(item_names(dossier)) or or_gap("", "漏えいした項目"),)),
        Heading("(3) 情報漏えいの主な原因", 2),
        Points(_reasons(dossier, codes)),
        Heading("(4) 今後の対応について", 2),
        Points(_measures(dossier, codes)),
    ]
    return blocks


def _notes(dossier: Dossier, words: Mapping[str, Any], codes: set[str], number: int) -> list[str]:
    table, tasks = dossier.table, [t for t in dossier.tasks if t.kind in {TaskKind.INTERVIEW, TaskKind.DELETION}]
    left = sum(1 for task in tasks if task.done_on is None)
    notes = [words["being_handled"] if left or not tasks else words["handled"]]
    known = causes()
    for kept, dropped, agencies, records in table.both_causes:
        if records and {kept, dropped} & codes:
            notes.append(
                words["both"].format(
                    kept=known[kept].ja, dropped=known[dropped].ja, agencies=f"{agencies:,}", records=f"{records:,}"
                )
            )
    if number == 1:
        most = "最大" if table.people_are_upper_bound else ""
        people, corporate = f"{most}{table.people_distinct:,}", f"{table.corporate_count_distinct:,}"
        notes.append(words["people"].format(people=people, corporate=corporate))
        unsettled = sum(found for _, _, found in table.unresolved)
        if unsettled:
            notes.append(words["unsettled"].format(count=f"{unsettled:,}"))
    return notes


def _reasons(dossier: Dossier, codes: set[str]) -> tuple[str, ...]:
    found = tuple(reason.text for reason in dossier.reasons if not reason.cause or reason.cause in codes)
    return found or (or_gap("", "主な原因 (sekisho incident reason)"),)


def _measures(dossier: Dossier, codes: set[str]) -> tuple[str, ...]:
    found = tuple(measure_words(one) for one in dossier.measures if not one.cause or one.cause in codes)
    return found or (or_gap("", "再発防止策 (sekisho incident measure)"),)
