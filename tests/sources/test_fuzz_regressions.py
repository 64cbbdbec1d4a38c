"""Inputs on which fuzzing (``make fuzz``) once found a fault: small, invented, written out as hex or base64.

A new one is a line in ``CASES``: the fault in a few words, the file name that it was read under, the bytes.
"""

import pytest

from sekisho.kernel.content import REASONS
from sekisho.sources.files.extract import read_file
from sekisho.sources.mail.message import read_message

CASES = {
    "a file of a byte order mark alone": ("a.doc", "fffe"),
    "a 7z archive of nothing but its start": ("a.7z", "377abcaf271c0004" + "00" * 12),
    "a compound file cut off in its header": ("a.xls", "d0cf11e0a1b11ae1" + "00" * 30),
    "a winmail.dat without a body": ("winmail.dat", "789f3e220100011111000004000000616161618401"),
    "an RTF document that ends in a control word": ("a.rtf", "7b5c727466616161"),
    "an LZH folder that has data": ("a.lzh", "61612d6c68642d61616161616161616161616161000861616161616161616161"),
    "a PDF whose page tree is empty": (
        "a.pdf",
        b"%PDF-\n1 0 obj<</Pages 3 0 R>>3 0 obj<<endobj\ntrailer<</Root 1 0 R>>".hex(),
    ),
    "a winmail.dat whose attribute is longer than itself": ("winmail.dat", "789f3e2201000106900800ffffff7f00"),
}


@pytest.mark.parametrize("fault", CASES)
def test_is_read_or_listed(fault: str) -> None:
    name, written = CASES[fault]
    data = bytes.fromhex(written)
    contents = read_file(name, data, "")
    assert contents.pieces or contents.unread or len(data) < 8
    assert all(gap.reason in REASONS for gap in contents.unread)


@pytest.mark.parametrize("fault", CASES)
def test_is_no_harm_as_an_attachment_or_message(fault: str) -> None:
    data = bytes.fromhex(CASES[fault][1])
    head = b"Subject: x\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n"
    message = read_message(head + data)
    assert message.subject == "x"
    assert read_message(data).message_id
