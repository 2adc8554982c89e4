"""Stepping: let rollouts run, and wait for them no longer than asked; the work goes on anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sela.live.answers import RolloutAnswer
from sela.live.driver import LiveSearch
from sela.store.protocol import Store

Heard = Callable[[RolloutAnswer], None]


async def advance(
    live: LiveSearch, rollouts: int, seconds: float | None, heard: Heard = lambda _: None
) -> tuple[RolloutAnswer, ...]:
    """Have `rollouts` under way, and wait until as many ended, the host is needed, or time is up.

    Safe to repeat: rollouts under way count. Gives what ended since anybody was last told.
    """
    told: list[RolloutAnswer] = []

    def watch(answer: RolloutAnswer) -> None:
        told.append(answer)
        heard(answer)

    live.watchers.append(watch)
    try:
        live.ensure(rollouts)
        await _wait(live, lambda: len(told) >= rollouts, seconds)
    finally:
        live.watchers.remove(watch)
    # A proposer that the last rollout started puts its need on the desk when it first runs.
    await asyncio.sleep(0)
    return live.take_untold()


async def run_out(live: LiveSearch, heard: Heard = lambda _: None) -> None:
    """Run until the budget ends, the search is paused or stopped, or nothing is left to try."""
    live.watchers.append(heard)
    if live.mind.host is not None:
        live.mind.host.is_attended = False
    try:
        live.ensure(live.budget.rollouts_left)
        while live.is_busy:
            await live.wait_for_change(None)
    finally:
        live.watchers.remove(heard)


def settle(live: LiveSearch, store: Store) -> None:
    """Tell the store that a search has ended, when its budget has and nothing runs."""
    ended = live.budget.ended
    record = store.search(live.id)
    if ended is not None and not live.is_busy and record.state not in ("finished", "stopped"):
        store.set_state(live.id, "finished", ended)


async def _wait(live: LiveSearch, is_done: Callable[[], bool], seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            while live.is_busy and not is_done() and not live.is_waiting_for_host:
                await live.wait_for_change(None)
    except TimeoutError:
        return
