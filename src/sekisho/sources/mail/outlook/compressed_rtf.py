"""The RTF body of Outlook items, packed as MS-OXRTFCP lays down."""

import struct

_UNPACKED, _PACKED = b"MELA", b"LZFu"
_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20"
    b"\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_MOST = 64 << 20


def decompressed(packed: bytes) -> tuple[bytes, bool]:
    """(the RTF, whether it was whole). The packing can inflate 17 times at most; beyond 64 MiB it is cut off."""
    if len(packed) < 16:
        return b"", False
    size, raw_size = struct.unpack_from("<II", packed)
    kind = packed[8:12]
    content = packed[16 : min(len(packed), size + 4)]
    if kind == _UNPACKED:
        return content[:raw_size], len(content) >= raw_size
    if kind != _PACKED:
        return b"", False
    rtf = _unpack(content, min(raw_size, _MOST))
    return rtf, len(rtf) >= raw_size


def _unpack(content: bytes, size: int) -> bytes:
    """Runs of eight tokens behind a byte of flags; a reference points into the window of 4,096 bytes, which at first
    holds ``_START``. The window is the end of what was written, so one buffer does for both."""
    done = bytearray(_WINDOW - len(_START)) + _START
    begin = len(done)
    end = begin + size
    position, stop = 0, len(content)
    while position < stop and len(done) < end:
        flags = content[position]
        position += 1
        for _ in range(8):
            if position >= stop:
                break
            if not flags & 1:
                done.append(content[position])
                position += 1
            else:
                if position + 1 >= stop:
                    return bytes(done[begin:end])
                reference = content[position] << 8 | content[position + 1]
                position += 2
                written = len(done) - begin + len(_START)
                distance = (written - (reference >> 4)) % _WINDOW
                if not distance:
                    return bytes(done[begin:end])
                _copy(done, distance, (reference & 15) + 2)
            flags >>= 1
    return bytes(done[begin:end])


def _copy(done: bytearray, distance: int, length: int) -> None:
    start = len(done) - distance
    if distance >= length:
        done += done[start : start + length]
    else:
        done += (done[start:] * (length // distance + 1))[:length]
