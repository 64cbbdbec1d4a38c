"""Search results in pages, and the token of the next page.

A token carries where to go on, over which load and for which day, and a keyed digest of the question: nothing of the
customer, nothing that the server must remember. It is bound to the client by a MAC (HMAC-SHA256), so that nobody can
make one, change one or use another's. A page of another load than the first is refused: half of one registry and half
of another is no answer to anything.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from sekisho.decisions.asked import Search
from sekisho.decisions.refusal import Refusal

_MAC_BYTES = 32
_LONGEST = 1024
_WRONG = "page.token is not one of this search, or not of this client; start again without it"
STALE = "the registry was loaded anew since the first page; start again without page.token"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins. ``load_id`` None: the first page, of whatever load is in force."""

    offset: int
    limit: int
    on: date
    load_id: str | None = None


class Pages:
    """Tokens under one key."""

    def __init__(self, key: bytes, most: int) -> None:
        self._key, self._most = key, most

    def place(self, search: Search, sought: str, client: str) -> Place:
        """Where the wanted page begins. Raises ``Refusal`` for a token that is not of this search and client."""
        limit = None if search.limit is None else min(search.limit, self._most)
        if search.token is None:
            return Place(0, self._most if limit is None else limit, search.ask.question.on)
        found = self._read(search.token, client)
        if (
            found["search"] != self._digest(search, sought)
            or (limit is not None and limit != found["limit"])
            or (search.dated and found["on"] != search.ask.question.on.isoformat())
        ):
            raise Refusal(400, _WRONG)
        return Place(found["offset"], found["limit"], date.fromisoformat(found["on"]), found["load"])

    def token(self, search: Search, sought: str, client: str, place: Place) -> str:
        """The token of the page that begins at ``place``."""
        payload = {
            "search": self._digest(search, sought),
            "offset": place.offset,
            "limit": place.limit,
            "on": place.on.isoformat(),
            "load": place.load_id,
        }
        text = json.dumps(payload, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(text, client) + text).rstrip(b"=").decode()

    def _read(self, token: str, client: str) -> dict[str, Any]:
        try:
            if len(token) > _LONGEST:
                raise ValueError
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raise Refusal(400, _WRONG) from None
        mac, text = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(text, client)):
            raise Refusal(400, _WRONG)
        found: dict[str, Any] = json.loads(text)
        return found

    def _mac(self, text: bytes, client: str) -> bytes:
        return hmac.digest(self._key, b"page\0" + client.encode() + b"\0" + text, hashlib.sha256)

    def _digest(self, search: Search, sought: str) -> str:
        ask = search.ask
        question = ask.question
        parts: list[object] = [sought, ask.kind, ask.action, question.viewer, question.policy_no, question.insurer_id]
        parts += [question.items, question.purpose, search.dated, ask.unknown]
        text = json.dumps(parts, ensure_ascii=False).encode()
        return hmac.digest(self._key, b"search\0" + text, hashlib.sha256).hex()[:32]
