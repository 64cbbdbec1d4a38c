"""Who is one person (名寄せ), who may be, and what people decided of it."""

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.incidents.counting.cast import LAST, finding, findings, registry_of

from sekisho.incidents.counting.decisions import Decided, Decision
from sekisho.incidents.counting.persons import Persons, keyed, persons_of
from sekisho.incidents.table import disclosure_table
from sekisho.kernel.errors import InputError

BORN = date(1980, 5, 3)
PLACE = "例示県見本市中央2-21-9"


def of(*holders: dict[str, Any], decisions: tuple[Decision, ...] = (), **options: Any) -> Persons:
    """The persons behind one finding of each holder's policy."""
    found = findings(finding(holder["policy"], holder_kind=holder.get("holder_kind", "person")) for holder in holders)
    return persons_of(found, registry_of(*holders), decisions, **options)


def keys(persons: Persons) -> list[str]:
    return persons.table["person"].to_pylist()


def whys(persons: Persons) -> list[str]:
    return persons.doubts["why"].to_pylist()


SAME = {
    "氏名と生年月日 (字体・空白・保険会社が違っても)": (
        {"policy": "KOU:1", "holder_name": "髙橋 一郎", "birth_date": BORN},
        {"policy": "OTSU:1", "holder_name": "高橋　一郎", "birth_date": BORN, "address": PLACE},
    ),
    "生年月日がなければ氏名と住所": (
        {"policy": "KOU:1", "holder_name": "山田 花子", "address": PLACE},
        {"policy": "KOU:2", "holder_name": "山田花子", "address": "見本市中央２丁目２１番９号 見本ハイツ301"},
    ),
    "生年月日も住所もなければ氏名と電話": (
        {"policy": "KOU:1", "holder_name": "山田 花子", "phone": "03-0000-1234"},
        {"policy": "KOU:2", "holder_name": "山田花子", "mobile": "0300001234"},
    ),
    "法人は商号と所在地 (会社の種類の略記)": (
        {"policy": "KOU:1", "holder_name": "株式会社例示商店", "holder_kind": "corporate", "address": PLACE},
        {"policy": "KOU:2", "holder_name": "（株）例示商店", "holder_kind": "corporate", "address": PLACE},
        {"policy": "KOU:3", "holder_name": "㈱ 例示商店", "holder_kind": "corporate", "address": PLACE},
    ),
}

APART = {
    "氏名だけ": (
        {"policy": "KOU:1", "holder_name": "山田 花子"},
        {"policy": "KOU:2", "holder_name": "山田 花子"},
    ),
    "氏名と、ないことを表す生年月日": (
        {"policy": "KOU:1", "holder_name": "山田 花子", "birth_date": date(1900, 1, 1)},
        {"policy": "KOU:2", "holder_name": "山田 花子", "birth_date": date(1900, 1, 1)},
    ),
    "氏名と、番地のない住所": (
        {"policy": "KOU:1", "holder_name": "山田 花子", "address": "例示県見本市"},
        {"policy": "KOU:2", "holder_name": "山田 花子", "address": "例示県見本市"},
    ),
    "氏名と、ないことを表す電話番号": (
        {"policy": "KOU:1", "holder_name": "山田 花子", "phone": "0000000000"},
        {"policy": "KOU:2", "holder_name": "山田 花子", "phone": "0000000000"},
    ),
    "生年月日だけ": (
        {"policy": "KOU:1", "holder_name": "山田 花子", "birth_date": BORN},
        {"policy": "KOU:2", "holder_name": "鈴木 三郎", "birth_date": BORN},
    ),
    "前株と後株": (
        {"policy": "KOU:1", "holder_name": "株式会社例示", "holder_kind": "corporate", "address": PLACE},
        {"policy": "KOU:2", "holder_name": "例示株式会社", "holder_kind": "corporate", "address": PLACE},
    ),
    "個人と同名の法人": (
        {"policy": "KOU:1", "holder_name": "山田商店", "address": PLACE},
        {"policy": "KOU:2", "holder_name": "山田商店", "holder_kind": "corporate", "address": PLACE},
    ),
}


@pytest.mark.parametrize("holders", SAME.values(), ids=SAME)
def test_one_holder(holders: tuple[dict[str, Any], ...]) -> None:
    assert len(set(keys(of(*holders)))) == 1


@pytest.mark.parametrize("holders", APART.values(), ids=APART)
def test_two_holders(holders: tuple[dict[str, Any], ...]) -> None:
    assert len(set(keys(of(*holders)))) == 2


