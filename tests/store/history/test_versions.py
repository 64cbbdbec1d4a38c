"""Every version of a row: from which load until which, and what made it another."""

import shutil

import pytest
from tests.store.history.worlds import Made

from sekisho.entitlement.inputs import REGISTRY
from sekisho.kernel.errors import InputError
from sekisho.store import Workspace
from sekisho.store.history.versions import Versions, key_columns, table_named, versions_of


def told(found: Versions, made: Made) -> list[tuple[object, ...]]:
    """Number, from load, until load, replaces, differences."""
    number = {load_id: place for place, (load_id, _) in enumerate(made)}
    return [
        (
            version.number,
            number[version.since.load_id],
            number[version.until.load_id] if version.until else None,
            version.replaces,
            [name for name, _, _ in version.differences(found.versions[version.replaces - 1])]
            if version.replaces
            else [],
        )
        for version in found.versions
    ]


def test_a_correction_is_a_second_version(workspace: Workspace, made: Made) -> None:
    found = versions_of(workspace.past(), "appointments", ["KOU", "AOBA", "nonlife"])
    assert told(found, made) == [(1, 0, 1, None, []), (2, 1, None, 1, ["end"])]
    assert found.complete
    assert [str(version.row["end"]) for version in found.versions] == ["9999-12-31", "2026-03-31"]


def test_a_change_of_a_policy(workspace: Workspace, made: Made) -> None:
    found = versions_of(workspace.past(), "policies", ["KOU", "K-200"])
    assert told(found, made) == [(1, 0, 2, None, []), (2, 2, None, 1, ["agency_id"])]


def test_the_beginning_of_a_key_gives_all_rows_under_it(workspace: Workspace, made: Made) -> None:
    found = versions_of(workspace.past(), "appointments", ["KOU"])
    assert told(found, made) == [(1, 0, 1, None, []), (2, 0, None, None, []), (3, 1, None, 1, ["end"])]


def test_without_the_older_history_a_row_was_there_already(workspace: Workspace, made: Made) -> None:
    shutil.rmtree(workspace.folder / "history" / made[1][0])
    found = versions_of(workspace.past(), "appointments", ["KOU", "AOBA"])
    assert told(found, made) == [(1, 1, None, None, [])]
    assert not found.complete
    assert not found.versions[0].brought
    assert found.begins.load_id == made[1][0]


@pytest.mark.parametrize(
    ("table", "key", "said"),
    [
        ("policies", ["KOU", "K-999"], "no such row has been known since 2026-04-01"),
        ("policies", ["KOU", "K-100", "x"], "a row of policies is named by insurer_id, policy_no"),
        ("policies", [], "a row of policies is named by"),
    ],
)
def test_an_unknown_key_is_no_empty_history(
    workspace: Workspace, made: Made, table: str, key: list[str], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        versions_of(workspace.past(), table, key)


def test_keys_and_names_of_tables() -> None:
    assert {name: key_columns(name) for name in ("consents", "duties", "accounts", "addresses", "people")} == {
        "consents": ("insurer_id", "policy_no", "recipient_id"),
        "duties": ("person_id", "party_id"),
        "accounts": ("account_id",),
        "addresses": ("address",),
        "people": ("person_id",),
    }
    assert all(key_columns(name) for name in REGISTRY)
    assert table_named("委託") == table_named("appointments") == "appointments"
    with pytest.raises(InputError, match=r"no table with a history has this name → name one of insurers \(保険会社\)"):
        table_named("findings")
