"""RLIMIT_NPROC where there is no user namespace to count in."""

from __future__ import annotations

import os

import psutil

from sandboxes.base import Limits
from sandboxes.isolation.isolation import OWN_THREADS
from sandboxes.usage import tree

ROOM_FOR_OTHERS = 256
"""For other sandboxes of this server, and for what else the user starts."""


def process_limit(limits: Limits, owner: int | None) -> int:
    """For RLIMIT_NPROC outside a user namespace, where it counts all threads of a user.

    Exact when the kernel has a user of its own. Else a coarse stop for a fork bomb, with room for
    what else the user does; the watchdog counts exactly.
    """
    if owner is not None:
        return limits.processes + OWN_THREADS
    return limits.processes + OWN_THREADS + _other_threads_of(os.getuid()) + ROOM_FOR_OTHERS


def _other_threads_of(user: int) -> int:
    """Threads of a user's other programs: of this process's sandboxes one may be a fork bomb."""
    ours = tree(os.getpid())
    count = 0
    for process in psutil.process_iter(["uids", "num_threads"]):
        uids = process.info["uids"]
        if uids is not None and uids.real == user and process.pid not in ours:
            count += process.info["num_threads"] or 1
    return count
