"""One small industry for all tests of the demo that only look at it."""

from pathlib import Path

import pytest

from sekisho.demo import Planted, write_industry


@pytest.fixture(scope="session")
def industry(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Planted]:
    """The demo as ``sekisho demo`` writes it."""
    folder = tmp_path_factory.mktemp("industry")
    return folder, write_industry(folder)
