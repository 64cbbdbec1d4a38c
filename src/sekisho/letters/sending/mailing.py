"""The letter as an e-mail: one message per person, to that person's address only, as .eml files for any mail server.

Guideline 3-5-4-4 事例2: 電子メールを送信することにより知らせること. A mail address is easily out of date, and mail can
be read on the way: policy numbers are therefore masked unless told otherwise, there is no attachment, and no link but
the desk's own page. Nothing that somebody entered can become a header of its own.
"""

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import blake2b
from pathlib import Path
from shutil import rmtree

from sekisho.kernel.errors import InputError
from sekisho.kernel.files import private_folder, sync_folder
from sekisho.letters.addressing.recipients import addressed
from sekisho.letters.model import Line, Recipient, Wording
from sekisho.letters.texts.notice import desk_lines

MAX_ADDRESS = 254
"""Octets of a mail address (RFC 5321 4.5.3.1.3, with its brackets 256)."""
SHOWN = 4
"""So many of the last characters of a policy number are shown when it is masked."""

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
COLUMNS = ("関係する代理店", "情報が伝わった先")
_FOOT = (
    "このメールは、ご登録のメールアドレスにお送りしています。お心当たりのない場合は、お手数ですが上記の窓口へご連絡のうえ、"
    "削除してください。"
)
_MASKED = f"※ 証券番号は、末尾{SHOWN}文字のほかを伏せて記載しています。"
_LINK = re.compile(r"(?:https?|ftp)://\S+|www\.\S+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Mailed:
    """What was written: (serial, person) of every message, and who got none, with the reason."""

    written: tuple[tuple[str, str], ...]
    without: tuple[tuple[str, str], ...]


def message(
    recipient: Recipient,
    wording: Wording,
    *,
    sender: str,
    serial: str,
    at: datetime,
    mask: bool = True,
    columns: tuple[str, str] = COLUMNS,
) -> EmailMessage:
    """One message. ``sender``: the address of the company's that it comes from; replies go to the desk where it has
    an address; ``columns``: of ``wording.columns``. Raises ``InputError`` for an address that is none, and for a link
    that is not the desk's."""
    if not is_address(recipient.email):
        raise InputError("is no mail address", where=f"letter {serial}", remedy="write to this person by post")
    if not is_address(sender):
        raise InputError("the sender has no mail address", remedy="name an address of the company's own domain")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f'"{_phrase(wording.company.name)}" <{sender}>'
    mail["To"] = recipient.email
    if is_address(wording.desk.email):
        mail["Reply-To"] = wording.desk.email
    mail["Subject"] = f"{_line(wording.title)} ({_line(wording.company.name)})"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{_identity(serial, recipient, at)}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body(recipient, wording, serial=serial, mask=mask, columns=columns), charset="utf-8", cte="base64")
    return mail


def body(
    recipient: Recipient, wording: Wording, *, serial: str, mask: bool = True, columns: tuple[str, str] = COLUMNS
) -> str:
    """The text: the same as on paper, with the lines as paragraphs instead of a table."""
    out = [addressed(recipient), "", wording.date_line, *_sender(wording), "", f"■ {wording.title}", ""]
    out += [
        *_spaced(wording.opening),
        "",
        *_lines(recipient.lines, mask, columns),
        *_spaced(wording.closing),
        "",
        "以上",
        "",
    ]
    out += ["─" * 20, *(f"{name}: {value}" for name, value in desk_lines(wording.desk)), f"文書番号: {serial}"]
    out += [*([_MASKED] if mask and recipient.lines else ()), "─" * 20, _FOOT, ""]
    text = "\n".join(out)
    foreign = [link for link in _LINK.findall(text) if link != wording.desk.url]
    if foreign:
        raise InputError(
            f"{len(foreign)} links in the text are not the desk's page",
            where=f"letter {serial}",
            remedy="name only the desk's page: whoever learns to click on links in such mail is caught by the next one",
        )
    return text


