"""Other XML."""

import pytest

from sekisho.sources.files.extract import read_file
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.files.xmltext import refuse_dtd
from tests.sources.files.test_extract import texts


def test_any_xml_is_text_with_its_attributes() -> None:
    raw = '<?xml version="1.0" encoding="shift_jis"?><契約 番号="A-1"><名>山田</名></契約>'.encode("cp932")
    found = texts(read_file("a.xml", raw, "p"))["p"]
    assert "A-1" in found
    assert "山田" in found


def test_entities_of_other_xml_are_never_expanded() -> None:
    raw = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/hostname">]><x>&f;</x>'
    assert texts(read_file("a.xml", raw, "p"))["p"].strip().endswith("&f;")


@pytest.mark.parametrize("codec", ["utf_8", "utf_16_le", "utf_16_be"])
def test_document_types_are_refused(codec: str) -> None:
    with pytest.raises(RefusedError, match="suspicious"):
        refuse_dtd("<!doctype x>".encode(codec))
    refuse_dtd("<x>!DOCTYPE</x>".encode(codec))
