"""Old Word documents."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Contents, Table, Text
from sekisho.sources.files.job import Hint, Job
from sekisho.sources.files.limits import Limits, RefusedError
from sekisho.sources.files.ole import Compound
from sekisho.sources.files.ole_writer import Tree, compound_file
from sekisho.sources.files.word97 import read_word97

_TEXT_AT = 0x800


def doc(
    text: str, *, stories: tuple[int, ...] = (), narrow: bool = False, row_ends: tuple[int, ...] | None = None,
    flags: int = 0, cut: int = 0, extra: int = 0, pool: Tree | None = None,
) -> bytes:  # fmt: skip
    """A document whose main text is ``text``, in two pieces. ``stories``: characters of the further stories at its end;
    ``row_ends``: characters that are paragraphs ending a table row (None: no paragraph properties); ``extra``:
    characters that take two units."""
    width = 1 if narrow else 2
    written = text.encode("cp1252" if narrow else "utf-16-le")
    data = bytearray(_TEXT_AT) + written
    half = len(text) // 2
    struct.pack_into("<6H", data, 0, 0xA5EC, 0xC1, 0, 1041, 0, 0x0200 | flags)
    lengths = [len(text) + extra - sum(stories), *stories]
    struct.pack_into("<8i", data, 0x4C, *(lengths + [0] * (8 - len(lengths))))
    data += bytes(-len(data) % 512)
    table = b"\x01\x02\x00\xff\xff"  # formatting, to be passed over
    pieces = struct.pack("<3I", 0, half, len(text) + extra - cut)
    for start in (0, half):
        where = (_TEXT_AT + start) * 2 | 0x40000000 if narrow else _TEXT_AT + start * 2
        pieces += struct.pack("<HIH", 0, where, 0)
    table += b"\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", data, 0x01A2, 0, len(table))
    if row_ends is not None:
        marks = [(_TEXT_AT + at * width, _TEXT_AT + (at + 1) * width) for at in row_ends]
        bounds = sorted({_TEXT_AT, *(edge for mark in marks for edge in mark)})
        page = bytearray(512)
        struct.pack_into(f"<{len(bounds)}I", page, 0, *bounds)
        page[480:486] = b"\x03\x00\x00\x17\x24\x01"
        for run, start in enumerate(bounds[:-1]):
            if start in {first for first, _ in marks}:
                page[4 * len(bounds) + 13 * run] = 240
        page[511] = len(bounds) - 1
        struct.pack_into("<II", data, 0x0102, len(table), 12)
        table += struct.pack("<III", bounds[0], bounds[-1], len(data) // 512)
        data += page
    return compound_file({"WordDocument": bytes(data), "1Table": table, **({"ObjectPool": pool} if pool else {})})


def read(raw: bytes) -> Contents:
    def keep(name: str, data: bytes, part: str, job: Job, hint: Hint) -> None:
        del name, hint
        job.text(part, f"{len(data)} bytes")

    job = Job(Limits(), keep)
    read_word97(Compound(raw), "a.doc", job)
    return job.contents


@pytest.mark.parametrize("narrow", [False, True])
def test_text_in_pieces_of_both_widths(narrow: bool) -> None:
    text = (
        "Policy A-1234567\rYamada\x0bline\x07\r\x13 HYPERLINK x \x14shown\x15"
        if narrow
        else "証券番号 A-1234567\r山田太郎\r"
    )
    expected = "Policy A-1234567\nYamada\nline\t\n  HYPERLINK x  shown " if narrow else "証券番号 A-1234567\n山田太郎\n"
    assert read(doc(text, narrow=narrow)).pieces == [Text("a.doc", expected)]


def test_characters_of_two_units_are_counted_as_word_counts_them() -> None:
    """Pieces part where they like, stories by a count of units."""
    main, notes = "𠮷田", "脚注"
    raw = doc(main + notes, stories=(2,), extra=1)
    assert read(raw).pieces == [Text("a.doc", main), Text("a.doc!footnotes", notes)]


TABLE = "前置き\r証券番号\x07契約者\x07\x07A-1234567\x07\x07\x07\x07山田\x07\x07後書き\r"
ENDS = (13, 25, 30)


def test_tables_by_their_paragraphs() -> None:
    """An empty last cell and an empty first one look like the end of a row; only the properties tell."""
    assert [TABLE[at] for at in ENDS] == ["\x07"] * 3
    assert read(doc(TABLE, row_ends=ENDS)).pieces == [
        Table("a.doc!table[1]", [["証券番号", "契約者"], ["A-1234567", ""], ["", "山田"]]),
        Text("a.doc", "前置き\n\n後書き\n"),
    ]


def test_tables_without_properties_are_guessed() -> None:
    text = "証券番号\x07契約者\x07\x07A-1234567\x07山田\x07\x07end\r"
    assert read(doc(text)).pieces[0] == Table("a.doc!table[1]", [["証券番号", "契約者"], ["A-1234567", "山田"]])


def test_every_story_has_its_place() -> None:
    contents = read(doc("本文\r脚注\r頁頭\rマクロ\r注釈\r", stories=(3, 3, 4, 3)))
    assert contents.pieces == [
        Text("a.doc", "本文\n"), Text("a.doc!footnotes", "脚注\n"), Text("a.doc!headers", "頁頭\n"),
        Text("a.doc!macros", "マクロ\n"), Text("a.doc!comments", "注釈\n"),
    ]  # fmt: skip


def test_embedded_objects_are_opened() -> None:
    pool: Tree = {"_1": {"Workbook": bytes(5000)}, "_2": {"\x01Ole10Native": b"x"}}
    found = [piece.part for piece in read(doc("x\r", pool=pool)).pieces]
    assert found == ["a.doc", "a.doc!object[1]", "a.doc!object[2]"]


def test_passwords_and_pictures_are_told() -> None:
    with pytest.raises(RefusedError) as caught:
        read(doc("x", flags=0x0100))
    assert caught.value.reason == "encrypted"
    assert [one.reason for one in read(doc("\x01\r")).unread] == ["no_text"]


def test_word_6_in_japanese() -> None:
    written = "証券番号 A-1234567\r山田太郎\r".encode("cp932")
    data = bytearray(0x300) + written + bytes(4096)
    struct.pack_into("<6H", data, 0, 0xA5DC, 104, 0, 1041, 0, 0)
    struct.pack_into("<II", data, 0x18, 0x300, 0x300 + len(written))
    assert read(compound_file({"WordDocument": bytes(data)})).pieces == [
        Text("a.doc", "証券番号 A-1234567\n山田太郎\n")
    ]


def test_a_piece_said_to_be_longer_than_the_file_is_listed() -> None:
    contents = read(doc("証券番号 A-1234567", cut=-1_000_000))
    assert [one.reason for one in contents.unread] == ["broken"]
    assert "A-1234567" in "".join(piece.text for piece in contents.pieces if isinstance(piece, Text))


RAW = doc(TABLE, row_ends=ENDS)
DATA_AT = 512


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(DATA_AT, len(RAW) - 1), st.integers(0, 255)), max_size=12))
def test_damage_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    raw = bytearray(RAW)
    for at, byte in changes:
        raw[at] = byte
    try:
        read(bytes(raw))
    except RefusedError as refused:
        assert refused.reason in {"broken", "encrypted", "unsupported"}
