"""The lower layer of stores."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.sources.files.limits import RefusedError
from sekisho.sources.mail.outlook.pst_blocks import Blocks, _cyclic, _tables
from tests.sources.mail.outlook.make import Store


def test_the_substitutions_are_what_the_specification_says() -> None:
    """MS-PST 5.1: the first and the third undo each other, the second undoes itself."""
    first, second, third = _tables()
    assert all(third[first[byte]] == byte and second[second[byte]] == byte for byte in range(256))
    assert (first[:4], second[:4], third[:4]) == (
        bytes((65, 54, 19, 98)),
        bytes((20, 83, 15, 86)),
        bytes((71, 241, 180, 230)),
    )


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, (1 << 32) - 1))
def test_the_high_encoding_undoes_itself(raw: bytes, key: int) -> None:
    assert _cyclic(_cyclic(raw, key), key) == raw


def test_a_list_of_blocks_that_names_itself_is_refused() -> None:
    store = Store()
    identifier = store.block(b"\x01\x01\x01\x00" + bytes(4) + (0x206).to_bytes(8, "little"), internal=True)
    assert identifier == 0x206
    store.nodes.append((0x21, identifier, 0, 0))
    blocks = Blocks(store.written())
    with pytest.raises(RefusedError) as caught:
        blocks.content(identifier, 1 << 20)
    assert caught.value.reason == "broken"


def test_the_same_block_again_and_again_counts_each_time() -> None:
    store = Store()
    part = store.block(bytes(4_000))
    listed = b"".join(part.to_bytes(8, "little") for _ in range(500))
    identifier = store.block(b"\x01\x01" + (500).to_bytes(2, "little") + bytes(4) + listed, internal=True)
    store.nodes.append((0x21, identifier, 0, 0))
    blocks = Blocks(store.written())
    assert len(b"".join(blocks.content(identifier, 1 << 22))) == 2_000_000
    with pytest.raises(RefusedError) as caught:
        blocks.content(identifier, 100_000)
    assert caught.value.reason == "too_big"


def test_a_tree_in_a_circle_ends() -> None:
    raw = bytearray(Store.written(_one_node()))
    root = int.from_bytes(raw[0xE0:0xE8], "little")
    raw[root + 16 : root + 24] = raw[0xE0:0xE8]
    blocks = Blocks(bytes(raw))
    assert list(blocks.nodes()) == []
    assert blocks.damaged
    assert blocks.node(0x21) is None


def _one_node() -> Store:
    store = Store()
    store.nodes.append((0x21, store.block(b"x"), 0, 0))
    return store


def test_an_unknown_encryption_is_told() -> None:
    raw = bytearray(_one_node().written())
    raw[0x201] = 0x10
    with pytest.raises(RefusedError) as caught:
        Blocks(bytes(raw))
    assert caught.value.reason == "encrypted"
