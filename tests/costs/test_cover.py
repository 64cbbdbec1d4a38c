"""Cover files: the example, TOML, and every contradiction refused with file and key."""

from pathlib import Path

import pytest

from sekisho.costs.assumptions import items
from sekisho.costs.cover import read_cover
from sekisho.costs.data import example_text
from sekisho.costs.model import Block
from sekisho.kernel.errors import InputError

LETTERS = "items: {letters: {}}"


def written(tmp_path: Path, text: str, name: str = "plan.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_is_read_and_names_items_of_every_block(tmp_path: Path) -> None:
    cover = read_cover(written(tmp_path, example_text("cover_example")))
    assert set(cover.blocks) == set(Block)
    named = {code for block in cover.blocks.values() for code in block.items}
    assert named == set(items()) - {"prevention"}
    assert cover.blocks[Block.INCIDENT_COSTS].items["voucher"].per_head == 500
    assert cover.blocks[Block.INCIDENT_COSTS].items["voucher_corporate"].per_head == 50_000
    assert cover.blocks[Block.LOST_PROFIT].waiting_hours == 12
    assert not cover.ratio_first


def test_toml_says_the_same(tmp_path: Path) -> None:
    yaml = written(tmp_path, "name: P\nblocks: {liability: {limit: 100, items: {damages: {ratio: 0.9}}}}")
    toml = written(
        tmp_path,
        'name = "P"\n[blocks.liability]\nlimit = 100\n[blocks.liability.items.damages]\nratio = 0.9\n',
        "p.toml",
    )
    assert read_cover(yaml) == read_cover(toml)


def test_a_file_without_a_name_is_called_by_its_own(tmp_path: Path) -> None:
    path = written(tmp_path, f"blocks: {{incident_costs: {{limit: 1, {LETTERS}}}}}", "planA.yaml")
    assert read_cover(path).name == "planA"


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("blocks: {}", "blocks", "no block is covered"),
        ("name: 1\nblocks: {}", "name", "must be text"),
        ("limits: 1", "limits", "unknown key"),
        (f"blocks: {{incidents: {{limit: 1, {LETTERS}}}}}", "blocks.incidents", "unknown key"),
        (f"blocks: {{incident_costs: {{{LETTERS}}}}}", "blocks.incident_costs.limit", "has no limit"),
        ("blocks: {incident_costs: {limit: 1}}", "blocks.incident_costs.items", "no item is covered"),
        (
            f"limit: 99\nblocks: {{incident_costs: {{limit: 100, {LETTERS}}}}}",
            "blocks.incident_costs.limit",
            "100 is more than the limit of the whole policy (99)",
        ),
        (
            "blocks: {incident_costs: {limit: 100, items: {letters: {limit: 101}}}}",
            "blocks.incident_costs.items.letters.limit",
            "101 is more than the limit of its block (100)",
        ),
        (
            "blocks: {incident_costs: {limit: 100, items: {letters: {ratio: 1.01}}}}",
            "blocks.incident_costs.items.letters.ratio",
            "no policy pays more than the loss",
        ),
        (
            "blocks: {incident_costs: {limit: 100, items: {letters: {ratio: -0.1}}}}",
            "blocks.incident_costs.items.letters.ratio",
            "negative",
        ),
        (f"blocks: {{incident_costs: {{limit: -1, {LETTERS}}}}}", "blocks.incident_costs.limit", "negative"),
        (f"blocks: {{incident_costs: {{limit: 1.5, {LETTERS}}}}}", "blocks.incident_costs.limit", "must be whole"),
        (f"blocks: {{incident_costs: {{limit: 多い, {LETTERS}}}}}", "blocks.incident_costs.limit", "must be a number"),
        (
            "blocks: {incident_costs: {limit: 1, items: {lettres: {}}}}",
            "blocks.incident_costs.items.lettres",
            "unknown key",
        ),
        (
            "blocks: {incident_costs: {limit: 1, items: {damages: {}}}}",
            "blocks.incident_costs.items.damages",
            "belongs to 損害賠償",
        ),
        (
            f"blocks: {{incident_costs: {{limit: 1, waiting_hours: 2, {LETTERS}}}}}",
            "blocks.incident_costs.waiting_hours",
            "belong to lost profit",
        ),
        (
            "blocks: {incident_costs: {limit: 1, items: {letters: {per_person: 500}}}}",
            "blocks.incident_costs.items.letters.per_person",
            "not paid per head",
        ),
        (
            "blocks: {incident_costs: {limit: 1, items: {voucher: {per_corporation: 500}}}}",
            "blocks.incident_costs.items.voucher.per_corporation",
            "not paid per head",
        ),
        ("deductible_taken: never\nblocks: {}", "deductible_taken", "not known here"),
    ],
)
def test_contradictions_are_refused_with_file_and_key(tmp_path: Path, text: str, where: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as refused:
        read_cover(path)
    assert refused.value.where == f"{path}: {where}"
    assert message in refused.value.message
    assert refused.value.remedy
    assert refused.value.exit_status == 2


def test_a_slip_is_told_what_was_meant(tmp_path: Path) -> None:
    path = written(tmp_path, "blocks: {incident_costs: {limit: 1, items: {lettres: {}}}}")
    with pytest.raises(InputError, match="did you mean letters"):
        read_cover(path)


def test_a_limit_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, f"blocks:\n  incident_costs:\n    limit: 1\n    limit: 2\n    {LETTERS}\n")
    with pytest.raises(InputError, match="limit stands here twice"):
        read_cover(path)
