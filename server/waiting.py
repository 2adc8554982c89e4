"""Bounded waits: a call comes back in time, the work goes on, and progress is told meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
Report = Callable[[float, float | None, str | None], Awaitable[None]]
"""Takes the progress, its total, and a sentence; does nothing when the client wants none."""

TICK_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0
MOST_KEPT = 64


class Pulse:
    """Tells a client how a wait goes on: at each news, and at least every few seconds.

    Progress is the seconds waited, so it always rises.
    """

    def __init__(self, report: Report, seconds: float) -> None:
        self._report = report
        self._seconds = seconds
        self._news: str | None = None

    def say(self, sentence: str) -> None:
        """Tell this at the next tick."""
        self._news = sentence

    async def until(self, task: asyncio.Task[Any], seconds: float) -> bool:
        """Wait for the task, at most so long; whether it is done. Never cancels it."""
        clock = asyncio.get_running_loop().time
        start = told = clock()
        while not task.done() and (left := start + seconds - clock()) > 0:
            await asyncio.wait({task}, timeout=min(TICK_SECONDS, left))
            if not task.done() and (self._news or clock() - told >= HEARTBEAT_SECONDS):
                told = clock()
                await self._report(round(told - start, 3), self._seconds, self._news)
                self._news = None
        return task.done()


class Background:
    """Slow work by key: started once, asked for again with the same key until it is done."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}

    async def result(
        self,
        key: Hashable,
        work: Callable[[], Coroutine[Any, Any, T]],
        seconds: float,
        pulse: Pulse,
    ) -> T | None:
        """The result of the work under `key`, or None when it needs longer than `seconds`."""
        task: asyncio.Task[T] | None = self._tasks.get(key)
        if task is None:
            self._forget_old()
            task = self._tasks[key] = asyncio.get_running_loop().create_task(work())
        if not await pulse.until(task, seconds):
            return None
        self._tasks.pop(key, None)
        return task.result()

    def _forget_old(self) -> None:
        ended = [key for key, task in self._tasks.items() if task.done()]
        for key in ended[: max(len(self._tasks) - MOST_KEPT, 0)]:
            del self._tasks[key]


async def bounded(work: Coroutine[Any, Any, T], seconds: float, pulse: Pulse) -> T | None:
    """The result of a wait that may be given up at any time, or None when it took too long."""
    task = asyncio.get_running_loop().create_task(work)
    try:
        return task.result() if await pulse.until(task, seconds) else None
    finally:
        task.cancel()
