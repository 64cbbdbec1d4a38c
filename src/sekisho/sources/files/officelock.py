"""Office documents with a password: OOXML (Agile, Standard), and Word, Excel and PowerPoint 97–2003 (XOR, RC4).

The formats are msoffcrypto-tool's work. Only the key of Agile encryption is derived here: the library does it twice
for every password, 100,000 rounds each time. Format: [MS-OFFCRYPTO] 2.3.4.
"""

import hashlib
import io
import struct
from types import SimpleNamespace
from typing import Any

from sekisho.sources.files.decrypt import aes_cbc, fitting, library
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.ole import Compound

HABITS = ("", "VelvetSweatshop")
"""Excel encrypts a workbook that is only protected against changes with the second, and opens it without asking."""
_MOST_ROUNDS = 1_000_000
_CHECK_EVERY = 1 << 14
_VERIFIER_INPUT = bytes.fromhex("fea7d2763b4b9e79")
_VERIFIER_VALUE = bytes.fromhex("d7aa0f6d3061344e")
_KEY_VALUE = bytes.fromhex("146e0be7abacd0d6")
_HASHES = ("SHA1", "SHA256", "SHA384", "SHA512")
_FILEPASS, _END = 0x002F, 0x000A
_PPT_ENCRYPTED = 0xF3D1C4DF


def opened(compound: Compound, data: bytes, job: Job) -> bytes | None:
    """The plain document inside an encrypted one; None when it is not encrypted. Raises RefusedError."""
    if not _is_locked(compound):
        return None
    try:
        file = _library().OfficeFile(io.BytesIO(data))
        kind = getattr(file, "type", "97")
    except (RefusedError, MemoryError):
        raise
    except Exception as error:  # the library meets damaged files with whatever comes
        raise RefusedError(
            "encrypted", f"Office document with a password, not understood: {type(error).__name__}"
        ) from None

    def open_with(password: str) -> bytes | None:
        try:
            if kind == "agile":
                secret = _agile_key(file.info, password, job)
                if secret is None:
                    return None
                file.load_key(secret_key=secret)
            elif kind == "97":
                file.load_key(password=password)  # always verifies
            else:
                file.load_key(password=password, verify_password=True)
            plain = io.BytesIO()
            file.decrypt(plain)
        except (RefusedError, MemoryError):
            raise
        except Exception:  # InvalidKeyError, and whatever a wrong key leads to
            return None
        return plain.getvalue()

    return fitting(job, "Office document with a password", open_with, HABITS)


def _library() -> Any:
    """msoffcrypto, made to keep what it opens in memory: for the old formats it would go through files on the disk."""
    found = library("msoffcrypto")
    for name in ("doc97", "ppt97", "xls97"):
        library(f"msoffcrypto.format.{name}").tempfile = SimpleNamespace(TemporaryFile=io.BytesIO)
    return found


def _is_locked(compound: Compound) -> bool:
    names = compound.names()
    if "EncryptedPackage" in names or "EncryptionInfo" in names:
        return True
    if "WordDocument" in names:
        head = compound.stream("WordDocument")[:12]
        return len(head) == 12 and bool(head[11] & 0x01)
    if "Workbook" in names or "Book" in names:
        return _has_filepass(compound.stream("Workbook", "Book"))
    if "PowerPoint Document" in names:
        user = compound.stream("Current User")
        return len(user) >= 16 and int.from_bytes(user[12:16], "little") == _PPT_ENCRYPTED
    return False


def _has_filepass(book: bytes) -> bool:
    position = 0
    while position + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, position)
        if kind == _FILEPASS:
            return True
        if kind == _END:
            return False
        position += 4 + size
    return False


def _agile_key(info: dict[str, Any], password: str, job: Job) -> bytes | None:
    """The document's key, or None when the password does not fit."""
    name, rounds, salt = info["passwordHashAlgorithm"], info["spinValue"], info["passwordSalt"]
    if name not in _HASHES or rounds > _MOST_ROUNDS:
        raise RefusedError("encrypted", f"Office document with a password, its key made by {rounds:,} rounds")
    make = getattr(hashlib, name.lower())
    number = struct.Struct("<I").pack
    digest = make(salt + password.encode("utf-16-le", "replace")).digest()
    for start in range(0, rounds, _CHECK_EVERY):
        job.deadline.check()
        for turn in range(start, min(rounds, start + _CHECK_EVERY)):
            digest = make(number(turn) + digest).digest()
    iv = salt[:16].ljust(16, b"\x36")

    def unlock(block: bytes, locked: bytes) -> bytes:
        key = make(digest + block).digest()[: info["passwordKeyBits"] // 8]
        return aes_cbc(key.ljust(info["passwordKeyBits"] // 8, b"\x36"), iv)(locked)

    given = unlock(_VERIFIER_INPUT, info["encryptedVerifierHashInput"])
    wanted = unlock(_VERIFIER_VALUE, info["encryptedVerifierHashValue"])
    if make(given).digest() != wanted[: make().digest_size]:
        return None
    return unlock(_KEY_VALUE, info["encryptedKeyValue"])
