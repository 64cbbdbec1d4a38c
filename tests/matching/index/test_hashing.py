"""The hash is SipHash-2-4, and the look-up finds what is there and nothing else."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.matching.index import hashing
from sekisho.matching.index.hashing import make_beginnings, states
from tests.matching.compiled_parts import outside

beginning, finish, hash_both, hash_codes, may_begin, start = map(
    outside,
    (hashing.beginning, hashing.finish, hashing.hash_both, hashing.hash_codes, hashing.may_begin, hashing.start),
)
MASK = (1 << 64) - 1


def siphash(key: bytes, message: bytes) -> int:
    """SipHash-2-4 in plain Python, after the paper of Aumasson and Bernstein (2012)."""

    def rotate(word: int, by: int) -> int:
        return ((word << by) | (word >> (64 - by))) & MASK

    def rounds(v: list[int], count: int) -> None:
        for _ in range(count):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    first, second = (int.from_bytes(key[at : at + 8], "little") for at in (0, 8))
    v = [
        first ^ 0x736F6D6570736575,
        second ^ 0x646F72616E646F6D,
        first ^ 0x6C7967656E657261,
        second ^ 0x7465646279746573,
    ]
    last = bytes([len(message) & 0xFF])
    padded = message + b"\0" * (-(len(message) + 1) % 8) + last
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        rounds(v, 2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def words(key: bytes) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.frombuffer(key, "<u8").astype(np.uint64)


def test_published_vector() -> None:
    key, message = bytes(range(16)), bytes(range(15))
    assert siphash(key, message) == 0xA129CA6149BE45E5
    state = start(words(key), np.uint64(int.from_bytes(message[:8], "little")))
    last = np.uint64(int.from_bytes(message[8:] + b"\x0f", "little"))
    assert int(finish(*map(np.uint64, state), last)) == 0xA129CA6149BE45E5


@settings(deadline=None)
@given(st.binary(min_size=16, max_size=16), st.text(max_size=30), st.integers(0, 10))
def test_hash_of_text_is_siphash_of_tag_and_code_points(key: bytes, text: str, tag: int) -> None:
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    expected = siphash(key, tag.to_bytes(8, "little") + codes.tobytes())
    keyed = states(np.tile(words(key), (11, 1)))
    assert int(hash_codes(keyed, tag, codes, len(codes))) == expected


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_two_texts_of_one_beginning_are_hashed_as_each_alone(short: str, more: str) -> None:
    codes = np.frombuffer((short + more).encode("utf-32-le", "surrogatepass"), np.uint32)
    keyed = states(np.tile(words(bytes(range(16))), (11, 1)))
    alone = [hash_codes(keyed, 6, codes, count) for count in (len(short), len(codes))]
    assert list(hash_both(keyed, 6, codes, len(short), len(codes))) == alone


@settings(deadline=None)
@given(st.dictionaries(st.integers(1, 1 << 60), st.integers(1, MASK), max_size=50), st.integers(1, 1 << 60))
def test_beginnings(known: dict[int, int], other: int) -> None:
    table = make_beginnings(np.array(list(known), np.uint64), np.array(list(known.values()), np.uint64))
    for prefix, value in known.items():
        assert may_begin(table, 0, np.uint64(prefix))
        assert int(beginning(table, 0, np.uint64(prefix))) == value
    assert int(beginning(table, 0, np.uint64(other))) == known.get(other, 0)
