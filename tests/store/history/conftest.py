"""A workspace with three loads (``worlds``), made once and copied for each test."""

import shutil
from pathlib import Path

import pytest
from tests.store.history.worlds import LATER, Made, load_all

from sekisho.store import Workspace


@pytest.fixture(scope="package")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    """Folder with ``ws`` (only the present load is kept) and the registries ``registry0`` … that were loaded."""
    folder = tmp_path_factory.mktemp("history")
    workspace = Workspace.create(folder / "ws")
    (workspace.folder / "sekisho.toml").write_text("[store]\nkeep_loads = 1\n")
    return folder, load_all(workspace, folder)


@pytest.fixture
def made(template: tuple[Path, Made], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """The loads that ``workspace`` holds; it is a month after the last of them."""
    shutil.copytree(template[0], tmp_path, dirs_exist_ok=True)
    monkeypatch.delenv("SEKISHO_DATABASE_URL", raising=False)
    monkeypatch.delenv("SEKISHO_WORKSPACE", raising=False)
    monkeypatch.setenv("SEKISHO_NOW", LATER)
    return template[1]


@pytest.fixture
def workspace(made: Made, tmp_path: Path) -> Workspace:
    return Workspace.open(tmp_path / "ws")
