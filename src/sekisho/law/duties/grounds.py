"""Whether a ground for a report is met by what is known.

An unknown number of persons is taken at its largest possible (guideline 3-5-3-1: 最大); 1,000 exactly are not more
than 1,000.
"""

from collections.abc import Callable

from sekisho.law.duties.case import Case, tri
from sekisho.law.duties.duty import Answer, GroundAnswer
from sekisho.law.duties.facts import Facts
from sekisho.law.duties.rules import Ground
from sekisho.law.items import items

_PLANNED = "個人データとして取り扱われる予定の個人情報は、この事由の対象ではない"
_YES, _NO, _NOT_YET = "ある", "ない", "まだ分からない"


def answers(case: Case, law: str) -> tuple[GroundAnswer, ...]:
    """Every ground of ``law`` that the case's legal character admits, answered. None when it admits no ground."""
    character = case.character
    day = max(case.law_on, case.rules.laws[law].effective_from)
    return tuple(
        _answer(case, ground)
        for ground in case.rules.grounds_on(law, day)
        if character is None or character in ground.characters
    )


def has_my_number(facts: Facts) -> Answer:
    """Whether My Numbers are among the data."""
    if facts.my_number_people or facts.my_number_at_most or (facts.items is not None and "my_number" in facts.items):
        return Answer.YES
    if facts.items is None and not (facts.my_number_exact or facts.my_number_at_most == 0):
        return Answer.UNKNOWN
    return Answer.NO


def nobody(facts: Facts) -> bool:
    """Whether it is certain that no living individual is concerned."""
    return facts.people_at_most == 0 or (facts.people_exact and facts.people == 0)


def _answer(case: Case, ground: Ground) -> GroundAnswer:
    if case.facts.planned_data_only and not ground.planned_data:
        answer, because = Answer.NO, _PLANNED
    else:
        answer, because = _CONDITIONS[ground.condition](case, ground)
    return GroundAnswer(
        code=ground.code,
        ja=ground.ja,
        words=ground.words,
        answer=answer,
        because=because,
        reference=ground.reference,
        missing=(ground.condition,) if answer is Answer.UNKNOWN else (),
        final_days=ground.final_days,
    )


def _of_items(facts: Facts, stated: bool | None, risky: Callable[[str], bool]) -> tuple[Answer, str]:
    """By what somebody stated, else by the items."""
    if stated is not None:
        return tri(stated), f"{_YES if stated else _NO} (判断)"
    if facts.items is None:
        return Answer.UNKNOWN, "漏えいした項目が分からない"
    found = [items()[code].ja for code in facts.items if risky(code)]
    if found:
        return Answer.YES, f"項目に {'・'.join(found)} がある"
    return Answer.NO, "項目に含まれない"


def _special_care(case: Case, _: Ground) -> tuple[Answer, str]:
    return _of_items(case.facts, case.facts.special_care, lambda code: items()[code].special_care)


def _property_risk(case: Case, _: Ground) -> tuple[Answer, str]:
    return _of_items(case.facts, case.facts.property_risk, lambda code: items()[code].property_risk)


def _stated(name: str) -> Callable[[Case, Ground], tuple[Answer, str]]:
    def condition(case: Case, _: Ground) -> tuple[Answer, str]:
        value: bool | None = getattr(case.facts, name)
        return tri(value), _NOT_YET if value is None else (_YES if value else _NO)

    return condition


def _people(case: Case, ground: Ground) -> tuple[Answer, str]:
    facts = case.facts
    return _exceeds(facts.people, facts.people_at_most, facts.people_exact, ground.more_than)


def _my_number_people(case: Case, ground: Ground) -> tuple[Answer, str]:
    facts = case.facts
    if facts.my_number_people is None and facts.my_number_at_most is None:
        return _exceeds(facts.people, facts.people_at_most, facts.people_exact, ground.more_than)
    return _exceeds(facts.my_number_people, facts.my_number_at_most, facts.my_number_exact, ground.more_than)


def _exceeds(at_least: int | None, at_most: int | None, exact: bool, more_than: int) -> tuple[Answer, str]:
    """Whether the largest possible number exceeds ``more_than``."""
    threshold = f"{more_than:,} 人を超え" if more_than else "1 人以上い"
    if exact and at_least is not None:
        word, largest = "確定", at_least
    elif at_most is not None:
        word, largest = "最大", at_most
    elif at_least is not None and at_least > more_than:
        word, largest = "少なくとも", at_least
    else:
        found = "" if at_least is None else f"これまでに {at_least:,} 人。"
        return Answer.UNKNOWN, f"{found}最大の数が分からず、{threshold}るか決まらない"
    if largest > more_than:
        return Answer.YES, f"本人の数 {word} {largest:,} 人は {threshold}る"
    return Answer.NO, f"本人の数 {word} {largest:,} 人は {threshold}ない"


_CONDITIONS: dict[str, Callable[[Case, Ground], tuple[Answer, str]]] = {
    "special_care": _special_care,
    "property_risk": _property_risk,
    "improper_purpose": _stated("improper_purpose"),
    "people": _people,
    "my_number_people": _my_number_people,
    "my_number_public": _stated("my_number_public"),
    "my_number_system": _stated("my_number_system"),
}
