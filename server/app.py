"""The composition root: the one place where concrete sandboxes, models and stores are chosen."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING

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


class LazyEngine:
    """Builds the engine at its first use, so that a server answers its first message at once."""

    def __init__(self, settings: Settings, build: BuildEngine = build_engine) -> None:
        self._settings = settings
        self._build = build
        self._engine: Engine | None = None
        self._lock = asyncio.Lock()

    async def warm(self) -> None:
        """Import what the engine stands on, without building one."""
        await asyncio.to_thread(importlib.import_module, "sela.engine")

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
