"""Keyed hashing: SipHash-2-4 over a field's tag and code points, and the look-up in an index field.

A keyed hash keeps the index useless to whoever holds the file without the key: phone numbers and birth dates could
otherwise be found by trying all of them (REQUIREMENTS D3; ``docs/adr/0003-keyed-hash-windows.md``).
SipHash costs about 31 ns a token here, a keyed BLAKE2b twenty times that.
"""
# Compiled code wants plain comparisons and flat arguments:

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sekisho.kernel.compiled import compiled
from sekisho.matching.inside import compiled_part

U = np.uint64
_13, _16, _17, _21, _32 = U(13), U(16), U(17), U(21), U(32)
_51, _48, _47, _43, _56 = U(51), U(48), U(47), U(43), U(56)
_FF, _ONE, _63, _6, _LOW = U(0xFF), U(1), U(63), U(6), U(0xFFFFFFFF)


class Store(NamedTuple):
    """All look-up tables of the index in three arrays. Few and flat, because Numba counts a reference each time an
    array is taken out of a tuple, which cost more than the look-up itself.

    ``words`` (uint64): a head of ``HEAD`` words, every field's filter, the beginnings, the shapes. Per field the head
    holds ``FIELD_WORDS`` numbers, named below. ``starts`` (uint32): per field its sorted keys; where each key's
    references begin, if the field is *posted* (its values repeat); where each bucket (the top bits of the hash)
    begins. The bucket implies a key's top bits, so only the 32 bits below them are stored. ``refs`` (uint32):
    policy row × 4 + role of each key, ascending (``ROLE_BITS``).
    """

    words: Any
    starts: Any
    refs: Any


KEY_AT, BUCKET_AT, BITS_AT, SHIFT, MASK, FIRST_AT, REF_AT = range(7)
"""Where keys and buckets stand in ``starts``, the filter in ``words``; hash >> shift = bucket; mask of the filter;
where the postings stand in ``starts`` (0 = every key has one reference); where the references stand in ``refs``."""
FIELD_WORDS = 8
HEAD = 128
BEGINNINGS_AT, SHAPES_AT, SHAPES = 120, 121, 122
"""Places in the head: where the table of beginnings and the shapes stand, and how many shapes there are."""
BOTH = 3
ROLE_BITS = np.array([1, 2, 4, 3], np.int64)
"""Role of a reference → its roles as bits: role ``BOTH`` is 0 and 1 (holder and insured are one person)."""
KEY_BITS = 32


@compiled_part
def _round(a: Any, b: Any, c: Any, d: Any) -> Any:
    a += b
    b = (b << _13) | (b >> _51)
    b ^= a
    a = (a << _32) | (a >> _32)
    c += d
    d = (d << _16) | (d >> _48)
    d ^= c
    a += d
    d = (d << _21) | (d >> _43)
    d ^= a
    c += b
    b = (b << _17) | (b >> _47)
    b ^= c
    c = (c << _32) | (c >> _32)
    return a, b, c, d


@compiled_part
def absorb(a: Any, b: Any, c: Any, d: Any, word: Any) -> Any:
    """Take one 64-bit word into the state."""
    d ^= word
    a, b, c, d = _round(a, b, c, d)
    a, b, c, d = _round(a, b, c, d)
    a ^= word
    return a, b, c, d


@compiled_part
def finish(a: Any, b: Any, c: Any, d: Any, last: Any) -> Any:
    """The hash after the last word (which carries the length in its top byte)."""
    a, b, c, d = absorb(a, b, c, d, last)
    c ^= _FF
    for _ in range(4):
        a, b, c, d = _round(a, b, c, d)
    return a ^ b ^ c ^ d


@compiled_part
def start(key: Any, tag: Any) -> Any:
    """The state after the key (two words) and one tag word."""
    a = key[0] ^ U(0x736F6D6570736575)
    b = key[1] ^ U(0x646F72616E646F6D)
    c = key[0] ^ U(0x6C7967656E657261)
    d = key[1] ^ U(0x7465646279746573)
    return absorb(a, b, c, d, tag)


