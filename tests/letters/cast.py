"""A dossier for tests of letters: the incident of 甲損保, with all that a letter needs."""

from dataclasses import replace
from datetime import date

from sekisho.findings.model import FINDINGS
from sekisho.incidents.model import Dossier, Incident, Measure, Medium, Reason
from sekisho.incidents.sender import Company, Desk
from sekisho.incidents.table import disclosure_table

AS_OF = date(2024, 8, 30)
DESK = Desk(
    "お客さま情報専用窓口", "0120-000-0000", "9:00～17:00 月曜～金曜 (祝日、年末年始は除く)", "desk@kou.example.jp"
)
KOU = Company("KOU", "甲損害保険株式会社", "例示 太郎", "お客さま情報管理部", "0000001", "例示県見本市中央1-1")


def dossier(**changes: object) -> Dossier:
    """``changes`` to the dossier; the incident is whole."""
    incident = Incident(
        number=1,
        title="乗合代理店による事案",
        own_party="KOU",
        causes=("A1",),
        legal_character="third_party_provision",
        medium=Medium.MAIL,
        known_on=date(2024, 5, 23),
        first_day=date(2024, 4, 1),
        last_day=date(2024, 5, 20),
        secondary_damage="現時点で、お客さまの情報が不正に使用された事実は確認されておりません。",
    )
    whole = Dossier(
        incident=incident,
        company=KOU,
        desk=DESK,
        as_of=AS_OF,
        table=disclosure_table(FINDINGS.empty_table(), as_of=AS_OF),
        findings=FINDINGS.empty_table(),
        reasons=(Reason("代理店において、個人情報保護法上の問題がないと誤認しておりました。", "A1"),),
        measures=(
            Measure(1, "代理店に対する研修を実施します。"),
            Measure(2, "宛先を点検する仕組みを導入します。", "B1"),
        ),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]
