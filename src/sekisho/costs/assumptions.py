"""What an estimate supposes: the package's dated figures, and what a user's file puts in their place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from sekisho.costs.checked import Section, read_settings
from sekisho.costs.data import data
from sekisho.costs.model import Block, Spread

Three = tuple[Fraction, Fraction, Fraction]
PER = ("person", "addressee", "corporation", "incident", "contact", "input")
_OWN = "利用者の指定"


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of cost. ``per`` is what its quantity is counted by ("": reckoned by rules of its own: damages, lost
    profit); ``quantity`` is set where the user laid it down; ``price`` is None where no figure is published."""

    code: str
    ja: str
    block: Block
    per: str = ""
    unit: str = ""
    price: Spread | None = None
    postage: bool = False
    quantity: Three | None = None
    needs: Mapping[str, Any] | None = None
    otherwise: str = ""
    missing: str = ""
    source: str = ""
    as_of: date | None = None
    assumption: str = ""


@dataclass(frozen=True, slots=True)
class Postage:
    """Fees in force from a day: a standard letter, and what recorded delivery adds."""

    since: date
    letter: int
    registered: int


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Everything that an estimate is reckoned from besides the counts."""

    basis: str
    social_responsibility: str
    response: str
    claim_share: Three
    contact_share: Three
    calls_per_set: int
    contacts_source: str
    profit_per_month: int
    profit_share: Three
    profit_months: Fraction
    interruption_hours: int | None
    items: tuple[Item, ...]
    postage: tuple[Postage, ...]
    postage_source: str

    def postage_on(self, day: date) -> Postage:
        """The fees in force on ``day`` (the oldest known before that)."""
        return next((rate for rate in self.postage if rate.since <= day), self.postage[-1])


@cache
def items() -> dict[str, Item]:
    """The package's items by code: what an estimate and a cover file may name."""
    return {item.code: item for item in assumptions().items}


def assumptions(path: Path | None = None) -> Assumptions:
    """The package's assumptions, with what the file at ``path`` puts in their place.

    Raises ``InputError`` naming file and key for anything unknown, out of order, negative or no number."""
    defaults = Section("response.yaml", "", data("response"))
    own = read_settings(path) if path else Section("", "", {})
    own.only(("damages", "contacts", "items", "lost_profit"))
    known = [_default(Section("response.yaml", "items", row)) for row in data("response")["items"]]
    wanted = own.section("items")
    wanted.only([item.code for item in known if item.per])
    damages, contacts = own.section("damages"), own.section("contacts")
    profit = own.section("lost_profit")
    damages.only(("basis", "social_responsibility", "response", "claim_share"))
    contacts.only(("share", "calls_per_set", "source"))
    profit.only(("profit_per_month", "share", "months", "interruption_hours"))
    usual, usual_contacts = defaults.section("damages"), defaults.section("contacts")
    usual_profit = defaults.section("lost_profit")
    postage = data("response")["postage"]
    return Assumptions(
        basis=damages.word("basis", ("jo", "awards", "none"), usual.text("basis")),
        social_responsibility=damages.word(
            "social_responsibility", ("high", "normal"), usual.text("social_responsibility")
        ),
        response=damages.word("response", ("good", "bad"), usual.text("response")),
        claim_share=_share(damages, "claim_share", usual),
        contact_share=_share(contacts, "share", usual_contacts),
        calls_per_set=_at_least_one(contacts, "calls_per_set", usual_contacts),
        contacts_source=contacts.text("source", _OWN if contacts.content else usual_contacts.text("source")),
        profit_per_month=profit.yen("profit_per_month", 0) or 0,
        profit_share=_share(profit, "share", usual_profit),
        profit_months=profit.number("months", Fraction(0)) or Fraction(0),
        interruption_hours=profit.yen("interruption_hours"),
        items=tuple(_changed(item, wanted.section(item.code)) for item in known),
        postage=tuple(
            Postage(rate["from"], rate["letter"], rate["registered"])
            for rate in sorted(postage["rates"], key=lambda rate: rate["from"], reverse=True)
        ),
        postage_source=postage["source"],
    )


def _default(row: Section) -> Item:
    price = row.three("price")
    return Item(
        code=row.text("code"),
        ja=row.text("ja"),
        block=Block(row.text("block")),
        per=row.text("per"),
        unit=row.text("unit"),
        price=Spread(*(int(one) for one in price)) if price else None,
        postage=bool(row.content.get("postage")),
        needs=row.content.get("needs"),
        otherwise=row.text("otherwise"),
        missing=row.text("missing"),
        source=row.text("source"),
        as_of=row.day("as_of"),
        assumption=row.text("assumption"),
    )


def _changed(item: Item, own: Section) -> Item:
    """``item`` with what the user's file says of it. A price of his own loses our source; a quantity our conditions."""
    if not own.content:
        return item
    own.only(("price", "quantity", "source", "as_of", "assumption"))
    price, quantity = own.three("price"), own.three("quantity")
    if price and any(one.denominator != 1 for one in price):
        raise own.wrong("must be whole yen", "price", remedy="round it")
    if quantity and any(one.denominator != 1 for one in quantity):
        raise own.wrong("must be whole", "quantity", remedy="round it")
    if quantity and any(quantity) and price is None and item.price is None:
        raise own.wrong("there is no published price to multiply", "price", remedy="write a price as well")
    if price and item.per == "input" and quantity is None:
        quantity = (Fraction(1), Fraction(1), Fraction(1))
    return Item(
        code=item.code,
        ja=item.ja,
        block=item.block,
        per=item.per,
        unit=item.unit,
        price=Spread(*(int(one) for one in price)) if price else item.price,
        postage=item.postage,
        quantity=quantity,
        needs=None if quantity else item.needs,
        otherwise=item.otherwise,
        missing=item.missing,
        source=own.text("source", f"{_OWN} ({Path(own.file).name})" if price else item.source),
        as_of=own.day("as_of") or (None if price else item.as_of),
        assumption=own.text("assumption", "" if price else item.assumption),
    )


def _share(own: Section, name: str, usual: Section) -> Three:
    share = own.three(name) or usual.three(name)
    assert share is not None  # noqa: S101  (our own data has it)
    if share[2] > 1:
        raise own.wrong("is a share and cannot be more than 1", name, remedy="write 0.1 for one in ten")
    return share


def _at_least_one(own: Section, name: str, usual: Section) -> int:
    value = own.yen(name, usual.yen(name)) or 0
    if value < 1:
        raise own.wrong("must be 1 or more", name, remedy="write how many calls one centre takes in three months")
    return value
