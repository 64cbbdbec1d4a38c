"""What a policy pays of an estimate, what stays, and which limit decided, in words (B10).

Order of reckoning (``docs/costs.md``): each item: capped per head, deductible, payment ratio, its own limit; then the
sum of the block: deductible, limit; then all blocks: the limit of the policy. Whatever a block or the policy cuts is
taken from the items in proportion, to the yen. For every item paid + stays = loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sekisho.costs.assumptions import items
from sekisho.costs.cover import PER_HEAD, BlockCover, Cover, ItemCover
from sekisho.costs.model import BLOCKS_JA, Block, Estimate


@dataclass(frozen=True, slots=True)
class Paid:
    """One item: what it costs, what is paid, and why not more ("": all of it is paid)."""

    code: str
    ja: str
    block: Block
    loss: int
    paid: int
    why: str

    @property
    def stays(self) -> int:
        return self.loss - self.paid


@dataclass(frozen=True, slots=True)
class Settlement:
    """All items in one scenario. ``limits``: the limits of blocks and policy that decided, in words."""

    cover: str
    scenario: str
    lines: tuple[Paid, ...]
    limits: tuple[str, ...]

    @property
    def loss(self) -> int:
        return sum(line.loss for line in self.lines)

    @property
    def paid(self) -> int:
        return sum(line.paid for line in self.lines)

    @property
    def stays(self) -> int:
        return self.loss - self.paid

    def as_json(self) -> dict[str, Any]:
        """One JSON document."""
        return {
            "cover": self.cover,
            "scenario": self.scenario,
            "loss": self.loss,
            "paid": self.paid,
            "stays": self.stays,
            "limits": list(self.limits),
            "lines": [
                {"code": one.code, "name": one.ja, "block": one.block.value, "loss": one.loss, "paid": one.paid}
                | {"stays": one.stays, "why": one.why}
                for one in self.lines
            ],
        }


def settle(cover: Cover, found: Estimate, scenario: str) -> Settlement:
    """What ``cover`` pays of ``found`` in ``scenario`` (``costs.model.SCENARIOS``)."""
    losses = {code: spread.of(scenario) for code, spread in found.by_code().items()}
    heads = {"voucher": found.people, "voucher_corporate": found.corporate_count}
    return settle_losses(cover, losses, heads=heads, hours=found.interruption_hours, scenario=scenario)


def settle_losses(
    cover: Cover, losses: Mapping[str, int], *, heads: Mapping[str, int], hours: int | None, scenario: str = ""
) -> Settlement:
    """The same for losses by item code. ``heads``: how many a cap per head is multiplied by; ``hours`` of interruption
    (None: unknown, then nothing is paid under a policy that lets hours pass first)."""
    known = items()
    paid: dict[str, int] = {}
    why: dict[str, str] = {}
    limits: list[str] = []
    for block in Block:
        terms = cover.blocks.get(block)
        codes = [code for code in losses if known[code].block == block]
        if terms is None:
            paid |= dict.fromkeys(codes, 0)
            why |= dict.fromkeys(codes, f"{BLOCKS_JA[block]}はこの保険の対象外")
            continue
        for code in codes:
            paid[code], why[code] = _item(code, losses[code], terms, cover, heads=heads, hours=hours)
        limits += _block(block, terms, codes, paid, why)
    if cover.limit is not None and sum(paid.values()) > cover.limit:
        limits.append(f"保険全体の限度額 {cover.limit:,}円")
        _cut(list(losses), paid, why, cover.limit, f"保険全体の限度額 {cover.limit:,}円")
    return Settlement(
        cover=cover.name,
        scenario=scenario,
        lines=tuple(
            Paid(code, known[code].ja, known[code].block, loss, paid[code], why[code]) for code, loss in losses.items()
        ),
        limits=tuple(limits),
    )


def _item(
    code: str, loss: int, terms: BlockCover, cover: Cover, *, heads: Mapping[str, int], hours: int | None
) -> tuple[int, str]:
    """What is paid for one item before its block is looked at, and every reason why not more."""
    item = terms.items.get(code)
    if item is None:
        return 0, "この保険の対象の項目に書かれていない"
    said: list[str] = []
    amount = loss
    if terms.waiting_hours and code == "lost_profit" and loss:
        amount = _after_waiting(amount, terms.waiting_hours, hours, said)
    if item.per_head is not None and code in PER_HEAD and amount > item.per_head * heads.get(code, 0):
        amount = item.per_head * heads.get(code, 0)
        said.append(f"1{'人' if code == 'voucher' else '社'}につき {item.per_head:,}円まで")
    amount = _less(amount, item, cover.ratio_first, said)
    if item.limit is not None and amount > item.limit:
        amount = item.limit
        said.append(f"項目の限度額 {item.limit:,}円")
    return amount, "、".join(said)


def _after_waiting(amount: int, waiting: int, hours: int | None, said: list[str]) -> int:
    if hours is None:
        said.append(f"待機時間 {waiting}時間があり、止まった時間が分からないため支払いを見込まない")
        return 0
    said.append(f"待機時間 {waiting}時間 (止まったのは{hours}時間)")
    return amount * max(0, hours - waiting) // hours if hours else 0


def _less(amount: int, item: ItemCover, ratio_first: bool, said: list[str]) -> int:
    """Deductible and payment ratio, in the order of the policy; parts of a yen are not paid."""
    if item.deductible and amount:
        said.append(f"免責金額 {item.deductible:,}円")
    if item.ratio < 1 and amount:
        said.append(f"支払割合 {float(item.ratio):.4g}")
    if ratio_first:
        return max(0, _part(amount, item.ratio) - item.deductible)
    return _part(max(0, amount - item.deductible), item.ratio)


def _part(amount: int, ratio: Fraction) -> int:
    return amount * ratio.numerator // ratio.denominator


def _block(block: Block, terms: BlockCover, codes: list[str], paid: dict[str, int], why: dict[str, str]) -> list[str]:
    """Take off the block's deductible and hold its limit; says what decided."""
    limits = []
    total = sum(paid[code] for code in codes)
    if terms.deductible and total:
        said = f"{BLOCKS_JA[block]}の免責金額 {terms.deductible:,}円"
        total = max(0, total - terms.deductible)
        limits.append(said)
        _cut(codes, paid, why, total, said)
    if total > terms.limit:
        said = f"{BLOCKS_JA[block]}の限度額 {terms.limit:,}円"
        limits.append(said)
        _cut(codes, paid, why, terms.limit, said)
    return limits


def _cut(codes: list[str], paid: dict[str, int], why: dict[str, str], target: int, said: str) -> None:
    """Bring the items' sum down to ``target`` in proportion; yen that do not divide go to the largest remainders."""
    total = sum(paid[code] for code in codes)
    if total <= target:
        return
    shares = {code: divmod(paid[code] * target, total) for code in codes}
    left = target - sum(share for share, _ in shares.values())
    for code in sorted(codes, key=lambda code: (-shares[code][1], code)):
        share, rest = shares[code]
        more = 1 if left > 0 and rest else 0
        left -= more
        if share + more < paid[code]:
            why[code] = "、".join(part for part in (why[code], said) if part)
        paid[code] = share + more
