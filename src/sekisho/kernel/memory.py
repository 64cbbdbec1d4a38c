"""What the C library does with memory that was freed: keep some of it, instead of giving it back each time.

One question to the rule in SQLite takes about 3 MiB in small pieces (a table for each view) and frees them. glibc then
gives the end of its heap back to the system, and gets it again, page by page, for the next question: 700 page faults,
2 ms, for a statement of 0.5 ms. Whether it does depends on what the process freed before, so that the same question
took now one time, now the other.
"""

import ctypes
from functools import cache

_SETTINGS = (
    (-1, 64 << 20),  # M_TRIM_THRESHOLD: so much may lie free at the end of the heap
    (-2, 1 << 20),  # M_TOP_PAD: taken from the system at once
    (-3, 4 << 20),  # M_MMAP_THRESHOLD: what is larger is given back when it is freed, as before
)
"""Numbers of <malloc.h>, and bytes. Whoever sets one of them ends glibc's own adjusting of all."""


@cache
def keep_freed_memory() -> bool:
    """Let this process keep up to 64 MiB of freed memory for what it does next. False where the C library has no such
    setting (not glibc): then nothing is changed."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return False
    return all(mallopt(name, size) for name, size in _SETTINGS)
