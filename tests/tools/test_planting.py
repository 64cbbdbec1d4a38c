"""The measuring tool itself: what is called planted is really there, as the host's own program would write it."""

import email
import io
import itertools
import random
import zipfile
from email.header import decode_header

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from tools.accuracy import carriers, charsets, hosts, notations, score
from tools.accuracy.clean import near_misses
from tools.accuracy.hosts import Host
from tools.accuracy.plant import Planter, readable
from tools.accuracy.units import Source, lines
from tools.ledger import Ledger, make_ledger, write_registry

BODY = "いつもお世話になっております。\n資料の件、よろしくお願いします。\n"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return make_ledger(3000, seed=5)


def host(charset: str, encoding: str = "8bit", newline: bytes = b"\n") -> Host:
    head = f"From: a@sender.example.com\nTo: b@example.jp\nSubject: test\nContent-Type: text/plain; charset={charset}\n"
    data = charsets.encode(BODY, charset)
    assert data is not None
    raw = head.encode() + f"Content-Transfer-Encoding: {encoding}\n\n".encode() + charsets.transfer(data, encoding)
    return Host("invented", raw.replace(b"\n", newline), charset)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "shift_jis", "euc-jp"])
def test_text_is_planted_in_the_hosts_own_charset(charset: str, encoding: str, newline: bytes) -> None:
    done = hosts.appended(host(charset, encoding, newline).raw, "text/plain", "証券番号：KA12345678")
    assert done is not None
    part = email.message_from_bytes(done[0])
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    text = payload.decode({"shift_jis": "cp932"}.get(charset, charset))
    assert done[1] == charset
    assert BODY.strip() in text.replace("\r\n", "\n")
    assert "証券番号：KA12345678" in text


def test_what_the_charset_lacks_is_not_planted() -> None:
    ascii_host = Host("invented", b"From: a@sender.example.com\nSubject: x\n\nhello\n", "us-ascii")
    assert hosts.appended(ascii_host.raw, "text/plain", "証券番号") is None
    assert hosts.appended(ascii_host.raw, "text/plain", "KA12345678") is not None


def test_html_that_lacks_characters_gets_references() -> None:
    raw = b"From: a@sender.example.com\nContent-Type: text/html; charset=iso-8859-1\n\n<body>hello</body>\n"
    done = hosts.appended(raw, "text/html", "<p>山KA1</p>")
    assert done is not None
    assert b"<p>&#23665;KA1</p>\n</body>" in done[0]


def test_iso_2022_jp_as_windows_wrote_it() -> None:
    data = charsets.iso_2022_jp_windows("髙①ﾔﾏ山a")
    assert data.endswith(b"a")
    assert b"\x1b(I" in data
    assert b"\x1b$B|b" in data  # 髙 in the rows NEC gave to IBM's kanji
    assert charsets.iso_2022_jp_windows("山田a").decode("iso-2022-jp") == "山田a"


def test_other_headers_stay_as_they_are() -> None:
    raw = b"Received: x\r\n\tby y\r\nFROM: old@sender.example.com\r\nCc: c@example.jp\r\nSubject:  odd \r\n\r\nbody\r\n"
    new = hosts.readdressed(raw, sender="s@example.jp", recipient="r@example.jp", ident="plant-000001")
    message = email.message_from_bytes(new)
    assert message.get_all("from") == ["s@example.jp"]
    assert message.get_all("to") == ["r@example.jp"]
    assert message["cc"] is None
    assert b"Received: x\r\n\tby y\r\n" in new
    assert b"Subject:  odd \r\n" in new
    assert new.endswith(b"\r\n\r\nbody\r\n")


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "shift_jis", "euc-jp", "us-ascii"])
def test_every_copy_holds_what_its_truth_says(charset: str, ledger: Ledger) -> None:
    source = (
        host(charset)
        if charset != "us-ascii"
        else Host("a", b"From: a@sender.example.com\nSubject: x\n\nhi\n", charset)
    )
    planter = Planter(Source(ledger, 1), 1)
    copies = list(planter.copies(source))
    assert planter.unplantable == 0
    assert len({c.ident for c in copies}) == len(copies)
    for copy in copies:
        message = email.message_from_bytes(copy.raw)
        assert message["message-id"] == f"<{copy.ident}@planted.example>"
        assert copy.units or copy.beside
        assert readable(copy.raw, copy.proofs)
        assert all(unit.ident == copy.ident and unit.container and unit.charset for unit in copy.units)


def test_a_host_without_a_body_gets_its_parts_all_the_same() -> None:
    bodiless = b"From: a@sender.example.com\nTo: b@example.jp\nSubject: x\n"
    wrapped = email.message_from_bytes(hosts.wrapped(bodiless, [b"Content-Type: text/plain\n\nadded"], "mark"))
    assert wrapped.is_multipart()
    assert [part.get_payload() for part in wrapped.get_payload()][-1].strip() == "added"  # type: ignore[union-attr]


def test_nothing_is_planted_behind_a_boundary() -> None:
    head = b'From: a@sender.example.com\nSubject: x\nContent-Type: multipart/mixed; boundary="mark"\n\n'
    whole = head + b"--mark\nContent-Type: text/plain\n\nhello\n--mark--\n"
    assert hosts.appended(whole, "text/plain", "KA12345678") is not None
    inner = b'Content-Type: multipart/mixed; boundary="mark-2"\n\n'
    broken = head + b"--mark\n" + inner + b"--mark-2\nContent-Type: text/plain\n\nhello\n--mark-2 --\n--mark--\n"
    done = hosts.appended(broken, "text/plain", "KA12345678")
    assert done is None or b"KA12345678" in done[0].partition(b"--mark-2 --")[0]


