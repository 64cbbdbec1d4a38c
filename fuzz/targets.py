"""What is fuzzed: every reader of what somebody sent, the matcher, and what must hold for each (``oracle``)."""

import importlib.util
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from fuzz import mutate, oracle, seeds, words
from fuzz.mutate import Mutator

MARK = "KA12345678"
"""An invented policy number: where it stands in plain text, it must come out again."""


@dataclass(frozen=True, slots=True)
class Target:
    """``run`` raises when a promise is broken. ``seeds``: what to begin with; ``real``: endings of real files."""

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    real: tuple[str, ...] = ()
    mutator: Mutator = mutate.raw
    words: tuple[bytes, ...] = ()
    largest: int = 1 << 16


def _file(name: str) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        from sekisho.sources.files.extract import read_file  # noqa: PLC0415

        def read() -> Any:
            return read_file(name, data, "", oracle.LIMITS, passwords=(seeds.PASSWORD,))

        contents = oracle.timed(read)
        oracle.check_contents(contents)
        if not name.endswith(
            (".html", ".xml", ".zip", ".ods", ".docx", ".pptx", ".odt", ".tgz")
        ):  # may be rightly empty
            oracle.nothing_lost(data, contents)
        if name.endswith((".txt", ".csv")) and MARK.encode() in data and data.isascii() and b"\x1b" not in data:
            oracle.promised(MARK in oracle.shown(contents) or contents.unread, "plain text comes out again")
        oracle.same_twice(data, contents, read)

    return run


def _message(data: bytes) -> None:
    from sekisho.sources.mail.message import read_message  # noqa: PLC0415

    message = oracle.timed(lambda: read_message(data, oracle.LIMITS, passwords=(seeds.PASSWORD,)))
    oracle.check_contents(message.contents)
    oracle.writable(message.message_id, message.sender, message.subject, *message.in_reply_to)
    oracle.writable(*(text for pair in message.recipients for text in pair))
    oracle.promised(bool(message.message_id), "every message has an id")
    oracle.promised(message.at is None or message.at.tzinfo is not None, "a time has a zone")
    plain = b"\n\n" in data and b"content-" not in data.lower() and data.isascii() and b"\r" not in data
    if plain and MARK.encode() in data.partition(b"\n\n")[2]:
        oracle.promised(MARK in oracle.shown(message.contents) or message.contents.unread, "a body comes out again")
    oracle.same_twice(data, message, lambda: read_message(data, oracle.LIMITS, passwords=(seeds.PASSWORD,)))


def _charset(data: bytes) -> None:
    from sekisho.sources.mail.charset import decode  # noqa: PLC0415

    label, _, body = data.partition(b"\n")
    for named in ("", label[:40].decode("latin-1")):
        read = partial(decode, body, named)
        decoded = oracle.timed(read)
        oracle.writable(decoded.text)
        oracle.promised(not body.strip(b" \t\r\n\xff\xfe") or decoded.text, "bytes give text")
        oracle.same_twice(data, decoded, read)


def _addresses(data: bytes) -> None:
    from sekisho.sources.mail.addresses import addresses  # noqa: PLC0415
    from sekisho.sources.mail.headers import message_ids, parameters, parse_date  # noqa: PLC0415

    found = oracle.timed(lambda: addresses(data))
    oracle.writable(*found)
    oracle.promised(all(found), "no address is empty")
    oracle.timed(lambda: (message_ids(data), parameters(data), parse_date(data)))


def _access(data: bytes) -> None:
    import duckdb  # noqa: PLC0415

    from sekisho.kernel.errors import InputError  # noqa: PLC0415
    from sekisho.sources.access import read_access_log  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="sekisho-fuzz-", dir=_memory()) as folder, duckdb.connect() as con:
        con.execute("SET threads = 1")
        path = Path(folder) / ("log.jsonl" if data[:1] == b"{" else "log.csv")
        path.write_bytes(data)
        try:
            read = oracle.timed(lambda: read_access_log([path], con))
            rows = read.relation.to_arrow_table().num_rows  # all of it is read; nothing of it becomes Python
        except InputError:
            return
        oracle.promised(rows == read.row_count, "as many rows as are told")
        oracle.promised(len(read.unread) <= read.unread_count or read.unread_count == 0, "unread rows are counted")


def _memory() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def _candidates(data: bytes) -> None:
    from sekisho.sources.mail.message import read_message  # noqa: PLC0415
    from sekisho.sources.mail.passwords import candidates  # noqa: PLC0415

    contents = read_message(data, oracle.LIMITS).contents
    found = oracle.timed(lambda: candidates(contents))
    oracle.promised(all(isinstance(word, str) and word for word in found), "passwords are words")
    oracle.promised(len(found) <= 1000, "candidates are bounded")
    oracle.same_twice(data, found, lambda: candidates(contents))


