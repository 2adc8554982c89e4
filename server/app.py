"""The composition root: the one place where concrete sandboxes, models and stores are chosen."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from sela.errors import SelaError
from server.settings import Settings

if TYPE_CHECKING:
    from sela.engine import Engine

BuildEngine = Callable[[Settings], "Engine"]


def build_engine(settings: Settings) -> Engine:
    """An engine for this machine and these settings. Opens nothing that `close` would not end.

    Imported here, since a server answers its first message before it needs any of it.
    """
    from sela.engine import Engine
    from server.workshop import build_workshop

    return Engine(build_workshop(settings))


def _prepare(settings: Settings) -> None:
    from server.workshop import find_wall

    # A machine without a wall is told to the first call that needs one.
    with contextlib.suppress(SelaError):
        find_wall(settings)


class LazyEngine:
    """Builds the engine at its first use, so that a server answers its first message at once."""

    def __init__(self, settings: Settings, build: BuildEngine = build_engine) -> None:
        self._settings = settings
        self._build = build
        self._engine: Engine | None = None
        self._lock = asyncio.Lock()

    async def warm(self) -> None:
        """Do what the first tool call would wait for: imports, and the sandbox's self-test."""
        await asyncio.to_thread(_prepare, self._settings)

    async def open(self) -> Engine:
        """The one engine of this process. Built off the event loop: its imports take seconds."""
        async with self._lock:
            if self._engine is None:
                self._engine = await asyncio.to_thread(self._build, self._settings)
            return self._engine

    async def close(self) -> None:
        """Close the engine if it was ever built."""
        if self._engine is not None:
            await self._engine.close()
