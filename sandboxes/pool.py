"""A warm pool of kernels: a lease finds one ready, a used-up one is replaced in the background."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from sandboxes.base import Sandbox, SandboxError

SPARE = 1
"""Kernels beyond the workers, so that the loss of one makes nobody wait."""
STARTS_AT_ONCE = 2

_log = logging.getLogger(__name__)


class PooledSandbox(Sandbox, Protocol):
    """A sandbox that knows whether it may serve again."""

    is_clean: bool


class KernelPool:
    """A `SandboxProvider`: at most `size` leases at once.

    Kernels start with the first lease, or with `warm`. A kernel that ran a cell, or whose jobs
    are not walled from each other, serves once.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[PooledSandbox]],
        finish: Callable[[], Awaitable[None]],
        *,
        size: int,
        spare: int = SPARE,
        tier: str,
    ) -> None:
        self._start = start
        self._finish = finish
        self._wanted = size + spare
        self._tier = tier
        self._ready: asyncio.LifoQueue[PooledSandbox | Exception] = asyncio.LifoQueue()
        self._leases = asyncio.Semaphore(size)
        self._starts = asyncio.Semaphore(STARTS_AT_ONCE)
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._living: set[PooledSandbox] = set()
        self._waiting = 0
        self._closed = False

    @property
    def tier(self) -> str:
        return self._tier

    @property
    def is_warm(self) -> bool:
        """Whether no kernel is missing or starting."""
        return not self._starting and len(self._living) >= self._wanted

    def warm(self) -> None:
        """Start kernels up to the pool's size in the background; returns at once."""
        while not self._closed and len(self._living) + len(self._starting) < self._wanted:
            task = asyncio.create_task(self._add())
            self._starting.add(task)

    @asynccontextmanager
    async def lease(self) -> AsyncGenerator[Sandbox]:
        """A ready kernel; SandboxError when none can be started."""
        if self._closed:
            raise SandboxError("This pool of sandboxes is closed.")
        async with self._leases:
            kernel = await self._next()
            try:
                yield kernel
            finally:
                self._give_back(kernel)

    async def close(self) -> None:
        """End every kernel, also the leased ones, and remove the pool's folder. Idempotent."""
        if self._closed:
            return
        self._closed = True
        starting = list(self._starting)
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        await asyncio.gather(*(kernel.close() for kernel in list(self._living)))
        self._living.clear()
        await asyncio.gather(*self._ending)
        await self._finish()

    async def _next(self) -> PooledSandbox:
        while True:
            self.warm()
            self._waiting += 1
            try:
                found = await self._ready.get()
            finally:
                self._waiting -= 1
            if isinstance(found, Exception):
                raise found
            if found.is_alive:
                return found
            self._retire(found)

    def _give_back(self, kernel: PooledSandbox) -> None:
        if kernel.is_alive and kernel.is_clean and not self._closed:
            self._ready.put_nowait(kernel)
        else:
            self._retire(kernel)

    def _retire(self, kernel: PooledSandbox) -> None:
        """Close it in the background, so that no cancelled lease leaves it half closed."""
        self._living.discard(kernel)
        task = asyncio.create_task(kernel.close())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        if not self._closed:
            self.warm()

    async def _add(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            async with self._starts:
                kernel = await self._start()
        except Exception as error:
            # Whoever waits is told; when nobody does, the next lease tries again.
            _log.warning("A kernel did not start: %s", error)
            if self._waiting:
                self._ready.put_nowait(error)
        else:
            self._living.add(kernel)
            self._ready.put_nowait(kernel)
        finally:
            self._starting.discard(task)