IN_DOUBT = {
    "name_address;name_phone": (
        {"holder_name": "山田 花子", "birth_date": BORN, "address": PLACE, "phone": "03-0000-1234"},
        {"holder_name": "山田 花子", "address": PLACE, "mobile": "03-0000-1234"},
    ),
    "name_address": (
        {"holder_name": "山田 花子", "birth_date": BORN, "address": PLACE},
        {"holder_name": "山田 花子", "birth_date": date(1981, 5, 3), "address": PLACE},
    ),
    "variant_phone": (
        {"holder_name": "坂本 一", "birth_date": BORN, "phone": "03-0000-1234"},
        {"holder_name": "阪本 一郎", "birth_date": BORN, "phone": "03-0000-1235"},
        {"holder_name": "阪本 一", "birth_date": BORN, "phone": "03-0000-1234"},
    ),
    "kana": (
        {"holder_name": "山田 花子", "holder_kana": "ヤマダ ハナコ", "birth_date": BORN},
        {"holder_name": "山田 華子", "holder_kana": "ﾔﾏﾀﾞﾊﾅｺ", "birth_date": BORN},
    ),
    "given_phone": (
        {"holder_name": "山田 花子", "birth_date": BORN, "phone": "03-0000-1234"},
        {"holder_name": "鈴木 花子", "birth_date": BORN, "phone": "03-0000-1234"},
    ),
    "company_elsewhere": (
        {"holder_name": "株式会社例示", "holder_kind": "corporate", "address": PLACE},
        {"holder_name": "(株)例示", "holder_kind": "corporate", "address": "例示県別市本町1-1"},
    ),
    "company_form_address": (
        {"holder_name": "株式会社例示", "holder_kind": "corporate", "address": PLACE},
        {"holder_name": "例示株式会社", "holder_kind": "corporate", "address": PLACE},
    ),
}


@pytest.mark.parametrize("why", IN_DOUBT)
def test_a_pair_in_doubt_is_shown_with_its_reasons(why: str) -> None:
    holders = [{"policy": f"KOU:{number}"} | holder for number, holder in enumerate(IN_DOUBT[why])]
    persons = of(*holders)
    shown = [row for row in persons.doubts.to_pylist() if set(row["why"].split(";")) >= set(why.split(";"))]
    assert len(shown) == 1
    assert shown[0]["left"] < shown[0]["right"]
    by_policy = dict(zip(persons.table["policy_no"].to_pylist(), keys(persons), strict=True))
    assert by_policy[shown[0]["left_policy_no"]] == shown[0]["left"]
    assert by_policy[shown[0]["right_policy_no"]] == shown[0]["right"]


def test_twins_are_not_in_doubt() -> None:
    shared = {"birth_date": BORN, "phone": "03-0000-1234"}
    twins = ({"policy": f"KOU:{name}", "holder_name": f"田中 {name}"} | shared for name in ("太郎", "次郎"))
    assert whys(of(*twins)) == []


def test_deciding_that_they_are_the_same_counts_one_and_shows_the_pair_no_more() -> None:
    holders = [{"policy": f"KOU:{number}"} | holder for number, holder in enumerate(IN_DOUBT["name_address"])]
    (pair,) = of(*holders).doubts.to_pylist()
    decided = of(*holders, decisions=(Decision(pair["right"], pair["left"], same=True),))
    assert set(keys(decided)) == {pair["left"]}
    assert decided.doubt_count == 0
    found = findings(finding(holder["policy"]) for holder in holders)
    assert disclosure_table(found, as_of=LAST, persons=decided).people_distinct == 1


def test_deciding_that_they_are_different_counts_two_and_shows_the_pair_no_more() -> None:
    holders = [{"policy": f"KOU:{number}"} | holder for number, holder in enumerate(IN_DOUBT["name_address"])]
    (pair,) = of(*holders).doubts.to_pylist()
    decided = of(*holders, decisions=(Decision(pair["left"], pair["right"], same=False),))
    assert (len(set(keys(decided))), decided.doubt_count) == (2, 0)


def test_the_number_of_pairs_shown_is_bounded_and_all_are_counted() -> None:
    holders = [
        {"policy": f"KOU:{n}", "holder_name": "山田 花子", "birth_date": date(1980, 1, 1 + n), "address": PLACE}
        for n in range(20)
    ]
    persons = of(*holders, most_doubts=5)
    assert (persons.doubts.num_rows, persons.doubt_count) == (5, 19)


def test_a_secret_changes_every_key_and_nothing_else() -> None:
    holders = SAME["氏名と生年月日 (字体・空白・保険会社が違っても)"]
    plain, secret = of(*holders), of(*holders, secret=b"of this workspace")
    assert set(keys(plain)).isdisjoint(keys(secret))
    assert len(set(keys(secret))) == 1
    assert plain.table.drop(["person"]).equals(secret.table.drop(["person"]))


