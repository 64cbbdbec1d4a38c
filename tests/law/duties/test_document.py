"""``docs/duties.md`` says what the data says."""

import re
from datetime import date
from pathlib import Path

from sekisho.kernel.periods import LAST_DAY, Period
from sekisho.law.calendar import Roll, last_day
from sekisho.law.duties import Facts, current_rules
from sekisho.law.duties.facts import Role
from sekisho.law.duties.words import BY
from sekisho.law.load import parameters
from sekisho.law.record_keeping import retentions
from sekisho.law.reporting import report_items

TEXT = (Path(__file__).parents[3] / "docs" / "duties.md").read_text(encoding="utf-8")
RULES = current_rules()


def table(heading: str) -> list[str]:
    """The rows of the first table under a heading, without its head."""
    part = TEXT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    return rows[2:]


def until(period: Period) -> str:
    return "" if period.end == LAST_DAY else period.end.isoformat()


def test_the_suggestions() -> None:
    rows = [row for row in TEXT.splitlines() if row.startswith("|")]
    for s in RULES.suggestions:
        value = "yes" if s.value is True else s.value
        assert f"| {', '.join(s.causes)} | `{s.field}` | {value} | {s.words} | {s.reference} |" in rows


def test_the_grounds() -> None:
    assert table("Which ground") == [
        f"| {g.code} | {g.ja} | {g.words} | {g.more_than + 1:,} | {g.final_days or '－'} "
        f"| {g.period.start.isoformat()} | {until(g.period)} | {g.reference} |"
        for g in RULES.grounds
    ]


def test_the_duties() -> None:
    assert table("Which duty") == [
        f"| {d.code} | {d.ja} | {'・'.join(BY[Role(role)] for role in d.by)} | {d.to} | {RULES.forces[d.force]} "
        f"| {RULES.deadlines[d.deadline].ja} | {d.reference} |"
        for d in RULES.duties
    ]


def test_the_items() -> None:
    assert table("What is said") == [
        f"| {item.number} | {item.ja} | {item.what} | {'○' if item.notice else ''} |" for item in report_items()
    ]


def test_the_records() -> None:
    assert table("Records of third-party provision") == [
        f"| {row.ja} | {row.ja_from} {row.years} 年 | {row.reference} |" for row in retentions().values()
    ]


def test_the_amendments() -> None:
    assert table("What will come") == [
        f"| {a.code} | {a.words} | {a.promulgated_on} | {a.in_force_at_latest} | {a.in_force_from or '未定'} |"
        for a in RULES.amendments
    ]


def test_the_worked_example() -> None:
    known = date(2026, 11, 2)
    for days, roll in ((3, Roll.BACK), (5, Roll.BACK), (30, Roll.FORWARD), (60, Roll.FORWARD)):
        counted = last_day(known, days, roll)
        assert f"| {days} | {counted.counted_on} | {counted.on} |" in TEXT
    data = parameters("holidays")
    assert f"{data['checked_from']} to {data['checked_until']}" in TEXT


def test_every_fact_is_explained() -> None:
    named = set(re.findall(r"`([a-z_*]+)`", TEXT))
    fields = [name for name in Facts.__dataclass_fields__ if not name.startswith("my_number_")]
    assert [name for name in fields if name not in named] == []


def test_what_applied_when() -> None:
    assert RULES.duties_on(date(2022, 3, 31)) == ()
    assert len(RULES.duties_on(date(2022, 4, 1))) == len(RULES.duties)
    wordings = [{g.words for g in RULES.grounds_on("appi", day)} for day in (date(2024, 3, 31), date(2024, 4, 1))]
    assert len(wordings[0] ^ wordings[1]) == 2, "7(iii) was reworded"
