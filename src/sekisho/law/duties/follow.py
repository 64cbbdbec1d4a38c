"""What follows from whether a case must be reported: notice, substitutes, telling the insurer, and what a third-party
provision asks for instead. Source: act art. 26(2), 27, 29, 30; Rules 9, 10, 19–25; guideline 3-5-2, 3-5-4.
"""

from dataclasses import dataclass

from sekisho.law.calendar import written
from sekisho.law.duties.case import Case
from sekisho.law.duties.duty import Answer, GroundAnswer, State
from sekisho.law.duties.facts import PROVISION
from sekisho.law.duties.reportable import Reportable, principal_bound
from sekisho.law.duties.rules import DutyRule


@dataclass(frozen=True, slots=True)
class Judged:
    """State of one duty and why, in Japanese; ``missing`` are codes of unknown facts."""

    state: State
    because: str
    missing: tuple[str, ...] = ()
    grounds: tuple[GroundAnswer, ...] = ()
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, report: Reportable) -> "Judged":
        """The report's own answer."""
        return cls(report.state, report.because, report.missing, report.grounds, report.remarks)


def notice(case: Case, rule: DutyRule, report: Reportable) -> Judged:
    """Who must report must tell the persons; the amendment of 2026, once in force, relaxes it."""
    judged = Judged.of(report)
    if report.state is State.NOT_DUE:
        return judged
    remarks = (*judged.remarks, case.rules.remarks["withdrawn"])
    if case.rules.amended("notice_relaxed", case.law_on):
        if case.facts.harm_unlikely:
            return Judged(State.NOT_DUE, case.reason("relaxed"), grounds=report.grounds)
    elif case.facts.harm_unlikely and case.rules.amendments:
        remarks = (*remarks, case.rules.remarks["off_amendment"])
    return Judged(report.state, judged.because, judged.missing, judged.grounds, remarks)


def substitute(case: Case, rule: DutyRule, report: Reportable) -> Judged:
    """In place of a notice, for those who cannot be reached (or, by the amendment of 2026, need not be told)."""
    if report.state is State.NOT_DUE:
        return Judged(State.NOT_DUE, report.because)
    if case.rules.amended("notice_relaxed", case.law_on) and case.facts.harm_unlikely:
        return Judged(report.state, case.reason("relaxed"), report.missing)
    unreachable = case.facts.unreachable
    if unreachable is False:
        return Judged(State.NOT_DUE, case.reason("reachable"))
    missing = report.missing if unreachable else (*report.missing, "unreachable")
    if missing or report.state is State.UNDECIDED:
        because = report.because if not missing else f"{case.reason('unknown')}: {case.names(missing)}"
        return Judged(State.UNDECIDED, because, missing)
    return Judged(State.DUE, case.reason("unreachable"))


def tell_principal(case: Case, rule: DutyRule, report: Reportable) -> Judged:
    """The agency frees itself by telling the insurer; only when it was entrusted and the insurer is bound itself."""
    facts = case.facts
    if facts.entrusted is False:
        return Judged(State.NOT_DUE, case.reason("not_entrusted"))
    if report.state is State.NOT_DUE:
        return Judged(State.NOT_DUE, f"{case.reason('nothing_to_report')}: {report.because}")
    if case.told and facts.told_principal_on is not None:
        because = f"{case.reason('told_already')}: {written(facts.told_principal_on)}"
        return Judged(State.NOT_DUE, because + _late(case, rule))
    bound = principal_bound(case, rule.law)
    if bound is Answer.NO:
        return Judged(State.NOT_DUE, case.reason("principal_not_bound"))
    missing = report.missing if facts.entrusted else (*report.missing, "entrusted")
    remarks = (case.rules.remarks["principal_unbound"],) if bound is Answer.UNKNOWN else ()
    if missing or report.state is State.UNDECIDED:
        return Judged(State.UNDECIDED, f"{case.reason('unknown')}: {case.names(missing)}", missing, (), remarks)
    return Judged(State.DUE, report.because, remarks=remarks)


def voluntary(case: Case, rule: DutyRule, report: Reportable) -> Judged:
    """A case that need not be reported may be (or, with My Number, should be)."""
    if not report.event:
        return Judged(State.NOT_DUE, report.because)
    if report.state is State.DUE:
        return Judged(State.NOT_DUE, case.reason("reportable"))
    if "my_number" in report.missing:
        missing = ("my_number",)
        return Judged(State.UNDECIDED, f"{case.reason('unknown')}: {case.names(missing)}", missing)
    if report.state is State.UNDECIDED:
        return Judged(State.DUE, case.reason("not_yet"))
    return Judged(State.DUE, f"{case.reason('not_reportable')}: {report.because}")


def measures(case: Case, rule: DutyRule, report: Reportable) -> Judged:
    """Stop it, find out, prevent: for every leak, loss or damage, and in reason for a provision without consent."""
    if case.facts.received or not (report.event or _unlawful(case)):
        return Judged(State.NOT_DUE, report.because)
    return Judged(State.DUE, case.reason("event" if report.event else "unlawful"))


def publication(case: Case, rule: DutyRule, report: Reportable) -> Judged:
    """Desirable, according to the case."""
    return measures(case, rule, report)


def provision(case: Case, rule: DutyRule, report: Reportable) -> Judged:
    """A third-party provision without consent and without an exception must not go on (act art. 27(1))."""
    if case.facts.received:
        return Judged(State.NOT_DUE, case.reason("was_receiver"))
    if case.facts.consented:
        return Judged(State.NOT_DUE, case.reason("consented"))
    return _provided(case) or Judged(State.DUE, case.reason("unlawful"))


def record_given(case: Case, rule: DutyRule, report: Reportable) -> Judged:
    """The giver's record (act art. 29)."""
    if case.facts.received:
        return Judged(State.NOT_DUE, case.reason("was_receiver"))
    return _record(case, "gave")


def record_received(case: Case, rule: DutyRule, report: Reportable) -> Judged:
    """The receiver's check and record (act art. 30)."""
    if not case.facts.received:
        return Judged(State.NOT_DUE, case.reason("was_giver"))
    return _record(case, "received")


def _record(case: Case, side: str) -> Judged:
    keep = (case.rules.remarks["keep"],)
    return _provided(case) or Judged(State.DUE, case.reason(side), remarks=keep)


def _provided(case: Case) -> Judged | None:
    """Why it is not, or not known to be, a provision by (or to) this party outside the exceptions; None: it is one."""
    facts = case.facts
    if facts.legal_character not in (None, PROVISION):
        return Judged(State.NOT_DUE, case.reason("not_provision"))
    if facts.provision_exempt:
        return Judged(State.NOT_DUE, case.reason("exempt"))
    if case.other_provided:
        return Judged(State.NOT_DUE, case.reason("other_provided"))
    if missing := case.character_missing:
        return Judged(State.UNDECIDED, f"{case.reason('unknown')}: {case.names(missing)}", missing)
    return None


def _unlawful(case: Case) -> bool:
    """Whether it was a provision without consent and without an exception. These count when they are established: that
    nobody asked the persons is taken from the legal character (第三者提供 (本人同意なし))."""
    facts = case.facts
    return facts.legal_character == PROVISION and not facts.consented and not facts.provision_exempt


def _late(case: Case, rule: DutyRule) -> str:
    told = case.facts.told_principal_on
    days = max(case.rules.deadlines[rule.deadline].days)
    if told is None or (told - case.facts.known_on).days + 1 <= days:
        return ""
    return f"。{case.rules.remarks['late_tell']}"
