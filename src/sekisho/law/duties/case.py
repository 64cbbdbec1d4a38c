"""What a judgement is made over: facts, one role, a day, and the rules of that day."""

from dataclasses import dataclass
from datetime import date

from sekisho.law.duties.duty import Answer
from sekisho.law.duties.facts import PROVISION, Facts, Role
from sekisho.law.duties.rules import Rules


@dataclass(frozen=True, slots=True)
class Case:
    """``role`` is insurer or agency, never both; ``at`` is the day on which it is judged."""

    facts: Facts
    role: Role
    at: date
    rules: Rules

    @property
    def known_on(self) -> date:
        """Day 1. An insurer knows at the latest when its agency told it (guideline 3-5-3-5)."""
        told = self.facts.told_principal_on if self.role is Role.INSURER else None
        return min(self.facts.known_on, told or self.facts.known_on)

    @property
    def law_on(self) -> date:
        """The day whose law is applied: when the case ended, if that is known, else when it was known."""
        return min(self.known_on, self.facts.ended_on or self.known_on)

    @property
    def told(self) -> bool:
        """Whether, on the day of the judgement, the agency had told the insurer the known items."""
        return self.facts.told_principal_on is not None and self.facts.told_principal_on <= self.at

    @property
    def character(self) -> str | None:
        """The legal character for this party; None when it is not known. A provision is none for a party by whose own
        will it did not happen (guideline 3-5-1-2: 自らの意図に基づき); what it is for that one is a fact of its own."""
        if self.facts.legal_character != PROVISION or self.facts.received:
            return self.facts.legal_character
        if self.other_provided:
            return self.facts.own_character
        return None if self.facts.provided_by is None else PROVISION

    @property
    def other_provided(self) -> bool:
        """Whether it was a provision by the will of the other one of insurer and agency."""
        facts = self.facts
        by_other = facts.provided_by is not None and facts.provided_by != self.role
        return facts.legal_character == PROVISION and not facts.received and by_other

    @property
    def character_missing(self) -> tuple[str, ...]:
        """What must be known to say the legal character."""
        if self.character is not None:
            return ()
        if self.facts.legal_character is None:
            return ("legal_character",)
        return ("own_character",) if self.facts.provided_by else ("provided_by",)

    def reason(self, code: str) -> str:
        return str(self.rules.reasons[code])

    def names(self, missing: tuple[str, ...]) -> str:
        return "、".join(self.rules.unknowns[code] for code in missing)


def tri(value: bool | None) -> Answer:
    """None is unknown."""
    if value is None:
        return Answer.UNKNOWN
    return Answer.YES if value else Answer.NO


def any_of(answers: list[Answer]) -> Answer:
    """Yes when one is; unknown when one may be."""
    if Answer.YES in answers:
        return Answer.YES
    return Answer.UNKNOWN if Answer.UNKNOWN in answers else Answer.NO