@compiled_part
def hash_codes(states: Any, kind: Any, codes: Any, count: Any) -> Any:
    """SipHash-2-4 of the tag ``kind`` (8 bytes, already in its row of ``states``) and ``codes[:count]`` as
    UTF-32-LE."""
    a, b, c, d = states[kind, 0], states[kind, 1], states[kind, 2], states[kind, 3]
    for pair in range(count // 2):
        a, b, c, d = absorb(a, b, c, d, U(codes[2 * pair]) | (U(codes[2 * pair + 1]) << _32))
    last = U((8 + 4 * count) & 0xFF) << _56
    if count % 2:
        last |= U(codes[count - 1])
    return finish(a, b, c, d, last)


@compiled_part
def hash_both(states: Any, kind: Any, codes: Any, short: Any, count: Any) -> Any:
    """(``hash_codes`` of ``codes[:short]``, that of ``codes[:count]``): what both begin with is taken in once."""
    a, b, c, d = states[kind, 0], states[kind, 1], states[kind, 2], states[kind, 3]
    for pair in range(short // 2):
        a, b, c, d = absorb(a, b, c, d, U(codes[2 * pair]) | (U(codes[2 * pair + 1]) << _32))
    last = U((8 + 4 * short) & 0xFF) << _56
    if short % 2:
        last |= U(codes[short - 1])
    hashed = finish(a, b, c, d, last)
    for pair in range(short // 2, count // 2):
        a, b, c, d = absorb(a, b, c, d, U(codes[2 * pair]) | (U(codes[2 * pair + 1]) << _32))
    last = U((8 + 4 * count) & 0xFF) << _56
    if count % 2:
        last |= U(codes[count - 1])
    return hashed, finish(a, b, c, d, last)


@compiled
def hash_number(states: Any, kind: Any, number: Any) -> Any:
    """SipHash-2-4 of tag and one number (8 bytes)."""
    a, b, c, d = absorb(states[kind, 0], states[kind, 1], states[kind, 2], states[kind, 3], U(number))
    return finish(a, b, c, d, U(16) << _56)


@compiled
def _states(keys: Any, rows: Any) -> None:
    for tag in range(len(rows)):
        rows[tag, 0], rows[tag, 1], rows[tag, 2], rows[tag, 3] = start(keys[tag], U(tag))


def states(keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The starting state of each tag 0, 1 …: a row of four words, from its own key (two words)."""
    rows = np.empty((len(keys), 4), np.uint64)
    _states(keys, rows)
    return rows


@compiled_part
def place_of(words: Any, starts: Any, kind: Any, key: Any) -> Any:
    """(place, end of bucket, found): where hash ``key`` stands, or would stand, among the keys of field ``kind``."""
    field = kind * FIELD_WORDS
    shift = words[field + SHIFT]
    bucket = words[field + BUCKET_AT] + (key >> shift)
    base = np.int64(words[field + KEY_AT])
    low = np.int64(starts[bucket])
    end = np.int64(starts[bucket + _ONE])
    wanted = np.uint32((key >> (shift - _32)) & _LOW)
    high = end
    while low < high:
        middle = (low + high) // 2
        if starts[base + middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low, end, low < end and starts[base + low] == wanted


@compiled_part
def find(words: Any, starts: Any, kind: Any, key: Any) -> Any:
    """(lo, hi): the places of hash ``key`` of field ``kind`` in ``refs``; lo = hi when it is not there.

    A value that is not there is taken for one that is with a chance of about 1e-10 (``docs/adr/0004``)."""
    field = kind * FIELD_WORDS
    slot = key & words[field + MASK]
    if not (words[words[field + BITS_AT] + (slot >> _6)] >> (slot & _63)) & _ONE:
        return 0, 0
    low, high, found = place_of(words, starts, kind, key)
    if not found:
        return 0, 0
    refs_at = np.int64(words[field + REF_AT])
    first_at = np.int64(words[field + FIRST_AT])
    if first_at:
        return refs_at + np.int64(starts[first_at + low]), refs_at + np.int64(starts[first_at + low + 1])
    base = np.int64(words[field + KEY_AT])
    first = low
    wanted = starts[base + low]
    while low < high:
        middle = (low + high) // 2
        if starts[base + middle] <= wanted:
            low = middle + 1
        else:
            high = middle
    return refs_at + first, refs_at + low


@compiled
def set_bits(keys: Any, bits: Any, mask: Any) -> None:
    """Set the filter bit of every key."""
    for key in keys:
        slot = key & mask
        bits[slot >> _6] |= _ONE << (slot & _63)


@compiled_part
def mixed(prefix: Any) -> Any:
    """A well-spread number for a beginning (not secret: the table is sealed on disk)."""
    spread = prefix * U(0x9E3779B97F4A7C15)
    return spread ^ (spread >> _32)


@compiled_part
def may_begin(words: Any, base: Any, prefix: Any) -> Any:
    """The filter of the table of beginnings at ``words[base:]``: False = surely not there."""
    slot = mixed(prefix) & words[base]
    return (words[base + 2 + np.int64(slot >> _6)] >> (slot & _63)) & _ONE != 0


@compiled_part
def beginning(words: Any, base: Any, prefix: Any) -> Any:
    """The value of a beginning in the table at ``words[base:]``; 0 = not there."""
    size_mask = words[base + 1]
    keys = base + 2 + np.int64((words[base] + _ONE) >> _6)
    slot = mixed(prefix) & size_mask
    while words[keys + np.int64(slot)]:
        if words[keys + np.int64(slot)] == prefix:
            return words[keys + np.int64(size_mask) + 1 + np.int64(slot)]
        slot = (slot + _ONE) & size_mask
    return U(0)


@compiled
def _fill(prefixes: Any, values: Any, words: Any) -> None:
    size_mask = words[1]
    keys = 2 + np.int64((words[0] + _ONE) >> _6)
    for place in range(len(prefixes)):
        spread = mixed(prefixes[place])
        slot = spread & words[0]
        words[2 + np.int64(slot >> _6)] |= _ONE << (slot & _63)
        slot = spread & size_mask
        while words[keys + np.int64(slot)]:
            slot = (slot + _ONE) & size_mask
        words[keys + np.int64(slot)] = prefixes[place]
        words[keys + np.int64(size_mask) + 1 + np.int64(slot)] = values[place]


def make_beginnings(prefixes: npt.NDArray[np.uint64], values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """A table beginning → value: (filter mask, size mask), filter bits, an open hash table's keys, its values."""
    size = 1 << max(4, (2 * len(prefixes)).bit_length())
    bits = 1 << max(14, (32 * len(prefixes)).bit_length())
    words = np.zeros(2 + bits // 64 + 2 * size, np.uint64)
    words[0], words[1] = bits - 1, size - 1
    _fill(prefixes, values, words)
    return words
