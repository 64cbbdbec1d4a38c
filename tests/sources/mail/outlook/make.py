"""Invented Outlook files for the tests, made on the spot: MSG, TNEF, compressed RTF, stores."""

import struct
import zlib
from dataclasses import dataclass, field

from sekisho.sources.files.ole_writer import Tree, compound_file
from sekisho.sources.mail.outlook import properties as mapi
from sekisho.sources.mail.outlook.pst_blocks import _cyclic, _tables

Values = dict[int, "str | int | bytes | list[str]"]

SENT = (1_732_180_245 + 11_644_473_600) * 10_000_000
"""2024-11-21 18:10:45 in Japan, as FILETIME."""
TIMES = {mapi.SUBMITTED, mapi.DELIVERED, mapi.CREATED, mapi.BIRTHDAY}


@dataclass
class Mail:
    """An item: properties, recipients, attachments (properties, content: bytes or another item)."""

    values: Values = field(default_factory=dict)
    recipients: list[Values] = field(default_factory=list)
    attachments: list[tuple[Values, "bytes | Mail | Tree | None"]] = field(default_factory=list)


def person(name: str, address: str, field_: int = 1, *, kind: str = "SMTP", smtp: str = "") -> Values:
    values: Values = {
        mapi.DISPLAY_NAME: name, mapi.ADDRESS_TYPE: kind, mapi.ADDRESS: address, mapi.RECIPIENT_TYPE: field_,
    }  # fmt: skip
    return values | ({mapi.SMTP_ADDRESS: smtp} if smtp else {})


def usual(**more: object) -> Mail:
    """山田太郎's policy, sent by Sato to Aoba."""
    mail = Mail(
        {
            mapi.MESSAGE_CLASS: "IPM.Note",
            mapi.SUBJECT: "満期のご案内",
            mapi.FROM[0]: "佐藤",
            mapi.FROM[1]: "sato@kou.example.jp",
            mapi.SUBMITTED: SENT,
            mapi.MESSAGE_ID: "<one@kou.example.jp>",
            mapi.BODY: "契約者 山田太郎 様\r\n証券番号 A-1234567",
        },
        [person("青葉代理店", "aoba@aoba.example.jp")],
    )
    for name, value in more.items():
        setattr(mail, name, value)
    return mail


# --- MSG --------------------------------------------------------------------------------------------------------------


def msg(mail: Mail, *, ansi: str = "") -> bytes:
    """A MSG file; with ``ansi`` its texts are in that code page, as old Outlook wrote them."""
    return compound_file(_msg_tree(mail, 32, ansi))


def _msg_tree(mail: Mail, skip: int, ansi: str) -> Tree:
    tree = _msg_object(mail.values, skip, ansi)
    for number, values in enumerate(mail.recipients):
        tree[f"__recip_version1.0_#{number:08X}"] = _msg_object(values, 8, ansi)
    for number, (values, content) in enumerate(mail.attachments):
        method = 5 if isinstance(content, Mail) else 6 if isinstance(content, dict) else 1
        branch = _msg_object({mapi.ATTACH_METHOD: method, **values}, 8, ansi)
        if isinstance(content, Mail):
            branch["__substg1.0_3701000D"] = _msg_tree(content, 24, ansi)
        elif isinstance(content, dict):
            branch["__substg1.0_3701000D"] = content
        elif content is not None:
            branch["__substg1.0_37010102"] = content
        tree[f"__attach_version1.0_#{number:08X}"] = branch
    return tree


def _msg_object(values: Values, skip: int, ansi: str) -> Tree:
    tree: Tree = {}
    fixed = bytes(skip)
    for identifier, value in values.items():
        if isinstance(value, int):
            kind = mapi.TIME if identifier in TIMES else mapi.INTEGER32
            fixed += struct.pack("<HHIq", kind, identifier, 6, value)
        elif isinstance(value, list):
            for number, one in enumerate(value):
                tree[f"__substg1.0_{identifier:04X}101F-{number:08X}"] = one.encode("utf-16-le") + b"\0\0"
        else:
            kind, raw = _long(value, ansi)
            tree[f"__substg1.0_{identifier:04X}{kind:04X}"] = raw
    tree["__properties_version1.0"] = fixed
    return tree


def _long(value: str | bytes, ansi: str) -> tuple[int, bytes]:
    if isinstance(value, bytes):
        return mapi.BINARY, value
    return (mapi.STRING8, value.encode(ansi)) if ansi else (mapi.UNICODE, value.encode("utf-16-le"))


# --- TNEF -------------------------------------------------------------------------------------------------------------


