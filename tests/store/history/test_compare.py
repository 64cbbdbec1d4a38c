"""What changed between two loads."""

import shutil

import pytest
from tests.store.history.worlds import Made

from sekisho.kernel.errors import InputError
from sekisho.store import Workspace
from sekisho.store.history.compare import as_rows, compare


def counts(workspace: Workspace, one: str, other: str) -> dict[str, tuple[int, int, int]]:
    past = workspace.past()
    found = compare(past, past.load_at(one), past.load_at(other))
    return {name: (of.added.num_rows, of.removed.num_rows, of.changed_count) for name, of in found.items()}


def test_forwards_backwards_and_with_itself(workspace: Workspace, made: Made) -> None:
    ids = [load_id for load_id, _ in made]
    assert counts(workspace, ids[0], ids[1]) == {"appointments": (1, 1, 1)}
    assert counts(workspace, ids[0], ids[2]) == {"appointments": (1, 1, 1), "policies": (1, 1, 1)}
    assert counts(workspace, ids[2], ids[0]) == counts(workspace, ids[0], ids[2])
    assert counts(workspace, ids[1], ids[1]) == {}


def test_the_rows_for_a_file(workspace: Workspace, made: Made) -> None:
    past = workspace.past()
    rows = as_rows(compare(past, past.loads[0], past.loads[2])).to_pylist()
    assert [(row["table"], row["change"], row["agency_id"], row["end"], row["policy_no"]) for row in rows] == [
        ("appointments", "added", "AOBA", "2026-03-31", None),
        ("appointments", "removed", "AOBA", "9999-12-31", None),
        ("policies", "added", "MIDORI", None, "K-200"),
        ("policies", "removed", "AOBA", None, "K-200"),
    ]
    assert as_rows({}).num_rows == 0


def test_what_comes_back_is_no_change(workspace: Workspace, made: Made) -> None:
    report = workspace.load(workspace.folder.parent / "registry0")
    assert counts(workspace, made[0][0], report.load_id) == {}


def test_two_kept_loads_without_a_link_are_compared_whole(workspace: Workspace, made: Made) -> None:
    (workspace.folder / "sekisho.toml").write_text("[store]\nkeep_loads = 2\n")
    report = workspace.load(workspace.folder.parent / "registry0")
    shutil.rmtree(workspace.folder / "history" / report.load_id)
    assert counts(workspace, made[2][0], report.load_id) == {"appointments": (1, 1, 1), "policies": (1, 1, 1)}
    shutil.rmtree(workspace.folder / "loads" / made[2][0])
    with pytest.raises(InputError, match="no history was kept"):
        counts(workspace, made[2][0], report.load_id)
