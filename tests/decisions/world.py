"""A decision service over the world of the decision cases (``tests/cases/entitlement/world.yaml``), in a file."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from sekisho.decisions.clients import Clients
from sekisho.decisions.http import Api
from sekisho.decisions.ledger import Opened, opened_over_sqlite
from sekisho.decisions.limits import Limits
from sekisho.decisions.log_check import entries
from sekisho.decisions.service import Service
from sekisho.entitlement.rule import Rule
from tests.entitlement.test_cases import load_world
from tests.entitlement.world import arrow_tables, sqlite_world

KEY = b"k" * 32
PATHS = {
    "evaluation": "/access/v1/evaluation",
    "evaluations": "/access/v1/evaluations",
    "subject": "/access/v1/search/subject",
    "resource": "/access/v1/search/resource",
    "action": "/access/v1/search/action",
}


def write_database(path: Path, load: str = "first", world: Mapping[str, Any] | None = None) -> None:
    """The world as an operational database with one load."""
    with closing(sqlite_world(arrow_tables(world or load_world()))) as made, closing(sqlite3.connect(path)) as kept:
        made.backup(kept)
        kept.execute("CREATE TABLE loads (number INTEGER PRIMARY KEY, load_id TEXT)")
        kept.execute("INSERT INTO loads (load_id) VALUES (?)", (load,))
        kept.execute("PRAGMA journal_mode = wal")
        kept.commit()


def opening(path: Path) -> Opened:
    return opened_over_sqlite(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None))


class Http:
    """An HTTP client straight to the application, one loop for all its requests."""

    def __init__(self, app: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://pdp")

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._runner.run(self._client.request(method, path, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.request("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.request("POST", path, **more)

    def together(self, asked: list[tuple[str, dict[str, Any]]]) -> list[httpx.Response]:
        """Many POSTs at once."""

        async def all_of_them() -> list[httpx.Response]:
            return await asyncio.gather(*(self._client.post(path, **more) for path, more in asked))

        return self._runner.run(all_of_them())

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


@dataclass
class Served:
    """The service behind HTTP, in this process; ``tokens``: client → its token."""

    http: Http
    folder: Path
    tokens: dict[str, str]
    clients: Clients
    connections: ExitStack

    def post(self, ask: str, body: object, client: str = "everybody", **headers: str) -> httpx.Response:
        return self.http.post(PATHS[ask], **self.request(body, client, **headers))

    def request(self, body: object, client: str = "everybody", **headers: str) -> dict[str, Any]:
        head = {"Authorization": f"Bearer {self.tokens[client]}", "Content-Type": "application/json"} | headers
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return {"content": content, "headers": head}

    def record(self, **wanted: Any) -> list[dict[str, Any]]:
        return [one for one in entries(self.folder / "log", **wanted) if one["kind"] in ("decision", "search")]

    def rule(self) -> Rule:
        """The rule itself over the same world."""
        return Rule.over_sqlite(self.connections.enter_context(closing(sqlite3.connect(self.folder / "world.db"))))


@contextmanager
def served(folder: Path, limits: Limits | None = None, url: str = "https://pdp.example.jp") -> Iterator[Served]:
    if not (folder / "world.db").exists():
        write_database(folder / "world.db")
    clients = Clients(folder)
    known = {client.name for client in clients.all()}
    tokens = {}
    if not known:
        tokens["everybody"] = clients.add("everybody")
        tokens["aoba"] = clients.add("aoba", parties=("AOBA",))
    limits = limits or Limits(log_requests=False)
    service = Service(lambda: opening(folder / "world.db"), folder / "log", KEY, limits)
    service.open()
    try:
        with ExitStack() as connections:
            http = Http(Api(service, clients, limits, url).app())
            connections.callback(http.close)
            yield Served(http, folder, tokens, clients, connections)
    finally:
        service.close()


def question(
    viewer: str = "AOBA", policy: str = "K-100", on: str | date = "2023-06-01", kind: str = "viewer", **properties: Any
) -> dict[str, Any]:
    """The body of an evaluation."""
    return {
        "subject": {"type": kind, "id": viewer},
        "action": {"name": "view"},
        "resource": {"type": "policy", "id": policy, "properties": properties},
        "context": {"at": str(on)},
    }
