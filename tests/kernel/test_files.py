"""Files that only their owner reads, there whole or not at all."""

import stat
from pathlib import Path

import pytest

from sekisho.kernel.errors import InputError
from sekisho.kernel.files import private_folder, whole_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_appears_whole_and_private(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with whole_file(target) as path:
        path.write_text("a")
        assert not target.exists()
    assert target.read_text() == "a"
    assert mode(target) == 0o600
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "out.csv"
    target.write_text("before")
    with pytest.raises(error), whole_file(target) as path:
        path.write_text("half")
        raise error
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write here"), whole_file(tmp_path / "none" / "out.csv"):
        pass


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder, not a file"), whole_file(tmp_path):
        pass


def test_a_private_folder_is_for_its_owner(tmp_path: Path) -> None:
    made = private_folder(tmp_path / "new")
    assert mode(made) == 0o700
    assert private_folder(made) == made


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot make this folder"):
        private_folder(tmp_path / "file" / "new")
