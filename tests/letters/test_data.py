"""Every file of data and wording beside the letters says where it comes from and from when it holds."""

import tomllib
from datetime import date
from importlib import resources

import pytest
import yaml

WINGS = [wing for wing in resources.files("sekisho.letters").iterdir() if wing.is_dir() and wing.name != "printing"]
FILES = {file.name: file for wing in WINGS for file in wing.iterdir() if file.name.endswith((".yaml", ".toml"))}


def test_there_are_all_of_them() -> None:
    named = {"enquiries.yaml", "envelopes.yaml", "notice.yaml", "postage.yaml", "status.yaml", "wording.toml"}
    assert named <= set(FILES)


@pytest.mark.parametrize("name", sorted(FILES))
def test_reference_and_first_day(name: str) -> None:
    text = FILES[name].read_text(encoding="utf-8")
    content = tomllib.loads(text) if name.endswith(".toml") else yaml.safe_load(text)
    assert content["reference"].strip()
    assert isinstance(content["effective_from"], date)
