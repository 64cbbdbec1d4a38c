"""The server process: where it listens, TLS, what it does with connections that dawdle, how it ends.

Nothing but this machine is listened to without TLS, unless a proxy in front of it is said to do that part.
"""

import asyncio
import ipaddress
import logging
import signal
import ssl
import sys
from asyncio.events import TimerHandle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sekisho.decisions.clients import Clients, secret_key
from sekisho.decisions.http import Api
from sekisho.decisions.ledger import opened
from sekisho.decisions.limits import Limits, limits_from
from sekisho.decisions.log_key import record_key
from sekisho.decisions.service import Service
from sekisho.kernel.errors import InputError
from sekisho.store.settings import NAME as SETTINGS
from sekisho.store.workspace import Workspace

FOLDER = "decisions"
"""In the workspace: clients, key, and the record under ``log``."""
LOG = "log"
_SWITCH_SECONDS = 0.0005
"""How long one thread may keep the others waiting: SQLite's lets go at each row, and would wait as long to go on."""


@dataclass(frozen=True, slots=True)
class Listening:
    """``url``: where callers reach the service, if not at host and port (a proxy, a name)."""

    host: str = "127.0.0.1"
    port: int = 8181
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    url: str | None = None

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.url or f"{'https' if self.certificate else 'http'}://{host}:{self.port}"

    def check(self) -> None:
        """Raises ``InputError`` for what must not or cannot be."""
        if (self.certificate is None) != (self.key is None):
            raise InputError("TLS needs both", where="--certificate, --key", remedy="name the other one too")
        if self.certificate is None and not self.behind_proxy and not _only_this_machine(self.host):
            raise InputError(
                "without TLS only this machine may be listened to",
                where=f"--host {self.host}",
                remedy="give --certificate and --key, or say --behind-proxy when a proxy in front speaks TLS",
            )
        if self.certificate is not None and self.key is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key)
            except (OSError, ssl.SSLError) as error:
                raise InputError(
                    f"certificate and key cannot be used ({getattr(error, 'reason', None) or error.strerror})",
                    where=f"{self.certificate}, {self.key}",
                    remedy="name PEM files that belong together and may be read",
                ) from None
        if self.url is not None and not (self.url.startswith("https://") and not set(self.url) & set("?# ")):
            raise InputError("is no https URL without ? and #", where="--url", remedy="e.g. https://pdp.example.jp")


def _only_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def serve(workspace: Workspace, listening: Listening, said: Callable[[str], None]) -> None:
    """Serve until told to stop (SIGTERM, Ctrl-C). ``said`` is called with the address once it listens.

    Raises ``InputError`` or ``SekishoError`` when it cannot begin.
    """
    listening.check()
    settings = workspace.settings().all
    limits = limits_from(settings, str(workspace.folder / SETTINGS))
    of_record = record_key(settings, workspace.folder)
    folder = workspace.folder / FOLDER
    clients = Clients(folder)
    clients.all()  # a damaged list is found now
    service = Service(lambda: opened(workspace), folder / LOG, secret_key(folder), limits, of_record)
    service.open()
    try:
        api = Api(service, clients, limits, listening.address, sys.stderr)
        _run(_Server(_config(api.app(), listening, limits), lambda: said(listening.address)))
    finally:
        service.close()


def _run(server: uvicorn.Server) -> None:
    """uvicorn raises the signal that ended it once more, to whoever was there before: nobody, so that ending is done
    here in order."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if not server.started:
        raise InputError("cannot listen here", where="--host, --port", remedy="see above; choose another port")


def _config(app: Any, listening: Listening, limits: Limits) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_without_details)
    return uvicorn.Config(
        app,
        host=listening.host,
        port=listening.port,
        http=_guarded(limits),
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=limits.connections,
        timeout_keep_alive=int(limits.idle_seconds),
        timeout_graceful_shutdown=int(limits.request_seconds) + 5,
        ssl_certfile=listening.certificate,
        ssl_keyfile=listening.key,
    )


def _without_details(record: logging.LogRecord) -> bool:
    """A traceback may quote data."""
    record.exc_info, record.exc_text = None, None
    return True


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()


def _guarded(limits: Limits) -> type[asyncio.Protocol]:
    """The HTTP protocol with bounds on the head of a request: in size, and in time from the moment that somebody
    connects or begins one. (The body has its own in ``post``.)"""

    class Guarded(HttpToolsProtocol):
        _waiting: TimerHandle | None = None
        _head_bytes = 0

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)  # type: ignore[arg-type]
            self._expect()

        def connection_lost(self, exc: Exception | None) -> None:
            self._arrived()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._waiting is not None:
                self._head_bytes += len(data)
            super().data_received(data)
            if self._waiting is not None and self._head_bytes > limits.head_bytes:
                self.transport.close()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._expect()

        def on_headers_complete(self) -> None:
            self._arrived()
            super().on_headers_complete()

        def _expect(self) -> None:
            self._arrived()
            self._waiting = self.loop.call_later(limits.head_seconds, self.transport.close)

        def _arrived(self) -> None:
            if self._waiting is not None:
                self._waiting.cancel()
            self._waiting, self._head_bytes = None, 0

    return Guarded