def tnef(mail: Mail, *, ansi: str = "", legacy: dict[int, bytes] | None = None) -> bytes:
    """A winmail.dat; ``legacy``: attributes written as such, beside the properties."""
    made = b"\x78\x9f\x3e\x22\x01\x00"
    made += _attribute(1, 0x00069007, struct.pack("<II", 932 if ansi else 1252, 0))
    for identifier, raw in (legacy or {}).items():
        made += _attribute(1, identifier, raw)
    made += _attribute(1, 0x00069003, _tnef_values(mail.values, ansi))
    if mail.recipients:
        listed = b"".join(_tnef_values(values, ansi) for values in mail.recipients)
        made += _attribute(1, 0x00069004, struct.pack("<I", len(mail.recipients)) + listed)
    for values, content in mail.attachments:
        made += _attribute(2, 0x00069002, bytes(14))
        inner = dict(values)
        if isinstance(content, Mail):
            inner[mapi.ATTACH_METHOD] = 5
            raw = bytes.fromhex("0703020000000000c000000000000046") + tnef(content, ansi=ansi)
            made += _attribute(2, 0x00069005, _tnef_values(inner, ansi, raw))
            continue
        if isinstance(content, bytes):
            made += _attribute(2, 0x0006800F, content)
        made += _attribute(2, 0x00069005, _tnef_values(inner, ansi))
    return made


def _attribute(level: int, identifier: int, raw: bytes) -> bytes:
    return struct.pack("<BII", level, identifier, len(raw)) + raw + struct.pack("<H", sum(raw) & 0xFFFF)


def _tnef_values(values: Values, ansi: str, embedded: bytes = b"") -> bytes:
    done: list[bytes] = []
    for identifier, value in values.items():
        name = b""
        if identifier >= mapi.NAMED:
            written = "名前".encode("utf-16-le") + b"\0\0"
            name = bytes(16) + struct.pack("<II", 1, len(written)) + written + bytes(-len(written) % 4)
        if isinstance(value, int):
            kind, form = (mapi.TIME, "<q") if identifier in TIMES else (mapi.INTEGER32, "<i")
            done.append(struct.pack("<HH", kind, identifier) + name + struct.pack(form, value))
        elif isinstance(value, list):
            raws = [one.encode("utf-16-le") + b"\0\0" for one in value]
            head = struct.pack("<HH", 0x101F, identifier) + name + struct.pack("<I", len(raws))
            done.append(head + b"".join(map(_padded, raws)))
        else:
            kind, raw = _long(value, ansi)
            done.append(struct.pack("<HH", kind, identifier) + name + struct.pack("<I", 1) + _padded(raw))
    if embedded:
        done.append(struct.pack("<HHI", mapi.OBJECT, mapi.ATTACH_DATA, 1) + _padded(embedded))
    return struct.pack("<I", len(done)) + b"".join(done)


def _padded(raw: bytes) -> bytes:
    return struct.pack("<I", len(raw)) + raw + bytes(-len(raw) % 4)


# --- compressed RTF ---------------------------------------------------------------------------------------------------


def packed_rtf(rtf: bytes) -> bytes:
    """LZFu with references wherever the last 4,000 bytes (or the start of the window) hold three bytes or more."""
    from sekisho.sources.mail.outlook.compressed_rtf import _START

    window = bytearray(_START)
    tokens: list[bytes | int] = []
    at = 0
    while at < len(rtf):
        length = 0
        start = -1
        for size in range(min(17, len(rtf) - at), 1, -1):
            start = window.rfind(rtf[at : at + size], max(0, len(window) - 4000))
            if start >= 0:
                length = size
                break
        if length:
            tokens.append((start % 4096) << 4 | length - 2)
        else:
            tokens.append(rtf[at : at + 1])
            length = 1
        window += rtf[at : at + length]
        at += length
    tokens.append((len(window) % 4096) << 4)
    packed = b""
    for first in range(0, len(tokens), 8):
        run = tokens[first : first + 8]
        packed += bytes((sum(1 << bit for bit, token in enumerate(run) if isinstance(token, int)),))
        packed += b"".join(struct.pack(">H", token) if isinstance(token, int) else token for token in run)
    return struct.pack("<II4sI", len(packed) + 12, len(rtf), b"LZFu", 0) + packed


# --- stores (PST, OST) ------------------------------------------------------------------------------------------------


