"""Documents of an incident (B4, A5): what they say is counted, what nobody entered is a gap, nothing is markup."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pyarrow as pa
import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from sekisho.findings.model import FINDINGS
from sekisho.incidents.model import (
    Dossier,
    Incident,
    Measure,
    Medium,
    Reason,
    Task,
    TaskKind,
)
from sekisho.incidents.sender import Company, Desk
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.errors import InputError
from sekisho.law.duties import Facts, Role, duties_of
from sekisho.registry.registry import Registry
from sekisho.reports.document import Document, Grid, Notes, Paragraph, Points, Sheet, Title, Workbook
from sekisho.reports.handover import deletion_request, handover_letter, handover_list
from sekisho.reports.pdf import write_pdf
from sekisho.reports.provision import has_provisions, provision_records
from sekisho.reports.questions import questions
from sekisho.reports.regulator import Addressed, regulator_report
from sekisho.reports.release import release
from sekisho.reports.word import write_word
from sekisho.reports.workbook import write_workbook

DAY = date(2024, 8, 30)
HOSTILE = "#strong[x] <b>&\"'\\ {x} =1+1 $x$ _a_ 髙﨑"


def finding(  # noqa: PLR0917
    number: int, cause: str, insurer: str, sender: str, recipient: str, agency: str, **more: str
) -> dict[str, str]:
    return dict.fromkeys(FINDINGS.names, "") | {
        "finding_id": str(number), "at": "2024-05-01T09:00:00+09:00", "channel": "mail", "cause": cause,
        "legal_character": "third_party_provision", "insurer_id": insurer, "policy_no": f"00{number}",
        "holder_kind": "person", "sender_party": sender, "recipient_party": recipient, "agency_id": agency,
        "items": "policy_no;holder_name;expiry_date", "evidence": f"mail.mbox | <{number}@example.jp>",
        "matched_by": "ledger:policy_no(1)", "confidence": "certain", "ground_missing": "relation",
    } | more  # fmt: skip


FOUND = [
    *(finding(n, "A1", "KOU", "AOBA", "OTSU", "AOBA") for n in range(1, 4)),
    finding(3, "A2", "KOU", "KOU", "OTSU", "AOBA", finding_id="a2"),
    finding(5, "B1", "OTSU", "AOBA", "KOU", "AOBA", legal_character="leak"),
    finding(6, "A3", "OTSU", "AOBA", "KOU", "AOBA"),
]


def dossier(rows: list[dict[str, str]] = FOUND, **more: Any) -> Dossier:
    findings = pa.Table.from_pylist(rows, schema=FINDINGS)
    incident = Incident(
        1, "青葉の一覧メール", "KOU", ("A1", "A2", "A3", "B1"), "third_party_provision", Medium.MAIL, date(2024, 5, 23)
    )
    return replace(
        Dossier(
            incident=incident,
            company=Company("KOU", "甲損害保険株式会社", department="情報管理部"),
            desk=Desk("専用窓口", "0120-000-000", "9:00～17:00"),
            as_of=DAY,
            table=disclosure_table(findings, as_of=DAY),
            findings=findings,
            names={"KOU": "甲損害保険株式会社", "OTSU": "乙損害保険株式会社", "AOBA": "青葉保険サービス"},
        ),
        **more,
    )


def texts(document: Document) -> str:
    return repr(document.blocks)


def grids(document: Document) -> list[Grid]:
    return [block for block in document.blocks if isinstance(block, Grid)]


def test_the_release_has_the_table_of_seed_001_with_note_2() -> None:
    made = release(dossier())
    assert grids(made)[0].rows == (("代理店による事案", "1社", "3件"),)  # the A2 case is inside A1 (※2)
    assert grids(made)[1].rows == (("出向者による事案", "1社", "1件"),)
    notes = next(block for block in made.blocks if isinstance(block, Notes))
    assert any("代理店による事案に含めております" in note and "(1社、1件)" in note for note in notes.items)
    assert "証券番号、契約者氏名、満期日" in texts(made)


def test_claims_are_made_only_as_far_as_they_were_found() -> None:
    clean = texts(release(dossier()))
    assert "第三者へ送付された事実は確認されておりません" in clean
    assert "要配慮個人情報にあたる項目は含まれていない" in clean
    rows = [*FOUND, finding(9, "G2", "KOU", "AOBA", "?example.com", "AOBA", items="health")]
    found = texts(release(dossier(rows)))
    assert "宛先へ送付された事実を1件確認" in found
    assert "健康状態・病歴が含まれております" in found
    assert "確認されておりません" not in found


def test_agencies_are_said_to_be_dealt_with_only_when_they_are() -> None:
    task = Task(1, TaskKind.INTERVIEW, "AOBA", "x")
    assert "必要な対応を進めております" in texts(release(dossier(tasks=(task,))))
    assert "既に適切な対応を実施しております" in texts(release(dossier(tasks=(replace(task, done_on=DAY),))))


def test_gaps_are_marked_and_counted_until_they_are_filled() -> None:
    made = release(dossier())
    assert made.draft.startswith("案 (未記入")
    filled = dossier(
        reasons=(Reason("範囲の誤認"),),
        measures=(Measure(1, "研修", owner="教育部", done_on=DAY), Measure(2, "監視", due=DAY)),
    )
    filled = replace(filled, incident=replace(filled.incident, secondary_damage="確認されていません"))
    made = release(filled, letters_from="2024年8月30日")
    assert made.draft == ""
    assert "研修 (教育部、2024年8月30日実施)" in texts(made)
    assert "監視 (2024年8月30日まで)" in texts(made)


def test_the_regulator_report_has_the_nine_items_and_the_grounds() -> None:
    facts = Facts(known_on=date(2024, 5, 23), role=Role.INSURER, insurer_id="KOU", legal_character="leak",
                  people=1001, people_exact=True, improper_purpose=False, items=("holder_name",))  # fmt: skip
    duties = duties_of(facts, DAY)
    made = regulator_report(dossier(), duties, Addressed("財務局長", "final", together_with="青葉保険サービス"))
    text = texts(made)
    assert [number for number in range(1, 10) if f"text='{number}. " in text] == list(range(1, 10))
    assert "7条4号" in text
    assert "確報" in made.title
    assert "連名" in text
    assert "漏えい、第三者提供" in text
    with pytest.raises(KeyError):
        regulator_report(dossier(), duties, Addressed("x", "none"))


def test_handover_and_deletion_carry_no_name_of_a_customer_and_only_what_is_theirs() -> None:
    book = handover_list(dossier(), "OTSU")
    assert [row[1] for row in book.sheets[0].rows] == ["005", "006"]
    assert "2件" in texts(handover_letter(dossier(), "OTSU"))
    asked = deletion_request(dossier(), "OTSU")
    assert sorted({row[1] for row in grids(asked)[0].rows}) == ["001", "002", "003"]
    assert any(block == Title("削除確認書") for block in asked.blocks)
    for wrong in (lambda: handover_list(dossier(), "HEI"), lambda: deletion_request(dossier(), "HEI")):
        with pytest.raises(InputError):
            wrong()


def test_a_long_list_of_a_deletion_request_goes_into_the_list_beside_it() -> None:
    rows = [finding(n, "A1", "KOU", "AOBA", "OTSU", "AOBA") for n in range(300)]
    asked = deletion_request(dossier(rows), "OTSU")
    assert len(grids(asked)[0].rows) == 200
    assert "このほか 100件" in texts(asked)


def test_provision_records_name_the_person_and_say_that_nobody_consented(registry: Registry) -> None:
    policy = registry.tables["policies"].slice(0, 1).to_pylist()[0]
    row = finding(1, "A1", policy["insurer_id"], "AOBA", "OTSU", "AOBA", policy_no=policy["policy_no"])
    given, received = provision_records(dossier([row, FOUND[-1]]), registry).sheets
    assert given.rows[0][:4] == ("2024-05-01", "乙損害保険株式会社", policy["holder_name"], policy["policy_no"])
    assert given.rows[0][-1] == "2027-08-30"
    assert received.rows[0][3] == "台帳になし"
    assert has_provisions(dossier().findings)
    assert not has_provisions(pa.Table.from_pylist([finding(1, "C1", "KOU", "", "", "", channel="scope")]))


def test_questions_are_answered_from_the_case() -> None:
    text = texts(questions(dossier()))
    assert "5件" in text
    assert "乙損害保険株式会社" in text


@pytest.fixture
def hostile() -> Document:
    blocks = (Title("題"), Paragraph(HOSTILE), Points((HOSTILE,)), Grid(("列",), ((HOSTILE,),)), Notes((HOSTILE,)))
    return Document("題", blocks, draft="案")


def test_text_is_text_in_word(hostile: Document, tmp_path: Path) -> None:
    write_word(hostile, tmp_path / "d.docx")
    read = docx.Document(str(tmp_path / "d.docx"))
    assert HOSTILE in [paragraph.text for paragraph in read.paragraphs]
    assert read.tables[0].rows[1].cells[0].text == HOSTILE
    assert (tmp_path / "d.docx").stat().st_mode & 0o777 == 0o600


def test_text_is_text_in_pdf(hostile: Document, tmp_path: Path) -> None:
    write_pdf(hostile, tmp_path / "d.pdf")
    with pypdfium2.PdfDocument(tmp_path / "d.pdf") as read:
        text = "".join(page.get_textpage().get_text_bounded() for page in read)
    squeezed = "".join(text.split())
    assert squeezed.count("".join(HOSTILE.split())) == 4
    content = (tmp_path / "d.pdf").read_bytes()
    assert b"pdfaid" in content
    assert b"pdfuaid" in content


def test_nothing_in_a_workbook_is_a_formula_and_numbers_of_policies_keep_their_zeros(tmp_path: Path) -> None:
    sheet = Sheet(
        "一覧/[1]", ("証券番号", "件数"), (("007", 7), ("=1+1", 1_000), (HOSTILE, None)), frozenset({1}), note="注"
    )
    write_workbook(Workbook("題", (sheet,)), tmp_path / "b.xlsx")
    read = CalamineWorkbook.from_path(str(tmp_path / "b.xlsx")).get_sheet_by_index(0).to_python()
    assert read[0][0] == "注"
    assert read[2:] == [["007", 7.0], ["=1+1", 1000.0], [HOSTILE, ""]]


def test_the_same_document_gives_the_same_pdf(
    hostile: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEKISHO_NOW", "2026-04-01T09:00:00+09:00")
    for name in ("a.pdf", "b.pdf"):
        write_pdf(hostile, tmp_path / name)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
