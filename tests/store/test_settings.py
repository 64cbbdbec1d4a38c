"""sekisho.toml: what is written can be read; every mistake has its place."""

from pathlib import Path

import pytest

from sekisho.kernel.errors import InputError
from sekisho.store.settings import KEEP_LOADS, NAME, read_settings, write_settings


def settings(folder: Path, text: str) -> Path:
    (folder / NAME).write_text(text, encoding="utf-8")
    return folder


def test_the_template_is_valid_and_private(tmp_path: Path) -> None:
    write_settings(tmp_path)
    read = read_settings(tmp_path)
    assert read.keep_loads == KEEP_LOADS
    assert read.keep_history_years is None
    assert (dict(read.headers.files), dict(read.headers.headers)) == ({}, {"policies": {}})
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_own_words_are_read(tmp_path: Path) -> None:
    text = '[store]\nkeep_loads = 1\nkeep_history_years = 10\n[registry.files]\n"保有" = "policies"\n'
    text += '[registry.headers.policies]\n"扱者" = "producer_id"\n'
    read = read_settings(settings(tmp_path, text))
    assert (read.keep_loads, read.keep_history_years) == (1, 10)
    assert read.headers.table_of("保有") == "policies"


def test_the_shapes_of_policy_numbers_are_read(tmp_path: Path) -> None:
    assert read_settings(settings(tmp_path, "")).policy_numbers == {}
    text = '[policy_numbers]\nKOU = ["A9999999", "999-9999999"]\n'
    assert read_settings(settings(tmp_path, text)).policy_numbers == {"KOU": ("A9999999", "999-9999999")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("policy_numbers = 3\n", "policy_numbers is no section"),
        ('[policy_numbers]\nKOU = "A9999999"\n', r"\[policy_numbers\] KOU is no list of patterns"),
        ('[policy_numbers]\nKOU = ["A9"]\n', "'A9' is no pattern of a policy number"),
        ("[store", "is no TOML"),
        ("[store]\nkeep_loads = 0\n", r"\[store\] keep_loads is 0"),
        ("[store]\nkeep_loads = true\n", r"\[store\] keep_loads is True"),
        ("[store]\nkeep_history_years = 0\n", r"\[store\] keep_history_years is 0"),
        ('[store]\nkeep_history_years = "long"\n', r"\[store\] keep_history_years is 'long'"),
        ("store = 3\n", "store is no section"),
        ("[registry]\nheaders = 3\n", "headers is no section"),
        ('[registry.headers]\npolicies = "x"\n', "policies is no section"),
        ('[registry.headers.policies]\n"a" = "b"\n', "names column 'b'"),
    ],
)
def test_mistakes_are_named_with_the_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        read_settings(settings(tmp_path, text))
    assert raised.value.where == str(tmp_path / NAME)
    assert raised.value.remedy


def test_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes("# 設定".encode("cp932"))
    with pytest.raises(InputError, match="is not UTF-8"):
        read_settings(tmp_path)
