"""Every file of data and wording beside the letters says where it comes from and from when it holds."""

import tomllib
from datetime import date
from importlib import resources

import pytest
import yaml

FOLDER = resources.files("sekisho.letters")
FILES = sorted(file.name for file in FOLDER.iterdir() if file.name.endswith((".yaml", ".toml")))


def test_there_are_all_of_them() -> None:
    named = {"enquiries.yaml", "envelopes.yaml", "notice.yaml", "postage.yaml", "status.yaml", "wording.toml"}
    assert named <= set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_reference_and_first_day(name: str) -> None:
    text = FOLDER.joinpath(name).read_text(encoding="utf-8")
    content = tomllib.loads(text) if name.endswith(".toml") else yaml.safe_load(text)
    assert content["reference"].strip()
    assert isinstance(content["effective_from"], date)
