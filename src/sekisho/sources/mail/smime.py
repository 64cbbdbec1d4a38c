"""The content inside an opaque S/MIME signature (CMS SignedData): it is not secret, only wrapped in DER."""

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_OCTETS, _OCTETS_CHUNKED, _EXPLICIT = 0x04, 0x24, 0xA0


def signed_content(data: bytes) -> bytes | None:
    """The message that was signed; None when ``data`` is not signed data (encrypted, damaged)."""
    if _SIGNED_DATA not in data[:64]:
        return None
    start = data.find(_DATA)
    if start < 0:
        return None
    try:
        return _content(data, start + len(_DATA))
    except (IndexError, ValueError):
        return None


def _content(data: bytes, position: int) -> bytes | None:
    if data[position] != _EXPLICIT:
        return None  # a detached signature: no content inside
    _, position = _length(data, position + 1)
    tag = data[position]
    length, position = _length(data, position + 1)
    if tag == _OCTETS and length is not None:
        return data[position : position + length]
    if tag != _OCTETS_CHUNKED:
        return None
    end = len(data) if length is None else min(len(data), position + length)
    chunks: list[bytes] = []
    while position < end and data[position] == _OCTETS:
        size, position = _length(data, position + 1)
        if size is None:
            break
        chunks.append(data[position : position + size])
        position += size
    return b"".join(chunks)


def _length(data: bytes, position: int) -> tuple[int | None, int]:
    """(length, where the content starts); None for the indefinite form."""
    byte = data[position]
    if byte < 0x80:
        return byte, position + 1
    if byte == 0x80:
        return None, position + 1
    count = byte & 0x7F
    if count > 8 or position + 1 + count > len(data):
        raise ValueError
    return int.from_bytes(data[position + 1 : position + 1 + count], "big"), position + 1 + count
