"""Reading the dated parameters that lie as YAML in this folder."""

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def parameters(name: str) -> dict[str, Any]:
    """The content of ``law/parameters/<name>.yaml``. Every file carries ``reference`` and ``effective_from``."""
    source = resources.files("sekisho.law").joinpath("parameters", f"{name}.yaml")
    loaded = yaml.load(source.read_text(encoding="utf-8"), Loader=_loader())  # noqa: S506  (safe loader)
    if not isinstance(loaded, dict):
        raise TypeError(f"law/parameters/{name}.yaml must be a mapping")
    return loaded


def _loader() -> type:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
