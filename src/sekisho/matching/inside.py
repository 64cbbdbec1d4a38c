"""Compiled functions that only compiled functions call.

Numba makes two entries for every function, one from Python and one from C, and keeps each function's machine code on
disk although its callers contain it. Without these the first run of a new installation compiles a fifth faster.
"""

from collections.abc import Callable
from typing import Any, cast

import numba
from numba.extending import intrinsic

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


def _borrow(_context: Any, array: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.return_type)(context, builder, arguments[0])
        view.meminfo, view.parent = view.meminfo.type(None), view.parent.type(None)
        return view._getvalue()

    return array(array), generate


borrowed: Callable[[Any], Any] = cast("Any", intrinsic(_borrow))
"""The same array without its owner, for use inside one compiled call. Numba counts a reference to the owner, by an
atomic step, wherever an array is passed to a function that was not inlined, which costs more than what most of them do.
Sound because the caller holds the arrays that it passed until the call is over."""
