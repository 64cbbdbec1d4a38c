"""The traditional cipher of ZIP archives (APPNOTE 6.1), which nearly every Japanese mail with a password still uses.

Python needs 1.2 seconds a MiB for it, compiled it is as fast as the rest of unpacking. A module of its own, because
loading the compiler takes longer than reading many a mail: only who meets such an archive pays.
"""

from functools import cache
from typing import Any

import numpy as np

from sekisho.kernel.compiled import compiled

HEADER = 12
_POLYNOMIAL = 0xEDB88320


@compiled
def _decipher(data: Any, keys: Any, table: Any, out: Any) -> None:
    one, two, three = keys[0], keys[1], keys[2]
    low, high = np.uint32(0xFF), np.uint32(24)
    for at in range(len(data)):
        mixed = np.uint32(three | np.uint32(2))
        stream = np.uint32(np.uint32(mixed * np.uint32(mixed ^ np.uint32(1))) >> np.uint32(8)) & low
        plain = np.uint32(np.uint32(data[at]) ^ stream)
        out[at] = plain
        one = np.uint32(table[(one ^ plain) & low] ^ np.uint32(one >> np.uint32(8)))
        two = np.uint32(np.uint32(two + np.uint32(one & low)) * np.uint32(134775813) + np.uint32(1))
        three = np.uint32(table[(three ^ np.uint32(two >> high)) & low] ^ np.uint32(three >> np.uint32(8)))


@cache
def _table() -> Any:
    made = []
    for number in range(256):
        value = number
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        made.append(value)
    return np.array(made, np.uint32)


def _keys(password: bytes) -> Any:
    one, two, three = 305419896, 591751049, 878082192
    table = _table()
    for byte in password:
        one = int(table[(one ^ byte) & 0xFF]) ^ (one >> 8)
        two = ((two + (one & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        three = int(table[(three ^ (two >> 24)) & 0xFF]) ^ (three >> 8)
    return np.array([one, two, three], np.uint32)


def plain_of(packed: bytes | memoryview, password: bytes, check: int) -> bytes | None:
    """The plain bytes after the 12-byte header; None when the header's last byte, the only test before unpacking,
    is not ``check``: then the password is wrong (one wrong password in 256 passes)."""
    data = np.frombuffer(packed, np.uint8)
    keys, table = _keys(password), _table()
    header = np.empty(HEADER, np.uint8)
    if len(data) < HEADER:
        return None
    _decipher(data[:HEADER], keys, table, header)
    if int(header[-1]) != check:
        return None
    out = np.empty(len(data), np.uint8)
    _decipher(data, keys, table, out)
    return out[HEADER:].tobytes()
