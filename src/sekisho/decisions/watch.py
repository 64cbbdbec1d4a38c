"""Ends what takes too long."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from sekisho.decisions.refusal import Refusal

_LOOK_SECONDS = 0.5


class Watch:
    """Looks at all that is under way twice a second: that costs less than a timer for each request."""

    def __init__(self) -> None:
        self._under_way: dict[int, tuple[float, asyncio.Task[Any]]] = {}
        self._ended: set[int] = set()
        self._number = 0
        self._looking = False

    @contextmanager
    def within(self, seconds: float, otherwise: Callable[[], Refusal]) -> Iterator[None]:
        """What is awaited inside has so many seconds, or up to half a second more; then ``otherwise()`` is raised."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be watched")
        self._number += 1
        number = self._number
        self._under_way[number] = (monotonic() + seconds, task)
        if not self._looking:
            self._look()
        try:
            yield
        except asyncio.CancelledError:
            if number not in self._ended:
                raise
            task.uncancel()
            raise otherwise() from None
        finally:
            self._under_way.pop(number, None)
            self._ended.discard(number)

    def _look(self) -> None:
        at = monotonic()
        for number, (until, task) in list(self._under_way.items()):
            if at > until and number not in self._ended:
                self._ended.add(number)
                task.cancel()
        self._looking = bool(self._under_way)
        if self._looking:
            asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)
