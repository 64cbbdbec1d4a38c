"""An estimate: counts times prices, line by line, each with its assumption and source (B9; FACTS §4; seed 003)."""

from datetime import date
from fractions import Fraction
from math import ceil

from sekisho.costs.assumptions import Assumptions, Item, Three
from sekisho.costs.damages import (
    Levels,
    awards,
    awards_source,
    jo,
    levels_of,
    names_of,
    response_factor,
    social_responsibility,
    source,
)
from sekisho.costs.model import Block, Estimate, LeftOut, Line, Spread
from sekisho.incidents.concerned import Concerned


def estimate(who: Concerned, supposed: Assumptions, *, prices_on: date) -> Estimate:
    """What an incident that concerns ``who`` may cost, at the prices in force on ``prices_on``."""
    lines: list[Line] = []
    left_out: list[LeftOut] = []
    for item in supposed.items:
        if item.code == "damages":
            made: list[Line] | LeftOut = _damages(who, supposed, item)
        elif item.code == "lost_profit":
            made = _lost_profit(supposed, item)
        else:
            made = _response(who, supposed, item, prices_on)
        if isinstance(made, LeftOut):
            left_out.append(made)
        else:
            lines += made
    return Estimate(
        people=who.people_count,
        corporate_count=who.corporate_count,
        people_are_upper_bound=who.people_are_upper_bound,
        prices_on=prices_on,
        lines=tuple(lines),
        left_out=tuple(left_out),
        notes=tuple(_notes(who, supposed)),
        interruption_hours=supposed.interruption_hours,
    )


def _damages(who: Concerned, supposed: Assumptions, item: Item) -> list[Line] | LeftOut:
    """One line for each price that persons have by their items."""
    if not who.people_count:
        return LeftOut(item.code, item.ja, "本人 (個人) がいません")
    if supposed.basis == "none":
        return LeftOut(item.code, item.ja, "見込まないと指定されています")
    return _by_awards(who, supposed, item) if supposed.basis == "awards" else _by_jo(who, supposed, item)


def _by_jo(who: Concerned, supposed: Assumptions, item: Item) -> list[Line]:
    groups: dict[tuple[int, int, int], tuple[int, Levels, set[str]]] = {}
    for codes, count in who.people:
        found = levels_of(codes)
        key = (found.x, found.y, found.identifiability)
        people, levels, assumed = groups.get(key, (0, found, set()))
        groups[key] = (people + count, levels, assumed | set(found.assumed))
    social, where = social_responsibility(supposed.social_responsibility), source()
    lines = []
    for (x, y, identifiability), (people, levels, assumed) in sorted(groups.items(), reverse=True):
        usual = jo(x, y, identifiability, social, response_factor(supposed.response))
        worst = jo(x, y, identifiability, social, response_factor("bad"))
        said = f"{_claims(supposed)}。高めは事後対応が不適切とされた場合"
        if assumed:
            listed = names_of(assumed)
            said += f"。{listed}はJOモデルの表にない項目で、(1,1)と仮定"
        lines.append(
            Line(
                code=item.code,
                ja=item.ja,
                block=item.block,
                detail=f"精神的苦痛{x}・経済的損失{y}、{levels.why}",
                quantity=_shares(people, supposed.claim_share),
                unit="人",
                unit_price=Spread(usual, usual, max(usual, worst)),
                assumption=said,
                source=where[0],
                as_of=where[1],
            )
        )
    return lines


