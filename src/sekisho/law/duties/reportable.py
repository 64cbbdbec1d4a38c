"""Whether the case must be reported under one law, on which ground, and what would decide it if that is not known.

An exemption (recovered unseen, encrypted, told the insurer) counts only when it is established; a ground counts as soon
as it is suspected (「おそれ」). Source: act art. 26; Rules 7, 9; guideline 3-5-1 to 3-5-3; My Number act art. 29-4.
"""

from dataclasses import dataclass, replace

from sekisho.law.duties.case import Case, any_of, tri
from sekisho.law.duties.duty import Answer, GroundAnswer, State
from sekisho.law.duties.facts import Role
from sekisho.law.duties.grounds import answers, has_my_number, nobody

_LOST = ("loss", "damage")


@dataclass(frozen=True, slots=True)
class Reportable:
    """``because`` is Japanese; ``missing`` are codes of unknown facts. ``event``: whether it is a leak, loss or damage
    (or suspected to be) at all, so that it may be reported voluntarily."""

    state: State
    because: str
    missing: tuple[str, ...] = ()
    grounds: tuple[GroundAnswer, ...] = ()
    event: bool = True
    remarks: tuple[str, ...] = ()

    @property
    def met(self) -> tuple[GroundAnswer, ...]:
        return tuple(ground for ground in self.grounds if ground.answer is Answer.YES)

    @property
    def possible(self) -> tuple[GroundAnswer, ...]:
        return tuple(ground for ground in self.grounds if ground.answer is Answer.UNKNOWN)


def reportable(case: Case, law_code: str) -> Reportable:
    """As a question of the law alone; an agency that has told the insurer is asked about by ``relieved``."""
    outside = _before_the_law(case, law_code) or _not_ours(case, law_code) or _exempt(case, law_code)
    if outside is not None:
        return outside
    grounds = answers(case, law_code)
    if not grounds:
        return Reportable(State.NOT_DUE, case.reason("provision"), event=False)
    return _by_grounds(case, law_code, grounds)


def relieved(case: Case, law_code: str, report: Reportable) -> Reportable:
    """The same after the agency told the insurer: free when the insurer is itself bound (act art. 26(1) proviso)."""
    facts = case.facts
    if case.role is not Role.AGENCY or not facts.entrusted or not case.told or report.state is State.NOT_DUE:
        return report
    bound = principal_bound(case, law_code)
    if bound is Answer.UNKNOWN:
        missing = (*report.missing, "principal_bound")
        remarks = (*report.remarks, case.rules.remarks["principal_unknown"])
        state = State.UNDECIDED
        return replace(report, state=state, missing=missing, remarks=remarks, because=_unknown(case, missing))
    if bound is Answer.YES:
        told = "told_mynumber" if law_code == "mynumber" else "told"
        return replace(report, state=State.NOT_DUE, because=case.reason(told), missing=())
    return replace(report, because=f"{report.because}。{case.reason('principal_not_bound')}")


def principal_bound(case: Case, law_code: str) -> Answer:
    """Whether the insurer must report itself: as stated, else by the same facts, when they are those of one insurer."""
    facts = case.facts
    if facts.principal_bound is not None:
        return tri(facts.principal_bound)
    if facts.role is not Role.BOTH and not facts.insurer_id:
        return Answer.UNKNOWN
    state = reportable(replace(case, role=Role.INSURER), law_code).state
    return {State.DUE: Answer.YES, State.NOT_DUE: Answer.NO}.get(state, Answer.UNKNOWN)


def _before_the_law(case: Case, law_code: str) -> Reportable | None:
    law = case.rules.laws[law_code]
    if case.known_on < law.effective_from:
        missing = ("rules_then",) if law.before is State.UNDECIDED else ()
        return Reportable(law.before, f"{law.before_words} ({law.reference})", missing=missing)
    return None


def _not_ours(case: Case, law_code: str) -> Reportable | None:
    if case.facts.received:
        return Reportable(State.NOT_DUE, case.reason("receiver"), event=False)
    if nobody(case.facts):
        return Reportable(State.NOT_DUE, case.reason("nobody"), event=False)
    if law_code == "mynumber" and has_my_number(case.facts) is Answer.NO:
        return Reportable(State.NOT_DUE, case.reason("no_my_number"), event=False)
    return None


def _exempt(case: Case, law_code: str) -> Reportable | None:
    facts, law = case.facts, case.rules.laws[law_code]
    if facts.recovered_unseen and case.character in (None, "leak"):
        return Reportable(State.NOT_DUE, case.reason("recovered"), event=False)
    if facts.copy_kept and case.character in _LOST:
        return Reportable(State.NOT_DUE, case.reason("copy_kept"), event=False)
    if facts.encrypted and law.encryption_exempts:
        because = f"{case.rules.reasons['encrypted'].words} ({law.encryption_reference})"
        return Reportable(State.NOT_DUE, because, event=law_code != "mynumber")
    return None


def _by_grounds(case: Case, law_code: str, grounds: tuple[GroundAnswer, ...]) -> Reportable:
    answer = any_of([ground.answer for ground in grounds])
    if answer is Answer.NO:
        return Reportable(State.NOT_DUE, case.reason("none_met"), grounds=grounds)
    missing = _missing(case, law_code)
    if answer is Answer.UNKNOWN:
        missing += tuple(code for ground in grounds for code in ground.missing)
    if missing:
        return Reportable(
            State.UNDECIDED, _unknown(case, missing), missing, grounds, remarks=_exemptions(case, law_code)
        )
    met = "、".join(f"{g.code} {g.ja}: {g.because}" for g in grounds if g.answer is Answer.YES)
    because = f"{case.rules.reasons['met'].words} [{met}]"
    return Reportable(State.DUE, because, grounds=grounds, remarks=_exemptions(case, law_code))


def _missing(case: Case, law_code: str) -> tuple[str, ...]:
    """What must be known before any ground counts."""
    missing = case.character_missing
    if _ended_before(case, law_code):
        missing += ("transition",)
    if law_code == "mynumber" and has_my_number(case.facts) is Answer.UNKNOWN:
        missing += ("my_number",)
    return missing


def _exemptions(case: Case, law_code: str) -> tuple[str, ...]:
    """Exemptions that would free, were they established."""
    facts, remarks = case.facts, case.rules.remarks
    found = [remarks["ended_before"]] if _ended_before(case, law_code) else []
    if case.character_missing == ("own_character",):
        found.append(remarks["not_own_intent"])
    if facts.recovered_unseen is None and case.character in (None, "leak"):
        found.append(remarks["recovered_unknown"])
    if facts.encrypted is None and case.rules.laws[law_code].encryption_exempts:
        found.append(remarks["encrypted_unknown"])
    return tuple(found)


def _ended_before(case: Case, law_code: str) -> bool:
    """Whether the case was over before the law began, and known only afterwards."""
    ended = case.facts.ended_on
    return ended is not None and ended < case.rules.laws[law_code].effective_from


def _unknown(case: Case, missing: tuple[str, ...]) -> str:
    return f"{case.reason('unknown')}: {case.names(tuple(dict.fromkeys(missing)))}"
