"""Planting: every host message gets several copies, each with something in another place; truth is what is left
after the standard library has read the planted bytes back from the copy."""

import email
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from html import escape

from tools.accuracy import carriers, charsets, files, hosts
from tools.accuracy.hosts import Host
from tools.accuracy.units import Source, Unit, lines
from tools.ledger import RECEIVER, SENDER

ADDED = (
    # how it is written, what the header says (None: no charset), transfer encoding
    ("utf-8", "utf-8", "8bit"),
    ("iso-2022-jp", "iso-2022-jp", "7bit"),
    ("cp932", "shift_jis", "8bit"),
    ("euc-jp", "euc-jp", "8bit"),
    ("utf-8", "utf-8", "quoted-printable"),
    ("cp932", "windows-31j", "base64"),
    ("iso-2022-jp", "iso-2022-jp", "quoted-printable"),
    ("euc-jp", "euc-jp", "base64"),
    ("iso-2022-jp", None, "7bit"),
    ("cp932", None, "8bit"),
    ("utf-8", None, "8bit"),
    ("cp932", "iso-2022-jp", "8bit"),
    ("utf-8", "iso-2022-jp", "8bit"),
    ("iso-2022-jp", "utf-8", "7bit"),
    ("utf-8", "us-ascii", "8bit"),
    ("euc-jp", "shift_jis", "8bit"),
)
FORWARDED = ("message/rfc822", "message/rfc822 > csv")
USUAL = 20
"""Passwords that an office uses again and again: those that a user knows and puts into a file."""
PASSWORD_IN = ("the body", "a later mail of the thread", "the sender's next mail", "a given file")
_SAID = (
    "添付ファイルのパスワードは「{}」です。",
    "パスワード：{}",
    "お送りしたファイルのパスワードをお知らせします。\n\nPW: {}\n\nよろしくお願いいたします。",
    "解凍パスワードは {} です。",
    "先ほどお送りした添付ファイルのパスワード\n{}",
)
_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789"


@dataclass(slots=True)
class Planted:
    """A planted message: its bytes, its units, and the byte strings that must be readable in it."""

    ident: str
    raw: bytes
    units: list[Unit]
    proofs: list[bytes] = field(default_factory=list)
    beside: bool = False
    """It belongs beside the message before it, in the same archive."""
    password: str = ""
    """To be given to the sweep in a file."""


def readable(raw: bytes, proofs: list[bytes]) -> bool:
    """Whether the standard library reads every proof back from the message's decoded parts."""
    seen = []
    for part in email.message_from_bytes(raw).walk():
        if not part.is_multipart():
            seen.append(hosts.decoded(part).replace(b"\r\n", b"\n"))
    return all(any(proof.replace(b"\r\n", b"\n") in data for data in seen) for proof in proofs)