def _by_awards(who: Concerned, supposed: Assumptions, item: Item) -> list[Line]:
    where = awards_source()
    lines = []
    for sensitive in (True, False):
        people = sum(count for codes, count in who.people if (levels_of(codes).x > 1) == sensitive)
        if people:
            known = sorted((award.yen, award.ja) for award in awards() if award.sensitive == sensitive)
            low, middle, high = known[0], known[(len(known) - 1) // 2], known[-1]
            lines.append(
                Line(
                    code=item.code,
                    ja=item.ja,
                    block=item.block,
                    detail="機微な項目を含む人" if sensitive else "機微な項目を含まない人",
                    quantity=_shares(people, supposed.claim_share),
                    unit="人",
                    unit_price=Spread(low[0], middle[0], high[0]),
                    assumption=f"低め {low[1]}、想定 {middle[1]}、高め {high[1]} の1人あたりの額。{_claims(supposed)}",
                    source=where[0],
                    as_of=where[1],
                )
            )
    return lines


def _claims(supposed: Assumptions) -> str:
    low, middle, high = (f"{float(share):.4g}" for share in supposed.claim_share)
    if [float(share) for share in supposed.claim_share] == [0, 1, 1]:
        return "全員が請求した場合 (JNSAの想定の仕方)。低めは請求なし"
    return f"請求する人の割合 {low}・{middle}・{high}"


def _response(who: Concerned, supposed: Assumptions, item: Item, prices_on: date) -> list[Line] | LeftOut:
    quantity = _quantity(who, supposed, item)
    if isinstance(quantity, str):
        return LeftOut(item.code, item.ja, quantity)
    assert item.price is not None  # noqa: S101  (an item without a price has no quantity)
    price, said = item.price, [item.assumption] if item.assumption else []
    if item.postage:
        rate = supposed.postage_on(prices_on)
        price += Spread(rate.letter, rate.letter, rate.letter + rate.registered)
        said.append(f"郵便料金 {rate.letter}円 ({rate.since.isoformat()}から)、特定記録 +{rate.registered}円")
        if prices_on < rate.since:
            said.append("それより前の料金は持っていないため、この料金で計算")
    if item.per == "contact" and item.quantity is None:
        low, middle, high = (f"{float(share):.2%}".replace(".00", "") for share in supposed.contact_share)
        said.append(
            f"電話をかける人 {low}・{middle}・{high}、1窓口で{supposed.calls_per_set:,}件 ({supposed.contacts_source})"
        )
    if item.quantity is not None and item.per != "input":
        said.append("数は利用者の指定")
    return [
        Line(
            code=item.code,
            ja=item.ja,
            block=item.block,
            detail="",
            quantity=quantity,
            unit=item.unit,
            unit_price=price,
            assumption="。".join(said),
            source=item.source,
            as_of=item.as_of,
        )
    ]


def _quantity(who: Concerned, supposed: Assumptions, item: Item) -> Spread | str:
    """How many, or why none."""
    if item.quantity is not None:
        return Spread(*(int(one) for one in item.quantity)) if any(item.quantity) else "見込まないと指定されています"
    if item.per == "input":
        return item.missing
    if not who.addressee_count:
        return "対象となる人・法人がいません"
    needs = item.needs or {}
    met = (
        who.addressee_count >= needs.get("addressees", 0)
        and (not needs.get("causes") or not set(who.causes).isdisjoint(needs["causes"]))
        and (not needs.get("items") or not who.items.isdisjoint(needs["items"]))
    )
    if not met:
        return item.otherwise
    if item.per == "contact":
        calls = _shares(who.addressee_count, supposed.contact_share)
        sets = (max(1, ceil(Fraction(n, supposed.calls_per_set))) for n in (calls.low, calls.expected, calls.high))
        return Spread(*sets)
    base = {
        "person": who.people_count,
        "addressee": who.addressee_count,
        "corporation": who.corporate_count,
        "incident": 1,
    }[item.per]
    return Spread.same(base) if base else "対象となる人・法人がいません"


def _lost_profit(supposed: Assumptions, item: Item) -> list[Line] | LeftOut:
    loss = Spread(
        *(ceil(supposed.profit_per_month * share * supposed.profit_months) for share in supposed.profit_share)
    )
    if not loss.high:
        return LeftOut(item.code, item.ja, "月の利益・減る割合・月数を前提ファイルの lost_profit に入れてください")
    low, middle, high = (f"{float(share):.2%}".replace(".00", "") for share in supposed.profit_share)
    said = f"月 {supposed.profit_per_month:,}円 × {low}・{middle}・{high} × {float(supposed.profit_months):g}か月"
    return [
        Line(item.code, item.ja, Block.LOST_PROFIT, "", Spread.same(1), "式", loss, said, "利用者の指定", None),
    ]


def _shares(count: int, share: Three) -> Spread:
    """Parts of ``count``, rounded up to whole persons."""
    return Spread(*(ceil(count * part) for part in share))


def _notes(who: Concerned, supposed: Assumptions) -> list[str]:
    notes = []
    if who.people_are_upper_bound:
        notes.append(
            "本人の数は最大値です (契約者の種別が分からない契約、名寄せ前の契約を一人と数えています)。"
            "費用も最大の数で計算しています"
        )
    if not who.addressee_count:
        notes.append("対象となる人・法人がいないため、人数に応じた費用はありません")
    unknown = sum(count for codes, count in who.people if not codes)
    if unknown:
        notes.append(f"項目の分からない人が {unknown:,}人います。氏名と住所が含まれるものとして計算しています")
    if who.people_count and supposed.basis == "jo":
        notes.append("JOモデルは危険の大きさを測る物差しで、裁判所の判断を予測するものではありません")
    if who.people_count and supposed.basis != "none" and supposed.claim_share[2] == 1:
        sued: dict[str, int] = {}
        for award in awards():
            if award.claimants:
                name = award.ja.split(" (")[0]
                sued[name] = sued.get(name, 0) + award.claimants
        told = "、".join(f"{name} {count:,}人" for name, count in sued.items())
        notes.append(
            f"裁判になった例では、漏えいした人のごく一部だけが訴えています ({told})。"
            "見通しを立てるには claim_share を下げてください"
        )
    return notes
