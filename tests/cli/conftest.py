"""Running the command as a user does: words in; status, stdout and stderr out."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sekisho.cli.main import run

REGISTRY = Path(__file__).parents[1] / "fixtures" / "registry"


@dataclass(frozen=True, slots=True)
class Ended:
    status: int
    out: str
    err: str


Sekisho = Callable[..., Ended]


@pytest.fixture
def sekisho(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Sekisho:
    """``sekisho("sweep", "mail", …)`` in an empty folder, on a wide terminal-less screen."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("SEKISHO_WORKSPACE", raising=False)
    monkeypatch.delenv("SEKISHO_DATABASE_URL", raising=False)

    def command(*words: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["sekisho", *map(str, words)])
        status = 0
        try:
            run()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1 if ended.code else 0
        shown = capsys.readouterr()
        return Ended(status, shown.out, shown.err)

    return command


@pytest.fixture
def registry_folder() -> Path:
    return REGISTRY


@pytest.fixture
def leak(tmp_path: Path) -> Path:
    """One mail of 青葉's head office that names 甲損保's policy to 乙損保's staff."""
    mail = tmp_path / "mail" / "leak.eml"
    mail.parent.mkdir()
    mail.write_bytes(
        b"From: aoki@aoba.example.jp\r\nTo: ando@aoba.example.jp\r\nCc: ota@otsu.example.jp, kato@kou.example.jp\r\n"
        b"Date: Thu, 01 Feb 2024 10:00:00 +0900\r\nMessage-ID: <leak@aoba.example.jp>\r\nSubject: renewals\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n"
        + "更改のご案内です。証券番号 KA12345678 山田花子様 満期日 2024/9/30\r\n".encode("iso-2022-jp")
    )
    return mail
