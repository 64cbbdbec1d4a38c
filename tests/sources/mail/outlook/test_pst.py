"""Outlook stores: written by ``make.Store``, in all three layouts and both encodings."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekisho.kernel.content import Text
from sekisho.sources.files.extract import read_file
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.mail.archive import MessageRef, UnreadArchive, messages
from sekisho.sources.mail.message import read_message
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.pst import _Reader, item_as_rfc822, list_items
from sekisho.sources.mail.outlook.pst_blocks import Blocks
from sekisho.sources.mail.outlook.rfc822 import as_rfc822
from tests.sources.files.make import zipped
from tests.sources.mail.outlook import make
from tests.sources.mail.outlook.make import Mail, person, usual

INBOX, AOBA, FIRST = 0x8022, 0x8042, 0x200024


def store(version: int = 23, crypt: int = 0) -> make.Store:
    made = make.Store(version, crypt)
    made.folder(0x122, "", 0x122)
    made.folder(INBOX, "受信トレイ", 0x122)
    made.folder(AOBA, "青葉/代理店", INBOX)
    inner = usual(attachments=[({mapi.ATTACH_LONG_NAME: "内側.txt"}, b"inside")])
    inner.values[mapi.SUBJECT] = "転送元"
    mail = usual(
        recipients=[person("青葉", "aoba@aoba.example.jp"), person("緑", "/O=KOU/CN=MIDORI", 2, kind="EX")],
        attachments=[
            ({mapi.ATTACH_LONG_NAME: "満期一覧表.txt"}, ("A-1234567 山田太郎\n" * 900).encode()),
            ({mapi.DISPLAY_NAME: "転送元"}, inner),
        ],
    )
    mail.values[mapi.SUBJECT] = "\x01\x05RE: 満期のご案内"
    mail.values[mapi.BODY] = "証券番号 A-1234567\n" * 400
    made.item(FIRST, mail, AOBA)
    made.item(FIRST + 0x20, Mail({mapi.MESSAGE_CLASS: "IPM.StickyNote", mapi.BODY: "山田様 03-0000-1234"}), 0x9999)
    return made


@pytest.mark.parametrize(("version", "crypt"), [(23, 0), (23, 1), (23, 2), (14, 0), (14, 1), (36, 0), (36, 1)])
def test_items_are_found_and_read(tmp_path: Path, version: int, crypt: int) -> None:
    path = tmp_path / "sato.pst"
    path.write_bytes(store(version, crypt).written())
    refs = [ref for ref in messages([path]) if isinstance(ref, MessageRef)]
    assert [ref.position for ref in refs] == ["sato.pst#受信トレイ/青葉_代理店/200024", "sato.pst#recovered/200044"]
    message = read_message(refs[0].read())
    texts = {piece.part: piece.text for piece in message.contents.pieces if isinstance(piece, Text)}
    assert message.subject == "RE: 満期のご案内"
    assert message.sender == "sato@kou.example.jp"
    assert message.recipients == [("to", "aoba@aoba.example.jp"), ("cc", "/o=kou/cn=midori")]
    assert message.at is not None and message.at.isoformat() == "2024-11-21T18:10:45+09:00"
    assert texts["body"] == "証券番号 A-1234567\n" * 400
    assert texts["attachment[1]:満期一覧表.txt"] == "A-1234567 山田太郎\n" * 900
    assert texts["message[1]!subject"] == "転送元"
    assert texts["message[1]!attachment[1]:内側.txt"] == "inside"
    assert message.contents.unread == []
    note = read_message(refs[1].read()).contents
    assert [piece.text for piece in note.pieces if isinstance(piece, Text)] == ["山田様 03-0000-1234"]


def test_a_store_of_many_items(tmp_path: Path) -> None:
    """More nodes than one page of the tree holds."""
    made = make.Store()
    made.folder(INBOX, "受信", 0x122)
    for number in range(60):
        mail = usual()
        mail.values[mapi.SUBJECT] = f"第{number}号"
        made.item(FIRST + 0x20 * number, mail, INBOX)
    path = tmp_path / "a.ost"
    path.write_bytes(made.written())
    refs = [ref for ref in messages([path]) if isinstance(ref, MessageRef)]
    assert [read_message(ref.read()).subject for ref in refs] == [f"第{number}号" for number in range(60)]


def test_what_has_gone_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.pst"
    path.write_bytes(store().written())
    for item in ("受信/200ff4", "受信/x"):
        message = read_message(item_as_rfc822(str(path), item))
        assert [one.reason for one in message.contents.unread] == ["missing"]
    with pytest.raises(FileNotFoundError):
        item_as_rfc822(str(tmp_path / "b.pst"), "a/200024")


def test_an_item_beyond_the_limit_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.pst"
    path.write_bytes(store().written())
    message = read_message(item_as_rfc822(str(path), "a/200024", budget=20_000))
    assert "too_big" in {one.reason for one in message.contents.unread}
    assert "A-1234567" in message.contents.pieces[1].text  # type: ignore[union-attr]


def test_a_store_inside_an_archive_is_read() -> None:
    contents = read_file("a.zip", zipped({"sato.pst": store().written()}), "")
    parts = {piece.part for piece in contents.pieces}
    assert "a.zip!sato.pst!受信トレイ/青葉_代理店/200024!attachment[1]:満期一覧表.txt" in parts
    assert "a.zip!sato.pst!recovered/200044!body" in parts
    assert contents.unread == []


def test_files_that_are_no_store_are_listed(tmp_path: Path) -> None:
    (tmp_path / "a.pst").write_bytes(b"no store")
    (tmp_path / "b.pst").write_bytes(b"!BDN" + bytes(20))
    (tmp_path / "c.pst").write_bytes(store().written()[:0x5000])
    found = [(one.archive.rpartition("/")[2], one.reason) for one in messages([tmp_path])
             if isinstance(one, UnreadArchive)]  # fmt: skip
    assert found == [("a.pst", "broken"), ("b.pst", "broken"), ("c.pst", "broken")]


def test_a_folder_inside_itself_ends(tmp_path: Path) -> None:
    made = make.Store()
    made.folder(INBOX, "甲", AOBA)
    made.folder(AOBA, "乙", INBOX)
    made.item(FIRST, usual(), INBOX)
    path = tmp_path / "a.pst"
    path.write_bytes(made.written())
    assert [one.item for one in list_items(str(path))] == ["recovered/乙/甲/200024"]


RAW = store().written()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0x4000, len(RAW) - 1) | st.integers(0, 0x240), st.integers(0, 255)), max_size=30),
    st.integers(0x240, len(RAW)) | st.just(len(RAW)),
)
def test_damage_is_read_or_refused(changes: list[tuple[int, int]], end: int) -> None:
    raw = bytearray(RAW)
    for at, byte in changes:
        raw[at] = byte
    try:
        opened = Blocks(bytes(raw[:end]))
        for node in opened.nodes():
            if node.identifier & 0x1F == 4:
                assert len(as_rfc822(_Reader(opened, 1 << 20).item(node, 0))) < 20 << 20
    except RefusedError as refused:
        assert refused.reason in {"broken", "too_big", "encrypted"}
