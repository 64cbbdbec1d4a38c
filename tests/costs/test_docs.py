"""``docs/costs.md`` tells what the program reckons: levels, awards, prices and the worked example."""

import re
from datetime import date
from pathlib import Path

from sekisho.costs.assumptions import assumptions, items
from sekisho.costs.cover import read_cover
from sekisho.costs.damages import awards, levels_of
from sekisho.costs.data import data, example_text
from sekisho.costs.estimate import estimate
from sekisho.costs.settlement import settle
from sekisho.incidents.concerned import Concerned
from sekisho.law.items import items as law_items

TEXT = (Path(__file__).parents[2] / "docs" / "costs.md").read_text(encoding="utf-8")


def rows(head: str) -> list[list[str]]:
    """The cells of the table whose head line begins so."""
    lines = TEXT[TEXT.index(f"| {head}") :].splitlines()[2:]
    taken = []
    for line in lines:
        if not line.startswith("|"):
            break
        taken.append([cell.strip().replace("**", "") for cell in line.strip("|").split("|")])
    return taken


def test_the_levels_of_every_item() -> None:
    told = {}
    for names, levels, whose in rows("items | (x, y)"):
        x, y = map(int, re.findall(r"\d", levels))
        told |= {name.strip(): (x, y, whose != "published") for name in names.split(",")}
    found = {code: levels_of((code,)) for code in law_items()}
    assert told == {code: (one.x, one.y, bool(one.assumed)) for code, one in found.items()}


def test_the_awards() -> None:
    told = " ".join(" ".join(row) for row in rows("case | court"))
    for award in awards():
        assert award.decided_on.isoformat() in told
        assert f"{award.yen:,}" in told


def test_every_item_of_cost_is_told() -> None:
    told = {name.strip() for row in rows("item | low") for name in row[0].split(",")}
    assert told == set(items()) - {"damages"}


def test_the_worked_example(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(example_text("cover_example"), encoding="utf-8")
    who = Concerned(((("expiry_date", "holder_name", "policy_no"), 204_783),), 0, ("A1",))
    found = estimate(who, assumptions(), prices_on=date(2024, 8, 30))
    settled = settle(read_cover(path), found, "expected")
    told = [(row[2], row[3]) for row in rows("expected | reckoning")]
    assert told == [
        *((f"{line.loss:,}", f"{line.paid:,}") for line in settled.lines),
        (f"{settled.loss:,}", f"{settled.paid:,}"),
    ]
    assert f"{settled.stays:,} stays" in TEXT
    low = settle(read_cover(path), found, "low")
    assert f"low scenario: {low.loss:,}, of which {low.paid:,} paid" in TEXT


def test_the_prices_told_are_those_of_the_data() -> None:
    rates = data("response")["postage"]["rates"]
    assert f"{rates[-1]['letter']} since {rates[-1]['from'].isoformat()}" in TEXT
    assert f"recorded delivery +{rates[-1]['registered']}" in TEXT
