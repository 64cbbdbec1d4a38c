"""Words of documents: templates as data, gaps marked and counted, figures and days as they stand in Japanese texts."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from sekisho.incidents.model import Dossier, Measure
from sekisho.kernel.dates import in_words
from sekisho.law.items import items

GAP = "【要記入: {}】"


@cache
def wording(name: str) -> Mapping[str, Any]:
    """The texts of ``reports/<name>.yaml``."""
    text = resources.files("sekisho.reports").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def or_gap(text: str, what: str) -> str:
    """What was entered, or a gap that says what is missing."""
    return text or GAP.format(what)


def draft_line(texts: str) -> str:
    """What stands in the header while gaps are left in a document ("" when there is none)."""
    gaps = texts.count(GAP.split("{", 1)[0])
    return f"案 (未記入 {gaps}箇所)" if gaps else ""


def item_names(dossier: Dossier) -> list[str]:
    """The items that became known, in Japanese, in the order of ``law.items`` (as in seed 001)."""
    found = {code for code, _ in dossier.table.items}
    return [item.ja for code, item in items().items() if code in found]


def special_items(dossier: Dossier) -> list[str]:
    """Those of them that need special care."""
    known = items()
    return [known[code].ja for code, _ in dossier.table.items if code in known and known[code].special_care]


def people_words(dossier: Dossier) -> str:
    """The number of persons, marked where it is the largest possible one."""
    most = "最大 " if dossier.table.people_are_upper_bound else ""
    return f"{most}{dossier.table.people_distinct:,}人"


def measure_words(measure: Measure) -> str:
    """A measure with what is known of who and when."""
    when = ""
    if measure.done_on:
        when = f"{in_words(measure.done_on)}実施"
    elif measure.due:
        when = f"{in_words(measure.due)}まで"
    told = "、".join(word for word in (measure.owner, when) if word)
    return f"{measure.text} ({told})" if told else measure.text
