"""One POST request: who sends it, whether it may, its body, its answer, its line in the request log.

Spoken in ASGI directly: a request object and its response would cost as much time as the rule. Errors of a request are
``{"status", "message"}``; a "no" is a 200 with ``decision`` false.
"""

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _text
from time import monotonic
from typing import Any, TextIO

from starlette.types import Receive, Scope, Send

from sekisho.decisions.clients import Client, Clients
from sekisho.decisions.limits import Bucket, Limits
from sekisho.decisions.refusal import Refusal
from sekisho.decisions.service import Caller
from sekisho.decisions.strict_json import read_object
from sekisho.decisions.watch import Watch
from sekisho.kernel.clock import now
from sekisho.kernel.errors import SekishoError

Pay = Callable[[float], None]
"""Takes so many evaluations off what the client may ask for; raises ``Refusal`` (429)."""
Act = Callable[[Caller, dict[str, Any], Pay], Awaitable[str]]
"""What is done with a request: its JSON object in, the JSON text of the answer out."""

_LONGEST_ID = 256
_PLAIN = re.compile(r"[\x20-\x7e]+")
_JSON = re.compile(rb"application/json\s*(;|$)", re.IGNORECASE)
_READ = frozenset((b"authorization", b"content-type", b"content-length", b"x-request-id", b"content-encoding"))


class RequestLog:
    """One JSON line for each request: which, whose, how it ended, how long it took. Nothing of what was asked."""

    def __init__(self, out: TextIO | None) -> None:
        self._out = out

    def note(self, path: str, request_id: str, client: str, status: int, *, seconds: float, kind: str) -> None:
        if self._out is None:
            return
        more = f', "error": {_text(kind)}' if kind else ""
        at = now().isoformat(timespec="milliseconds")
        self._out.write(
            f'{{"at": "{at}", "request": {_text(request_id)}, "client": {_text(client)}, "path": {_text(path)}, '
            f'"status": {status}, "ms": {seconds * 1000:.2f}{more}}}\n'
        )
        self._out.flush()


class Door:
    """Who comes in, and how often."""

    def __init__(self, clients: Clients, limits: Limits, log: RequestLog) -> None:
        self.limits, self.log = limits, log
        self._clients = clients
        self._buckets: dict[str, Bucket] = {}
        self.watch = Watch()
        self._series, self._number = secrets.token_hex(8), 0

    def client(self, authorization: bytes | None) -> Client:
        """The client whose token this is. Raises ``Refusal`` (401)."""
        token = _bearer(authorization or b"")
        client = None if token is None else self._clients.of_token(token)
        if client is None:
            message = "send a bearer token that is good: Authorization: Bearer …"
            raise Refusal(401, message, {"WWW-Authenticate": 'Bearer realm="sekisho"'})
        return client

    def request_id(self) -> str:
        """For a request that brings none."""
        self._number += 1
        return f"{self._series}-{self._number:x}"

    def take(self, client: str, cost: float) -> None:
        """Raises ``Refusal`` (429) when the client has asked for too much."""
        at = monotonic()
        bucket = self._buckets.get(client)
        if bucket is None:
            bucket = self._buckets[client] = Bucket(self.limits.per_second, self.limits.burst, at)
        wait = bucket.take(cost, at)
        if wait > 0:
            message = f"more than {self.limits.per_second} evaluations a second; wait as long as Retry-After says"
            raise Refusal(429, message, {"Retry-After": str(int(wait) + 1)})


def _bearer(authorization: bytes) -> str | None:
    """The token of the header, if it has one."""
    scheme, _, token = authorization.decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


class Post:
    """An endpoint that answers POST (an ASGI application). ``seconds``: for the answer, once the body is there."""

    def __init__(self, door: Door, path: str, act: Act, seconds: float) -> None:
        self._door, self._path, self._act, self._seconds = door, path, act, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = monotonic()
        head = _head(scope["headers"])
        given = head.get(b"x-request-id")
        request_id = self._door.request_id() if given is None else given.decode("latin-1")
        headers: Mapping[str, str] = {}
        status, client, kind = 200, "", ""
        try:
            if scope["method"] != "POST":
                raise Refusal(405, "not by this method", {"Allow": "POST"})
            if len(request_id) > _LONGEST_ID:
                raise Refusal(400, f"X-Request-ID has more than {_LONGEST_ID} characters")
            known = self._door.client(head.get(b"authorization"))
            client = known.name
            answer = await self._answer(known, request_id, head, receive)
        except Refusal as refusal:
            status, headers, answer = refusal.status, refusal.headers, json.dumps(refusal.as_json())
        except SekishoError as error:  # the database, the record or the list of clients
            status, kind = 503, error.message
            answer = json.dumps({"status": 503, "message": "no decision can be given now; try again"})
        except Exception as error:  # nobody foresaw it: its message might quote data
            status, kind = 500, f"{type(error).__name__} at {_place(error)}"
            answer = json.dumps({"status": 500, "message": "an error of the server; it has been noted"})
        await _send(send, status, answer, request_id, headers)
        shown = request_id if _PLAIN.fullmatch(request_id) and len(request_id) <= _LONGEST_ID else "?"
        self._door.log.note(self._path, shown, client, status, seconds=monotonic() - began, kind=kind)

    async def _answer(self, client: Client, request_id: str, head: Mapping[bytes, bytes], receive: Receive) -> str:
        limits = self._door.limits
        self._door.take(client.name, 1)
        if not _is_json(head.get(b"content-type", b"")):
            raise Refusal(400, "Content-Type must be application/json")
        if head.get(b"content-encoding", b"identity") != b"identity":
            raise Refusal(400, "Content-Encoding is not supported")
        with self._door.watch.within(limits.head_seconds, _late) as watched:
            raw = await _body(receive, head, limits.body_bytes)
            watched.allow(self._seconds, _slow)
            body = read_object(raw, limits.depth)
            caller = Caller(client.name, request_id, None if client.parties is None else frozenset(client.parties))
            return await self._act(caller, body, lambda cost: self._door.take(client.name, cost))


_CLOSE = {"Connection": "close"}


@lru_cache(maxsize=16)
def _is_json(content_type: bytes) -> bool:
    return _JSON.match(content_type) is not None


def _late() -> Refusal:
    return Refusal(408, "the body did not come in time", _CLOSE)


def _slow() -> Refusal:
    return Refusal(503, "the answer took too long; ask again, or for less at once", {"Retry-After": "1"})


def _too_large(most: int) -> Refusal:
    return Refusal(413, f"the body has more than {most} bytes", _CLOSE)


def _head(headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """The headers that matter, the first of each name."""
    return {name: value for name, value in reversed(headers) if name in _READ}


async def _body(receive: Receive, head: Mapping[bytes, bytes], most: int) -> bytes:
    """The whole body. Raises ``Refusal`` (413) when it is, or says it will be, too large."""
    left = most
    length = head.get(b"content-length", b"0")
    if length.isdigit() and int(length[:20]) > most:
        raise _too_large(most)
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(400, "the request was broken off")
        parts.append(message.get("body", b""))
        left -= len(parts[-1])
        if left < 0:
            raise _too_large(most)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


_ALWAYS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


async def _send(send: Send, status: int, answer: str, request_id: str, more: Mapping[str, str]) -> None:
    body = answer.encode()
    headers = [
        *_ALWAYS,
        (b"content-length", b"%d" % len(body)),
        (b"x-request-id", request_id.encode("latin-1")),
    ]
    if more:
        headers += [(name.encode(), value.encode()) for name, value in more.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _place(error: BaseException) -> str:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
