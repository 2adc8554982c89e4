"""One deadline for everything an answer takes: waiting, retrying, reading."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Deadline:
    """A moment on a monotonic clock."""

    at_seconds: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """The moment `seconds` from now."""
        return cls(clock() + seconds, clock)

    @property
    def left_seconds(self) -> float:
        """Never negative."""
        return max(0.0, self.at_seconds - self.clock())

    def timeout(self) -> asyncio.Timeout:
        """A context that raises TimeoutError when the moment comes."""
        return asyncio.timeout(self.left_seconds)
