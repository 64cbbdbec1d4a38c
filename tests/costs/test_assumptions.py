"""The user's own figures: read, checked, refused with file and key."""

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.costs.assumptions import PER, assumptions, items
from sekisho.costs.cover import read_cover
from sekisho.costs.data import data, example_text
from sekisho.costs.estimate import estimate
from sekisho.costs.model import Spread
from sekisho.incidents.concerned import Concerned
from sekisho.kernel.errors import InputError


def own(tmp_path: Path, text: str, name: str = "own.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_price_of_ones_own_takes_its_own_source(tmp_path: Path) -> None:
    path = own(tmp_path, "items: {voucher: {price: 1150, source: 見積もり, as_of: 2026-10-01}}")
    (voucher,) = [item for item in assumptions(path).items if item.code == "voucher"]
    assert (voucher.price, voucher.source, voucher.as_of) == (Spread.same(1150), "見積もり", date(2026, 10, 1))
    assert voucher.assumption == ""


def test_a_price_without_a_source_says_whose_it_is(tmp_path: Path) -> None:
    path = own(tmp_path, "items: {voucher: {price: 1150}}")
    (voucher,) = [item for item in assumptions(path).items if item.code == "voucher"]
    assert voucher.source == "利用者の指定 (own.yaml)"
    assert voucher.as_of is None


def test_toml_says_the_same(tmp_path: Path) -> None:
    yaml = own(tmp_path, "contacts: {calls_per_set: 2000}\nitems: {notice: {price: {low: 1, expected: 2, high: 3}}}\n")
    toml = own(
        tmp_path,
        "[contacts]\ncalls_per_set = 2000\n[items.notice]\nprice = {low = 1, expected = 2, high = 3}\n",
        "o.toml",
    )
    left, right = assumptions(yaml), assumptions(toml)
    assert left.calls_per_set == right.calls_per_set == 2000
    assert [item.price for item in left.items] == [item.price for item in right.items]


def test_a_quantity_overrules_our_conditions(tmp_path: Path) -> None:
    who = Concerned(((("holder_name",), 3),), 0, ("A1",))
    path = own(tmp_path, "items: {call_centre: {quantity: 2}, letters: {quantity: 0}}")
    found = estimate(who, assumptions(path), prices_on=date(2026, 11, 28))
    assert found.by_code()["call_centre"].expected == 17_000_000
    assert "letters" not in found.by_code()


def test_what_has_no_published_price_is_reckoned_once_it_has_one(tmp_path: Path) -> None:
    path = own(tmp_path, "items: {defence: {price: {low: 0, expected: 3_000_000, high: 10_000_000}}}")
    found = estimate(Concerned(((("holder_name",), 3),)), assumptions(path), prices_on=date(2026, 11, 28))
    assert found.by_code()["defence"] == Spread(0, 3_000_000, 10_000_000)


def test_the_example_is_read(tmp_path: Path) -> None:
    assert assumptions(own(tmp_path, example_text("assumptions_example"))).calls_per_set == 5000


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("item: {}", "item", "unknown key"),
        ("items: {leters: {price: 1}}", "items.leters", "unknown key"),
        ("items: {letters: {prise: 1}}", "items.letters.prise", "unknown key"),
        ("items: {damages: {price: 1}}", "items.damages", "unknown key"),
        ("items: {letters: {price: -1}}", "items.letters.price", "negative"),
        ("items: {letters: {price: 1.5}}", "items.letters.price", "whole yen"),
        ("items: {letters: {price: yes}}", "items.letters.price", "must be a number"),
        ("items: {letters: {price: '100'}}", "items.letters.price", "must be a number"),
        ("items: {letters: {price: .nan}}", "items.letters.price", "no number we can reckon with"),
        ("items: {letters: {price: .inf}}", "items.letters.price", "no number we can reckon with"),
        ("items: {letters: {price: {low: 3, expected: 2, high: 4}}}", "items.letters.price", "not in order"),
        ("items: {letters: {price: {low: 3, expected: 4}}}", "items.letters.price", "needs low, expected and high"),
        ("items: {letters: {price: [1, 2, 3]}}", "items.letters.price", "must be a number"),
        ("items: {letters: {quantity: 0.5}}", "items.letters.quantity", "must be whole"),
        ("items: {letters: {as_of: soon}}", "items.letters.as_of", "is no date"),
        ("items: {defence: {quantity: 2}}", "items.defence.price", "no published price"),
        ("items: [letters]", "items", "must hold keys"),
        ("damages: {basis: guess}", "damages.basis", "not known here"),
        ("damages: {claim_share: 1.1}", "damages.claim_share", "cannot be more than 1"),
        ("contacts: {calls_per_set: 0}", "contacts.calls_per_set", "must be 1 or more"),
        (
            "lost_profit: {profit_per_month: 100000000000000000000}",
            "lost_profit.profit_per_month",
            "no number we can reckon with",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_file_and_key(tmp_path: Path, text: str, where: str, message: str) -> None:
    path = own(tmp_path, text)
    with pytest.raises(InputError) as refused:
        assumptions(path)
    assert refused.value.where == f"{path}: {where}"
    assert message in refused.value.message
    assert refused.value.remedy


def test_a_key_that_stands_twice_is_refused_with_its_line(tmp_path: Path) -> None:
    path = own(tmp_path, "items:\n  letters: {price: 1}\n  letters: {price: 2}\n")
    with pytest.raises(InputError, match="letters stands here twice") as refused:
        assumptions(path)
    assert refused.value.where == f"{path}:3"


@pytest.mark.parametrize(
    "text", ["", "- 1", "a: [", "a: *b", "a: &x 1\nb: *x", "1: 2", "a: !!python/object:os.system x"]
)
def test_what_is_no_settings_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        assumptions(own(tmp_path, text))


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        assumptions(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        assumptions(tmp_path / "bytes.yaml")
    with pytest.raises(InputError, match="is no TOML"):
        assumptions(own(tmp_path, "a: 1", "x.toml"))


def test_every_item_of_ours_is_whole() -> None:
    for item in items().values():
        assert item.per in ("", *PER), item.code
        if item.per == "input":
            assert item.missing, item.code
        elif item.per:
            assert item.price is not None, item.code
            assert item.source, item.code
            assert item.as_of is not None, item.code
        if item.needs:
            assert set(item.needs) <= {"causes", "items", "addressees"}, item.code
            assert item.otherwise, item.code


def test_postage_is_dated() -> None:
    assert [rate["from"] for rate in data("response")["postage"]["rates"]] == [date(2019, 10, 1), date(2024, 10, 1)]
    assert assumptions().postage_on(date(2024, 9, 30)).letter == 84
    assert assumptions().postage_on(date(2024, 10, 1)).letter == 110


words = st.sampled_from(
    [*"{}[]:,&*!|>%@`'\"#-?\n\t ", *("items", "letters", "price", "limit", "blocks", "1", "2026-99-99", "<<", "~")]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(words, max_size=25).map("".join), st.sampled_from(["yaml", "toml"]))
def test_whatever_is_written_it_is_read_or_refused(text: str, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"own.{ending}"
        path.write_text(text, encoding="utf-8")
        for read in (assumptions, read_cover):
            try:
                read(path)
            except InputError as refused:
                assert refused.where.startswith(str(path))
                assert refused.remedy


@pytest.mark.parametrize(
    "text",
    ["[" * 2_000, "a: " + "9" * 6_000, "a: 1:99:99", "a: !!int x", "? [a]\n: b", "a: {<<: 3}"],
    ids=["deep", "long number", "sexagesimal", "tag", "list as key", "merge"],
)
def test_odd_yaml_is_refused_like_any_other(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        read_cover(own(tmp_path, text))
