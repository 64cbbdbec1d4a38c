"""Tables of messages are cut into rows as the csv module cuts them, without reading them as text (A9)."""

import csv
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.sources.files.limits import RefusedError
from sekisho.sources.loose.messages import rows
from sekisho.sources.loose.wrapped import ROW, Shape, fields
from sekisho.sources.mail.archive import MessageRef, UnreadArchive

HEADER = ["日時", "送信者", "宛先", "件名", "本文"]
CELLS = st.text('あ漢ｱソ表aB1 ,;"\n\t　髙', max_size=12)


def read(ref: MessageRef) -> dict[str, str]:
    with Path(ref.path).open("rb") as source:
        source.seek(ref.offset)
        raw = source.read(ref.length)
    return fields(Shape(*json.loads(ref.item.removeprefix(ROW).partition(":")[2])), raw)


@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS), max_size=6), st.sampled_from(["utf-8", "utf-8-sig", "cp932"])
)
def test_every_row_is_found_as_it_was_written(table: list[tuple[str, ...]], charset: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(
        [HEADER, ["2024-02-01", "送信者です", "宛先", "件名", "お世話になっております"], *table]
    )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "m.csv"
        place.write_bytes(out.getvalue().encode(charset))
        found = list(rows([place]))
        assert all(isinstance(one, MessageRef) for one in found)
        told = [read(one) for one in found if isinstance(one, MessageRef)][1:]
    names = ("at", "sender", "recipients", "subject", "body")
    assert told == [dict(zip(names, row, strict=True)) for row in table]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    place = tmp_path / "m.csv"
    place.write_text('at,from,to,body\n2024-02-01,a,b,"two\nlines"\n\n2024-02-02,c,d,x\n')
    assert [one.position for one in rows([place]) if isinstance(one, MessageRef)] == ["m.csv:2", "m.csv:5"]


def test_json_lines_may_leave_keys_out(tmp_path: Path) -> None:
    place = tmp_path / "m.jsonl"
    place.write_text('{"at": "2024-02-01", "from": "a", "to": ["b", "c"]}\n\n{"body": "x", "at": "", "sender": "s"}\n')
    first, second = [read(one) for one in rows([place]) if isinstance(one, MessageRef)]
    assert (first["recipients"], second["body"], second["sender"]) == ("b;c", "x", "s")


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"{}\n", b"\xff\xfea\x00", b"at,sender\n1,2\n", b"\x00\x01\x02", b'"never closed']
)
def test_what_is_no_table_of_messages_is_listed(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "odd"
    place.write_bytes(content)
    (found,) = list(rows([place]))
    assert isinstance(found, UnreadArchive) and found.reason == "unsupported"


def test_a_quote_that_is_no_pair_drops_no_row_in_silence(tmp_path: Path) -> None:
    place = tmp_path / "m.csv"
    place.write_text(
        'at,from,to,body\n2024-02-01,a,b,5" wide\n2024-02-02,c,d,x\n2024-02-03,e,f,7" high\n2024-02-04,g,h,y\n'
    )
    first, last = [one for one in rows([place]) if isinstance(one, MessageRef)]
    with pytest.raises(RefusedError, match="3 rows from here on"):
        read(first)
    assert read(last)["sender"] == "g"


@pytest.mark.parametrize("content", [b"a" * 2_000_000, b'{"a":' + b"[" * 200_000, b'"' + b"x" * 300_000 + b'"\n1\n'])
def test_a_file_made_to_be_slow_or_deep_is_no_table(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / "odd"
    place.write_bytes(content)
    (found,) = list(rows([place]))
    assert isinstance(found, UnreadArchive) and found.reason == "unsupported"
