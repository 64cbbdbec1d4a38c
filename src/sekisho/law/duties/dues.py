"""The days by which a duty is due, and how they were counted.

The final report has 30 days, 60 when an improper purpose may be behind it, also when other grounds apply; while that is
not known, the earlier day is given (Rules 8(2), guideline 3-5-3-4).
"""

from datetime import date

from sekisho.law.calendar import last_day
from sekisho.law.duties.case import Case
from sekisho.law.duties.duty import Due
from sekisho.law.duties.reportable import Reportable
from sekisho.law.duties.rules import Deadline, DutyRule


def dues(case: Case, rule: DutyRule, report: Reportable) -> tuple[Due, ...]:
    """The days of a duty, earliest first; none where no number of days is laid down, or by
    rules that are not in the data. Raises ``InputError`` at the end
    of the calendar."""
    if not report.grounds:
        return ()
    deadline = case.rules.deadlines[rule.deadline]
    days = (final_days(report),) if deadline.binding and not deadline.days else deadline.days
    start = first_day(case, rule.law, report)
    return tuple(_due(case, deadline, start, number) for number in days if number)


def final_days(report: Reportable) -> int:
    """Days for the final report; the longest of the grounds that are met, else the shortest of those that may be."""
    if report.met:
        return max(ground.final_days for ground in report.met)
    return min((ground.final_days for ground in report.possible), default=0)


def may_be_longer(report: Reportable) -> bool:
    """Whether a ground that is not decided yet would give more days."""
    return bool(report.met) and any(ground.final_days > final_days(report) for ground in report.possible)


def first_day(case: Case, law_code: str, report: Reportable) -> date:
    """Day 1: the day of knowing; when the number of persons is the only ground, the day on which it was known that it
    exceeds the threshold (guideline 3-5-3-1: 超えた時点で)."""
    facts = case.facts
    passed = facts.my_number_passed_on if law_code == "mynumber" else facts.people_passed_on
    by_number = {g.code for g in case.rules.grounds if g.law == law_code and g.counts_from_passing}
    asked = {ground.code for ground in report.met}
    if passed is not None and asked and asked <= by_number and not report.possible:
        return max(passed, case.known_on)
    return case.known_on


def _due(case: Case, deadline: Deadline, start: date, days: int) -> Due:
    counted = last_day(start, days, deadline.roll)
    return Due(
        on=counted.on,
        counted_on=counted.counted_on,
        days=days,
        binding=deadline.binding,
        how=counted.how,
        reference=deadline.reference,
        remark=counted.remark,
    )
