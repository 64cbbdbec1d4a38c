"""Many small requests, few large calls: what arrives while a call is under way is the next call.

A lone request never waits for company; under load the calls grow by themselves. One call at a time.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from sekisho.decisions.refusal import Refusal

Item = TypeVar("Item")
Result = TypeVar("Result")


class Gather(Generic[Item, Result]):
    """``run`` is called with at most ``most`` items at once (more only when a single request has more) and gives as
    many results, in order. ``waiting``: more items than that are refused (503)."""

    def __init__(self, run: Callable[[list[Item]], Awaitable[Sequence[Result]]], most: int, waiting: int) -> None:
        self._run, self._most, self._limit = run, most, waiting
        self._waiting: deque[tuple[Sequence[Item], asyncio.Future[Sequence[Result]]]] = deque()
        self._count = 0
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, items: Sequence[Item]) -> Sequence[Result]:
        """The results of these items. Raises what ``run`` raised for the call they were in."""
        if self._count + len(items) > self._limit and self._count:
            raise Refusal(503, "too many questions are waiting; try again", {"Retry-After": "1"})
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Sequence[Result]] = loop.create_future()
        self._waiting.append((items, future))
        self._count += len(items)
        if self._worker is None:
            self._worker = loop.create_task(self._work())
        return await future

    async def _work(self) -> None:
        try:
            while self._waiting:
                taken = self._next()
                items = [item for part, _ in taken for item in part]
                try:
                    results = await self._run(items)
                    if len(results) != len(items):
                        raise RuntimeError("as many results as items were wanted")
                except Exception as error:
                    for _, future in taken:
                        if not future.done():
                            future.set_exception(error)
                    continue
                at = 0
                for part, future in taken:
                    if not future.done():  # its request may have run out of time
                        future.set_result(results[at : at + len(part)])
                    at += len(part)
        finally:
            self._worker = None

    def _next(self) -> list[tuple[Sequence[Item], asyncio.Future[Sequence[Result]]]]:
        taken = [self._waiting.popleft()]
        count = len(taken[0][0])
        while self._waiting and count + len(self._waiting[0][0]) <= self._most:
            taken.append(self._waiting.popleft())
            count += len(taken[-1][0])
        self._count -= count
        return taken
