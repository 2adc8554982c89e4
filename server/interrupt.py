"""Ctrl-C and SIGTERM as a wish to stop, answered in order instead of in pieces."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

from sela.errors import SelaError

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class InterruptedSearchError(SelaError):
    """The user stopped a running search; it can be resumed."""


async def until_interrupted(work: Coroutine[Any, Any, T]) -> T | None:
    """The result of the work, or None when a signal came first; the work is cancelled then."""
    loop = asyncio.get_running_loop()
    task, stop = loop.create_task(work), asyncio.Event()
    with contextlib.suppress(NotImplementedError):
        for number in SIGNALS:
            loop.add_signal_handler(number, stop.set)
    waiter = loop.create_task(stop.wait())
    try:
        await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return None
    finally:
        waiter.cancel()
        with contextlib.suppress(NotImplementedError):
            for number in SIGNALS:
                loop.remove_signal_handler(number)