def test_the_mail_that_tells_a_password_belongs_beside_the_locked_one(ledger: Ledger) -> None:
    planter = Planter(Source(ledger, 6), 6)
    copies = [copy for _ in range(16) for copy in planter.copies(host("utf-8"))]
    telling = [(before, after) for before, after in itertools.pairwise(copies) if after.beside]
    assert telling
    for locked, told in telling:
        assert locked.units
        assert not told.units
        assert "password in" in locked.units[0].container
    assert any(copy.password for copy in copies)


def test_subject_reads_back(ledger: Ledger) -> None:
    for copy in Planter(Source(ledger, 2), 2).copies(host("iso-2022-jp")):
        if copy.units and copy.units[0].container == "subject":
            words = decode_header(email.message_from_bytes(copy.raw)["subject"])
            escaped = b"".join(w if isinstance(w, bytes) else w.encode() for w, _ in words)
            assert charsets.encode(copy.units[0].text.replace("\n", " ")[:4], "iso-2022-jp")[:6] in escaped  # type: ignore[index]


def test_planting_is_repeatable(ledger: Ledger) -> None:
    first, second = ([c.raw for c in Planter(Source(ledger, 3), 3).copies(host("utf-8"))] for _ in range(2))
    assert first == second


def test_files_read_back() -> None:
    rows = [["証券番号", "契約者名"], ["KA12345678", "山田　太郎"]]
    book = CalamineWorkbook.from_filelike(io.BytesIO(carriers.xlsx_file(rows)))
    assert book.get_sheet_by_index(1).to_python() == rows
    document = pypdfium2.PdfDocument(carriers.pdf_file(["証券番号 KA12345678", "髙橋"]))
    assert document[0].get_textpage().get_text_range().split() == ["証券番号", "KA12345678", "髙橋"]
    packed = carriers.zip_file({"満期.csv": b"x"}, windows_names=True)
    assert zipfile.ZipFile(io.BytesIO(packed), metadata_encoding="cp932").namelist() == ["満期.csv"]
    document.close()


@pytest.mark.parametrize("style", ["rfc2231", "rfc2231 continued"])
def test_attachment_names_read_back(style: str) -> None:
    name = "証券番号KA12345678満期一覧表.csv"
    part = email.message_from_bytes(carriers.entity(b"x", "text/csv", carriers.named(name, style)))
    assert part.get_filename() == name


def test_notations_say_the_same_thing(ledger: Ledger) -> None:
    policy = next(p for p in map(ledger.policy, range(100)) if p.birth and not p.corporate)
    for write in notations.POLICY_NO.values():
        written = write(policy)
        assert written is None or score.squeezed(written) == score.squeezed(policy.policy_no)
    assert notations.era(policy.birth.replace(1989, 1, 7), "{short}{year}") == "S64"  # type: ignore[union-attr]
    assert notations.era(policy.birth.replace(1989, 1, 8), "{short}{year}") == "H1"  # type: ignore[union-attr]
    assert notations.era_kanji(policy.birth.replace(1980, 12, 21)) == "昭和五十五年十二月二十一日"  # type: ignore[union-attr]


def test_table_lines_keep_every_cell(ledger: Ledger) -> None:
    rows, units = Source(ledger, 4).table("utf-8")
    assert len(units) == 6
    for mark in ("tabs", "bars", "spaces", "commas"):
        text = lines(rows, mark)
        assert all(cell in text for row in rows for cell in row)


def test_near_misses_hold_no_ledger_number(ledger: Ledger) -> None:
    numbers = {score.squeezed(n) for n in ledger.numbers}
    made = list(near_misses(ledger, 60, seed=1))
    assert {m.kind for m in made} >= {"name", "digit", "birth", "outsider"}
    for message in made:
        if message.kind == "digit":
            runs = "".join(c if c.isascii() and c.isalnum() else " " for c in message.text.replace("-", "")).split()
            assert not numbers & set(runs)


def test_ledger_is_repeatable_and_its_registry_is_complete(ledger: Ledger, tmp_path: object) -> None:
    assert make_ledger(3000, seed=5).table.equals(ledger.table)
    assert len(ledger.numbers) == 3000
    folder = tmp_path  # a Path, typed loosely by pytest
    write_registry(ledger, folder)  # type: ignore[arg-type]
    names = {path.name for path in folder.iterdir()}  # type: ignore[attr-defined]
    assert names >= {"insurers.csv", "agencies.csv", "addresses.csv", "appointments.csv", "policies.parquet"}


def test_wilson() -> None:
    low, high = score.wilson(0, 100)
    assert low == 0
    assert high == pytest.approx(0.037, abs=0.001)
    assert score.wilson(50, 100)[0] == pytest.approx(0.404, abs=0.001)


def test_random_is_not_shared() -> None:
    """Tools draw from their own generators: the global one is untouched."""
    random.seed(1)
    expected = random.random()
    random.seed(1)
    make_ledger(100)
    assert random.random() == expected
