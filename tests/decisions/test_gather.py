"""Gathering: nothing waits for company, nothing is lost, each request gets its own results."""

import asyncio
from collections.abc import Sequence

import pytest

from sekisho.decisions.gather import Gather
from sekisho.decisions.refusal import Refusal


class Doubling:
    """Doubles numbers; each call waits until it is let go. A 13 fails the call it is in."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.gate = asyncio.Event()

    async def __call__(self, items: list[int]) -> list[int]:
        self.calls.append(items)
        await self.gate.wait()
        if 13 in items:
            raise ValueError("unlucky")
        return [2 * item for item in items]


async def begun(gather: Gather[int, int], *asked: Sequence[int]) -> list[asyncio.Task[Sequence[int]]]:
    tasks = [asyncio.create_task(gather.ask(items)) for items in asked]
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
        assert await gather.ask([9]) == [18]

    asyncio.run(story())


def test_who_went_away_is_not_missed() -> None:
    async def story() -> None:
        run = Doubling()
        gather = Gather(run, most=10, waiting=100)
        gone, stays = await begun(gather, [1], [2])
        gone.cancel()
        run.gate.set()
        assert await stays == [4]

    asyncio.run(story())


def test_too_many_waiting_are_refused() -> None:
    async def story() -> None:
        run = Doubling()
        gather = Gather(run, most=10, waiting=3)
        tasks = await begun(gather, [1])
        tasks += await begun(gather, [2, 3])
        with pytest.raises(Refusal) as refused:
            await gather.ask([4, 5])
        assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "1")
        run.gate.set()
        await asyncio.gather(*tasks)
        assert await gather.ask([1, 2, 3, 4, 5]) == [2, 4, 6, 8, 10]  # alone it is not too much

    asyncio.run(story())


def test_a_wrong_number_of_results_is_an_error() -> None:
    async def none(items: list[int]) -> list[int]:
        return []

    with pytest.raises(RuntimeError):
        asyncio.run(Gather(none, most=10, waiting=10).ask([1]))
