"""A case over several insurers: each counts its own persons, the agency all of them."""

from dataclasses import replace
from datetime import date

import pytest

from sekisho.kernel.errors import InputError
from sekisho.law.duties import Duty, Facts, Role, State, duties_by_insurer, together
from sekisho.law.duties.insurers import ALL

KNOWN = date(2026, 11, 2)
KOU = Facts(
    known_on=KNOWN,
    role=Role.BOTH,
    insurer_id="KOU",
    legal_character="leak",
    people=600,
    people_exact=True,
    items=("policy_no",),
    improper_purpose=False,
    entrusted=True,
)
OTSU = replace(KOU, insurer_id="OTSU", known_on=date(2026, 11, 4))


def state(found: tuple[Duty, ...], by: Role, code: str) -> State:
    (duty,) = [duty for duty in found if duty.by is by and duty.code == code]
    return duty.state


def test_each_insurer_counts_its_own_and_the_agency_all() -> None:
    found = duties_by_insurer([KOU, OTSU], date(2026, 11, 5))
    assert list(found) == ["KOU", "OTSU", ALL]
    assert state(found["KOU"], Role.INSURER, "ppc_final") is State.NOT_DUE
    assert state(found["OTSU"], Role.INSURER, "ppc_final") is State.NOT_DUE
    assert state(found[ALL], Role.AGENCY, "ppc_final") is State.DUE, "1,200 persons at most"
    assert {duty.by for duty in found[ALL]} == {Role.AGENCY}
    (final,) = [duty for duty in found[ALL] if duty.code == "ppc_final"]
    assert (final.last_due, final.insurer_id) == (date(2026, 12, 1), ""), "known since the first part"


def test_telling_insurers_that_are_not_bound_frees_nobody() -> None:
    told = [replace(part, told_principal_on=date(2026, 11, 4)) for part in (KOU, OTSU)]
    found = duties_by_insurer(told, date(2026, 11, 5))
    assert state(found[ALL], Role.AGENCY, "ppc_final") is State.DUE


def test_telling_every_insurer_that_is_bound_frees_the_agency() -> None:
    told = [replace(part, people=1_001, told_principal_on=date(2026, 11, 4)) for part in (KOU, OTSU)]
    found = duties_by_insurer(told, date(2026, 11, 5))
    assert state(found["KOU"], Role.INSURER, "ppc_final") is State.DUE
    assert state(found["KOU"], Role.AGENCY, "ppc_final") is State.NOT_DUE
    assert state(found[ALL], Role.AGENCY, "ppc_final") is State.NOT_DUE
    one_left = [told[0], replace(told[1], told_principal_on=None)]
    assert state(duties_by_insurer(one_left, date(2026, 11, 5))[ALL], Role.AGENCY, "ppc_final") is State.DUE


def test_one_insurer_or_insurers_alone_have_no_sum() -> None:
    assert list(duties_by_insurer([KOU], KNOWN)) == ["KOU"]
    alone = [replace(part, role=Role.INSURER) for part in (KOU, OTSU)]
    assert list(duties_by_insurer(alone, date(2026, 11, 5))) == ["KOU", "OTSU"]


def test_together_is_careful() -> None:
    both = together([replace(KOU, encrypted=True, people=3), replace(OTSU, improper_purpose=True, items=("health",))])
    assert (both.people, both.people_at_most, both.people_exact) == (600, 603, False), "one may be a customer of both"
    assert both.encrypted is None, "an exemption must hold in every part"
    assert both.improper_purpose is True, "a ground holds when it holds in one"
    assert both.items == ("policy_no", "health")
    assert both.known_on == KNOWN
    assert together([KOU, replace(OTSU, people=None, people_exact=False)]).people_at_most is None
    assert together([KOU, replace(OTSU, legal_character="third_party_provision")]).legal_character is None
    assert together([KOU, replace(OTSU, items=None)]).items is None
    assert together([KOU]) is KOU


@pytest.mark.parametrize(
    ("cases", "words"),
    [
        ([], "no part"),
        ([replace(KOU, insurer_id="")], "not named"),
        ([KOU, KOU], "second part of 'KOU'"),
    ],
)
def test_parts_that_are_no_split_are_refused(cases: list[Facts], words: str) -> None:
    with pytest.raises(InputError, match=words):
        duties_by_insurer(cases, KNOWN)
