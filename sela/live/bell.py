"""A bell: whoever waits is woken each time something happens, and nobody misses the next time."""

from __future__ import annotations

import asyncio


class Bell:
    """Rung by whatever changes; heard by everybody who waits at that moment."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, seconds: float | None) -> bool:
        """Until it rings, at most `seconds`; False when it did not."""
        ring = self._next
        try:
            async with asyncio.timeout(seconds):
                await ring.wait()
        except TimeoutError:
            return False
        return True