@cache
def _matcher() -> Any:
    from tools.ledger import make_ledger, write_registry  # noqa: PLC0415

    from sekisho.matching.index.match_index import MatchIndex  # noqa: PLC0415
    from sekisho.matching.matcher import Matcher  # noqa: PLC0415
    from sekisho.registry.registry import read_registry  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="sekisho-fuzz-") as folder:
        write_registry(make_ledger(2000, seed=5), Path(folder))
        registry, _report = read_registry(Path(folder))
        assert registry is not None
        return Matcher(MatchIndex.build(registry.tables, bytes(range(16))), registry.insurer_names())


def _match(data: bytes) -> None:
    from sekisho.kernel.content import Table, Text  # noqa: PLC0415

    pieces: list[Any] = []
    for number, block in enumerate(data.split(b"\x00")[:20]):
        text = block.decode("utf-8", "replace")
        if number % 2:
            pieces.append(Table(f"t{number}", [line.split(",") for line in text.split("\n")]))
        elif text:
            pieces.append(Text(f"p{number}", text))
    matches = oracle.timed(lambda: _matcher().match(pieces))
    parts = {piece.part for piece in pieces}
    for match in matches:
        oracle.promised(match.part in parts, "matches name a part")
        oracle.promised(-1 <= match.policy_row < 2000, "matches name a row")
        oracle.writable(match.matched_by, match.policy_no, match.insurer_id, match.position)
    oracle.same_twice(data, matches, lambda: _matcher().match(pieces))


def _matcher_seeds() -> Iterable[bytes]:
    from tools.accuracy import units  # noqa: PLC0415
    from tools.ledger import make_ledger  # noqa: PLC0415

    source = units.Source(make_ledger(2000, seed=5), 1)
    for number in range(60):
        unit = source.any_unit("utf-8")
        rows, _ = source.table("utf-8", 3)
        loose = unit.text.encode() if unit else b""
        yield loose + (b"\x00" + units.lines(rows, "commas").encode() if number % 3 else b"")


TARGETS = {
    target.name: target
    for target in (
        Target("message", _message, seeds.mails, (".eml", ".txt", ".raw"), words=words.MIME),
        Target("zip", _file("a.zip"), seeds.zips, (".zip",), mutate.zipped),
        Target("7z", _file("a.7z"), seeds.sevens, (".7z",), mutate.seven),
        Target("lzh", _file("a.lzh"), seeds.lzhs, (".lzh",), mutate.lzh),
        Target("rar", _file("a.rar"), seeds.rars, (".rar",)),
        Target("tnef", _file("winmail.dat"), seeds.tnefs, (".tnef",)),
        Target("msg", _file("a.msg"), seeds.msgs, (".msg",)),
        Target("rtf", _file("a.rtf"), seeds.rtfs, (".rtf",), words=words.RTF),
        Target("doc", _file("a.doc"), seeds.msgs, (".doc",)),
        Target("ppt", _file("a.ppt"), seeds.msgs, (".ppt",)),
        Target("xls", _file("a.xls"), partial(seeds.office, "xls"), (".xls",)),
        Target("xlsx", _file("a.xlsx"), partial(seeds.office, "xlsx"), (".xlsx",), mutate.zipped),
        Target("ods", _file("a.ods"), partial(seeds.office, "ods"), (".ods",), mutate.zipped),
        Target("docx", _file("a.docx"), partial(seeds.office, "docx"), (".docx",), mutate.zipped),
        Target("pptx", _file("a.pptx"), partial(seeds.office, "pptx"), (".pptx",), mutate.zipped),
        Target("odt", _file("a.odt"), partial(seeds.office, "odt"), (".odt",), mutate.zipped),
        Target("pdf", _file("a.pdf"), seeds.pdfs, (".pdf",), mutate.streams),
        Target("tgz", _file("a.tgz"), seeds.tars, (".gz",), mutate.gzipped),
        Target("cab", _file("a.cab"), seeds.none, (".cab",)),
        Target("cpio", _file("a.cpio"), seeds.none, (".cpio",)),
        Target("html", _file("a.html"), seeds.markup, (".html", ".htm"), words=words.MARKUP),
        Target("csv", _file("a.csv"), seeds.tables, (".csv",), words=words.CSV),
        Target("txt", _file("a.txt"), seeds.texts, (".txt",), words=words.TEXT),
        Target("charset", _charset, seeds.labelled, words=words.TEXT),
        Target("addresses", _addresses, seeds.address_headers, words=words.ADDRESSES),
        Target("access", _access, seeds.logs, (".log",), words=words.LOG),
        Target("passwords", _candidates, seeds.mails, words=words.PASSWORDS),
        Target("matcher", _match, _matcher_seeds, words=words.LEDGER),
    )
}


def absent(target: Target) -> str:
    """Why a target cannot run here; "" when it can."""
    if target.name == "passwords" and importlib.util.find_spec("sekisho.sources.mail.passwords") is None:
        return "sources.mail.passwords is not there"
    return ""
