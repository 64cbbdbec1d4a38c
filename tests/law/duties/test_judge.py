"""What must hold for every case, and what a judgement carries with it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.kernel.errors import InputError
from sekisho.kernel.periods import Period
from sekisho.law.calendar import is_open
from sekisho.law.duties import Duty, Facts, Role, State, current_rules, duties_of, read_rules
from sekisho.law.items import items
from sekisho.law.load import parameters

KNOWN = date(2026, 11, 2)
LEAK = Facts(
    known_on=KNOWN,
    role=Role.INSURER,
    legal_character="leak",
    people=1_001,
    people_exact=True,
    items=("policy_no",),
    improper_purpose=False,
)
RANK = {State.NOT_DUE: 0, State.UNDECIDED: 1, State.DUE: 2}
MAYBE = st.sampled_from([None, True, False])


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Any facts that do not contradict each other; nobody was told yet."""
    known = draw(st.dates(date(2022, 4, 1), date(2027, 9, 30)))
    exact = draw(st.booleans())
    people = draw(st.integers(0, 1_200) if exact else st.none() | st.integers(0, 1_200))
    most = None if exact else draw(st.none() | st.integers(people or 0, 1_300))
    codes = draw(st.none() | st.lists(st.sampled_from(list(items())), unique=True, max_size=4).map(tuple))
    return Facts(
        known_on=known,
        role=draw(st.sampled_from(Role)),
        insurer_id=draw(st.sampled_from(["", "KOU"])),
        legal_character=draw(st.sampled_from([None, "leak", "loss", "damage", "third_party_provision"])),
        received=draw(st.booleans()),
        provided_by=draw(st.sampled_from([None, Role.INSURER, Role.AGENCY])),
        own_character=draw(st.sampled_from([None, "leak", "loss"])),
        ended_on=draw(st.none() | st.dates(date(2022, 1, 1), date(2026, 1, 1))),
        people=people,
        people_at_most=most,
        people_exact=exact,
        items=codes,
        special_care=draw(MAYBE),
        improper_purpose=draw(MAYBE),
        planned_data_only=draw(st.booleans()),
        encrypted=draw(MAYBE),
        recovered_unseen=draw(MAYBE),
        copy_kept=draw(MAYBE),
        consented=draw(MAYBE),
        provision_exempt=draw(MAYBE),
        entrusted=draw(MAYBE),
        principal_bound=draw(MAYBE),
        unreachable=draw(MAYBE),
        my_number_public=draw(MAYBE),
    )


def by_code(found: tuple[Duty, ...]) -> dict[tuple[str, str], Duty]:
    return {(duty.by, duty.code): duty for duty in found}


@given(facts())
def test_a_deadline_is_never_on_a_closed_day_nor_before_the_day_of_knowing(known: Facts) -> None:
    for duty in duties_of(known, known.known_on):
        assert all(is_open(due.on) and due.on >= known.known_on and due.how for due in duty.dues)
        assert duty.state is not State.NOT_DUE or not duty.dues


@given(facts(), st.integers(1, 60))
def test_later_knowing_never_gives_an_earlier_deadline(known: Facts, days: int) -> None:
    later = replace(known, known_on=known.known_on + timedelta(days=days))
    before = by_code(duties_of(known, known.known_on))
    for key, duty in by_code(duties_of(later, later.known_on)).items():
        if duty.last_due and (first := before[key].last_due) and duty.grounds_met == before[key].grounds_met:
            assert duty.last_due >= first


@given(facts(), st.integers(1, 2_000))
def test_more_persons_never_remove_an_obligation(known: Facts, more: int) -> None:
    people = None if known.people is None else known.people + more
    most = None if known.people_at_most is None else known.people_at_most + more
    many = by_code(duties_of(replace(known, people=people, people_at_most=most), known.known_on))
    for key, duty in by_code(duties_of(known, known.known_on)).items():
        if duty.force == "obligation":
            assert RANK[many[key].state] >= RANK[duty.state]


@given(facts())
def test_an_undecided_duty_names_what_is_not_known_and_a_decided_one_nothing(known: Facts) -> None:
    for duty in duties_of(known, known.known_on):
        assert bool(duty.missing) == (duty.state is State.UNDECIDED)
        assert duty.because and duty.version == current_rules().version


@given(facts())
def test_facts_and_duties_go_to_json_and_back(known: Facts) -> None:
    assert Facts.from_json(json.loads(json.dumps(known.as_json()))) == known
    for duty in duties_of(known, known.known_on):
        assert Duty.from_json(json.loads(json.dumps(duty.as_json()))) == duty


def test_insurer_and_agency_are_each_judged_and_may_report_together() -> None:
    found = by_code(duties_of(replace(LEAK, role=Role.BOTH), KNOWN))
    assert {by for by, _ in found} == {Role.INSURER, Role.AGENCY}
    assert (Role.AGENCY, "fsa_report") not in found, "the sources at hand state it for insurers only"
    assert (Role.INSURER, "tell_principal") not in found
    assert any("連名" in remark for remark in found[Role.AGENCY, "ppc_preliminary"].remarks)
    alone = by_code(duties_of(LEAK, KNOWN))
    assert not any("連名" in remark for remark in alone[Role.INSURER, "ppc_preliminary"].remarks)


