"""Open a pool of kernels behind a wall."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandboxes.base import Limits
from sandboxes.folders import PoolFolder
from sandboxes.fonts import provide_fonts
from sandboxes.isolation.isolation import Isolation, Program
from sandboxes.kernel import KernelSandbox, open_kernel
from sandboxes.library import build_library
from sandboxes.pool import KernelPool
from sandboxes.watchdog import Watchdog


def open_pool(
    isolation: Isolation,
    scratch: Path,
    *,
    limits: Limits | None = None,
    size: int = 1,
    spare: int = 1,
    packages: Mapping[str, Path] | None = None,
    preload: Sequence[str] = (),
) -> KernelPool:
    """A pool of `size` kernels and `spare` more; folders of dead servers in `scratch` are removed.

    `packages` maps a dotted name to the folder of a pure-Python package that code inside may
    import by that name; `preload` are modules imported before the first job. No kernel starts
    yet: the first lease, or `warm` inside a running loop, does it.
    """
    limits = limits or Limits()
    folder = PoolFolder(scratch)
    lib = build_library(folder.path / "lib", packages or {})
    program = Program(sys.executable, lib, tuple(preload), limits)

    watchdog = Watchdog()
    fonts: asyncio.Task[None] | None = None

    async def start() -> KernelSandbox:
        nonlocal fonts
        if fonts is None:
            fonts = asyncio.create_task(provide_fonts(scratch, lib))
        return await open_kernel(isolation, program, folder.path, watchdog)

    async def finish() -> None:
        if fonts is not None:
            fonts.cancel()
            await asyncio.gather(fonts, return_exceptions=True)
        await asyncio.to_thread(watchdog.stop)
        await asyncio.to_thread(folder.remove)

    return KernelPool(start, finish, size=size, spare=spare, tier=isolation.tier)
