"""Workspaces for the store's tests, on SQLite and on PostgreSQL alike."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.registry.small import write

from sekisho.store import Workspace

DATABASE = "store"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEKISHO_WORKSPACE", raising=False)
    monkeypatch.delenv("SEKISHO_DATABASE_URL", raising=False)
    monkeypatch.setenv("SEKISHO_NOW", "2026-04-01T09:00:00+09:00")


@pytest.fixture(scope="session")
def store_url(postgres: str) -> str:
    """A database for these tests, whose owner is no superuser; encoded and sorted as on most servers."""
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("create role keeper login")
        con.execute(f"create database {DATABASE} owner keeper encoding 'UTF8' template template0")
    return f"postgresql://keeper@/{DATABASE}?host={conninfo_to_dict(postgres)['host']}"


@pytest.fixture
def address(store_url: str) -> Iterator[str]:
    """The address of an empty database."""
    with psycopg.connect(store_url, autocommit=True) as con:
        con.execute("drop schema if exists sekisho cascade")
    yield store_url


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
