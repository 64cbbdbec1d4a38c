"""Short forms of names."""

from pathlib import Path

import pytest
from tests.registry.small import write

from sekisho.registry import read_registry
from sekisho.registry.names import short_forms


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("甲損害保険株式会社", {"甲損害保険", "甲損保", "甲損害"}),
        ("株式会社甲損害保険", {"甲損害保険", "甲損保", "甲損害"}),
        ("丙生命保険㈱", {"丙生命保険", "丙生命", "丙生保"}),
        ("丁火災海上保険", {"丁火災海上", "丁火災", "丁海上"}),
        ("有限会社みどり保険事務所", {"みどり保険事務所"}),
        ("損害保険", set()),
    ],
)
def test_short_forms(name: str, forms: set[str]) -> None:
    assert short_forms(name) == forms


def test_a_short_form_of_two_insurers_is_given_to_none(tmp_path: Path) -> None:
    insurers = "insurer_id,name,kind,aliases\nKOU,甲損害保険,nonlife,コウ損保;甲\nK2,甲損害保険株式会社,nonlife,\n"
    registry, report = read_registry(write(tmp_path / "r", insurers=insurers, **dict.fromkeys(
        ("appointments", "people", "secondments", "policies"))))  # fmt: skip
    assert registry, report.text()
    assert registry.insurer_names() == {"KOU": ("甲損害保険", "コウ損保", "甲"), "K2": ("甲損害保険株式会社",)}


def test_agencies_are_named_too(tmp_path: Path) -> None:
    registry, _ = read_registry(write(tmp_path / "r"))
    assert registry
    assert registry.agency_names()["AOBA"] == ("青葉保険サービス株式会社", "青葉保険サービス")
