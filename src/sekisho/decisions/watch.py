"""Ends what takes too long."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

from sekisho.decisions.refusal import Refusal

_LOOK_SECONDS = 0.5


class Watched:
    """One request under way: ``until`` when, and what is raised ``otherwise``; both may be set anew."""

    __slots__ = ("_task", "_watch", "ended", "otherwise", "until")

    def __init__(self, watch: "Watch", seconds: float, otherwise: Callable[[], Refusal]) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be watched")
        self._task: asyncio.Task[Any] = task
        self._watch = watch
        self.ended = False
        self.allow(seconds, otherwise)

    def allow(self, seconds: float, otherwise: Callable[[], Refusal]) -> None:
        """From now on it has so many seconds, or up to half a second more; then ``otherwise()`` is raised."""
        self.until, self.otherwise = monotonic() + seconds, otherwise

    def __enter__(self) -> "Watched":
        self._watch.begin(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        self._watch.end(self)
        if self.ended and kind is asyncio.CancelledError:
            self._task.uncancel()
            raise self.otherwise() from None

    def stop(self) -> None:
        self.ended = True
        self._task.cancel()


class Watch:
    """Looks at all that is under way twice a second: that costs less than a timer for each request."""

    def __init__(self) -> None:
        self._under_way: set[Watched] = set()
        self._looking = False

    def within(self, seconds: float, otherwise: Callable[[], Refusal]) -> Watched:
        """A context: what is awaited inside has so many seconds, or up to half a second more; then ``otherwise()`` is
        raised."""
        return Watched(self, seconds, otherwise)

    def begin(self, watched: Watched) -> None:
        self._under_way.add(watched)
        if not self._looking:
            self._look()

    def end(self, watched: Watched) -> None:
        self._under_way.discard(watched)

    def _look(self) -> None:
        at = monotonic()
        for watched in list(self._under_way):
            if at > watched.until and not watched.ended:
                watched.stop()
        self._looking = bool(self._under_way)
        if self._looking:
            asyncio.get_running_loop().call_later(_LOOK_SECONDS, self._look)
