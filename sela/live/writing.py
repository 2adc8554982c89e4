"""The code of a path: written where it is missing, mended where it failed, and kept."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence

from sandboxes.base import RaisedError
from sela.design.designer import Briefing, Call, CodeRequest, Designer
from sela.design.insight import Insight
from sela.errors import BudgetError, DesignerError, SelaError
from sela.experiments.experiment import Failure
from sela.live.budget import Budget
from sela.live.pool import InsightPool
from sela.store.protocol import Store

UNWRITTEN = "insight_unwritten"


class UnwrittenError(SelaError):
    """Nobody could write an insight's code now; it is put aside, and the reason is on record."""


class Writer:
    """Asks the designer of one search for code, once for each insight and once for each repair."""

    def __init__(
        self,
        search_id: str,
        store: Store,
        pool: InsightPool,
        designer: Designer,
        budget: Budget,
        briefing: Callable[[], Briefing],
    ) -> None:
        self._search_id = search_id
        self._store = store
        self._pool = pool
        self._designer = designer
        self._budget = budget
        self._briefing = briefing
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def write(self, path: Sequence[Insight], notes: list[str]) -> tuple[Insight, ...]:
        """The path with the code of every stage; UnwrittenError when one cannot be had."""
        done: list[Insight] = []
        for insight in path:
            async with self._locks[insight.id]:
                known = self._pool.insight(insight.id)
                if known.code is None:
                    known = await self._first_code(known, done, notes)
            done.append(known)
        return tuple(done)

    async def mend(
        self, path: Sequence[Insight], broken: Insight, failure: Failure, notes: list[str]
    ) -> tuple[Insight, ...] | None:
        """The path with another code for the broken insight; None when nobody has one."""
        error = RaisedError(failure.outcome, failure.message, failure.traceback)
        before = tuple(i for i in path if i is not broken)
        request = CodeRequest(broken, before, previous_code=broken.code, error=error)
        try:
            async with self._locks[broken.id]:
                mended = await self._ask(request, notes)
        except (DesignerError, BudgetError) as trouble:
            notes.append(f"not mended: {trouble}")
            return None
        notes.append(f"{broken.id} mended after: {failure.message[:120]}")
        return tuple(mended if i is broken else i for i in path)

    def charge(self, calls: Sequence[Call]) -> None:
        """Count model calls, whatever came of them."""
        for call in calls:
            self._budget.charge(call)
            self._store.add_call(self._search_id, call)

    async def _first_code(
        self, insight: Insight, before: Sequence[Insight], notes: list[str]
    ) -> Insight:
        try:
            return await self._ask(CodeRequest(insight, tuple(before)), notes)
        except (DesignerError, BudgetError) as trouble:
            body = {"insight_id": insight.id, "text": insight.text, "reason": str(trouble)}
            self._store.add_event(self._search_id, UNWRITTEN, body)
            self._pool.forbid(insight.id)
            raise UnwrittenError(str(trouble)) from trouble

    async def _ask(self, request: CodeRequest, notes: list[str]) -> Insight:
        try:
            written = await self._designer.write(self._briefing(), request)
        except DesignerError as error:
            self.charge(error.calls)
            raise
        self.charge(written.calls)
        notes.extend(written.notes)
        return self._pool.keep_code(request.insight, written)
