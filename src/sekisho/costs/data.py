"""Reading the dated data that lies as YAML in this folder."""

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def data(name: str) -> dict[str, Any]:
    """The content of ``costs/<name>.yaml``. Every file carries ``reference`` and ``effective_from``."""
    loaded = yaml.safe_load(resources.files("sekisho.costs").joinpath(f"{name}.yaml").read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError(f"costs/{name}.yaml must be a mapping")
    return loaded


def example_text(name: str) -> str:
    """The text of an example file that comes with the package, comments and all."""
    return resources.files("sekisho.costs").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