class Store:
    """Writes a store with what the reader needs: two trees of one page each (enough for a dozen nodes), blocks, heaps.

    ``version``: 14 (ANSI), 23 (Unicode), 36 (pages of 4 KiB, packed blocks); ``crypt``: 0, 1 or 2.
    """

    def __init__(self, version: int = 23, crypt: int = 0) -> None:
        self.version = version
        self.crypt = crypt
        self.wide = version >= 20
        self.blocks: list[tuple[int, bytes]] = []
        self.nodes: list[tuple[int, int, int, int]] = []
        self._next = 0x200

    def block(self, raw: bytes, *, internal: bool = False) -> int:
        self._next += 4
        identifier = self._next | (2 if internal else 0)
        self.blocks.append((identifier, raw))
        return identifier

    def data(self, raw: bytes) -> int:
        """One block, or several and their list."""
        parts = [raw[at : at + 4000] for at in range(0, len(raw), 4000)] or [b""]
        if len(parts) == 1:
            return self.block(raw)
        listed = [self.block(part) for part in parts]
        head = struct.pack("<BBHI", 1, 1, len(listed), len(raw))
        return self.block(head + struct.pack(f"<{len(listed)}{'Q' if self.wide else 'I'}", *listed), internal=True)

    def subnodes(self, listed: list[tuple[int, int, int]]) -> int:
        if not listed:
            return 0
        head = struct.pack("<BBHI", 2, 0, len(listed), 0) if self.wide else struct.pack("<BBH", 2, 0, len(listed))
        form = "<QQQ" if self.wide else "<III"
        return self.block(head + b"".join(struct.pack(form, *one) for one in listed), internal=True)

    def heap(self, items: list[bytes], client: int, root: int) -> bytes:
        offsets = [12]
        for item in items:
            offsets.append(offsets[-1] + len(item))
        head = struct.pack("<HBBIBBBB", offsets[-1], 0xEC, client, root, 0, 0, 0, 0)
        return head + b"".join(items) + struct.pack(f"<HH{len(offsets)}H", len(items), 0, *offsets)

    def hid(self, number: int) -> int:
        return number << 5

    def properties(
        self, values: Values, inner: list[tuple[int, int, int]], special: dict[int, tuple[int, bytes]] | None = None
    ) -> bytes:
        """A property context; values of more than 3,000 bytes go into nodes of ``inner``."""
        records: list[bytes] = []
        items: list[bytes] = [b"", b""]

        def keep(raw: bytes) -> int:
            if len(raw) > 3000:
                number = (len(inner) + 100) << 5 | 0x1F
                inner.append((number, self.data(raw), 0))
                return number
            items.append(raw)
            return self.hid(len(items))

        for identifier, value in sorted((values | (special or {})).items()):  # type: ignore[operator]
            if isinstance(value, tuple):
                kind, raw = value
                number = keep(raw)
            elif isinstance(value, int) and identifier in TIMES:
                kind, number = mapi.TIME, keep(struct.pack("<q", value))
            elif isinstance(value, int):
                kind, number = mapi.INTEGER32, value
            elif isinstance(value, list):
                raws = [one.encode("utf-16-le") for one in value]
                starts = [4 + 4 * len(raws)]
                for raw in raws:
                    starts.append(starts[-1] + len(raw))
                raw = struct.pack(f"<I{len(raws)}I", len(raws), *starts[:-1]) + b"".join(raws)
                kind, number = 0x101F, keep(raw)
            else:
                kind, raw = _long(value, "" if self.wide else "cp932")
                number = keep(raw)
            records.append(struct.pack("<HHI", identifier, kind, number))
        items[0] = struct.pack("<BBBBI", 0xB5, 2, 6, 0, self.hid(2))
        items[1] = b"".join(records)
        return self.heap(items, 0xBC, self.hid(1))

    def recipients(self, listed: list[Values]) -> bytes:
        kind = mapi.UNICODE if self.wide else mapi.STRING8
        names = (mapi.DISPLAY_NAME, mapi.ADDRESS_TYPE, mapi.ADDRESS, mapi.SMTP_ADDRESS)
        columns = [(mapi.INTEGER32, mapi.RECIPIENT_TYPE), *((kind, one) for one in names)]
        present = 4 * len(columns)
        items: list[bytes] = [b"", b""]
        rows = b""
        for values in listed:
            cells, bits = b"", 0
            for number, (_, identifier) in enumerate(columns):
                value = values.get(identifier)
                if value is None:
                    cells += bytes(4)
                    continue
                bits |= 0x80 >> number
                if isinstance(value, int):
                    cells += struct.pack("<I", value)
                else:
                    assert isinstance(value, str)
                    items.append(_long(value, "" if self.wide else "cp932")[1])
                    cells += struct.pack("<I", self.hid(len(items)))
            rows += cells + bytes((bits,))
        described = b"".join(
            struct.pack("<HHHBB", kind, identifier, 4 * number, 4, number)
            for number, (kind, identifier) in enumerate(columns)
        )
        head = struct.pack("<BBHHHHIII", 0x7C, len(columns), present, present, present, present + 1, 0, self.hid(2), 0)
        items[0], items[1] = head + described, rows
        return self.heap(items, 0x7C, self.hid(1))

    def folder(self, identifier: int, name: str, parent: int) -> None:
        self.nodes.append((identifier, self.data(self.properties({mapi.DISPLAY_NAME: name}, [])), 0, parent))

    def item(self, identifier: int, mail: Mail, parent: int) -> None:
        data, inner = self._item(mail)
        self.nodes.append((identifier, data, inner, parent))

    def _item(self, mail: Mail) -> tuple[int, int]:
        inner: list[tuple[int, int, int]] = []
        data = self.data(self.properties(mail.values, inner))
        if mail.recipients:
            inner.append((0x692, self.data(self.recipients(mail.recipients)), 0))
        for number, (values, content) in enumerate(mail.attachments):
            inside: list[tuple[int, int, int]] = []
            special: dict[int, tuple[int, bytes]] = {}
            method = 1
            if isinstance(content, Mail):
                method = 5
                inside.append((0x200024, *self._item(content)))
                special[mapi.ATTACH_DATA] = (mapi.OBJECT, struct.pack("<II", 0x200024, 0))
            elif isinstance(content, bytes):
                special[mapi.ATTACH_DATA] = (mapi.BINARY, content)
            own = self.data(self.properties({mapi.ATTACH_METHOD: method, **values}, inside, special))
            inner.append((0x8025 + 0x20 * number, own, self.subnodes(inside)))
        return data, self.subnodes(inner)

    def written(self) -> bytes:
        page, counts, form = {14: (512, 496, "<BBBB"), 23: (512, 488, "<BBBB"), 36: (4096, 4056, "<HHBB")}[self.version]
        made = bytearray(0x4000)
        found: list[tuple[int, int, int, int]] = []
        for identifier, raw in self.blocks:
            stored = self._encoded(identifier, raw)
            if self.version == 36 and len(raw) > 200:
                stored = zlib.compress(stored)
            found.append((identifier, len(made), len(stored), len(raw)))
            made += stored + bytes(-len(stored) % 64)

        def tree(entries: list[bytes]) -> int:
            """One root page over leaf pages."""
            most = counts // len(entries[0])
            leaves = []
            for start in range(0, len(entries), most):
                key = struct.unpack("<Q" if self.wide else "<I", entries[start][: 8 if self.wide else 4])[0]
                leaves.append((key, write(entries[start : start + most], 0)))
            above = [struct.pack("<QQQ" if self.wide else "<III", key, 0, offset) for key, offset in leaves]
            return write(above, 1)

        def write(entries: list[bytes], level: int) -> int:
            nonlocal made
            made += bytes(-len(made) % page)
            offset = len(made)
            content = b"".join(entries).ljust(counts, b"\0")
            content += struct.pack(form, len(entries), counts // len(entries[0]), len(entries[0]), level)
            made += content.ljust(page, b"\0")
            return offset

        node_form = "<QQQII" if self.wide else "<IIII"
        nodes = [struct.pack(node_form, *one, *([0] if self.wide else [])) for one in sorted(self.nodes)]
        blocks = [self._block_entry(one) for one in sorted(found)]
        roots = (tree(nodes), tree(blocks))
        made[:4] = b"!BDN"
        struct.pack_into("<H", made, 10, self.version)
        struct.pack_into("<QQQQ" if self.wide else "<IIII", made, 0xD8 if self.wide else 0xB8, 0, roots[0], 0, roots[1])
        made[0x201 if self.wide else 0x1CD] = self.crypt
        return bytes(made)

    def _block_entry(self, one: tuple[int, int, int, int]) -> bytes:
        identifier, offset, stored, size = one
        if not self.wide:
            return struct.pack("<IIHH", identifier, offset, stored, 2)
        return struct.pack("<QQHHI", identifier, offset, stored, size if self.version == 36 else 2, 0)

    def _encoded(self, identifier: int, raw: bytes) -> bytes:
        if identifier & 2 or not self.crypt:
            return raw
        return raw.translate(_tables()[0]) if self.crypt == 1 else _cyclic(raw, identifier)
