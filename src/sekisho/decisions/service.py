"""Questions of many callers in, answers out: gathered into few statements, told only when they are on record.

Three threads with one job each: the rule for evaluations, the rule for searches (which take longer and must not hold
those up), and the record. While one batch is written to the disk the next is being decided.
"""

import asyncio
import hashlib
import json
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from sekisho import __version__
from sekisho.decisions import sets
from sekisho.decisions.asked import EXECUTE_ALL, FIRST_DENY, FIRST_PERMIT, Ask, Search
from sekisho.decisions.gather import Gather
from sekisho.decisions.ledger import Ledger, Opened
from sekisho.decisions.limits import Limits
from sekisho.decisions.log import SECOND, Log
from sekisho.decisions.pages import STALE, Pages, Place
from sekisho.decisions.refusal import Refusal
from sekisho.decisions.told import NOTHING_TOLD, Answer, Teller, Told, context, members, record, refused, told_of
from sekisho.decisions.vocabulary import vocabulary
from sekisho.entitlement.judgement import UNRESOLVED
from sekisho.entitlement.questions import Question
from sekisho.entitlement.script import rule_version
from sekisho.kernel.clock import today

BATCH = 1000
"""Questions in one statement, if no single request has more."""
_KEPT_SETS, _KEPT_ROWS = 16, 2_000_000
_SLOW = "the answer took too long; ask again, or for less at once"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, in which request. ``parties``: whose viewers it may ask about, None = anybody's."""

    name: str
    request_id: str
    parties: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class _Page:
    results: Sequence[Mapping[str, Any]]
    total: int
    next_token: str = ""


Telling = tuple[list[str], str | Refusal]
"""What goes on record, and what is told when it is there."""
Tell = Callable[[str, Sequence[Told]], Telling]
"""From the load in force and what is told of each question, all that is told of a request."""
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Request:
    """A request whose questions are to be decided (``gather.Waiter``). ``parties``: of its caller."""

    future: "asyncio.Future[str]"
    asks: Sequence[Ask | Refusal]
    parties: frozenset[str] | None
    tell: Tell
    size: int


@dataclass(slots=True, eq=False)
class _Kept:
    """What is told to who waits for the future, once its lines are on record (``gather.Waiter``)."""

    future: "asyncio.Future[str]"
    lines: Sequence[str]
    text: str | Refusal
    size: int


