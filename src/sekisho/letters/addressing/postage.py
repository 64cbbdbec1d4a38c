"""What the posting costs, and the count sheet (内訳票) that is handed in with it.

Letters come out in the order of postcodes (``recipients``), so that a sender who sorts gets the discount for sorted
mail (区分郵便物) on top of that for barcodes. Prices and discounts are dated data (``postage.yaml``); the result is an
estimate, with everything it rests on said beside it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from sekisho.kernel.entries import check_entries
from sekisho.kernel.errors import InputError

SORTINGS = ("", "own", "designated")
_PRICE = {"grams": None, "yen": None}
_STEP = {"pieces": None, "percent": None}
_SHAPE = {
    "reference?": None, "effective_from?": None, "seen_on?": None,
    "prices?": [{"from": None, "standard?": [_PRICE], "other?": [_PRICE]}],
    "discounts?": [{
        "from": None,
        "barcode": {"percent": None, "pieces": None, "class": None},
        "sorting": {"own": [_STEP], "designated": [_STEP]},
        "regional_pieces": None,
        "slacks": [{"days": None, "regional?": None}],
        "extra": {"standard": {"*": None}, "other": {"*": None}},
    }],
    "regions?": {"*": None},
}  # fmt: skip
"""Of ``postage.yaml``, and of a user's own file."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How it is posted. ``sorting``: "" not sorted, own (sorted for each 郵便区番号) or designated (as the office names
    them); ``slack_days``: of delay that are agreed to, 0 or one of ``slacks``; ``regional``: handed in at a
    地域区分局; ``grams`` of one letter."""

    grams: int
    is_standard: bool = True
    sorting: str = ""
    slack_days: int = 0
    regional: bool = False


@dataclass(frozen=True, slots=True)
class Bundle:
    """The letters of one area: the first three and the first five digits of the postcode (the 郵便区番号 has three or
    five, by the area). ``with_bars``: those that carry a barcode."""

    area3: str
    area5: str
    region: str
    pieces: int
    with_bars: int


@dataclass(frozen=True, slots=True)
class CountSheet:
    """The posting: its bundles in order, and what it costs. ``notes``: why a discount is or is not given."""

    bundles: tuple[Bundle, ...]
    pieces: int
    with_bars: int
    yen_each: int
    sorting_percent: int
    barcode_percent: int
    full_yen: int
    yen: int
    posted_on: date
    notes: tuple[str, ...]

    def regions(self) -> dict[str, int]:
        """Pieces by part of the country, in the order of postcodes."""
        counts: dict[str, int] = {}
        for bundle in self.bundles:
            counts[bundle.region] = counts.get(bundle.region, 0) + bundle.pieces
        return counts

    def rows(self) -> list[tuple[str, ...]]:
        """The count sheet as a table: heads, a row for each area, the sum, the charge."""
        heads = ("地域", "上3桁", "上5桁", "通数", "うちバーコード付")
        rows = [
            (bundle.region, bundle.area3, bundle.area5, str(bundle.pieces), str(bundle.with_bars))
            for bundle in self.bundles
        ]
        charge = f"料金 (概算) {self.yen:,}円、割引前 {self.full_yen:,}円、1通 {self.yen_each}円"
        return [heads, *rows, ("合計", "", "", str(self.pieces), str(self.with_bars)), (charge, "", "", "", "")]


def count_sheet(
    letters: Iterable[tuple[str, bool]], plan: Plan, *, posted_on: date, tariff: Path | None = None
) -> CountSheet:
    """Count ``letters`` (postcode of seven digits, whether it carries a barcode) and price them.

    Raises ``InputError`` for a plan that does not exist, a day before the first price, a letter too heavy, and a
    postcode that is none."""
    _check_plan(plan)
    tables = _tables(tariff)
    counted: Counter[str] = Counter()
    barred: Counter[str] = Counter()
    for postal_code, has_bars in letters:
        if len(postal_code) != 7 or not postal_code.isdecimal():
            raise InputError("a letter has no postcode", remedy="letters without one are held back, not posted")
        counted[postal_code[:5]] += 1
        barred[postal_code[:5]] += has_bars
    pieces, with_bars = counted.total(), barred.total()
    yen_each = _price(tables, plan, posted_on)
    rules = _in_force(tables["discounts"], posted_on)
    _check_slack(rules, plan)
    sorting, barcode, notes = _percents(rules, plan, pieces, with_bars)
    # Of each letter the discounted charge; the sum is rounded up to whole yen.
    hundredths = yen_each * ((pieces - with_bars) * (100 - sorting) + with_bars * (100 - sorting - barcode))
    regions = _regions(tables)
    return CountSheet(
        bundles=tuple(
            Bundle(area[:3], area, regions.get(area[:2], "不明"), counted[area], barred[area])
            for area in sorted(counted)
        ),
        pieces=pieces,
        with_bars=with_bars,
        yen_each=yen_each,
        sorting_percent=sorting,
        barcode_percent=barcode,
        full_yen=yen_each * pieces,
        yen=-(-hundredths // 100),
        posted_on=posted_on,
        notes=tuple(notes),
    )


def _percents(rules: Mapping[str, Any], plan: Plan, pieces: int, with_bars: int) -> tuple[int, int, list[str]]:
    """Percent for sorting with what goes with it, percent for the barcode, and the reasons in words."""
    notes: list[str] = []
    kind = "standard" if plan.is_standard else "other"
    sorting = 0
    if plan.sorting:
        steps = [step for step in rules["sorting"][plan.sorting] if pieces >= step["pieces"]]
        sorting = steps[-1]["percent"] if steps else 0
        least = rules["sorting"][plan.sorting][0]["pieces"]
        notes.append(
            f"区分郵便物: {pieces:,}通で{sorting}%" if steps else f"区分郵便物の割引なし: {least:,}通以上が必要です"
        )
    if sorting:
        extra, why = _extra(rules, plan, pieces, kind)
        sorting += extra
        notes += why
    elif plan.slack_days or plan.regional:
        notes.append("送達余裕・地域区分局差出しの割引は、区分郵便物の割引を受ける場合に限ります")
    bars = rules["barcode"]
    barcode = bars["percent"] if bars["class"] == kind and with_bars >= bars["pieces"] else 0
    if barcode:
        notes.append(f"バーコード付: {with_bars:,}通に{barcode}%")
    elif with_bars:
        which = "定形郵便物に限ります" if bars["class"] != kind else f"{bars['pieces']:,}通以上が必要です"
        notes.append(f"バーコード割引なし: {which}")
    return sorting, barcode, notes


def _extra(rules: Mapping[str, Any], plan: Plan, pieces: int, kind: str) -> tuple[int, list[str]]:
    regional = plan.regional and pieces >= rules["regional_pieces"]
    notes = []
    if plan.regional and not regional:
        notes.append(f"地域区分局差出しの割引なし: {rules['regional_pieces']:,}通以上が必要です")
    slack = max((one["days"] for one in rules["slacks"]
                 if one["days"] <= plan.slack_days and (regional or not one.get("regional"))), default=0)  # fmt: skip
    if slack < plan.slack_days:
        notes.append(
            f"送達{plan.slack_days}日の余裕は地域区分局への差出しに限ります。{slack}日の余裕として計算しました"
        )
    name = "_".join(word for word in ("regional" if regional else "", f"slack_{slack}" if slack else "") if word)
    percent = int(rules["extra"][kind].get(name, 0)) if name else 0
    if percent:
        parts = [("地域区分局への差出し", regional), (f"送達{slack}日の余裕", slack)]
        notes.append("・".join(words for words, counts in parts if counts) + f": {percent}%")
    return percent, notes


def _price(tables: Mapping[str, Any], plan: Plan, posted_on: date) -> int:
    kind = "standard" if plan.is_standard else "other"
    steps = _in_force(tables["prices"], posted_on).get(kind, ())
    if not steps:
        raise InputError(f"no price of this class ({kind}) is known", where="prices", remedy="add it to your file")
    for step in steps:
        if plan.grams <= step["grams"]:
            return int(step["yen"])
    raise InputError(
        f"{plan.grams} g is more than a letter of this class may weigh ({steps[-1]['grams']} g)",
        remedy="use lighter paper, or a larger class",
    )


def _in_force(entries: Iterable[Mapping[str, Any]], day: date) -> Mapping[str, Any]:
    begun = [entry for entry in entries if entry["from"] <= day]
    if not begun:
        raise InputError(f"no postage is known for {day}", where="postage.yaml", remedy="add the prices of that time")
    return max(begun, key=lambda entry: entry["from"])


def _check_plan(plan: Plan) -> None:
    if plan.sorting not in SORTINGS or plan.grams <= 0:
        raise InputError("there is no such way of posting", remedy="sorting: own, designated or none; grams: above 0")


def _check_slack(rules: Mapping[str, Any], plan: Plan) -> None:
    days = (0, *(one["days"] for one in rules["slacks"]))
    if plan.slack_days not in days:
        raise InputError("there is no such way of posting", remedy=f"slack_days: {', '.join(map(str, days))}")


@cache
def _own() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(
        resources.files("sekisho.letters.addressing").joinpath("postage.yaml").read_text(encoding="utf-8")
    )
    return loaded


def _tables(path: Path | None) -> Mapping[str, Any]:
    if path is None:
        return _own()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    except (UnicodeDecodeError, yaml.YAMLError):
        raise InputError(
            "cannot be read as YAML", where=str(path), remedy="copy letters/addressing/postage.yaml"
        ) from None
    check_entries(content, _SHAPE, where=str(path))
    return {**_own(), **content}


def _regions(tables: Mapping[str, Any]) -> dict[str, str]:
    """First two digits → region."""
    found: dict[str, str] = {}
    for name, spans in tables["regions"].items():
        for span in spans:
            first, _, last = span.partition("-")
            found.update({f"{number:02d}": name for number in range(int(first), int(last or first) + 1)})
    return found
