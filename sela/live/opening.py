"""Opening a search: everything that was stored comes to life again, in this process."""

from __future__ import annotations

import asyncio

from sela.design.designer import Briefing
from sela.design.host import HostDesigner, HostDesk, HostState
from sela.design.llm.budget import Budget as Purse
from sela.errors import DesignerError, RequestError
from sela.evaluation.racing import NEVER, RacingRule
from sela.experiments.bench import Bench
from sela.experiments.experimenter import Experimenter
from sela.live.bell import Bell
from sela.live.budget import Budget
from sela.live.driver import LiveSearch
from sela.live.pool import InsightPool
from sela.live.problem import Problem, unpack
from sela.live.rollout import RolloutRunner
from sela.live.workshop import Mind, Workshop
from sela.search.search import Search
from sela.store.history import search_events
from sela.store.protocol import Store
from sela.store.records import SearchRecord

HOST_STATE = "host_state"
PLAYBOOK_INSIGHTS = 200
"""More than there are: all that apply."""


async def open_search(workshop: Workshop, record: SearchRecord) -> LiveSearch:
    """Claim a prepared search and bring it to where it stood.

    Raises StoreError when another living process runs it, RequestError when it is not prepared.
    """
    store = workshop.store
    if record.problem is None:
        raise RequestError(f"Search {record.id} is not prepared yet. Try again in a moment.")
    claim = store.claim(record.id, workshop.owner)
    store.lose_running(record.id)
    problem = await asyncio.to_thread(unpack, store.blob(record.problem.blobs["problem"]))
    search = _replayed(store, record)
    pool = InsightPool(record.id, store, search)
    bell = Bell()
    mind = _mind(workshop, record, bell)
    budget = _budget(workshop, record)
    runner = RolloutRunner(
        record.id,
        store=store,
        pool=pool,
        problem=problem,
        description=record.request.description,
        designer=mind.designer,
        experimenter=Experimenter(
            bench_of(workshop, record, problem),
            RacingRule() if record.request.racing else NEVER,
        ),
        provider=await workshop.open_provider(),
        budget=budget,
    )
    if not len(pool):
        await _seed(workshop, runner.briefing(), pool)
    return LiveSearch(
        record.id,
        search=search,
        pool=pool,
        runner=runner,
        mind=mind,
        store=store,
        budget=budget,
        claim=claim,
        bell=bell,
        workers=min(record.request.workers, workshop.max_workers),
    )


def bench_of(workshop: Workshop, record: SearchRecord, problem: Problem) -> Bench:
    """The rows, the folds, and what one fit may use."""
    return Bench(
        task=problem.task,
        frame=problem.frame,
        y=problem.target,
        splits=problem.splits,
        seed=record.request.seed,
        threads=workshop.threads,
        timeout_seconds=workshop.fit_timeout_seconds,
    )


async def _seed(workshop: Workshop, briefing: Briefing, pool: InsightPool) -> None:
    """The playbook's insights are in every pool: they need no key, and no call to be written."""
    try:
        proposal = await workshop.playbook.propose(briefing, count=PLAYBOOK_INSIGHTS)
    except DesignerError:
        return
    pool.take(proposal.insights)


def _mind(workshop: Workshop, record: SearchRecord, bell: Bell) -> Mind:
    """The designer of the search; with the host in it, its desk as it was last stored."""
    store = workshop.store
    spent = sum(r.call.cost_usd or 0.0 for r in store.calls(record.id))
    choice = workshop.designers.choose(record.designer, Purse(record.max_usd, spent))
    if not choice.is_host:
        return Mind(choice.designer, choice.names, choice.budget)
    states = [e.body["state"] for e in store.events(record.id) if e.kind == HOST_STATE]
    state = HostState.from_json(states[-1]) if states else HostState()
    desk = HostDesk(record.id, workshop.check_source, state)
    keep = _HostKeeper(store, record.id, state, bell)
    host = HostDesigner(desk, choice.designer, on_change=keep)
    return Mind(host, choice.names, choice.budget, host)


class _HostKeeper:
    """Stores the host's needs whenever they changed, and rings."""

    def __init__(self, store: Store, search_id: str, state: HostState, bell: Bell) -> None:
        self._store = store
        self._search_id = search_id
        self._kept = state
        self._bell = bell

    def __call__(self, state: HostState) -> None:
        if state != self._kept:
            self._store.add_event(self._search_id, HOST_STATE, {"state": state.to_json()})
            self._kept = state
            self._bell.ring()


def _budget(workshop: Workshop, record: SearchRecord) -> Budget:
    store = workshop.store
    return Budget(
        rollouts=record.rollouts,
        max_seconds=record.max_seconds,
        max_usd=record.max_usd,
        rollouts_done=sum(r.experiment is not None for r in store.rollouts(record.id)),
        seconds_used=record.wall_seconds,
        calls=tuple(r.call for r in store.calls(record.id)),
        clock=workshop.clock,
    )


def _replayed(store: Store, record: SearchRecord) -> Search:
    """The search as its events left it. What was running then is run again, under its number."""
    assert record.problem is not None
    greater_is_better = record.problem.task.greater_is_better
    search = Search(record.strategy, record.request.seed, greater_is_better)
    search.replay(search_events(store.events(record.id)))
    return search