class Service:
    """The decision service of one workspace. ``open`` it, ask it from one event loop, ``close`` it."""

    def __init__(
        self,
        opening: Callable[[], Opened],
        log_folder: Path,
        key: bytes,
        limits: Limits,
        record_key: bytes | None = None,
    ) -> None:
        self._limits, self._pages = limits, Pages(key, limits.page)
        self._log_folder, self._record_key = log_folder, record_key
        self._ledger, self._searching = Ledger(opening), Ledger(opening)
        self._rule_thread, self._search_thread, self._log_thread = (
            ThreadPoolExecutor(1, thread_name_prefix=name) for name in ("rule", "search", "record")
        )
        self._decided: Gather[_Request] = Gather(self._decide, BATCH, limits.waiting)
        self._recorded: Gather[_Kept] = Gather(self._record, 4 * BATCH, sys.maxsize)  # bounded by what is decided
        self._sets: OrderedDict[tuple[object, ...], sets.Found] = OrderedDict()
        self._searches, self._one_search = 0, asyncio.Lock()
        self._sync_due = False

    def open(self) -> str:
        """Open the database and the record; returns the load in force. Raises ``SekishoError``."""
        load = self._rule_thread.submit(self._ledger.load).result()
        first = Question("", "", None, today())  # the first question of a connection takes long: not a caller's
        self._rule_thread.submit(self._ledger.decide, [first]).result()
        self._log = self._log_thread.submit(Log, self._log_folder, self._limits.durable, self._record_key).result()
        start = members({"kind": "start", "sekisho": __version__, "rule": rule_version(), "load": load})
        self._log_thread.submit(self._log.append, [start]).result()
        return load

    def close(self) -> None:
        """After the last answer: note the end, close everything."""
        self._rule_thread.submit(self._ledger.close)
        self._search_thread.submit(self._searching.close)
        try:
            self._log_thread.submit(self._log.append, [members({"kind": "stop"})]).result()
        finally:
            self._log_thread.submit(self._log.close).result()
            for thread in (self._rule_thread, self._search_thread, self._log_thread):
                thread.shutdown()

    async def evaluate(self, caller: Caller, ask: Ask) -> str:
        """The JSON of one evaluation. Raises ``Refusal``."""

        def tell(load: str, told: Sequence[Told]) -> Telling:
            return self._lines(caller, [ask], told, load), told[0].text

        return await self._through(caller, [ask], tell)

    async def evaluate_all(self, caller: Caller, asks: Sequence[Ask | Refusal], semantic: str) -> str:
        """The JSON of a batch. It ends where its semantic says so; what comes after is neither told nor recorded."""

        def tell(load: str, told: Sequence[Told]) -> Telling:
            last = len(told)
            if semantic != EXECUTE_ALL:
                last = next((at for at, one in enumerate(told, 1) if _ends(one, semantic)), last)
            texts = [_json(refused(one.text)) if isinstance(one.text, Refusal) else one.text for one in told[:last]]
            return self._lines(caller, asks[:last], told[:last], load), f'{{"evaluations":[{",".join(texts)}]}}'

        return await self._through(caller, asks, tell)

    async def _through(self, caller: Caller, asks: Sequence[Ask | Refusal], tell: Tell) -> str:
        """Have the questions decided, what is told of them recorded, and then tell it. Raises ``Refusal``."""
        request = _Request(asyncio.get_running_loop().create_future(), asks, caller.parties, tell, len(asks))
        self._decided.put(request)
        return await request.future

    async def search(self, caller: Caller, search: Search, sought: str) -> str:
        """The JSON of one page of a search. Raises ``Refusal``."""
        if sought == sets.ACTION:
            return await self._actions(caller, search.ask)
        place = self._pages.place(search, sought, caller.name)
        ask = replace(search.ask, question=replace(search.ask.question, on=place.on))
        try:
            load, found = await self._set(caller, sought, ask, place)
        except Refusal as refusal:
            if refusal.status == 403:
                load = await self._in(self._rule_thread, self._ledger.load)
                await self._note(self._lines(caller, [ask], [told_of(refusal)], load, sought=sought), "")
            raise
        shown = sets.results(found, sought, ask, place.offset, place.limit)
        reached, token = place.offset + len(shown), ""
        if reached < found.rows.num_rows:
            token = self._pages.token(search, sought, caller.name, replace(place, offset=reached, load_id=load))
        told = NOTHING_TOLD if found.missing is None else told_of(Answer(UNRESOLVED, missing=found.missing))
        page = _Page(shown, found.rows.num_rows, token)
        return await self._note(*self._page(caller, sought, ask, told, load, page))

    async def _actions(self, caller: Caller, ask: Ask) -> str:
        def tell(load: str, told: Sequence[Told]) -> Telling:
            (one,) = told
            if not isinstance(one.answer, Answer):
                return self._lines(caller, [ask], told, load, sought=sets.ACTION), one.text
            shown = [{"name": name} for name in vocabulary().actions] if one.answer.decision else []
            return self._page(caller, sets.ACTION, ask, one, load, _Page(shown, len(shown)))

        return await self._through(caller, [ask], tell)

    def _page(  # noqa: PLR0917
        self, caller: Caller, sought: str, ask: Ask, told: Told, load: str, page: "_Page"
    ) -> Telling:
        """The record of a page of results, and its JSON. ``told``: the one answer behind it, if there is one."""
        found: dict[str, Any] = {"on": ask.question.on.isoformat(), "rule_version": rule_version(), "load_id": load}
        if isinstance(told.answer, Answer):
            found = context(told.answer, ask.question.on, rule_version(), load)
        if caller.parties is not None and sought == sets.SUBJECT:
            found["limited_to"] = sorted(caller.parties)
        results = _json(page.results)
        counted = {"count": len(page.results), "total": page.total, "results_sha256": _sha256(results)}
        lines = self._lines(caller, [ask], [told], load, sought=sought, **counted)
        told_page = {"next_token": page.next_token, "count": len(page.results), "total": page.total}
        return lines, f'{{"page":{_json(told_page)},"context":{_json(found)},"results":{results}}}'

    async def _set(self, caller: Caller, sought: str, ask: Ask, place: Place) -> tuple[str, sets.Found]:
        """The whole set of a search and the load it is of: that of the first page, or ``Refusal``."""
        if self._searches >= self._limits.searches:
            raise Refusal(503, "too many searches are waiting; try again", {"Retry-After": "1"})
        self._searches += 1
        try:
            async with self._one_search:  # so that what is interrupted is this one
                load, found = await self._in_time(caller.parties, sought, ask)
        finally:
            self._searches -= 1
        if place.load_id is not None and load != place.load_id:
            raise Refusal(409, STALE)
        return load, found

    async def _in_time(self, parties: sets.Parties, sought: str, ask: Ask) -> tuple[str, sets.Found]:
        try:
            async with asyncio.timeout(self._limits.search_seconds):
                return await self._in(self._search_thread, self._find, parties, sought, ask)
        except TimeoutError:
            self._searching.interrupt()
            raise Refusal(503, _SLOW, {"Retry-After": "1"}) from None
        except asyncio.CancelledError:  # nobody waits for it any more
            self._searching.interrupt()
            raise

    def _find(self, parties: sets.Parties, sought: str, ask: Ask) -> tuple[str, sets.Found]:
        """The set, found anew or kept from the page before. In the search thread."""
        load = self._searching.load()
        key = (load, sought, ask, parties)
        kept = self._sets.get(key)
        if kept is not None:
            self._sets.move_to_end(key)
            return load, kept
        load, found = self._searching.reading(lambda rule: sets.find(rule, sought, ask, parties))
        if found.rows.num_rows > self._limits.page:  # a set of one page is not asked for again
            self._sets[load, sought, ask, parties] = found
            while len(self._sets) > _KEPT_SETS or sum(one.rows.num_rows for one in self._sets.values()) > _KEPT_ROWS:
                self._sets.popitem(last=False)
        return load, found

    def _lines(
        self, caller: Caller, asks: Sequence[Ask | Refusal], told: Sequence[Told], load: str, **more: Any
    ) -> list[str]:
        """What goes on record of what is about to be told."""
        kind = "search" if "sought" in more else "decision"
        head = members({"kind": kind, "request": caller.request_id, "client": caller.name})
        tail = members(more | {"rule": rule_version(), "load": load})
        return [f"{head},{record(ask, one)},{tail}" for ask, one in zip(asks, told, strict=True) if type(ask) is Ask]

    async def _note(self, lines: list[str], text: str | Refusal) -> str:
        """Put lines on record, then tell. Raises ``SekishoError`` when that cannot be done, ``Refusal`` to tell one."""
        kept = _Kept(asyncio.get_running_loop().create_future(), lines, text, len(lines))
        self._recorded.put(kept)
        return await kept.future

    async def _decide(self, requests: Sequence["_Request"]) -> None:
        """One statement for all their questions; what is to be told goes on to be recorded."""
        questions = [
            ask.question
            for request in requests
            for ask in request.asks
            if not isinstance(ask, Refusal) and ask.unknown is None
        ]
        load, decided = await self._in(self._rule_thread, self._ledger.decide, questions)
        teller = Teller(decided, rule_version(), load)
        for request in requests:
            told = [teller.told(ask, request.parties) for ask in request.asks]
            if request.future.done():  # nobody waits for it any more: nothing is told
                continue
            lines, text = request.tell(load, told)
            self._recorded.put(_Kept(request.future, lines, text, len(lines)))

    async def _record(self, kept: Sequence["_Kept"]) -> None:
        lines = [line for one in kept for line in one.lines]
        if lines:
            await self._in(self._log_thread, self._log.append, lines)
            if self._limits.durable == SECOND and not self._sync_due:
                self._sync_due = True
                asyncio.get_running_loop().call_later(1.0, self._sync)
        for one in kept:
            if one.future.done():
                continue
            if isinstance(one.text, Refusal):
                one.future.set_exception(one.text)
            else:
                one.future.set_result(one.text)

    def _sync(self) -> None:
        self._sync_due = False
        self._log_thread.submit(self._log.sync)

    async def _in(self, thread: ThreadPoolExecutor, act: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, act, *arguments)


def _ends(told: Told, semantic: str) -> bool:
    permitted = isinstance(told.answer, Answer) and told.answer.decision
    return (semantic == FIRST_DENY and not permitted) or (semantic == FIRST_PERMIT and permitted)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
