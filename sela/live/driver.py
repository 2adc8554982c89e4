"""A search that lives: its workers, what they may still spend, and who waits for them.

Workers are tasks of the event loop; the slow part of a rollout is in the sandbox. Each asks the
search for a path, has it tried, tells the search, and goes on while the budget and the allowance
(the rollouts that somebody asked for) last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sela.errors import SelaError
from sela.live.answers import RolloutAnswer
from sela.live.bell import Bell
from sela.live.budget import Budget
from sela.live.pool import InsightPool
from sela.live.proposing import Proposer
from sela.live.rollout import RolloutRunner
from sela.live.workshop import Mind
from sela.live.writing import UnwrittenError
from sela.search.search import Ask, Search
from sela.store.history import reward_score
from sela.store.protocol import Store
from sela.store.records import Claim

log = logging.getLogger(__name__)

Watcher = Callable[[RolloutAnswer], None]


class LiveSearch:
    """One search in this process, made by `open_search`. All that it decides is in the store."""

    def __init__(
        self,
        search_id: str,
        *,
        search: Search,
        pool: InsightPool,
        runner: RolloutRunner,
        mind: Mind,
        store: Store,
        budget: Budget,
        claim: Claim,
        bell: Bell,
        workers: int,
    ) -> None:
        self.id = search_id
        self.search = search
        self.pool = pool
        self.runner = runner
        self.mind = mind
        self.budget = budget
        self.claim = claim
        self.allowance = 0
        self.is_paused = False
        self.watchers: list[Watcher] = []
        self.proposer = Proposer(search_id, mind, runner, pool, budget, store, bell)
        self._store = store
        self._workers = workers
        self._again = list(search.running())
        self._tasks: set[asyncio.Task[None]] = set()
        self._bell = bell
        self._untold: list[RolloutAnswer] = []
        self._fault: BaseException | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a worker is at work."""
        return self._busy_workers > 0

    @property
    def _busy_workers(self) -> int:
        """A worker that has just ended is still among the tasks until its callback ran."""
        return sum(not task.done() for task in self._tasks)

    @property
    def is_waiting_for_host(self) -> bool:
        """Whether the host has been asked for something."""
        return self.mind.host is not None and self.mind.host.is_waiting

    def ensure(self, rollouts: int) -> None:
        """Have at least `rollouts` under way or about to be, as far as the budget goes."""
        wanted = min(rollouts - self.budget.rollouts_running, self.budget.rollouts_left)
        self.allowance = max(self.allowance, wanted)
        if self.is_paused or self.budget.ended is not None:
            return
        for _ in range(min(self._workers - self._busy_workers, self.allowance)):
            self.budget.start_clock()
            task = asyncio.create_task(self._work(), name=f"sela-{self.id}")
            self._tasks.add(task)
            task.add_done_callback(self._worker_ended)

    def take_untold(self) -> tuple[RolloutAnswer, ...]:
        """The rollouts that ended since this was last asked."""
        told, self._untold = tuple(self._untold), []
        return told

    def reopen(self) -> None:
        """There are new insights: an end for lack of anything to try is none any more."""
        self.budget.extend(rollouts=None, max_seconds=None, max_usd=None)

    async def wait_for_change(self, seconds: float | None) -> bool:
        """Until a rollout ends or a need opens, at most `seconds`; False when neither did.

        Raises what made a worker fail, once.
        """
        rang = self._fault is not None or await self._bell.wait(seconds)
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        return rang

    async def halt(self) -> None:
        """Stop the workers now. What ran is tried again when the search goes on."""
        self.allowance = 0
        tasks = [*self._tasks, *self.proposer.tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _worker_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("search %s: a worker failed", self.id, exc_info=fault)
            self._fault = fault
            self.allowance = 0
        if not self._tasks:
            self._store.add_seconds(self.id, self.budget.stop_clock())
        self._bell.ring()

    async def _work(self) -> None:
        while (ask := await self._next()) is not None:
            await self._rollout(ask)

    async def _next(self) -> Ask | None:
        """The next path to try, or None when nothing may or can be tried."""
        if self.is_paused or self.allowance <= 0 or self.budget.ended is not None:
            return None
        ask = self._again.pop(0) if self._again else self.search.ask()
        if ask is None:
            await self.proposer.finish()
            ask = self.search.ask()
        if ask is None:
            self.allowance = 0
            if self.budget.rollouts_running == 0:
                self.budget.exhaust("Every combination of the insights at hand has been tried.")
            return None
        self.allowance -= 1
        self.budget.rollouts_running += 1
        return ask

    async def _rollout(self, ask: Ask) -> None:
        """Run one; the baseline is let finish whatever the time, so that there is an answer."""
        limit = None if ask.rollout == 1 else self.budget.seconds_left
        try:
            async with asyncio.timeout(limit):
                answer = await self.runner.run(ask)
        except TimeoutError:
            self.search.abandon(ask.rollout)
            self._store.abandon_rollout(self.id, ask.rollout)
            self.budget.exhaust(f"The {self.budget.max_seconds:g} seconds are used up.")
            return
        except UnwrittenError:
            self.search.abandon(ask.rollout)
            self._store.abandon_rollout(self.id, ask.rollout)
            self.allowance += 1
            return
        except SelaError:
            self._again.append(ask)
            raise
        finally:
            self.budget.rollouts_running -= 1
        experiment = answer.experiment
        self.search.tell(ask.rollout, reward_score(experiment), experiment.compute_seconds)
        self.budget.rollouts_done += 1
        self.proposer.look(self.budget.rollouts_done)
        self._untold.append(answer)
        for watch in tuple(self.watchers):
            watch(answer)
        self._bell.ring()
