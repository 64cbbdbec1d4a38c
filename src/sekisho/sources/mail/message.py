"""One mail message: who, to whom, when, and everything it says (REQUIREMENTS A1, A3, A5)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sekisho.kernel.content import Contents
from sekisho.sources.files.extract import DEFAULT_LIMITS, guarded, read_into
from sekisho.sources.files.job import Job
from sekisho.sources.files.limits import Limits
from sekisho.sources.mail.addresses import recipients, sender
from sekisho.sources.mail.headers import date_of, every, first, message_ids, subject_of
from sekisho.sources.mail.mime import Part
from sekisho.sources.mail.parts import open_message, walk
from sekisho.sources.mail.passwords import candidates, habit_passwords

_HEADERS_ONLY = 1 << 20


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the headers say.

    ``message_id``: without angle brackets; ``sha256:…`` of the message when it has none. ``at``: sent, in Japanese
    time, or None. ``sender``: address in lower case or "". ``recipients``: (field, address); fields are to, cc, bcc,
    resent-to, resent-cc, resent-bcc and envelope. ``in_reply_to``: identifiers of In-Reply-To, then References.
    """

    message_id: str
    at: datetime | None
    sender: str
    recipients: list[tuple[str, str]]
    subject: str
    in_reply_to: tuple[str, ...]


_Told = tuple[str, datetime | None, str, list[tuple[str, str]], str, tuple[str, ...]]
"""The fields of an ``Envelope``."""


@dataclass(frozen=True, slots=True)
class Message(Envelope):
    """A message with its contents."""

    contents: Contents


def read_envelope(raw: bytes) -> Envelope:
    """The headers only. Never raises on bad mail."""
    return Envelope(*_envelope(open_message(raw), raw))


def read_message(raw: bytes, limits: Limits = DEFAULT_LIMITS, passwords: Sequence[str] = ()) -> Message:
    """Everything a message says. Never raises on bad mail: what could not be read stands in ``contents.unread``.

    What is encrypted is read at the end, in its place: the message may name its password anywhere. Tried are those that
    it names, then ``passwords``, then its date.
    """
    job = Job(limits, read_into)
    whole = len(raw) <= limits.max_message_bytes
    if not whole:
        job.unread("", "too_big", f"message of more than {limits.max_message_bytes >> 20} MiB: only its headers read")
    if not raw or raw.isspace():
        job.unread("", "missing", "empty message")
    told: _Told = ("", None, "", [], "", ())

    def read() -> None:
        nonlocal told
        root = open_message(raw if whole else raw[:_HEADERS_ONLY])
        told = _envelope(root, raw)
        if whole:
            _walk(root, told[4], job)
            if job.locked:
                job.reopen([*candidates(job.contents), *passwords, *habit_passwords(told[1])])

    guarded(job, "", read)
    message_id, at, sender, recipients, subject, in_reply_to = told
    return Message(message_id or _synthetic_id(raw), at, sender, recipients, subject, in_reply_to, job.contents)


def _walk(root: Part, subject: str, job: Job) -> None:
    try:
        walk(root, "", job, subject)
    except Exception as error:  # one message must not end the sweep: it is listed
        job.unread("", "broken", type(error).__name__)


def _envelope(root: Part, raw: bytes) -> _Told:
    headers = root.headers
    found = message_ids(first(headers, "message-id"))
    answers = every(headers, "in-reply-to") + every(headers, "references")
    return (
        found[0] if found else _synthetic_id(raw),
        date_of(headers),
        sender(headers),
        recipients(headers),
        subject_of(headers),
        tuple(dict.fromkeys([one for value in answers for one in message_ids(value)])),
    )


def _synthetic_id(raw: bytes) -> str:
    return "sha256:" + hashlib.sha256(raw).hexdigest()
