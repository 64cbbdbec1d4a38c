"""Rows and explanations for a terminal or a page."""

from dataclasses import replace
from datetime import date

from sekisho.law.duties import HEADERS, Facts, Role, duties_of, explained, lines

KNOWN = date(2026, 11, 2)
LEAK = Facts(
    known_on=KNOWN,
    role=Role.INSURER,
    insurer_id="KOU",
    legal_character="leak",
    people=12_339,
    people_exact=True,
    items=("policy_no",),
    improper_purpose=True,
)


def test_what_is_due_first_stands_first() -> None:
    rows = lines(duties_of(LEAK, KNOWN), date(2026, 11, 5))
    assert all(len(row) == len(HEADERS) for row in rows)
    assert [row[:4] for row in rows[:3]] == [
        ("目安 2026-11-04 (水) ～ 2026-11-06 (金) (あと1日)", "要", "速報", "保険会社 KOU"),
        ("目安 2026-11-04 (水) ～ 2026-11-06 (金) (あと1日)", "要", "金融庁への報告", "保険会社 KOU"),
        ("2027-01-04 (月) (あと60日)", "要", "確報", "保険会社 KOU"),
    ]
    states = [row[1].split(" ")[0] for row in rows]
    assert states == sorted(states, key=["要", "未定", "不要"].index)
    assert {row[0] for row in rows if row[1].startswith("不要")} == {"－"}


def test_today_and_past_days_are_said() -> None:
    final = [duty for duty in duties_of(LEAK, KNOWN) if duty.code == "ppc_final"]
    assert lines(final, date(2027, 1, 4))[0][0] == "2027-01-04 (月) (本日)"
    assert lines(final, date(2027, 1, 6))[0][0] == "2027-01-04 (月) (2日超過)"


def test_a_duty_without_days_says_when_all_the_same() -> None:
    notice = [duty for duty in duties_of(LEAK, KNOWN) if duty.code == "person_notice"]
    assert lines(notice, KNOWN)[0][0] == "当該事態の状況に応じて速やかに (日数の定めなし)"


def test_unknown_holidays_stand_beside_the_day() -> None:
    late = replace(LEAK, known_on=date(2027, 11, 10))
    (row,) = lines([duty for duty in duties_of(late, late.known_on) if duty.code == "ppc_final"], late.known_on)
    assert "※2028年の祝日は未公表" in row[-1]


def test_an_explanation_says_what_everything_rests_on() -> None:
    (final,) = [duty for duty in duties_of(replace(LEAK, legal_character=None), KNOWN) if duty.code == "ppc_final"]
    text = "\n".join(explained(final))
    for words in (
        "確報 (保険会社",
        "未定",
        "7(iii) 不正の目的: 当たる (ある)",
        "7(iv) 千人を超える: 当たる (本人の数 確定 12,339 人は 1,000 人を超える)",
        "7(i) 要配慮個人情報: 当たらない (項目に含まれない)",
        "分かっていないこと: 法的性質",
        "期限 2027-01-04 (月): 知った日 2026-11-02 (月) を1日目として60日目は 2026-12-31 (木)",
        "適用した法令: 2026-11-02 時点, データ sha256:",
    ):
        assert words in text
