"""Compiled functions that only compiled functions call.

Numba makes two entries for every function, one from Python and one from C, and keeps each function's machine code on
disk although its callers contain it. Without these the first run of a new installation compiles a fifth faster.
"""

from collections.abc import Callable
from typing import Any

import numba

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


def compiled_part(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` as a part of what ``kernel.compiled.compiled`` makes; it cannot be called from Python."""
    part: Callable[..., Any] = numba.njit(**_OPTIONS)(function)
    return part
