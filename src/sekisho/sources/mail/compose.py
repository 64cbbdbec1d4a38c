"""Making messages: what is no message by itself (an item of Outlook, a file) becomes one, so that one reader reads all.

What could not be read is carried along as an empty part of the type ``UNREAD_TYPE``, which ``parts`` lists.
"""

import hashlib
from base64 import encodebytes

UNREAD_TYPE = "application/x-sekisho-unread"
PROBLEMS = {
    "damaged": ("broken", "Outlook item damaged, read as far as possible"),
    "damaged-attachment": ("broken", "attachment of an Outlook item damaged"),
    "damaged-rtf": ("broken", "RTF body damaged, read as far as possible"),
    "overlapping": ("suspicious", "streams of an Outlook item overlap"),
    "too-deep": ("too_deep", "messages inside messages"),
    "too-many": ("too_big", "further recipients or attachments were not read"),
    "too-big": ("too_big", "part of an Outlook item too big"),
    "object": ("unsupported", "OLE object without a known format"),
    "reference": ("missing", "attachment by reference: the content lies elsewhere"),
    "no-content": ("missing", "attachment without content"),
    "vanished": ("missing", "item no longer found in the Outlook store"),
    "unlisted": ("broken", "table of recipients or attachments damaged"),
}
"""Why something was not read: (reason of kernel.content.REASONS, detail)."""


def boundary_for(parts: list[bytes]) -> bytes:
    """A boundary that stands in none of the parts, the same for the same parts."""
    digest = hashlib.sha256()
    for one in parts:
        digest.update(one)
    boundary = b"=_" + digest.hexdigest()[:32].encode()
    while any(boundary in one for one in parts):
        boundary += b"_"
    return boundary


def unread_part(problem: str, name: str = "") -> bytes:
    """A part that says why it is empty (``PROBLEMS``)."""
    return part(f"{UNREAD_TYPE}; problem={problem}", b"", name)


def part(kind: str, content: bytes, name: str = "", *, encoded: bool = True) -> bytes:
    """One part with its headers; ``kind``: its Content-Type. Not ``encoded``: the bytes as they are."""
    head = [f"Content-Type: {kind}"]
    if name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        head.append(f'Content-Disposition: attachment; filename="{quoted}"')
    if encoded:
        head.append("Content-Transfer-Encoding: base64")
    top = ("\r\n".join(head) + "\r\n\r\n").encode("utf-8", "replace")
    return top + (encodebytes(content) if encoded else content)