def test_decisions_on_keys_without_a_secret_hold_under_one() -> None:
    holders = [{"policy": f"KOU:{number}"} | holder for number, holder in enumerate(IN_DOUBT["name_address"])]
    (pair,) = of(*holders).doubts.to_pylist()
    joined, parted = (
        of(*holders, decisions=(Decision(pair["left"], pair["right"], same=same),), secret=b"of this workspace")
        for same in (True, False)
    )
    assert (len(set(keys(joined))), joined.doubt_count) == (1, 0)
    assert (len(set(keys(parted))), parted.doubt_count) == (2, 0)
    assert set(keys(parted)) == {keyed(key, b"of this workspace") for key in keys(of(*holders))}
    assert all(len(key) == 22 and key.startswith("pk") for key in keys(parted))


def test_in_the_end_every_pair_that_could_be_one_was_asked() -> None:
    holders = [
        {"policy": f"KOU:{n}", "holder_name": "山田 花子", "birth_date": date(1980, 1, 1 + n), "address": PLACE}
        for n in range(5)
    ]
    decided: list[Decision] = []
    while (persons := of(*holders, decisions=tuple(decided))).doubt_count:
        assert persons.doubt_count < len(holders)
        decided += [Decision(row["left"], row["right"], same=False) for row in persons.doubts.to_pylist()]
    assert len({(one.left, one.right) for one in decided}) == len(decided) == 10
    last, *others = reversed(decided)
    joined = of(*holders, decisions=(*others, Decision(last.left, last.right, same=True)))
    assert (len(set(keys(joined))), joined.doubt_count) == (4, 0)


def test_nothing_of_the_holder_stands_in_what_is_shown() -> None:
    holders = [{"policy": f"KOU:{number}"} | holder for number, holder in enumerate(IN_DOUBT["given_phone"])]
    persons = of(*holders)
    shown = str(persons.table.to_pylist()) + str(persons.doubts.to_pylist())
    assert not any(word in shown for word in ("山田", "鈴木", "花子", "1980", "1234"))


def test_without_a_registry_every_policy_is_one() -> None:
    persons = persons_of(findings([finding("KOU:1"), finding("KOU:2"), finding("KOU:1")]), None)
    assert persons.table["basis"].to_pylist() == ["policy", "policy"]
    assert len(set(keys(persons))) == 2
    assert persons.is_upper_bound


def test_an_unknown_kind_makes_it_an_upper_bound() -> None:
    known = {"policy": "KOU:1", "holder_name": "山田 花子", "birth_date": BORN}
    assert not of(known).is_upper_bound
    assert of(known | {"holder_kind": ""}).is_upper_bound


def test_no_findings_have_no_persons() -> None:
    persons = persons_of(findings([]), registry_of())
    assert (persons.table.num_rows, persons.doubts.num_rows, persons.is_upper_bound) == (0, 0, False)


LETTERS = "abcdef"
pairs = st.tuples(st.sampled_from(LETTERS), st.sampled_from(LETTERS)).filter(lambda pair: pair[0] != pair[1])


@given(st.lists(pairs, max_size=8), st.randoms())
def test_decisions_join_the_same_in_any_order(joined: list[tuple[str, str]], dice: Any) -> None:
    shuffled = [tuple(dice.sample(pair, 2)) for pair in dice.sample(joined, len(joined))]
    first, second = (Decided(Decision(left, right, same=True) for left, right in each) for each in (joined, shuffled))
    component = {letter: {letter} for letter in LETTERS}
    for left, right in joined * len(joined):
        whole = component[left] | component[right]
        for letter in whole:
            component[letter] = whole
    for letter in LETTERS:
        assert first.key(letter) == second.key(letter) == min(component[letter])


@given(st.lists(pairs, max_size=6), st.lists(pairs, min_size=1, max_size=3))
def test_contradicting_decisions_are_refused_by_key(
    same: list[tuple[str, str]], different: list[tuple[str, str]]
) -> None:
    joined = Decided(Decision(left, right, same=True) for left, right in same)
    against = [pair for pair in different if joined.key(pair[0]) == joined.key(pair[1])]
    every = [Decision(*pair, same=True) for pair in same] + [Decision(*pair, same=False) for pair in different]
    for order in itertools.islice(itertools.permutations(every), 4):
        if against:
            with pytest.raises(InputError, match=f"{against[0][0]} and|{against[-1][0]} and|decided to be different"):
                Decided(order)
        else:
            assert len(Decided(order).different()) <= len(different)
