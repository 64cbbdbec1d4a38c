"""What is paid: the decision table ``tests/cases/cover.yaml``, and what holds for every policy and loss."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.costs.assumptions import items
from sekisho.costs.cover import BlockCover, Cover, ItemCover, read_cover
from sekisho.costs.model import Block
from sekisho.costs.settlement import Settlement, settle_losses

CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "cover.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_cases(case: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    kept = {key: case[key] for key in ("limit", "deductible_taken", "blocks") if key in case}
    path.write_text(yaml.safe_dump(kept), encoding="utf-8")
    found = settle_losses(
        read_cover(path),
        case["losses"],
        heads={"voucher": case.get("people", 0), "voucher_corporate": case.get("corporations", 0)},
        hours=case.get("hours"),
    )
    assert {line.code: line.paid for line in found.lines} == case["paid"]
    if "why" in case:
        assert {line.code: line.why for line in found.lines if line.code in case["why"]} == case["why"]
    assert list(found.limits) == case.get("limits", [])


CODES = {block: [item.code for item in items().values() if item.block == block] for block in Block}
yen = st.integers(0, 10**7)
ratios = st.integers(0, 100).map(lambda percent: Fraction(percent, 100))
item_covers = st.builds(
    ItemCover, ratio=ratios, limit=st.none() | yen, deductible=st.integers(0, 10**5), per_head=st.none() | yen
)


@st.composite
def covers(draw: st.DrawFn) -> Cover:
    blocks = {}
    for block in draw(st.sets(st.sampled_from(list(Block)))):
        chosen = draw(st.dictionaries(st.sampled_from(CODES[block]), item_covers, min_size=1))
        blocks[block] = BlockCover(
            limit=draw(yen),
            deductible=draw(st.integers(0, 10**5)),
            items=chosen,
            waiting_hours=draw(st.integers(0, 72)) if block == Block.LOST_PROFIT else 0,
        )
    return Cover("plan", "", draw(st.none() | yen), None, draw(st.booleans()), blocks)


losses = st.dictionaries(st.sampled_from([code for codes in CODES.values() for code in codes]), yen)
heads = st.fixed_dictionaries({"voucher": st.integers(0, 5_000), "voucher_corporate": st.integers(0, 50)})
hours = st.none() | st.integers(0, 200)
several = settings(max_examples=50, deadline=None)
"""Policies are large to invent; the five properties see 250 of them."""


def settled(cover: Cover, lost: Mapping[str, int], per: Mapping[str, int], stopped: int | None) -> Settlement:
    return settle_losses(cover, lost, heads=per, hours=stopped)


@several
@given(covers(), losses, heads, hours)
def test_paid_and_stays_make_the_loss(
    cover: Cover, lost: dict[str, int], per: dict[str, int], stopped: int | None
) -> None:
    found = settled(cover, lost, per, stopped)
    assert {line.code: line.paid + line.stays for line in found.lines} == lost
    assert all(line.paid >= 0 and line.stays >= 0 for line in found.lines)
    assert found.paid + found.stays == found.loss == sum(lost.values())


@several
@given(covers(), losses, heads, hours)
def test_nothing_is_paid_above_any_limit(
    cover: Cover, lost: dict[str, int], per: dict[str, int], stopped: int | None
) -> None:
    found = settled(cover, lost, per, stopped)
    for block in Block:
        lines = [line for line in found.lines if line.block == block]
        if block not in cover.blocks:
            assert all(line.paid == 0 for line in lines)
            continue
        assert sum(line.paid for line in lines) <= cover.blocks[block].limit
        for line in lines:
            item = cover.blocks[block].items.get(line.code)
            if item is None:
                assert line.paid == 0
                continue
            assert item.limit is None or line.paid <= item.limit
            assert line.paid <= line.loss * item.ratio
            if item.per_head is not None and line.code in per:
                assert line.paid <= item.per_head * per[line.code]
    assert cover.limit is None or found.paid <= cover.limit


@several
@given(covers(), losses, heads, hours)
def test_what_stays_has_a_reason(cover: Cover, lost: dict[str, int], per: dict[str, int], stopped: int | None) -> None:
    for line in settled(cover, lost, per, stopped).lines:
        assert not line.stays or line.why


def more_cover(cover: Cover, by: int) -> list[Cover]:
    """The same cover with each of its terms, one at a time, better for the company."""
    better = [replace(cover, limit=None if cover.limit is None else cover.limit + by), replace(cover, limit=None)]
    for block, terms in cover.blocks.items():
        changed = [
            replace(terms, limit=terms.limit + by),
            replace(terms, deductible=max(0, terms.deductible - by)),
            replace(terms, waiting_hours=max(0, terms.waiting_hours - by)),
        ]
        for code, item in terms.items.items():
            changed += [
                replace(terms, items={**terms.items, code: one})
                for one in (
                    replace(item, ratio=min(Fraction(1), item.ratio + Fraction(by, 100))),
                    replace(item, limit=None if item.limit is None else item.limit + by),
                    replace(item, deductible=max(0, item.deductible - by)),
                    replace(item, per_head=None),
                )
            ]
        better += [replace(cover, blocks={**cover.blocks, block: one}) for one in changed]
    return better


@several
@given(covers(), losses, heads, hours, st.integers(1, 10**5))
def test_more_cover_never_pays_less(
    cover: Cover, lost: dict[str, int], per: dict[str, int], stopped: int | None, by: int
) -> None:
    paid = settled(cover, lost, per, stopped).paid
    for better in more_cover(cover, by):
        assert settled(better, lost, per, stopped).paid >= paid


@several
@given(covers(), losses, heads, hours, st.tuples(st.sampled_from(sorted(items())), st.integers(1, 10**6)))
def test_a_greater_loss_never_pays_less(
    cover: Cover, lost: dict[str, int], per: dict[str, int], stopped: int | None, more: tuple[str, int]
) -> None:
    code, by = more
    greater = {**lost, code: lost.get(code, 0) + by}
    assert settled(cover, greater, per, stopped).paid >= settled(cover, lost, per, stopped).paid
