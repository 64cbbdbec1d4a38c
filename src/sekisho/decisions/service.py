"""Questions of many callers in, answers out: gathered into few statements, told only when they are on record.

Three threads with one job each: the rule for evaluations, the rule for searches (which take longer and must not hold
those up), and the record. While one batch is written to the disk the next is being decided.
"""

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from sekisho import __version__
from sekisho.decisions import sets
from sekisho.decisions.asked import FIRST_DENY, FIRST_PERMIT, Ask, Search
from sekisho.decisions.gather import Gather
from sekisho.decisions.ledger import Ledger, Opened
from sekisho.decisions.limits import Limits
from sekisho.decisions.log import SECOND, Log
from sekisho.decisions.pages import STALE, Pages, Place
from sekisho.decisions.refusal import Refusal
from sekisho.decisions.told import Answer, answer, context, evaluation_text, members, record, refused
from sekisho.decisions.vocabulary import vocabulary
from sekisho.entitlement.judgement import UNRESOLVED
from sekisho.entitlement.questions import Decision, Question
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


Told = Answer | Refusal
T = TypeVar("T")


class Service:
    """The decision service of one workspace. ``open`` it, ask it from one event loop, ``close`` it."""

    def __init__(self, opening: Callable[[], Opened], log_folder: Path, key: bytes, limits: Limits) -> None:
        self._limits, self._pages = limits, Pages(key, limits.page)
        self._log_folder = log_folder
        self._ledger, self._searching = Ledger(opening), Ledger(opening)
        self._rule_thread, self._search_thread, self._log_thread = (
            ThreadPoolExecutor(1, thread_name_prefix=name) for name in ("rule", "search", "record")
        )
        self._decided = Gather(self._decide, BATCH, limits.waiting)
        self._recorded = Gather(self._record, BATCH, limits.waiting + BATCH)
        self._sets: OrderedDict[tuple[object, ...], sets.Found] = OrderedDict()
        self._searches, self._one_search = 0, asyncio.Lock()
        self._sync_due = False

    def open(self) -> str:
        """Open the database and the record; returns the load in force. Raises ``SekishoError``."""
        load = self._rule_thread.submit(self._ledger.load).result()
        first = Question("", "", None, today())  # the first question of a connection takes long: not a caller's
        self._rule_thread.submit(self._ledger.decide, [first]).result()
        self._log = self._log_thread.submit(Log, self._log_folder, self._limits.durable).result()
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
        load, (told,) = await self._answers(caller, [ask])
        await self._note(caller, [ask], [told], load)
        if isinstance(told, Refusal):
            raise told
        return evaluation_text(told, ask.question.on, rule_version(), load)

    async def evaluate_all(self, caller: Caller, asks: Sequence[Ask | Refusal], semantic: str) -> str:
        """The JSON of a batch. It ends where its semantic says so; what comes after is neither told nor recorded."""
        load, told = await self._answers(caller, asks)
        last = next((at for at, one in enumerate(told, 1) if _ends(one, semantic)), len(told))
        kept, told = asks[:last], told[:last]
        await self._note(caller, kept, told, load)
        texts = [_evaluation(ask, one, load) for ask, one in zip(kept, told, strict=True)]
        return f'{{"evaluations":[{",".join(texts)}]}}'

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
                await self._note(
                    caller, [ask], [refusal], await self._in(self._rule_thread, self._ledger.load), sought=sought
                )
            raise
        shown = sets.results(found, sought, ask, place.offset, place.limit)
        reached, token = place.offset + len(shown), ""
        if reached < found.rows.num_rows:
            token = self._pages.token(search, sought, caller.name, replace(place, offset=reached, load_id=load))
        told = None if found.missing is None else Answer(UNRESOLVED, missing=found.missing)
        page = _Page(shown, found.rows.num_rows, token)
        return await self._searched(caller, sought, ask, told, load, page)

    async def _actions(self, caller: Caller, ask: Ask) -> str:
        load, (told,) = await self._answers(caller, [ask])
        if isinstance(told, Refusal):
            await self._note(caller, [ask], [told], load, sought=sets.ACTION)
            raise told
        shown = [{"name": name} for name in vocabulary().actions] if told.decision else []
        return await self._searched(caller, sets.ACTION, ask, told, load, _Page(shown, len(shown)))

    async def _searched(  # noqa: PLR0917
        self, caller: Caller, sought: str, ask: Ask, told: Answer | None, load: str, page: "_Page"
    ) -> str:
        """Record a page of results and give its JSON. ``told``: the one answer behind it, if there is one."""
        found: dict[str, Any] = {"on": ask.question.on.isoformat(), "rule_version": rule_version(), "load_id": load}
        if told is not None:
            found = context(told, ask.question.on, rule_version(), load)
        if caller.parties is not None and sought == sets.SUBJECT:
            found["limited_to"] = sorted(caller.parties)
        results = _json(page.results)
        counted = {"count": len(page.results), "total": page.total, "results_sha256": _sha256(results)}
        await self._note(caller, [ask], [told], load, sought=sought, **counted)
        told_page = {"next_token": page.next_token, "count": len(page.results), "total": page.total}
        return f'{{"page":{_json(told_page)},"context":{_json(found)},"results":{results}}}'

    async def _answers(self, caller: Caller, asks: Sequence[Ask | Refusal]) -> tuple[str, list[Told]]:
        """The load in force, and what is told of each question."""
        questions = [ask.question for ask in asks if isinstance(ask, Ask) and ask.unknown is None]
        if questions:
            found = await self._decided.ask(questions)
            load = found[0][0]
        else:
            found, load = (), await self._in(self._rule_thread, self._ledger.load)
        decided = iter(found)
        told: list[Told] = []
        for ask in asks:
            if isinstance(ask, Refusal):
                told.append(ask)
            else:
                told.append(answer(ask, next(decided)[1] if ask.unknown is None else None, caller.parties))
        return load, told

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

    async def _note(
        self, caller: Caller, asks: Sequence[Ask | Refusal], told: Sequence[Told | None], load: str, **more: Any
    ) -> None:
        """Put on record what is about to be told. Raises ``SekishoError`` when that cannot be done."""
        kind = "search" if "sought" in more else "decision"
        head = members({"kind": kind, "request": caller.request_id, "client": caller.name})
        tail = members(more | {"rule": rule_version(), "load": load})
        records = [
            f"{head},{record(ask, one)},{tail}" for ask, one in zip(asks, told, strict=True) if isinstance(ask, Ask)
        ]
        if records:
            await self._recorded.ask(records)

    async def _decide(self, questions: list[Question]) -> list[tuple[str, Decision]]:
        load, decided = await self._in(self._rule_thread, self._ledger.decide, questions)
        return [(load, one) for one in decided]

    async def _record(self, records: list[str]) -> list[None]:
        await self._in(self._log_thread, self._log.append, records)
        if self._limits.durable == SECOND and not self._sync_due:
            self._sync_due = True
            asyncio.get_running_loop().call_later(1.0, self._sync)
        return [None] * len(records)

    def _sync(self) -> None:
        self._sync_due = False
        self._log_thread.submit(self._log.sync)

    async def _in(self, thread: ThreadPoolExecutor, act: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(thread, act, *arguments)


def _ends(told: Told, semantic: str) -> bool:
    permitted = isinstance(told, Answer) and told.decision
    return (semantic == FIRST_DENY and not permitted) or (semantic == FIRST_PERMIT and permitted)


def _evaluation(ask: Ask | Refusal, told: Told, load: str) -> str:
    if isinstance(ask, Refusal):
        return _json(refused(ask))
    if isinstance(told, Refusal):
        return _json(refused(told))
    return evaluation_text(told, ask.question.on, rule_version(), load)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
