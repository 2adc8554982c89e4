"""A search that lives: its workers, what they may still spend, and who waits for them.

Workers are tasks of the event loop; the slow part of a rollout is in the sandbox. Each asks the
search for a path, has it tried, tells the search, and goes on while the budget and the allowance
(the rollouts that somebody asked for) last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sela.design.designer import Designer
from sela.errors import DesignerError
from sela.experiments.experiment import Experiment
from sela.live.answers import RolloutAnswer
from sela.live.budget import Budget
from sela.live.pool import InsightPool
from sela.live.rollout import RolloutRunner
from sela.search.search import Ask, Search
from sela.store.protocol import Store

log = logging.getLogger(__name__)

PROPOSE_EVERY = 10
"""Rollouts between two looks for new insights by a designer that is not the playbook."""
PROPOSE_COUNT = 8

Watcher = Callable[[RolloutAnswer], None]


class LiveSearch:
    """One search in this process. Built by `live.open`; everything it decides is in the store."""

    def __init__(
        self,
        search_id: str,
        *,
        search: Search,
        pool: InsightPool,
        runner: RolloutRunner,
        designer: Designer,
        store: Store,
        budget: Budget,
        workers: int,
    ) -> None:
        self.id = search_id
        self.search = search
        self.pool = pool
        self.budget = budget
        self.allowance = 0
        self.is_paused = False
        self.watchers: list[Watcher] = []
        self._runner = runner
        self._designer = designer
        self._store = store
        self._workers = workers
        self._tasks: set[asyncio.Task[None]] = set()
        self._proposer: asyncio.Task[None] | None = None
        self._last_proposal = 0
        self._changed = asyncio.Event()
        self._fault: BaseException | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a rollout runs."""
        return bool(self._tasks)

    def grant(self, rollouts: int) -> None:
        """Allow `rollouts` more to start, as far as the budget goes, and wake the workers."""
        self.allowance = min(self.allowance + rollouts, self.budget.rollouts_left)
        self._spawn()

    async def wait_for_change(self, seconds: float) -> bool:
        """Until a rollout ends or a need opens, at most `seconds`; False when none did."""
        if self._fault is not None:
            raise self._fault
        changed = self._changed
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            return False
        if self._fault is not None:
            raise self._fault
        return True

    def notify(self) -> None:
        """Wake everybody who waits."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def halt(self) -> None:
        """Stop the workers now; what ran is lost and will be tried again."""
        self.allowance = 0
        tasks = [*self._tasks, *([self._proposer] if self._proposer else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _spawn(self) -> None:
        free = min(self._workers - len(self._tasks), self.allowance)
        for _ in range(max(free, 0)):
            task = asyncio.create_task(self._work(), name=f"sela-{self.id}")
            self._tasks.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("search %s: a worker failed", self.id, exc_info=fault)
            self._fault = fault
        self.notify()

    async def _work(self) -> None:
        while (ask := await self._next()) is not None:
            await self._rollout(ask)

    async def _next(self) -> Ask | None:
        """The next path to try, or None when nothing may or can be tried."""
        if self.is_paused or self.allowance <= 0 or self.budget.ended is not None:
            return None
        self._maybe_propose()
        ask = self.search.ask()
        if ask is None and self._proposer is not None:
            await asyncio.wait({self._proposer})
            ask = self.search.ask()
        if ask is None:
            self.allowance = 0
            self.budget.exhaust("Every combination of the insights at hand has been tried.")
            return None
        self.allowance -= 1
        self.budget.rollouts_running += 1
        return ask

    async def _rollout(self, ask: Ask) -> None:
        is_baseline = ask.rollout == 1
        try:
            async with asyncio.timeout(None if is_baseline else self.budget.seconds_left):
                answer = await self._runner.run(ask)
        except TimeoutError:
            self.search.abandon(ask.rollout)
            self.budget.exhaust("The time of this search is used up.")
            return
        except asyncio.CancelledError:
            self.search.abandon(ask.rollout)
            raise
        finally:
            self.budget.rollouts_running -= 1
        self._tell(ask, answer.experiment)
        for watch in self.watchers:
            watch(answer)
        self.notify()

    def _tell(self, ask: Ask, experiment: Experiment) -> None:
        score = experiment.score if experiment.is_searchable else None
        self.search.tell(ask.rollout, score, experiment.compute_seconds)
        self.budget.rollouts_done += 1

    def _maybe_propose(self) -> None:
        """Look for new insights beside the running work, when it is time for some."""
        done = self.budget.rollouts_done
        is_first = self._last_proposal == 0 and done >= 1
        is_due = self._last_proposal > 0 and done - self._last_proposal >= PROPOSE_EVERY
        if self._designer.name == "playbook" or self._proposer or not (is_first or is_due):
            return
        self._last_proposal = max(done, 1)
        self._proposer = asyncio.create_task(self._propose(), name=f"sela-{self.id}-proposer")
        self._proposer.add_done_callback(self._proposed)

    async def _propose(self) -> None:
        try:
            proposal = await self._designer.propose(
                self._runner.briefing(), count=PROPOSE_COUNT, stages=None
            )
        except DesignerError as error:
            self._store.add_event(self.id, "designer_trouble", {"reason": str(error)})
            return
        for call in proposal.calls:
            self.budget.charge(call)
            self._store.add_call(self.id, None, call)
        self.pool.add(proposal.insights)

    def _proposed(self, task: asyncio.Task[None]) -> None:
        self._proposer = None
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("search %s: proposing failed", self.id, exc_info=fault)
        self.notify()
