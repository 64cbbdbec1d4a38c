from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.decisions.world import Served, served


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Served]:
    """A service of its own for one test."""
    with served(tmp_path) as made:
        yield made


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all tests that only ask."""
    with served(tmp_path_factory.mktemp("decisions")) as made:
        yield made
