"""Bytes of an Outlook file to RFC 822, by what they are."""

import struct

from sekisho.sources.files.kinds import OLE, TNEF
from sekisho.sources.files.limits import RefusedError
from sekisho.sources.mail.outlook import msg, tnef
from sekisho.sources.mail.outlook.rfc822 import as_rfc822, unread_message


def is_outlook(data: bytes) -> bool:
    """Whether the bytes may be a MSG or TNEF file: then ``to_rfc822`` is to be asked."""
    return data.startswith((OLE, TNEF))


def to_rfc822(data: bytes) -> bytes:
    """The message in a MSG or TNEF file. Never raises: a file that cannot be opened becomes a message that says so."""
    try:
        return as_rfc822(tnef.read_item(data) if data.startswith(TNEF) else msg.read_item(data))
    except RefusedError:
        return unread_message("damaged")
    except (struct.error, ValueError, LookupError, ArithmeticError):  # what a damaged file may lead a reader into
        return unread_message("damaged")
