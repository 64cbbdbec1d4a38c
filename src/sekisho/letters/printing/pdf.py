"""The objects of a PDF file (ISO 32000-1, chapter 7), written one after the other; the same input gives the same
bytes."""

import zlib
from hashlib import sha256

_PAGE = (3, zlib.DEFLATED, 12, 5)
"""How what is written for every letter is packed: level, window and memory of zlib. A page has some 1,500 bytes; making
ready for a window of 32,768 takes longer than packing it (measured: 90 µs, with this window 40 µs; the bytes are the
same)."""
_ONCE = 9
"""Level for what is written once in a file."""


class Pdf:
    """A file being put together. Object numbers are given in the order of ``reserve`` and ``add``."""

    def __init__(self) -> None:
        self._bodies: list[bytes] = []

    def reserve(self) -> int:
        self._bodies.append(b"")
        return len(self._bodies)

    def put(self, number: int, body: bytes) -> None:
        self._bodies[number - 1] = body

    def add(self, body: bytes) -> int:
        self._bodies.append(body)
        return len(self._bodies)

    def file(self, catalog: int, info: int) -> bytes:
        """The whole file. Its identifier is the fingerprint of what is in it."""
        pieces, places = [b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"], []
        at = len(pieces[0])
        bodies, self._bodies = self._bodies, []
        for number in range(1, len(bodies) + 1):
            body, bodies[number - 1] = bodies[number - 1], b""
            places.append(at)
            piece = b"%d 0 obj\n%b\nendobj\n" % (number, body)
            pieces.append(piece)
            at += len(piece)
        digest = sha256()
        for piece in pieces:
            digest.update(piece)
        name = digest.hexdigest()[:32].encode("ascii")
        pieces.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        pieces.append(b"".join(b"%010d 00000 n \n" % place for place in places))
        pieces.append(
            b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n"
            % (len(places) + 1, catalog, info, name, name, at)
        )
        return b"".join(pieces)


def stream(data: bytes, entries: bytes = b"", *, page: bool = False) -> bytes:
    """A stream object's body, compressed."""
    if page:
        packer = zlib.compressobj(*_PAGE)
        packed = packer.compress(data) + packer.flush()
    else:
        packed = zlib.compress(data, _ONCE)
    return b"<</Length %d/Filter/FlateDecode%b>>stream\n%b\nendstream" % (len(packed), entries, packed)


def text(value: str) -> bytes:
    """A text string (7.9.2.2)."""
    return b"<FEFF" + value.encode("utf-16-be").hex().upper().encode("ascii") + b">"
