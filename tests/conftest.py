"""What every test may ask for."""

from pathlib import Path

import pytest

from sekisho.registry.registry import Registry, read_registry

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The fixed cast: 甲損保 KOU, 乙損保 OTSU, 丙生命 HEI; 青葉 AOBA, みどり MIDORI, さくら SAKURA; 出向者 佐藤."""
    known, report = read_registry(FIXTURES / "registry")
    assert known is not None, report.text()
    return known
