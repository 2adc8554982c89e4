"""Looking for new insights beside the running work: at the start, and again from time to time."""

from __future__ import annotations

import asyncio
import logging

from sela.design.insight import Stage
from sela.errors import BudgetError, DesignerError
from sela.live.bell import Bell
from sela.live.budget import Budget
from sela.live.pool import InsightPool
from sela.live.rollout import RolloutRunner
from sela.live.workshop import Mind
from sela.store.protocol import Store

log = logging.getLogger(__name__)

LOOKED = "insights_looked_for"
EVERY_ROLLOUTS = 10
FIRST_COUNT = 12
LATER_COUNT = 5


class Proposer:
    """Asks the designer of one search for insights, one call at a time.

    The playbook alone is never asked: all of it is in the pool from the start.
    """

    def __init__(
        self,
        search_id: str,
        mind: Mind,
        runner: RolloutRunner,
        pool: InsightPool,
        budget: Budget,
        store: Store,
        bell: Bell,
    ) -> None:
        self._search_id = search_id
        self._mind = mind
        self._runner = runner
        self._pool = pool
        self._budget = budget
        self._store = store
        self._bell = bell
        self._task: asyncio.Task[None] | None = None
        self._looked_at: int | None = _last_look(store, search_id)

    @property
    def tasks(self) -> tuple[asyncio.Task[None], ...]:
        """The call under way, if there is one."""
        return () if self._task is None else (self._task,)

    def look(self, rollouts_done: int) -> None:
        """Start a call when it is time for one: after the baseline, then every ten rollouts."""
        if self._mind.names == ("playbook",) or self._task is not None or rollouts_done < 1:
            return
        if self._looked_at is not None and rollouts_done - self._looked_at < EVERY_ROLLOUTS:
            return
        count = FIRST_COUNT if self._looked_at is None else LATER_COUNT
        self._looked_at = rollouts_done
        self._task = asyncio.create_task(self._propose(count, rollouts_done))
        self._task.add_done_callback(self._ended)

    async def finish(self) -> None:
        """Wait for the call under way; nothing when there is none."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def propose(self, count: int, stage: Stage | None = None) -> tuple[str, ...]:
        """Ask now; returns the ids of what came in. DesignerError when the designer cannot."""
        stages: dict[Stage, int] | None = None if stage is None else {stage: count}
        try:
            proposal = await self._mind.designer.propose(
                self._runner.briefing(), count=count, stages=stages
            )
        except DesignerError as error:
            self._runner.writer.charge(error.calls)
            raise
        self._runner.writer.charge(proposal.calls)
        admitted = self._pool.add(proposal.insights, columns=self._runner.columns)
        return tuple(insight.id for insight in admitted.insights)

    async def _propose(self, count: int, rollouts_done: int) -> None:
        told: dict[str, object] = {"rollouts_done": rollouts_done}
        try:
            told["insights"] = list(await self.propose(count))
        except (DesignerError, BudgetError) as error:
            is_out_of_ideas = isinstance(error, DesignerError) and error.reason == "nothing_new"
            told["nothing_new" if is_out_of_ideas else "trouble"] = str(error)
        self._store.add_event(self._search_id, LOOKED, told)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("search %s: proposing failed", self._search_id, exc_info=fault)
        self._bell.ring()


def _last_look(store: Store, search_id: str) -> int | None:
    looks = [e.body["rollouts_done"] for e in store.events(search_id) if e.kind == LOOKED]
    return looks[-1] if looks else None
