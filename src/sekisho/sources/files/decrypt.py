"""Opening what is locked: which passwords are tried, how long, and the ciphers of ZIP, 7z and Office.

What a mail sends encrypted it sends all the same, and by habit the password goes in the same mail or the next one
(PPAP; REQUIREMENTS A1). Passwords come from ``job.passwords``; none is ever written into a result or a message.
Opened parts keep their names. Number and CPU time of the trials are bounded: key derivation is slow on purpose, and
its number of rounds is chosen by the sender.
"""

import hashlib
import hmac
import importlib
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np

from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError

MAX_TRIALS = 300
"""Passwords tried on one locked thing: those that a mail names, those of its date, and a user's list."""
_SHARE = 0.25
"""Of the CPU time left: the rest of the message wants to be read, too."""
_MAX_CYCLES = 24
_AES_BLOCK = 16
_KEY_CHUNK = 1 << 16
_CIPHERS = "cryptography.hazmat.primitives.ciphers"

Opened = TypeVar("Opened")


def fitting(job: Job, what: str, open_with: Callable[[str], Opened | None], habits: Sequence[str] = ()) -> Opened:
    """What ``open_with`` gives for the first password that fits (None: it does not), ``habits`` tried first.

    Raises RefusedError(encrypted), saying what is locked and how many passwords were tried.
    """
    tried = 0
    given = dict.fromkeys((*habits, *job.passwords))
    started = time.process_time()
    most = min(job.trial_seconds_left, job.deadline.left() * _SHARE)
    try:
        for password in list(given)[:MAX_TRIALS]:
            job.deadline.check()
            if time.process_time() - started >= most:
                break
            tried += 1
            opened = open_with(password)
            if opened is not None:
                _prefer(job, password)
                return opened
    finally:
        job.trial_seconds_left -= time.process_time() - started
    left = f" of {len(given)}" if tried < len(given) else ""
    raise RefusedError("encrypted", f"{what}; {tried}{left} passwords tried")


def _prefer(job: Job, password: str) -> None:
    """Files of one mail mostly share their password."""
    if password in job.passwords:
        job.passwords.remove(password)
        job.passwords.insert(0, password)


def library(name: str) -> Any:
    """A library that is loaded only when something is locked: most messages need none."""
    return importlib.import_module(name)


def spellings(password: str) -> list[bytes]:
    """The bytes a packer may have made of a password: Windows writes CP932, others UTF-8."""
    made = [password.encode("utf-8", "replace")]
    if not password.isascii():
        with suppress(UnicodeEncodeError):
            made.insert(0, password.encode("cp932"))
    return made


def aes_cbc(key: bytes, iv: bytes) -> Callable[[bytes], bytes]:
    """A decryptor that takes the ciphertext in pieces of whole blocks."""
    update = _aes(key, "CBC", iv).decryptor().update
    return lambda block: bytes(update(block))


def _aes(key: bytes, mode: str, *iv: bytes) -> Any:
    algorithms, modes = library(f"{_CIPHERS}.algorithms"), library(f"{_CIPHERS}.modes")
    return library(_CIPHERS).Cipher(algorithms.AES(key), getattr(modes, mode)(*iv))


def seven_zip_key(password: str, salt: bytes, cycles: int, job: Job) -> bytes:
    """The AES-256 key of a 7z folder: SHA-256 over 2^cycles times salt, password and a counter.

    Raises RefusedError(unsupported) for more rounds than 7-Zip itself accepts.
    """
    secret = salt + password.encode("utf-16-le", "replace")
    if cycles == 0x3F:
        return secret.ljust(32, b"\0")[:32]
    if cycles > _MAX_CYCLES:
        raise RefusedError("unsupported", f"7z key of 2^{cycles} rounds")
    width, rounds = len(secret), 1 << cycles
    digest = hashlib.sha256()
    for start in range(0, rounds, _KEY_CHUNK):
        job.deadline.check()
        count = min(_KEY_CHUNK, rounds - start)
        block = np.empty((count, width + 8), np.uint8)
        block[:, :width] = np.frombuffer(secret, np.uint8)
        block[:, width:] = np.arange(start, start + count, dtype="<u8").view(np.uint8).reshape(count, 8)
        digest.update(block.data)
    return digest.digest()


def zip_crypto(packed: memoryview, password: bytes, check: int) -> bytes | None:
    """The plain bytes of a traditionally encrypted ZIP member; None when the header's check byte is not ``check``."""
    from sekisho.sources.files.zipcrypto import plain_of  # noqa: PLC0415  (loads the compiler: half a second)

    return plain_of(packed, password, check)


def winzip_aes(packed: memoryview, password: bytes, strength: int) -> bytes | None:
    """The plain bytes of a WinZip AES member; None when the password is wrong. ``strength`` 1, 2 or 3.

    Raises RefusedError(broken) when it is too short to be one.
    """
    key_size, salt_size = 8 + 8 * strength, 4 + 4 * strength
    if strength not in {1, 2, 3} or len(packed) < salt_size + 12:
        raise RefusedError("broken", "ZIP member with damaged AES data")
    salt, check = bytes(packed[:salt_size]), bytes(packed[salt_size : salt_size + 2])
    derived = hashlib.pbkdf2_hmac("sha1", password, salt, 1000, 2 * key_size + 2)
    if derived[-2:] != check:
        return None
    body, seal = packed[salt_size + 2 : -10], bytes(packed[-10:])
    if hmac.new(derived[key_size : 2 * key_size], body, "sha1").digest()[:10] != seal:
        return None  # one wrong password in 65,536 passes the check; a damaged member never opens
    return _aes_counter(bytes(body), derived[:key_size])


def _aes_counter(data: bytes, key: bytes) -> bytes:
    """AES in counter mode as WinZip counts: little-endian, from 1 (libraries count big-endian)."""
    count = -(-len(data) // _AES_BLOCK)
    numbers = np.zeros((count, 2), "<u8")
    numbers[:, 0] = np.arange(1, count + 1, dtype="<u8")
    stream = _aes(key, "ECB").encryptor().update(numbers.tobytes())
    mixed = np.frombuffer(data, np.uint8) ^ np.frombuffer(stream, np.uint8)[: len(data)]
    return mixed.tobytes()
