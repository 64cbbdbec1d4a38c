"""The served process over 127.0.0.1: it begins, notices a new load, is killed and goes on, and ends in order."""

import asyncio
import csv
import datetime
import ipaddress
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sekisho.decisions.clients import Clients
from sekisho.decisions.log_check import check, entries
from sekisho.store.workspace import Workspace

pytestmark = pytest.mark.slow
REGISTRY = Path(__file__).parents[1] / "fixtures" / "registry"
VIEW = {"action": {"name": "view"}, "context": {"at": "2024-02-01"}}
ASKED = VIEW | {"subject": {"type": "party", "id": "AOBA"}, "resource": {"type": "policy", "id": "KA12345678"}}


class Running:
    """A server process with a workspace of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "sekisho", "decisions", "serve", "--port", str(port), *options]
        self.process = subprocess.Popen(
            [*command, "--workspace", str(folder)], stderr=subprocess.PIPE, env=os.environ | {"COLUMNS": "200"}
        )

    def wait(self) -> None:
        for _ in range(600):
            with suppress(httpx.TransportError):
                httpx.get(f"{self.url}/health")
                return
            if self.process.poll() is not None:
                raise AssertionError(self.process.communicate()[1].decode())
            time.sleep(0.1)
        raise AssertionError("the server did not come up")

    def end(self, number: int = signal.SIGTERM) -> str:
        self.process.send_signal(number)
        return self.process.communicate(timeout=30)[1].decode()


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Running]:
    server = Running(folder, *options)
    try:
        server.wait()
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "ws")
    assert made.load(REGISTRY).error_count == 0
    return made


@pytest.fixture
def token(workspace: Workspace) -> str:
    return Clients(workspace.folder / "decisions").add("agency")


def ask(server: Running, token: str, body: dict[str, Any]) -> dict[str, Any]:
    head = {"Authorization": f"Bearer {token}"}
    found: dict[str, Any] = httpx.post(f"{server.url}/access/v1/evaluation", json=body, headers=head).json()
    return found


def test_a_load_is_noticed_while_serving(workspace: Workspace, token: str, tmp_path: Path) -> None:
    with running(workspace.folder) as server:
        before = ask(server, token, ASKED)
        assert before["decision"] is True
        shutil.copytree(REGISTRY, tmp_path / "next")
        rows = list(csv.reader((REGISTRY / "appointments.csv").read_text(encoding="utf-8").splitlines()))
        kept = [row for row in rows if row[:2] != ["KOU", "AOBA"]]
        assert len(kept) == len(rows) - 1
        with (tmp_path / "next" / "appointments.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(kept)
        assert workspace.load(tmp_path / "next").error_count == 0
        after = ask(server, token, ASKED)
        assert (after["decision"], after["context"]["missing"]) == (False, "appointment")
        assert after["context"]["load_id"] == workspace.current().load_id != before["context"]["load_id"]
        said = server.end()
    assert server.process.returncode == 0
    assert "判定 API を停止しました" in said
    assert "KA12345678" not in said


def test_killed_in_the_middle_it_has_on_record_all_that_was_told(workspace: Workspace, token: str) -> None:
    """Many clients ask, the process is killed, again and again: no answer is missing from the record."""
    told: list[str] = []
    for _ in range(3):
        with running(workspace.folder) as server:
            asyncio.run(_ask_until_killed(server, token, told))
            assert server.process.wait(30) == -signal.SIGKILL
    assert len(told) > 30
    folder = workspace.folder / "decisions" / "log"
    found = check(folder)
    assert found.breaks == ()
    recorded = {entry["request"] for entry in entries(folder) if entry["kind"] == "decision"}
    assert set(told) <= recorded
    with running(workspace.folder) as server:
        assert ask(server, token, ASKED)["decision"] is True
        server.end()
    assert check(folder).breaks == ()
    assert [entry["kind"] for entry in entries(folder)][-1] == "stop"


async def _ask_until_killed(server: Running, token: str, told: list[str]) -> None:
    begun = len(told)

    async def one(client: httpx.AsyncClient, worker: int) -> None:
        for n in range(100_000):
            name = f"{begun}-{worker}-{n}"
            head = {"Authorization": f"Bearer {token}", "X-Request-ID": name}
            try:
                answer = await client.post(f"{server.url}/access/v1/evaluation", json=ASKED, headers=head)
            except httpx.TransportError:
                return
            assert answer.json()["decision"] is True
            told.append(name)
            if len(told) >= begun + 20:
                server.process.kill()

    async with httpx.AsyncClient() as client:
        await asyncio.gather(*(one(client, worker) for worker in range(8)))


def test_it_ends_what_it_began_when_told_to_stop(workspace: Workspace, token: str) -> None:
    with running(workspace.folder) as server:

        async def asking() -> list[httpx.Response]:
            head = {"Authorization": f"Bearer {token}"}
            batch = {"evaluations": [ASKED] * 1000}
            async with httpx.AsyncClient(timeout=30) as client:
                sent = [
                    asyncio.create_task(client.post(f"{server.url}/access/v1/evaluations", json=batch, headers=head))
                    for _ in range(2)
                ]
                while not any(entry["kind"] == "decision" for entry in entries(workspace.folder / "decisions" / "log")):
                    await asyncio.sleep(0.01)
                server.process.send_signal(signal.SIGTERM)
                return list(await asyncio.gather(*sent, return_exceptions=True))  # type: ignore[arg-type]

        answers = asyncio.run(asking())
        server.process.communicate(timeout=30)
    assert server.process.returncode == 0
    whole = [one for one in answers if isinstance(one, httpx.Response)]
    assert whole
    assert all(len(one.json()["evaluations"]) == 1000 for one in whole)
    found = list(entries(workspace.folder / "decisions" / "log"))
    assert found[-1]["kind"] == "stop"
    assert len([one for one in found if one["kind"] == "decision"]) >= 1000 * len(whole)


def test_connections_that_dawdle_or_shout_are_closed(workspace: Workspace, token: str) -> None:
    with (workspace.folder / "sekisho.toml").open("a", encoding="utf-8") as file:
        file.write("\n[decisions]\nhead_seconds = 1\nhead_bytes = 4096\n")
    with running(workspace.folder) as server:
        address = ("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
        for sent in (b"", b"POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\nX-A: "):
            with socket.create_connection(address, timeout=20) as connection:
                connection.sendall(sent)
                assert connection.recv(100) == b""  # closed by the server
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nX-A: " + b"a" * 100_000)
            with suppress(ConnectionError):
                assert connection.recv(100) == b""
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 400")
        assert ask(server, token, ASKED)["decision"] is True


def test_a_second_server_on_the_same_workspace_is_refused(workspace: Workspace, token: str) -> None:
    with running(workspace.folder) as server:
        second = Running(workspace.folder)
        assert "another program has the record open" in second.process.communicate(timeout=60)[1].decode()
        assert second.process.returncode == 1
        assert ask(server, token, ASKED)["decision"] is True


def test_over_tls(workspace: Workspace, token: str, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    trusted = ssl.create_default_context(cafile=str(certificate))
    server = Running(workspace.folder, "--certificate", str(certificate), "--key", str(key))
    server.url = server.url.replace("http:", "https:")
    try:
        for _ in range(600):
            with suppress(httpx.TransportError):
                found = httpx.get(f"{server.url}/.well-known/authzen-configuration", verify=trusted).json()
                break
            time.sleep(0.1)
        assert found["policy_decision_point"] == server.url
        head = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(found["access_evaluation_endpoint"], json=ASKED, headers=head, verify=trusted)
        assert answer.json()["decision"] is True
    finally:
        server.end()
    assert server.process.returncode == 0


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 of the test's own making."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    paths[1].write_bytes(key.private_bytes(*pem))
    return paths


def test_the_request_log_is_json_without_what_was_asked(workspace: Workspace, token: str) -> None:
    with running(workspace.folder) as server:
        ask(server, token, ASKED)
        said = server.end()
    noted = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [(one["client"], one["status"]) for one in noted] == [("agency", 200)]
    assert "AOBA" not in said
