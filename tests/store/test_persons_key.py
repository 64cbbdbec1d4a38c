"""The secret of the holders' keys: made with the workspace, kept from others, never silently another."""

from pathlib import Path

import pytest

from sekisho.kernel.errors import InputError
from sekisho.store.persons_key import ENVIRONMENT, NAME, make_persons_key, persons_key
from sekisho.store.workspace import Workspace

NAMED = {"persons": {"key": NAME}}


def test_a_new_workspace_has_a_key_of_its_own_that_only_the_owner_may_read(tmp_path: Path) -> None:
    first, second = (Workspace.create(tmp_path / name) for name in "ab")
    assert len(first.persons_key()) == 32
    assert first.persons_key() == Workspace.open(first.folder).persons_key() != second.persons_key()
    assert (first.folder / NAME).stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_there_stays(tmp_path: Path) -> None:
    for _ in range(2):
        make_persons_key(tmp_path)
        found = persons_key({}, tmp_path)
    (tmp_path / NAME).chmod(0o600)
    make_persons_key(tmp_path)
    assert persons_key(NAMED, tmp_path) == found


def test_a_workspace_from_before_has_none(tmp_path: Path) -> None:
    assert persons_key({}, tmp_path) == b""


def test_the_environment_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_persons_key(tmp_path)
    other = tmp_path / "other"
    other.write_text("ab" * 32)
    other.chmod(0o600)
    monkeypatch.setenv(ENVIRONMENT, str(other))
    assert persons_key(NAMED, tmp_path) == bytes.fromhex("ab" * 32)


def test_one_that_is_lost_or_spoilt_or_open_to_others_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="restore it"):
        persons_key(NAMED, tmp_path)
    make_persons_key(tmp_path)
    (tmp_path / NAME).chmod(0o640)
    with pytest.raises(InputError, match="others may read"):
        persons_key(NAMED, tmp_path)
    (tmp_path / NAME).chmod(0o600)
    (tmp_path / NAME).write_text("no key")
    with pytest.raises(InputError, match="is no key"):
        persons_key(NAMED, tmp_path)
    with pytest.raises(InputError, match="names no file"):
        persons_key({"persons": {"key": 3}}, tmp_path)
