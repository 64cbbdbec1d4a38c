"""An insurance policy's cover, as a file lays it down: three blocks, their items, limits, deductibles (B10; FACTS §4).

Wording differs from policy to policy: everything is data (``cover_example.yaml`` shows all of it). What contradicts
itself is refused with file and key, because a limit that cannot hold would make every figure below it doubtful.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from sekisho.costs.assumptions import items
from sekisho.costs.checked import Section, read_settings
from sekisho.costs.model import BLOCKS_JA, Block
from sekisho.kernel.errors import InputError

PER_HEAD = ("voucher", "voucher_corporate")
"""Items that a policy may limit per head: per_person, per_corporation."""


@dataclass(frozen=True, slots=True)
class ItemCover:
    """How far one item is paid: (loss − ``deductible``) × ``ratio``, at most ``limit`` (None: the block's).

    ``per_head`` caps the loss beforehand at so many yen for each person or corporation concerned."""

    ratio: Fraction = Fraction(1)
    limit: int | None = None
    deductible: int = 0
    per_head: int | None = None


@dataclass(frozen=True, slots=True)
class BlockCover:
    """One block: its items by code, and what holds for their sum. ``waiting_hours``: interruption that is not paid."""

    limit: int
    deductible: int
    items: Mapping[str, ItemCover]
    waiting_hours: int = 0


@dataclass(frozen=True, slots=True)
class Cover:
    """One policy. ``limit``: for all blocks together (None: none); ``premium``: a year, for comparing."""

    name: str
    source: str
    limit: int | None
    premium: int | None
    ratio_first: bool
    """The deductible is taken off after the ratio, instead of before."""
    blocks: Mapping[Block, BlockCover]


def read_cover(path: Path) -> Cover:
    """The cover in a YAML or TOML file. Raises ``InputError`` naming file and key."""
    top = read_settings(path)
    top.only(("name", "source", "limit", "premium", "deductible_taken", "blocks"))
    limit, order = top.yen("limit"), top.word("deductible_taken", ("before_ratio", "after_ratio"), "before_ratio")
    cover = Cover(
        name=top.text("name", path.stem),
        source=top.text("source"),
        limit=limit,
        premium=top.yen("premium"),
        ratio_first=order == "after_ratio",
        blocks={},
    )
    blocks = top.section("blocks")
    blocks.only([block.value for block in Block])
    if not blocks.content:
        raise top.wrong("no block is covered", "blocks", remedy=f"write one of {', '.join(Block)}")
    return replace(
        cover, blocks={Block(name): _block(Block(name), section, limit) for name, section in blocks.sections()}
    )


def _block(block: Block, own: Section, overall: int | None) -> BlockCover:
    own.only(("limit", "deductible", "waiting_hours", "items"))
    limit = own.yen("limit")
    if limit is None:
        raise own.wrong("the block has no limit", "limit", remedy="write the limit of the policy in yen")
    if overall is not None and limit > overall:
        raise _above(own, "limit", limit, f"the limit of the whole policy ({overall:,})")
    if block != Block.LOST_PROFIT and own.has("waiting_hours"):
        raise own.wrong(
            "waiting hours belong to lost profit", "waiting_hours", remedy="move them to blocks.lost_profit"
        )
    known = {code: item for code, item in items().items() if item.block == block}
    listed = own.section("items")
    for code in listed.content:
        other = items().get(code)
        if other is not None and other.block != block:
            raise listed.wrong(f"belongs to {BLOCKS_JA[other.block]}", code, remedy=f"move it to blocks.{other.block}")
    listed.only(list(known))
    if not listed.content:
        raise own.wrong("no item is covered", "items", remedy=f"write one of {', '.join(known)}")
    return BlockCover(
        limit=limit,
        deductible=own.yen("deductible", 0) or 0,
        items={code: _item(code, section, limit) for code, section in listed.sections()},
        waiting_hours=own.yen("waiting_hours", 0) or 0,
    )


def _item(code: str, own: Section, block_limit: int) -> ItemCover:
    own.only(("ratio", "limit", "deductible", "per_person", "per_corporation"))
    ratio = own.number("ratio", Fraction(1))
    assert ratio is not None  # noqa: S101
    if ratio > 1:
        raise own.wrong("no policy pays more than the loss", "ratio", remedy="write 0.9 for 90 percent")
    limit = own.yen("limit")
    if limit is not None and limit > block_limit:
        raise _above(own, "limit", limit, f"the limit of its block ({block_limit:,})")
    for name, meant in (("per_person", "voucher"), ("per_corporation", "voucher_corporate")):
        if own.has(name) and code != meant:
            raise own.wrong("is not paid per head here", name, remedy=f"only {meant} may have {name}")
    return ItemCover(
        ratio=ratio,
        limit=limit,
        deductible=own.yen("deductible", 0) or 0,
        per_head=own.yen("per_person", own.yen("per_corporation")),
    )


def _above(own: Section, name: str, limit: int, other: str) -> InputError:
    return own.wrong(
        f"{limit:,} is more than {other}", name, remedy="one of the two is wrong: look into the policy and correct it"
    )
