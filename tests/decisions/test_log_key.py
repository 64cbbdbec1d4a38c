"""The key of the record: named by environment or settings, kept elsewhere, read by its owner only."""

from pathlib import Path

import pytest

from sekisho.decisions.limits import limits_from
from sekisho.decisions.log_key import ENVIRONMENT, make_key, record_key
from sekisho.kernel.errors import InputError


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "record.key"
    make_key(path)
    return path


def named(path: Path) -> dict[str, dict[str, str]]:
    return {"decisions": {"record_key": str(path)}}


def test_it_is_made_once_for_its_owner_alone(key_file: Path, tmp_path: Path) -> None:
    assert key_file.stat().st_mode & 0o777 == 0o600
    key = record_key(named(key_file), tmp_path / "ws")
    assert key is not None
    assert len(key) == 32
    with pytest.raises(InputError, match="cannot be made"):
        make_key(key_file)
    assert record_key(named(key_file), tmp_path / "ws") == key


def test_environment_goes_before_settings_and_neither_is_no_key(
    key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.key"
    make_key(other)
    assert record_key({}, tmp_path) is None
    monkeypatch.setenv(ENVIRONMENT, str(other))
    assert record_key(named(key_file), tmp_path / "ws") == bytes.fromhex(other.read_text(encoding="ascii").strip())


def test_what_is_no_safe_key_is_refused(key_file: Path, tmp_path: Path) -> None:
    key_file.chmod(0o640)
    with pytest.raises(InputError, match="others may read"):
        record_key(named(key_file), tmp_path / "ws")
    key_file.chmod(0o600)
    key_file.write_text("abc\n", encoding="ascii")
    with pytest.raises(InputError, match="no key of a record"):
        record_key(named(key_file), tmp_path / "ws")
    with pytest.raises(InputError, match="cannot be read"):
        record_key(named(tmp_path / "none"), tmp_path / "ws")
    with pytest.raises(InputError, match="beside the record"):
        record_key({"decisions": {"record_key": "decisions/record.key"}}, tmp_path / "ws")
    with pytest.raises(InputError, match="record_key is 7"):
        record_key({"decisions": {"record_key": 7}}, tmp_path / "ws")


def test_it_is_no_limit(key_file: Path) -> None:
    assert limits_from(named(key_file), "sekisho.toml").page == 1000
