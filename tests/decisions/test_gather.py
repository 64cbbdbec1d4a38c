"""Gathering: nothing waits for company, nothing is lost, each request gets its own results."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from sekisho.decisions.gather import Gather
from sekisho.decisions.refusal import Refusal


@dataclass(eq=False)
class Numbers:
    """A request: numbers to be doubled, each counts."""

    numbers: list[int]
    future: "asyncio.Future[list[int]]"

    @property
    def size(self) -> int:
        return len(self.numbers)


class Doubling:
    """Doubles numbers; each call waits until it is let go. A 13 fails the call it is in."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.gate = asyncio.Event()

    async def __call__(self, taken: Sequence[Numbers]) -> None:
        self.calls.append([number for one in taken for number in one.numbers])
        await self.gate.wait()
        if 13 in self.calls[-1]:
            raise ValueError("unlucky")
        for one in taken:
            if not one.future.done():
                one.future.set_result([2 * number for number in one.numbers])


async def asked(gather: Gather[Numbers], numbers: list[int]) -> list[int]:
    one = Numbers(numbers, asyncio.get_running_loop().create_future())
    gather.put(one)
    return await one.future


async def begun(gather: Gather[Numbers], *lists: list[int]) -> list[asyncio.Task[list[int]]]:
    tasks = [asyncio.create_task(asked(gather, numbers)) for numbers in lists]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


def test_a_lone_request_does_not_wait_and_what_comes_meanwhile_is_one_call() -> None:
    async def story() -> None:
        run = Doubling()
        gather = Gather(run, most=10, waiting=100)
        first = await begun(gather, [1])
        assert run.calls == [[1]]
        others = await begun(gather, [2, 3], [4], [5])
        assert run.calls == [[1]]
        run.gate.set()
        assert await asyncio.gather(*first, *others) == [[2], [4, 6], [8], [10]]
        assert run.calls == [[1], [2, 3, 4, 5]]

    asyncio.run(story())


def test_calls_stay_within_their_size_unless_one_request_is_larger() -> None:
    async def story() -> None:
        run = Doubling()
        gather = Gather(run, most=3, waiting=100)
        tasks = await begun(gather, [0])
        tasks += await begun(gather, [1, 2], [3, 4], [5], [10, 11, 12, 14], [6])
        run.gate.set()
        await asyncio.gather(*tasks)
        assert run.calls == [[0], [1, 2], [3, 4, 5], [10, 11, 12, 14], [6]]

    asyncio.run(story())


def test_a_failed_call_fails_its_requests_only() -> None:
    async def story() -> None:
        run = Doubling()
        gather = Gather(run, most=2, waiting=100)
        tasks = await begun(gather, [1], [13], [7], [8])
        run.gate.set()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(one) for one in found] == [ValueError, ValueError, list, list]
        assert run.calls == [[1, 13], [7, 8]]
        assert await asked(gather, [9]) == [18]

    asyncio.run(story())


def test_who_went_away_is_not_asked_for() -> None:
    async def story() -> None:
        run = Doubling()
        gather = Gather(run, most=10, waiting=100)
        (first,) = await begun(gather, [1])
        gone, stays = await begun(gather, [2], [3])
        first.cancel()
        gone.cancel()
        await asyncio.sleep(0)
        run.gate.set()
        assert await stays == [6]
        assert run.calls == [[1], [3]]

    asyncio.run(story())


def test_too_many_waiting_are_refused() -> None:
    async def story() -> None:
        run = Doubling()
        gather = Gather(run, most=10, waiting=3)
        tasks = await begun(gather, [1])
        tasks += await begun(gather, [2, 3])
        with pytest.raises(Refusal) as refused:
            await asked(gather, [4, 5])
        assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "1")
        run.gate.set()
        await asyncio.gather(*tasks)
        assert await asked(gather, [1, 2, 3, 4, 5]) == [2, 4, 6, 8, 10]  # alone it is not too much

    asyncio.run(story())