def test_a_judgement_carries_every_ground_in_its_words() -> None:
    (final,) = [duty for duty in duties_of(LEAK, KNOWN) if duty.code == "ppc_final"]
    assert [(ground.code, str(ground.answer)) for ground in final.grounds] == [
        ("7(i)", "no"),
        ("7(ii)", "no"),
        ("7(iii)", "no"),
        ("7(iv)", "yes"),
    ]
    assert final.grounds_met == ("7(iv)",)
    assert final.grounds[3].words.startswith("個人データに係る本人の数が千人を超える")
    assert (final.law_on, final.dues[0].binding, final.dues[0].days) == (KNOWN, True, 30)


def test_the_preliminary_report_names_the_third_and_the_fifth_day() -> None:
    (first,) = [duty for duty in duties_of(LEAK, KNOWN) if duty.code == "ppc_preliminary"]
    assert [(due.days, due.on, due.binding) for due in first.dues] == [
        (3, date(2026, 11, 4), False),
        (5, date(2026, 11, 6), False),
    ]


def test_that_the_purpose_may_give_more_days_is_remarked() -> None:
    (final,) = [duty for duty in duties_of(replace(LEAK, improper_purpose=None), KNOWN) if duty.code == "ppc_final"]
    assert any("60日以内になる" in remark for remark in final.remarks)


def amended(in_force_from: date | None) -> Any:
    files = [parameters(name) for name in ("duties", "report_grounds", "amendments", "holidays")]
    rows = [row | {"in_force_from": in_force_from} for row in files[2]["amendments"]]
    return read_rules(files[0], files[1], files[2] | {"amendments": rows}, files[3])


@pytest.mark.parametrize(
    ("in_force_from", "notice", "substitute"),
    [
        (None, "due", "undecided"),
        (KNOWN + timedelta(days=1), "due", "undecided"),
        (KNOWN, "not_due", "due"),
    ],
)
def test_the_amendment_of_2026_is_off_until_its_day_is_entered(
    in_force_from: date | None, notice: str, substitute: str
) -> None:
    harmless = replace(LEAK, harm_unlikely=True)
    found = by_code(duties_of(harmless, KNOWN, amended(in_force_from)))
    assert found[Role.INSURER, "person_notice"].state == notice
    assert found[Role.INSURER, "person_substitute"].state == substitute
    assert found[Role.INSURER, "ppc_final"].state == "due"
    strict = by_code(duties_of(LEAK, KNOWN, amended(in_force_from)))
    assert strict[Role.INSURER, "person_notice"].state == "due", "harm is not said to be unlikely"


def test_no_amendment_is_in_force_as_shipped() -> None:
    assert [amendment.in_force_from for amendment in current_rules().amendments] == [None]
    assert amended(None).version == current_rules().version
    assert amended(KNOWN).version != current_rules().version


def test_a_day_before_the_case_was_known_is_refused() -> None:
    with pytest.raises(InputError, match="before the case was known"):
        duties_of(LEAK, KNOWN - timedelta(days=1))


def test_a_provision_by_the_other_ones_will_may_be_a_leak_for_this_one() -> None:
    case = Facts(
        known_on=date(2024, 7, 1),
        role=Role.INSURER,
        legal_character="third_party_provision",
        provided_by=Role.AGENCY,
        people=2_000,
        people_exact=True,
        items=("policy_no",),
        special_care=False,
        improper_purpose=False,
    )

    def state(known: Facts) -> State:
        return by_code(duties_of(known, known.known_on))[("insurer", "ppc_preliminary")].state

    assert state(case) is State.UNDECIDED
    assert state(replace(case, own_character="leak")) is State.DUE
    with pytest.raises(InputError, match="did not mean it"):
        replace(case, own_character="third_party_provision")


@pytest.mark.parametrize("kind", sorted({rule.kind for rule in current_rules().duties}))
def test_a_duty_binds_on_its_last_day_and_no_longer(kind: str) -> None:
    rules = current_rules()
    ended = tuple(
        replace(one, period=Period(one.period.start, KNOWN)) if one.kind == kind else one for one in rules.duties
    )
    then = replace(rules, duties=ended)
    facts = replace(LEAK, role=Role.BOTH)
    assert duties_of(facts, KNOWN, rules=then) == duties_of(facts, KNOWN, rules=rules)
    later = replace(facts, known_on=KNOWN + timedelta(days=1))
    kinds = {one.code: one.kind for one in rules.duties}
    judged = [duty for duty in duties_of(later, later.known_on, rules=then) if kinds[duty.code] == kind]
    assert judged
    assert all(duty.state is State.NOT_DUE and not duty.dues for duty in judged)
