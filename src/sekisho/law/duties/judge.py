"""Every duty of a case, judged: due, not due, or undecided because something is not known.

Plain functions over plain values; the kinds of duty stand in ``duties.yaml``.
Source: FACTS §1–§2, the act and its rules.
"""

from collections.abc import Callable
from datetime import date

from sekisho.kernel.errors import InputError
from sekisho.law.calendar import written
from sekisho.law.duties.case import Case
from sekisho.law.duties.dues import dues, may_be_longer
from sekisho.law.duties.duty import Duty, State
from sekisho.law.duties.facts import Facts, Role
from sekisho.law.duties.follow import (
    Judged,
    measures,
    notice,
    provision,
    publication,
    record_given,
    record_received,
    substitute,
    tell_principal,
    voluntary,
)
from sekisho.law.duties.reportable import Reportable, relieved, reportable
from sekisho.law.duties.rules import DutyRule, Rules, current_rules

_KINDS: dict[str, Callable[[Case, DutyRule, Reportable], Judged]] = {
    "report": lambda case, rule, report: Judged.of(report),
    "notice": notice,
    "substitute": substitute,
    "tell_principal": tell_principal,
    "voluntary": voluntary,
    "measures": measures,
    "publication": publication,
    "provision": provision,
    "record_given": record_given,
    "record_received": record_received,
}

_RELIEVED = ("report", "notice", "substitute")
"""Kinds from which an agency is freed by telling the insurer, and for which the law itself answers earlier days."""


def duties_of(facts: Facts, at: date, rules: Rules | None = None) -> tuple[Duty, ...]:
    """All duties of the party in ``facts``, in the order of the data; of insurer and agency each, when it is both.

    ``at`` is the day on which it is judged: what happened later (telling the insurer) does not count yet.
    Raises ``InputError`` when ``at`` is before the day of knowing."""
    if at < facts.known_on:
        raise InputError(
            f"judged as of {at.isoformat()}, before the case was known ({facts.known_on.isoformat()})",
            where="at",
            remedy="give a day from known_on on",
        )
    rules = rules or current_rules()
    roles = (Role.INSURER, Role.AGENCY) if facts.role is Role.BOTH else (facts.role,)
    return tuple(
        _judged(Case(facts, role, at, rules), rule) for role in roles for rule in rules.duties if role in rule.by
    )


def _judged(case: Case, rule: DutyRule) -> Duty:
    report = reportable(case, rule.law)
    if rule.kind in _RELIEVED:
        report = relieved(case, rule.law, report)
    if case.known_on > rule.period.end:
        judged = Judged(State.NOT_DUE, case.reason("ended"))
    elif case.known_on < rule.period.start and rule.kind not in (*_RELIEVED, "tell_principal"):
        judged = Judged(State.UNDECIDED, case.reason("not_recorded"), ("rules_then",))
    else:
        judged = _KINDS[rule.kind](case, rule, report)
    days = () if judged.state is State.NOT_DUE else dues(case, rule, report)
    return Duty(
        code=rule.code,
        ja=rule.ja,
        by=case.role,
        to=rule.to,
        force=rule.force,
        state=judged.state,
        because=judged.because,
        when=case.rules.deadlines[rule.deadline].ja,
        reference=rule.reference,
        law_on=case.law_on,
        version=case.rules.version,
        insurer_id=case.facts.insurer_id,
        missing=tuple(dict.fromkeys(judged.missing)),
        grounds=judged.grounds,
        dues=days,
        remarks=tuple(dict.fromkeys((*judged.remarks, *_remarks(case, rule, judged.state, report)))),
    )


def _remarks(case: Case, rule: DutyRule, state: State, report: Reportable) -> tuple[str, ...]:
    """What is good to know beside it."""
    words, found = case.rules.remarks, []
    if state is State.NOT_DUE:
        return ()
    if state is State.UNDECIDED and rule.kind in ("report", "tell_principal"):
        found.append(words["earliest"])
    if rule.kind == "report" and rule.law != "insurance":
        found += _report_remarks(case, rule, report)
    if case.known_on < case.facts.known_on:
        found.append(f"{words['principal_knows']}: {written(case.known_on)}")
    return tuple(found)


def _report_remarks(case: Case, rule: DutyRule, report: Reportable) -> list[str]:
    words, found = case.rules.remarks, []
    final = case.rules.deadlines[rule.deadline].binding
    if case.facts.role is Role.BOTH:
        found.append(words["joint"])
    if final and may_be_longer(report):
        found.append(words["may_be_longer"])
    found.append(words["supplement" if final else "one_report"])
    return found
