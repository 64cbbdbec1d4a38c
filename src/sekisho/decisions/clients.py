"""Who may ask: the clients of a workspace and their bearer tokens.

A token is shown once, when it is made. What is kept is its name and a salted HMAC-SHA256 (256 random bits need no slow
hash). Clients are never taken out, only revoked: the record names them.
"""

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

from sekisho.kernel.clock import now, today
from sekisho.kernel.errors import InputError, SekishoError
from sekisho.kernel.files import private_folder, whole_file

NAME = "clients.json"
_PREFIX = "sekisho"
_CLIENT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LONGEST = 512
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Client:
    """One system that may ask. ``parties``: whose viewers it may ask about, None = anybody's. ``expires_on``: the last
    day on which its token is good. Instants are ISO 8601."""

    name: str
    salt: str
    proof: str
    created_at: str
    expires_on: str | None = None
    revoked_at: str | None = None
    parties: tuple[str, ...] | None = None

    def good(self, on: date) -> bool:
        return self.revoked_at is None and (self.expires_on is None or on.isoformat() <= self.expires_on)


class Clients:
    """The clients of a workspace, in one file (0600)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / NAME
        self._seen: tuple[int, ...] = ()
        self._known: Mapping[str, Client] = {}
        self._proven: dict[str, Client] = {}  # tokens that were proven since the file last changed
        self._looked_at = 0.0

    def all(self) -> list[Client]:
        return list(self._current().values())

    def add(self, name: str, *, parties: tuple[str, ...] | None = None, expires_on: date | None = None) -> str:
        """Make a client and return its token, which is kept nowhere. Raises ``InputError`` for a name that is taken."""
        if not _CLIENT.fullmatch(name):
            raise InputError(
                "is no name for a client", where=name, remedy="use a–z, 0–9 and -, at most 63, e.g. aoba-system"
            )
        if expires_on is not None and expires_on < today():
            raise InputError("lies in the past", where="--expires", remedy="name a day to come")
        with self._changing() as known:
            if name in known:
                raise InputError(
                    "there is such a client already (perhaps revoked)", where=name, remedy="choose another name"
                )
            secret, salt = secrets.token_urlsafe(32), secrets.token_bytes(16)
            known[name] = Client(
                name,
                salt.hex(),
                _proof(salt, secret).hex(),
                now().isoformat(timespec="seconds"),
                None if expires_on is None else expires_on.isoformat(),
                None,
                parties,
            )
        return f"{_PREFIX}.{name}.{secret}"

    def revoke(self, name: str) -> Client:
        """From now on its token is no good. Raises ``InputError`` for a name that nobody has."""
        with self._changing() as known:
            if name not in known:
                raise InputError("no such client", where=name, remedy="see sekisho decisions client list")
            if known[name].revoked_at is None:
                known[name] = replace(known[name], revoked_at=now().isoformat(timespec="seconds"))
            return known[name]

    def of_token(self, token: str) -> Client | None:
        """The client whose good token this is. Who was revoked is out a tenth of a second later."""
        at = monotonic()
        if at - self._looked_at > _LOOK_SECONDS:
            self._looked_at = at
            self._current()
        known = self._proven.get(token)
        if known is not None:
            return known if _good_now(known) else None
        if len(token) > _LONGEST:
            return None
        prefix, _, rest = token.partition(".")
        name, _, secret = rest.partition(".")
        client = self._current().get(name) if prefix == _PREFIX else None
        salt, proof = (bytes.fromhex(client.salt), bytes.fromhex(client.proof)) if client else (b"\0" * 16, b"\0" * 32)
        same = hmac.compare_digest(_proof(salt, secret), proof)
        if client is None or not same:
            return None
        self._proven[token] = client
        return client if _good_now(client) else None

    def _current(self) -> Mapping[str, Client]:
        """What the file says now; it is read again when it has changed."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return {}
        seen = (found.st_ino, found.st_mtime_ns, found.st_size)
        if seen != self._seen:
            self._known = _read(self._path)
            self._seen, self._proven = seen, {}
        return self._known

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Client]]:
        """The clients, to be changed: one program at a time, the file whole or as before."""
        private_folder(self._folder)
        lock = os.open(self._folder / f"{NAME}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            known = dict(self._current())
            yield known
            document = {"format": 1, "clients": [asdict(client) for client in known.values()]}
            with whole_file(self._path) as path:
                path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        finally:
            os.close(lock)


def secret_key(folder: Path) -> bytes:
    """The workspace's key for page tokens; made at the first use."""
    path = private_folder(folder) / "secret"
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        found = path.read_bytes()
        if len(found) < 32:
            raise SekishoError("is damaged", where=str(path), remedy="remove it; a new one is made") from None
        return found
    made = secrets.token_bytes(32)
    with os.fdopen(handle, "wb") as file:
        file.write(made)
    return made


def _good_now(client: Client) -> bool:
    """Most have no end: for them nobody need look at the clock."""
    return client.revoked_at is None and (client.expires_on is None or client.good(today()))


def _proof(salt: bytes, secret: str) -> bytes:
    return hmac.digest(salt, secret.encode("utf-8", "surrogatepass"), hashlib.sha256)


def _read(path: Path) -> dict[str, Client]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return {row["name"]: _client(row) for row in document["clients"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise SekishoError(
            "cannot be read as the list of clients", where=str(path), remedy="restore it from a backup"
        ) from None


def _client(row: Mapping[str, Any]) -> Client:
    parties = row["parties"]
    return Client(**{**row, "parties": None if parties is None else tuple(parties)})
