"""Heaps, properties and tables of stores."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.sources.files.limits import RefusedError
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.pst_blocks import Blocks, Node
from sekisho.sources.mail.outlook.pst_heap import Heap, read_properties, read_table
from tests.sources.mail.outlook.make import Store, person


def heap_of(raw: bytes) -> Heap:
    store = Store()
    data = store.block(raw)
    store.nodes.append((0x21, data, 0, 0))
    return Heap(Blocks(store.written()), Node(0x21, data, 0), 1 << 20)


def test_properties_of_every_kind() -> None:
    raw = Store().properties({mapi.SUBJECT: "満期", 0x9000: ["一", "二"], mapi.CODEPAGE: 932, 0x0071: b"\1\2"}, [])
    found, refusal = read_properties(heap_of(raw))
    assert refusal == ""
    assert (found.text(mapi.SUBJECT), found.text(0x9000), found.integer(mapi.CODEPAGE), found.raw(0x0071)) == (
        "満期", "一\n二", 932, b"\1\2",
    )  # fmt: skip


def test_a_value_that_is_not_there_is_told_and_the_rest_is_read() -> None:
    store = Store()
    raw = store.properties({mapi.SUBJECT: "満期", mapi.BODY: "x" * 4000}, [])
    found, refusal = read_properties(heap_of(raw))  # the node that holds the body has been left out
    assert (found.text(mapi.SUBJECT), refusal) == ("満期", "broken")


def test_rows_leave_out_what_is_not_set() -> None:
    rows = list(read_table(heap_of(Store().recipients([person("青葉", "aoba@example.jp"), {mapi.DISPLAY_NAME: "緑"}]))))
    read = [(row.text(mapi.DISPLAY_NAME), row.text(mapi.ADDRESS), row.integer(mapi.RECIPIENT_TYPE)) for row in rows]
    assert read == [("青葉", "aoba@example.jp", 1), ("緑", "", 0)]


TABLE = Store().recipients([person("青葉", "aoba@example.jp")])


@settings(deadline=None)
@given(st.integers(0, len(TABLE) - 1), st.integers(0, 255))
def test_a_damaged_table_is_read_or_refused(at: int, byte: int) -> None:
    raw = bytearray(TABLE)
    raw[at] = byte
    try:
        assert len(list(read_table(heap_of(bytes(raw))))) <= len(TABLE)
    except RefusedError as refused:
        assert refused.reason in {"broken", "too_big"}


def test_no_heap_is_refused() -> None:
    with pytest.raises(RefusedError):
        heap_of(b"no heap at all")
