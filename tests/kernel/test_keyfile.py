"""Secrets are their owner's alone, and never overwritten."""

import stat
from pathlib import Path

import pytest

from sekisho.kernel.errors import InputError
from sekisho.kernel.keyfile import make_key_file, read_key_file


def test_made_for_the_owner_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    make_key_file(path, b"first")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        make_key_file(path, b"second")
    assert read_key_file(path, 100) == b"first"
    assert read_key_file(path, 2) == b"fi"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_what_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.key"
    make_key_file(path, b"first")
    path.chmod(mode)
    with pytest.raises(InputError, match="others may read"):
        read_key_file(path, 100)