class Planter:
    """Makes the copies of hosts. The same hosts, ledger and seed give the same messages."""

    def __init__(self, source: Source, seed: int) -> None:
        self._source = source
        self._rng = random.Random(seed)
        self._serial = itertools.count()
        self._added = itertools.cycle(ADDED)
        self._files = itertools.cycle([*files.available(), *FORWARDED])
        self._locked_files = itertools.cycle(files.lockable())
        # one in four: each password tried on a workbook costs a seventh of a second, by design of its lock
        self._locks = itertools.cycle([True, False, False, False])
        self._told_in = itertools.cycle(PASSWORD_IN)
        self._names = itertools.cycle(carriers.NAME_STYLES)
        self._titles = itertools.cycle(carriers.NAME_STYLES)
        self._marks = itertools.cycle(["tabs", "bars", "spaces", "commas"])
        self._usual = [self._password() for _ in range(USUAL)]
        self.unplantable = 0
        self.passwords: list[str] = []
        """Those that the sweep is given in a file."""

    def copies(self, host: Host) -> Iterator[Planted]:
        """All copies of one host; those in Japanese charsets get more, because there are few of them."""
        plans = (
            self._body,
            self._part,
            self._html,
            self._quoted,
            self._listed,
            self._attached,
            self._titled,
            self._subject,
        )
        for _ in range(5 if host.charset in charsets.JAPANESE[:4] else 1):
            for plan in plans:
                planted = plan(host)
                if planted is not None and readable(planted.raw, planted.proofs):
                    yield planted
                else:
                    self.unplantable += 1
            if next(self._locks):
                yield from self._locked(host)

    # --- plans ----------------------------------------------------------------------------------------------

    def _body(self, host: Host) -> Planted | None:
        """Units at the end of the host's own text, in its own charset."""
        japanese = host.charset in charsets.JAPANESE
        if not host.charset:
            return None
        if japanese:
            units = self._some(host.charset, 5)
        else:
            units = [u for _ in range(3) if (u := self._source.number("us-ascii", ascii_only=True))]
        block = "\n" + "\n\n".join(u.text for u in units) + "\n"
        done = hosts.appended(host.raw, "text/plain", block)
        if done is None:
            return None
        raw, charset = done
        return self._finish(host, raw, units, charset, "body", [_bytes(u.text, charset) for u in units])

    def _part(self, host: Host) -> Planted | None:
        """Units in an added text part, in charsets that are right, missing or wrong."""
        written, label, encoding = next(self._added)
        units = self._some(written, 5)
        return self._with_text(
            host, units, "\n\n".join(u.text for u in units), (written, label, encoding), "body (added part)"
        )

    def _html(self, host: Host) -> Planted | None:
        """Units and a table in the host's HTML, or in an added HTML part."""
        charset = host.charset if host.charset in charsets.JAPANESE else "utf-8"
        rows, listed = self._source.table(charset, 4)
        loose = self._some(charset, 3)
        cells = "\n".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
        texts = [escape(u.text).replace("　", "&nbsp;").replace("\n", "<br>\n") for u in loose]
        spans = [
            f"<p>{t[: len(t) // 2]}<b>{t[len(t) // 2 :]}</b></p>" if "&" not in t and "<" not in t else f"<p>{t}</p>"
            for t in texts
        ]
        block = f'<table border="1">{cells}</table>\n' + "\n".join(spans)
        done = hosts.appended(host.raw, "text/html", block)
        raw, charset = (
            done
            if done is not None
            else (self._wrap(host, [_text_entity(block, charset, charset, "base64", "html")]), charset)
        )
        proof = (
            [charsets.encode(c, charset) for u in listed for c in u.text.split("\t")]
            if charset in charsets.JAPANESE
            else []
        )
        units = [u.placed("", "", "", "HTML table") for u in listed] + [
            u.placed("", "", "", "HTML text") for u in loose
        ]
        return self._finish(host, raw, units, charset, "", [p for p in proof if p and b"&" not in p])

    def _quoted(self, host: Host) -> Planted | None:
        """Units in quoted text below an answer."""
        charset = host.charset if host.charset in charsets.JAPANESE else "utf-8"
        units = self._some(charset, 4)
        mark = self._rng.choice(["> ", ">", ">> ", "| "])
        quoted = "\n".join(mark + line for u in units for line in u.text.split("\n"))
        block = "On 2024/04/01 9:00, someone wrote:\n" + quoted + "\n"
        done = hosts.appended(host.raw, "text/plain", block) if charset == host.charset else None
        if done is None:
            return self._with_text(host, units, block, (charset, charset, "quoted-printable"), "quoted text")
        return self._finish(host, done[0], units, done[1], "quoted text", _proofs(quoted, done[1]))

    def _listed(self, host: Host) -> Planted | None:
        """A table as lines of text."""
        charset = host.charset if host.charset in charsets.JAPANESE else "utf-8"
        rows, units = self._source.table(charset)
        mark = next(self._marks)
        block = "一覧をお送りします。\n" + lines(rows, mark) + "\n以上\n"
        if self._rng.random() < 0.2:
            block = "\n".join("> " + line for line in block.split("\n"))
            mark += ", quoted"
        done = hosts.appended(host.raw, "text/plain", block) if charset == host.charset else None
        if done is None:
            return self._with_text(host, units, block, (charset, charset, "base64"), f"text table ({mark})")
        return self._finish(host, done[0], units, done[1], f"text table ({mark})", [_bytes(block, done[1])])

    def _attached(self, host: Host) -> Planted | None:
        """A file of the next kind, as attachment."""
        name = next(self._files)
        if name in FORWARDED:
            return self._forwarded(host, name)
        kind = files.KINDS[name]
        rows, units, lines = self._held(kind.holds, kind.charset)
        data = kind.make(rows, lines)
        title = f"満期一覧.{kind.ending}" if kind.ending != "dat" else "winmail.dat"
        content_type = "application/ms-tnef" if kind.ending == "dat" else "application/octet-stream"
        part = carriers.entity(data, content_type, carriers.named(title, next(self._names)))
        shown = f"attachment {kind.charset}"
        return self._finish(host, self._wrap(host, [part]), units, shown, f"attachment: {name}", [data])

    def _held(self, holds: str, charset: str) -> tuple[list[list[str]], list[Unit], list[str]]:
        """(rows, units, lines of text) for a file that holds a table, text or both."""
        rows, listed = self._source.table(charset, 8) if holds != "lines" else ([], [])
        loose = self._some(charset, 4) if holds != "rows" else []
        return rows, [*listed, *loose], [t for u in loose for t in u.text.split("\n")]

    def _locked(self, host: Host) -> Iterator[Planted]:
        """A file with a password, and the mail that tells it where it is not told in the same one (PPAP)."""
        name, told_in = next(self._locked_files), next(self._told_in)
        if told_in == "the sender's next mail" and _sent_at(host.raw) is None:
            told_in = "the body"  # without a date no mail is the next one
        kind = files.LOCKED[name]
        password = self._password() if told_in != "a given file" else self._rng.choice(self._usual)
        rows, units, lines = self._held(kind.holds, "cp932")
        data = kind.make(rows, lines, password)
        part = carriers.entity(
            data, "application/octet-stream", carriers.named(f"満期一覧.{kind.ending}", next(self._names))
        )
        said = self._rng.choice(_SAID).format(password)
        told = [_text_entity(said, "iso-2022-jp", "iso-2022-jp", "7bit", "plain")] if told_in == "the body" else []
        planted = self._finish(
            host, self._wrap(host, [*told, part]), units, "attachment, locked",
            f"attachment: {name}, password in {told_in}", [data],
        )  # fmt: skip
        if not readable(planted.raw, planted.proofs):
            self.unplantable += 1
            return
        planted.password = password if told_in == "a given file" else ""
        yield planted
        if told_in in {"a later mail of the thread", "the sender's next mail"}:
            yield self._telling(planted, said, in_thread=told_in.endswith("thread"))

    def _password(self) -> str:
        return "".join(self._rng.choice(_SIGNS) for _ in range(self._rng.randrange(8, 13)))

    def _telling(self, locked: Planted, said: str, *, in_thread: bool) -> Planted:
        """The mail that tells the password, sent five minutes later to the same people."""
        ident = f"plant-{next(self._serial):06d}"
        sent = email.message_from_bytes(locked.raw)
        head = f"From: {SENDER}\nTo: {RECEIVER}\nMessage-ID: <{ident}@planted.example>\n"
        if (at := _sent_at(locked.raw)) is not None:
            head += f"Date: {format_datetime(at + timedelta(minutes=5))}\n"
        subject = "Re: " + str(sent["subject"] or "").replace("\n", " ").strip() if in_thread else "パスワードのご連絡"
        if in_thread:
            head += f"In-Reply-To: <{locked.ident}@planted.example>\nReferences: <{locked.ident}@planted.example>\n"
        shown = _subject_words(subject)
        raw = head.encode() + b"Subject: " + shown + b"\n" + _text_entity(said, "utf-8", "utf-8", "base64", "plain")
        return Planted(ident, raw, [], beside=True)

    def _forwarded(self, host: Host, kind: str) -> Planted:
        charset = self._rng.choice(("iso-2022-jp", "shift_jis", "utf-8"))
        units = self._some(charset, 4)
        text, extra, proofs = "\n".join(u.text for u in units), None, []
        if kind.endswith("csv"):
            rows, units = self._source.table("cp932")
            data = carriers.csv_file(rows, "cp932")
            text, proofs = "添付のとおり。", [data]
            extra = carriers.entity(data, "text/csv", carriers.named("一覧.csv", "rfc2047 cp932"))
        else:
            proofs = [_bytes(text, charset)]
        inner = carriers.message_file(text, charset, "転送：ご確認", extra)
        part = b"Content-Type: message/rfc822\nContent-Disposition: attachment\n\n" + inner
        return self._finish(host, self._wrap(host, [part]), units, charset, f"attachment: {kind}", proofs)

    def _titled(self, host: Host) -> Planted | None:
        """A unit in the name of an attachment."""
        style = next(self._titles)
        for _ in range(20):
            numbered = self._rng.random() < 0.6
            unit = self._source.number("cp932") if numbered else self._source.pair("birth date", "cp932")
            if unit is not None and "/" not in unit.text:
                break
        else:
            return None
        title = unit.text.replace("\n", " ")
        data = b"\x89PNG\r\n\x1a\n" + bytes(32)
        part = carriers.entity(data, "image/png", carriers.named(title + ".png", style))
        return self._finish(host, self._wrap(host, [part]), [unit], f"name {style}", "attachment name", [data])

    def _subject(self, host: Host) -> Planted | None:
        """A unit in the subject, as encoded words in the host's charset."""
        charset = (
            host.charset
            if host.charset in charsets.JAPANESE
            else self._rng.choice(["utf-8", "iso-2022-jp", "shift_jis", "euc-jp"])
        )
        unit = self._source.number(charset) if self._rng.random() < 0.6 else self._source.pair("birth date", charset)
        if unit is None:
            return None
        subject = charsets.encoded_words("Re: " + unit.text.replace("\n", " "), charset, self._rng.choice("bq"))
        return self._finish(host, host.raw, [unit], charset, "subject", [], subject)

    # --- help -----------------------------------------------------------------------------------------------

    def _some(self, charset: str, count: int) -> list[Unit]:
        return [u for _ in range(count) if (u := self._source.any_unit(charset)) is not None]

    def _wrap(self, host: Host, parts: list[bytes]) -> bytes:
        return hosts.wrapped(host.raw, parts, f"=_added_{self._rng.randrange(10**9):09d}")

    def _with_text(
        self, host: Host, units: list[Unit], text: str, coding: tuple[str, str | None, str], container: str
    ) -> Planted:
        written, label, encoding = coding
        part = _text_entity(text, written, label, encoding, "plain")
        shown = written if label == written else f"{written} labelled {label or 'nothing'}"
        return self._finish(
            host,
            self._wrap(host, [part]),
            units,
            shown,
            container,
            _proofs(text, written),
        )

    def _finish(  # noqa: PLR0917
        self,
        host: Host,
        raw: bytes,
        units: list[Unit],
        charset: str,
        container: str,
        proofs: list[bytes],
        subject: bytes | None = None,
    ) -> Planted:
        ident = f"plant-{next(self._serial):06d}"
        raw = hosts.readdressed(raw, sender=SENDER, recipient=RECEIVER, ident=ident, subject=subject)
        placed = [u.placed(ident, host.name, charset, u.container or container) for u in units]
        return Planted(ident, raw, placed, proofs)


def _bytes(text: str, charset: str) -> bytes:
    data = charsets.encode(text, charset)
    assert data is not None
    return data


def _text_entity(text: str, written: str, label: str | None, encoding: str, kind: str) -> bytes:
    parameter = f'; charset="{label}"' if label else ""
    head = f"Content-Type: text/{kind}{parameter}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + charsets.transfer(_bytes(text, written), encoding) + b"\n"


def _sent_at(raw: bytes) -> datetime | None:
    """The Date header, if it is one."""
    try:
        return parsedate_to_datetime(str(email.message_from_bytes(raw)["date"]))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _subject_words(text: str) -> bytes:
    """A subject in UTF-8 words; what a broken host's subject cannot be written in is left out."""
    return charsets.encoded_words(text.encode("utf-8", "ignore").decode(), "utf-8").replace(b"\r\n", b"\n")


def _proofs(text: str, charset: str) -> list[bytes]:
    """What must be readable again: every line that says more than ASCII, or the longest if none does."""
    telling = [line for line in text.split("\n") if not line.isascii()]
    return [_bytes(line, charset) for line in telling or [max(text.split("\n"), key=len)]]
