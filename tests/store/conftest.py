"""Workspaces for the store's tests, on SQLite and on PostgreSQL alike."""

from pathlib import Path

import pytest
from tests.registry.small import write

from sekisho.store import Workspace


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEKISHO_WORKSPACE", raising=False)
    monkeypatch.delenv("SEKISHO_DATABASE_URL", raising=False)
    monkeypatch.setenv("SEKISHO_NOW", "2026-04-01T09:00:00+09:00")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which database the workspaces of the test have."""
    if request.param == "postgres":
        monkeypatch.setenv("SEKISHO_DATABASE_URL", request.getfixturevalue("address"))
    return str(request.param)


@pytest.fixture
def workspace(database: str, tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "ws")


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    return write(tmp_path / "registry")