def write_messages(
    recipients: Iterable[Recipient],
    wording: Wording,
    folder: Path,
    *,
    sender: str,
    serial_of: Callable[[Recipient], str],
    at: datetime,
    mask: bool = True,
    columns: tuple[str, str] = COLUMNS,
) -> Mailed:
    """Write ``<serial>.eml`` for everybody with a mail address into ``folder``, which must not exist yet: it is there
    whole or not at all, 0700, the files 0600. Who has no address is in ``without``."""
    if folder.exists():
        raise InputError("is there already", where=str(folder), remedy="name a new folder: no mail must go twice")
    private_folder(folder.parent)
    making = folder.with_name(f".{folder.name}.part")
    rmtree(making, ignore_errors=True)
    private_folder(making)
    written: list[tuple[str, str]] = []
    without: list[tuple[str, str]] = []
    try:
        for recipient in recipients:
            if not is_address(recipient.email):
                why = "メールアドレスの形式ではありません" if recipient.email else "メールアドレスがありません"
                without.append((recipient.person, why))
                continue
            serial = _file_name(serial_of(recipient))
            mail = message(recipient, wording, sender=sender, serial=serial, at=at, mask=mask, columns=columns)
            _write(making / f"{serial}.eml", mail.as_bytes())
            written.append((serial, recipient.person))
        sync_folder(making)
        making.replace(folder)
        sync_folder(folder.parent)
    except BaseException:
        rmtree(making, ignore_errors=True)
        raise
    return Mailed(tuple(written), tuple(without))


def is_address(text: str) -> bool:
    """One plain mail address, nothing else: no name, no comma, no line end, no characters outside ASCII."""
    return len(text) <= MAX_ADDRESS and text.partition("@")[0] != "" and _ADDRESS.fullmatch(text) is not None


def masked(policy_no: str) -> str:
    """KA12345678 → ******5678; a short one shows at most half."""
    shown = min(SHOWN, len(policy_no) // 2)
    return "*" * (len(policy_no) - shown) + policy_no[len(policy_no) - shown :]


def _sender(wording: Wording) -> list[str]:
    company = wording.company
    return [part for part in (company.name, company.representative, company.department) if part]


def _lines(lines: Iterable[Line], mask: bool, columns: tuple[str, str]) -> list[str]:
    out: list[str] = []
    for number, line in enumerate(lines, start=1):
        shown = replace(line, policy_no=masked(line.policy_no)) if mask else line
        out += [
            f"【{number}】証券番号: {_line(shown.policy_no)}" + (f" ({_line(shown.product)})" if shown.product else ""),
            *(
                f"　{name}: {_line(value)}"
                for name, value in (
                    ("引受保険会社", shown.insurer),
                    ("情報の項目", "、".join(shown.items)),
                    ("日付", shown.disclosed_on),
                    (columns[0], shown.agency),
                    (columns[1], shown.received_by),
                )
                if value
            ),
            "",
        ]
    return out


def _spaced(paragraphs: Iterable[str]) -> list[str]:
    """A blank line before each heading (1. 概要), as paper has space there."""
    out: list[str] = []
    for paragraph in paragraphs:
        if re.match(r"\d+\. ", paragraph) and out:
            out.append("")
        out.append(paragraph)
    return out


def _identity(serial: str, recipient: Recipient, at: datetime) -> str:
    """The same letter on the same day has the same Message-ID, so that a server sees when it comes twice; neither
    the address nor the person's key can be read from it."""
    told = "\x1f".join((serial, recipient.person, recipient.email, at.date().isoformat()))
    return f"{_file_name(serial)}.{blake2b(told.encode(), digest_size=8).hexdigest()}"


def _line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def _phrase(text: str) -> str:
    return _line(text).replace("\\", "").replace('"', "")


def _file_name(serial: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", serial) is None:
        raise InputError(f"{serial!r} is no serial number of a letter", remedy="use letters, digits, dashes and dots")
    return serial


def _write(path: Path, data: bytes) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError("this serial was given twice", where=path.stem, remedy="number every letter once") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)
