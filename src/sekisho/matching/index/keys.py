"""The secret of an index: one 32-byte master key in a file of its own, and a subkey for each purpose.

Values are hashed under subkeys (SipHash-2-4, one key for each field), so that equal strings of two fields do not show
and no subkey tells another. Everything that stands in the index only for us is *sealed*: XORed with a key stream
(SHAKE-256 over subkey, nonce and name). REQUIREMENTS D3; ``docs/adr/0004-index-at-scale.md``.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sekisho.kernel.errors import InputError
from sekisho.kernel.keyfile import make_key_file, read_key_file

KEY_BYTES = 32
SHORTEST = 16
ENVIRONMENT = "SEKISHO_INDEX_KEY"
MAC_BYTES = 32
NONCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Keys:
    """The subkeys of one master key. ``purpose`` is at most 16 ASCII characters."""

    master: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not SHORTEST <= len(self.master) <= 64:
            raise InputError(
                f"an index key has {KEY_BYTES} bytes", where="key", remedy="give the key the index was built with"
            )

    def subkey(self, purpose: str, size: int = 32) -> bytes:
        """The key of one purpose."""
        return hashlib.blake2b(digest_size=size, key=self.master, person=purpose.encode("ascii")).digest()

    def field_words(self, purposes: tuple[str, ...]) -> npt.NDArray[np.uint64]:
        """For each purpose a SipHash key as two 64-bit words."""
        joined = b"".join(self.subkey(purpose, 16) for purpose in purposes)
        return np.frombuffer(joined, "<u8").astype(np.uint64).reshape(len(purposes), 2)

    def mac(self, *pieces: bytes) -> str:
        """Keyed BLAKE2b of the pieces, each with its length before it, in hexadecimal."""
        state = hashlib.blake2b(digest_size=MAC_BYTES, key=self.subkey("mac"))
        for piece in pieces:
            state.update(len(piece).to_bytes(8, "little"))
            state.update(piece)
        return state.hexdigest()

    def chunk_mac(self, name: str, number: int, chunk: memoryview) -> bytes:
        """Keyed BLAKE2b of chunk ``number`` of file ``name``."""
        head = number.to_bytes(8, "little") + name.encode()
        state = hashlib.blake2b(head, digest_size=MAC_BYTES, key=self.subkey("chunk"))
        state.update(chunk)
        return state.digest()

    def check(self) -> str:
        """What tells the right key from a wrong one, and nothing else."""
        return self.subkey("check", 16).hex()

    def fits(self, check: object) -> bool:
        """Whether this is the key of an index with that ``check``."""
        return isinstance(check, str) and hmac.compare_digest(check.encode(), self.check().encode())

    def stream(self, name: str, nonce: bytes, size: int) -> npt.NDArray[np.uint8]:
        """The key stream for sealed bytes ``name`` of the generation with this nonce."""
        seed = self.subkey("seal") + nonce + name.encode()
        return np.frombuffer(hashlib.shake_256(seed).digest(size), np.uint8)


def key_path(index_folder: Path, named: Path | None) -> Path:
    """Where the key of an index is: as named, else where ``SEKISHO_INDEX_KEY`` says, else ``<folder>.key`` beside it.

    Raises ``InputError`` for a place inside the index folder: who copies the folder would copy the key.
    """
    told = named or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    folder = index_folder.resolve()
    path = told or folder.with_name(f"{folder.name}.key")
    if folder == path.resolve() or folder in path.resolve().parents:
        raise InputError("the key must not lie inside the index", where=str(path), remedy="name a file outside of it")
    return path


def read_key(path: Path) -> bytes:
    """The master key in ``path``. Raises ``InputError`` when there is none, or when others may read it."""
    try:
        key = read_key_file(path, KEY_BYTES + 1)
    except FileNotFoundError:
        raise InputError(
            "there is no key file", where=str(path), remedy=f"name it with --key FILE or {ENVIRONMENT}"
        ) from None
    except OSError as error:
        raise InputError(
            f"the key file cannot be read ({error.strerror})", where=str(path), remedy="name a file that you may read"
        ) from None
    if len(key) != KEY_BYTES:
        raise InputError(
            f"is no index key (a key file has {KEY_BYTES} bytes)",
            where=str(path),
            remedy="name the file that `sekisho index build` made",
        )
    return key


def read_or_make_key(path: Path) -> tuple[bytes, bool]:
    """The key in ``path``, made when there is none (0600), and whether it was made. A key file is never overwritten."""
    key = secrets.token_bytes(KEY_BYTES)
    try:
        make_key_file(path, key)
    except FileExistsError:
        return read_key(path), False
    except OSError as error:
        raise InputError(
            f"the key file cannot be written ({error.strerror})",
            where=str(path),
            remedy="name a file in a folder that you may write to with --key FILE",
        ) from None
    return key, True
