"""The concrete parts of an engine: store, sandboxes, designers. Part of the composition root."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import sela.harness
from sandboxes.base import Limits, SandboxError
from sandboxes.choose import choose_isolation, open_pool
from sandboxes.isolation.isolation import Isolation
from sandboxes.pool import KernelPool
from sela.design.choose import Designers
from sela.design.playbook.designer import Playbook
from sela.design.stages import check_source
from sela.errors import SandboxUnavailableError
from sela.live.workshop import Workshop
from sela.store.owner import this_process
from sela.store.sql import open_store
from server.designer_settings import designer_settings
from server.settings import Settings

PRELOAD = (
    "numpy",
    "pandas",
    "pyarrow",
    "scipy.stats",
    "sklearn.calibration",
    "sklearn.cluster",
    "sklearn.compose",
    "sklearn.decomposition",
    "sklearn.ensemble",
    "sklearn.feature_selection",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "sklearn.neighbors",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "sklearn.svm",
    "lightgbm",
    "sela.harness.fold",
    "sela.harness.refit",
    "sela.harness.predict",
    "sela.harness.explore",
)
"""Imported once by each kernel, so that no fit waits for them."""
_FINDING = threading.Lock()


def build_workshop(settings: Settings) -> Workshop:
    """Everything that an engine works with; the sandboxes are chosen and opened by first use."""
    store = open_store(settings.home, url=settings.database_url)
    designers = Designers(designer_settings(settings.environment), Playbook)
    sandboxes = _Sandboxes(settings)

    async def close() -> None:
        await sandboxes.close()
        await designers.close()
        store.close()

    return Workshop(
        store=store,
        open_provider=sandboxes.open,
        close=close,
        designers=designers,
        playbook=Playbook(),
        check_source=check_source,
        owner=this_process(),
        clock=time.monotonic,
        max_workers=settings.max_workers,
        threads=settings.threads,
    )


def find_wall(settings: Settings) -> Isolation:
    """The strongest wall here; SandboxUnavailableError with advice when none is strong enough.

    The first time on a machine it is attacked, which takes seconds; then the result is on disk.
    """
    with _FINDING:
        try:
            return choose_isolation(settings.is_unsafe, settings.home / "cache")
        except SandboxError as error:
            raise SandboxUnavailableError(f"{error} See: sela doctor") from error


class _Sandboxes:
    """The one pool of this process, opened when the first search needs it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: KernelPool | None = None
        self._lock = asyncio.Lock()

    async def open(self) -> KernelPool:
        """The pool; SandboxUnavailableError when no wall here is strong enough."""
        async with self._lock:
            if self._pool is None:
                self._pool = await asyncio.to_thread(self._make)
                self._pool.warm()
            return self._pool

    async def close(self) -> None:
        """End every kernel."""
        if self._pool is not None:
            await self._pool.close()

    def _make(self) -> KernelPool:
        settings = self._settings
        harness = Path(sela.harness.__file__).parent
        return open_pool(
            find_wall(settings),
            settings.home / "sandboxes",
            limits=Limits(memory_bytes=settings.memory_bytes, threads=settings.threads),
            size=settings.max_workers,
            packages={"sela.harness": harness},
            preload=PRELOAD,
        )
