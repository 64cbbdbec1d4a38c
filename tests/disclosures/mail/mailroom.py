"""Mails for the sweep's tests, and sweeps over them as rows that can be compared."""

import io
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyzipper

from sekisho.disclosures.mail.sweep import sweep_mail
from sekisho.disclosures.model import Disclosures
from sekisho.entitlement.rule import Rule
from sekisho.findings.judging import judge
from sekisho.registry.registry import Registry

LEAK = "証券番号 KA12345678 山田花子様 満期日 2024/9/30 です。"
OTHER = "証券番号 KA22345678 髙橋一郎様 満期日 2024/10/31 です。"


def mail(
    number: int,
    text: str = "こんにちは。",
    *,
    to: str = "ota@otsu.example.jp",
    headers: Mapping[str, str] | None = None,
    minute: int = 0,
    attached: bytes | None = None,
) -> bytes:
    """A mail of 青木 (AOBA). ``headers`` come on top, as mail servers add them."""
    message = EmailMessage()
    for name, value in (headers or {}).items():
        message[name] = value
    message["From"], message["To"], message["Message-ID"] = "aoki@aoba.example.jp", to, f"<{number}@aoba.example.jp>"
    message["Date"] = f"Thu, 01 Feb 2024 {10 + minute // 60:02}:{minute % 60:02}:00 +0900"
    message["Subject"] = "更改"
    message.set_content(text, charset="utf-8", cte="8bit")
    if attached is not None:
        message.add_attachment(attached, maintype="application", subtype="zip", filename="a.zip")
        message.set_boundary(f"part-{number}")
    return message.as_bytes()


def locked_zip(password: str) -> bytes:
    """A ZIP whose text file is encrypted."""
    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode())
        archive.writestr("list.txt", LEAK.encode())
    return out.getvalue()


def mbox(*mails: bytes) -> bytes:
    return b"".join(b"From aoki Thu Feb  1 10:00:00 2024\n" + one + b"\n" for one in mails)


def put(folder: Path, **files: bytes) -> Path:
    """Files by name (``_`` before the ending)."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return folder


def swept(paths: list[Path], registry: Registry, journal: Path | None = None, **more: Any) -> Disclosures:
    return sweep_mail(paths, registry, workers=1, journal=journal, **more)


def findings(seen: Disclosures, registry: Registry) -> pa.Table:
    return judge(seen, registry, Rule.over_registry(registry.tables))
