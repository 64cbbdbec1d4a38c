"""Many small requests, few large calls: what arrives while a call is under way is the next call.

A lone request never waits for company; under load the calls grow by themselves. One call at a time.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from sekisho.decisions.refusal import Refusal


class Waiter(Protocol):
    """What is gathered: somebody waits for its ``future``. ``size``: how much it counts."""

    @property
    def future(self) -> "asyncio.Future[Any]": ...

    @property
    def size(self) -> int: ...


Item = TypeVar("Item", bound=Waiter)


class Gather(Generic[Item]):
    """``run`` is called with items of at most ``most`` in size (more only when a single one is larger); it brings their
    futures to an end, or hands them on. What it raises, the waiters of that call hear. ``waiting``: more than that is
    refused (503), unless nothing waits."""

    def __init__(self, run: Callable[[Sequence[Item]], Awaitable[None]], most: int, waiting: int) -> None:
        self._run, self._most, self._limit = run, most, waiting
        self._waiting: deque[Item] = deque()
        self._size = 0
        self._worker: asyncio.Task[None] | None = None

    def put(self, item: Item) -> None:
        """Let it be part of the next call. Raises ``Refusal`` (503) when too much is waiting."""
        if self._size + item.size > self._limit and self._size:
            raise Refusal(503, "too many questions are waiting; try again", {"Retry-After": "1"})
        self._waiting.append(item)
        self._size += item.size
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting:
                taken = self._next()
                try:
                    await self._run(taken)
                except Exception as error:
                    for item in taken:
                        if not item.future.done():
                            item.future.set_exception(error)
        finally:
            self._worker = None

    def _next(self) -> list[Item]:
        """The next call. Who has gone away (its request ran out of time) is left out."""
        taken: list[Item] = []
        size = 0
        while self._waiting and (not taken or size + self._waiting[0].size <= self._most):
            item = self._waiting.popleft()
            self._size -= item.size
            if not item.future.done():
                taken.append(item)
                size += item.size
        return taken
