"""The matcher's dated parameters (``parameters.yaml``): thresholds with reasons, and word lists, read once."""

from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from sekisho.kernel.folding import code_points, folded


@cache
def parameters() -> dict[str, Any]:
    """The content of ``parameters.yaml``."""
    text = resources.files("sekisho.matching").joinpath("parameters.yaml").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text)
    if not isinstance(loaded, dict):
        raise TypeError("matching/parameters.yaml must be a mapping")
    return loaded


@cache
def words(name: str, section: str = "") -> tuple[str, ...]:
    """A word list (of a section), folded, without doubles, longest first."""
    listed = parameters()[section][name] if section else parameters()[name]
    return tuple(sorted({folded(str(word)) for word in listed}, key=lambda word: (-len(word), word)))


def word_array(listed: tuple[str, ...]) -> npt.NDArray[np.uint32]:
    """Words as rows of code points, padded with 0, for the compiled scanner."""
    rows = np.zeros((len(listed), max(map(len, listed)) + 1), np.uint32)
    for place, word in enumerate(listed):
        rows[place, : len(word)] = code_points(word)
    return rows
