"""Who runs a search: a process, told apart from a later one with the same number."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass


@dataclass(frozen=True)
class Owner:
    """A process on a machine."""

    host: str
    pid: int
    started: float
    """When the process started, in seconds since the epoch: numbers are used again."""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def this_process() -> Owner:
    """The process that asks."""
    import psutil

    return Owner(platform.node(), os.getpid(), psutil.Process().create_time())


def may_be_alive(owner: Owner) -> bool:
    """False only when it is certain that the process is gone: it ran here, and no longer does."""
    import psutil

    if owner.host != platform.node():
        return True
    try:
        process = psutil.Process(owner.pid)
        is_same = abs(process.create_time() - owner.started) < 2.0
        return is_same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
