"""The searches of this process: prepared, opened once each, and closed together."""

from __future__ import annotations

import asyncio
import logging

from sela.design.llm.budget import Budget as Purse
from sela.errors import RequestError, SelaError
from sela.live.driver import LiveSearch
from sela.live.opening import open_search
from sela.live.problem import Problem, pack, prepare
from sela.live.request import SearchRequest
from sela.live.workshop import Workshop
from sela.store.records import Problem as ProblemRecord
from sela.store.records import SearchRecord

log = logging.getLogger(__name__)

QUICK_SECONDS = 5.0
"""How long a start waits for the preparation, so that most mistakes are told at once."""
RENEW_SECONDS = 15.0


class Searches:
    """What lives here. Every method raises NotFoundError for an unknown id."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._store = workshop.store
        self._live: dict[str, LiveSearch] = {}
        self._preparing: dict[str, asyncio.Task[None]] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._renewer: asyncio.Task[None] | None = None

    async def create(self, request: SearchRequest) -> SearchRecord:
        """A new search, being prepared; a mistake that shows at once is raised instead.

        The same request_key gives the same search.
        """
        known = request.request_key and self._store.search_by_request_key(request.request_key)
        work = None
        if not known:
            work = asyncio.create_task(asyncio.to_thread(prepare, request))
            await asyncio.wait({work}, timeout=QUICK_SECONDS)
            if work.done():
                work.result()
        choice = self._workshop.designers.choose(request.designer, Purse(request.max_usd))
        provider = await self._workshop.open_provider()
        record = self._store.create_search(
            request,
            designer=",".join(choice.names),
            strategy=request.strategy,
            sandbox_tier=provider.tier,
        )
        if work is not None:
            self._preparing[record.id] = asyncio.create_task(self._settle(record.id, work))
            if work.done():
                await asyncio.wait({self._preparing[record.id]}, timeout=QUICK_SECONDS)
        return self._store.search(record.id)

    def live(self, search_id: str) -> LiveSearch | None:
        """The search, if it lives in this process."""
        return self._live.get(search_id)

    def is_preparing(self, search_id: str) -> bool:
        """Whether its table is still being read and audited here."""
        return search_id in self._preparing

    async def wait_until_prepared(self, search_id: str, seconds: float | None) -> bool:
        """Until the problem is there, at most `seconds`; False when it is not yet.

        Raises RequestError with the reason when it could not be prepared.
        """
        record = self._store.search(search_id)
        if record.problem is None and record.state != "failed":
            if search_id not in self._preparing:
                work = asyncio.create_task(asyncio.to_thread(prepare, record.request))
                self._preparing[search_id] = asyncio.create_task(self._settle(search_id, work))
            await asyncio.wait({self._preparing[search_id]}, timeout=seconds)
            record = self._store.search(search_id)
        if record.state == "failed":
            raise RequestError(f"Search {search_id} could not be prepared: {record.message}")
        return record.problem is not None

    async def open(self, search_id: str) -> LiveSearch:
        """The living search, brought back from the store when it does not live here yet."""
        async with self._locks.setdefault(search_id, asyncio.Lock()):
            if search_id not in self._live:
                record = self._store.search(search_id)
                self._live[search_id] = await open_search(self._workshop, record)
                self._renewer = self._renewer or asyncio.create_task(self._renew())
        return self._live[search_id]

    async def close(self) -> None:
        """Stop all work; what ran is tried again when its search goes on."""
        tasks = [*self._preparing.values(), *([self._renewer] if self._renewer else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for live in self._live.values():
            await live.halt()
            self._store.release(live.claim)
        self._live.clear()

    async def _settle(self, search_id: str, work: asyncio.Task[Problem]) -> None:
        """Store what the preparation found, or why there is nothing."""
        try:
            problem = await work
            blob = await asyncio.to_thread(lambda: self._store.put_blob(pack(problem)))
            self._store.set_problem(search_id, _record_of(problem, blob))
            self._store.set_state(search_id, "idle")
        except SelaError as error:
            self._store.set_state(search_id, "failed", str(error))
        finally:
            self._preparing.pop(search_id, None)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            for live in tuple(self._live.values()):
                try:
                    live.claim = self._store.renew(live.claim)
                except SelaError:
                    log.exception("search %s was taken over by another process", live.id)
                    self._live.pop(live.id, None)
                    await live.halt()


def _record_of(problem: Problem, blob: str) -> ProblemRecord:
    return ProblemRecord(
        task=problem.task,
        findings=problem.findings,
        folds=problem.splits.reason,
        blobs={"problem": blob},
        notes=problem.notes,
    )
