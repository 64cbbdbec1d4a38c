"""Compiled code is kept on disk, under a name that changes with its sources."""

from pathlib import Path

import pytest

from sekisho.kernel import compiled


def test_folder_is_private_and_named_after_the_sources() -> None:
    folder = compiled._folder()
    assert folder is not None
    assert folder.is_dir()
    assert folder.name.startswith("numba-")


def test_without_a_place_to_write_it_still_compiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compiled, "_folder", lambda: None)
    assert compiled.compiled(_add)(2, 3) == 5


def _add(one: int, other: int) -> int:
    return one + other
