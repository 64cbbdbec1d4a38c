"""A PostgreSQL database for tiny worlds, set up as the workspace sets up its connections."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from sekisho.store.databases.connecting import SETTINGS


@pytest.fixture(scope="session")
def worlds(postgres: str) -> Iterator[psycopg.Connection]:
    """A connection to it; ``postgres_world`` fills it anew for each test."""
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute("create database worlds encoding 'UTF8' template template0")
    with psycopg.connect(make_conninfo(postgres, dbname="worlds"), autocommit=True) as con:
        con.execute("set client_min_messages = warning")
        for setting in SETTINGS.items():
            con.execute("select set_config(%s, %s, false)", setting)
        yield con
