"""The service over PostgreSQL: the same cases, the same answers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sekisho.decisions.clients import Clients
from sekisho.decisions.http import Api
from sekisho.decisions.ledger import Opened, opened_over_postgres
from sekisho.decisions.limits import Limits
from sekisho.decisions.service import Service
from tests.decisions.test_cases import cases, differences
from tests.decisions.world import KEY, PATHS, Http
from tests.entitlement.test_cases import load_world
from tests.entitlement.world import arrow_tables, postgres_world

pytestmark = pytest.mark.slow
SCHEMA = "decisions_test"


@pytest.fixture
def over_postgres(postgres: str) -> Iterator[str]:
    with psycopg.connect(postgres, autocommit=True) as con:
        con.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        con.execute(f"CREATE SCHEMA {SCHEMA}")
        con.execute(f"SET search_path TO {SCHEMA}")
        postgres_world(con, arrow_tables(load_world()))
        con.execute("CREATE TABLE loads (number int, load_id text)")
        con.execute("INSERT INTO loads VALUES (1, 'first')")
        yield postgres
        con.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def test_every_case_is_answered_as_decided(over_postgres: str, tmp_path: Path) -> None:
    def opening() -> Opened:
        return opened_over_postgres(psycopg.connect(over_postgres, autocommit=True, options=f"-c search_path={SCHEMA}"))

    clients = Clients(tmp_path)
    tokens = {"everybody": clients.add("everybody"), "aoba": clients.add("aoba", parties=("AOBA",))}
    service = Service(opening, tmp_path / "log", KEY, Limits())
    service.open()
    http = Http(Api(service, clients, Limits(), "https://pdp.example.jp").app())
    try:
        wrong = [line for case in cases() for line in _wrong(http, tokens, case)]
    finally:
        http.close()
        service.close()
    assert wrong == []


def _wrong(http: Http, tokens: dict[str, str], case: dict[str, Any]) -> list[str]:
    head = {"Authorization": f"Bearer {tokens[case.get('client', 'everybody')]}", "Content-Type": "application/json"}
    answer = http.post(PATHS[case["ask"]], content=json.dumps(case["body"], default=str), headers=head)
    status = [] if answer.status_code == case.get("status", 200) else [str(answer.status_code)]
    return [f"{case['title']}: {line}" for line in status + differences(case["expect"], answer.json())]
