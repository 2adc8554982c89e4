"""RLIMIT_NPROC where there is no user namespace to count in."""

from __future__ import annotations

import os

import psutil

from sandboxes.base import Limits
from sandboxes.isolation.isolation import OWN_THREADS

ROOM_FOR_OTHERS = 512


def process_limit(limits: Limits, owner: int | None) -> int:
    """For RLIMIT_NPROC outside a user namespace, where it counts all threads of a user.

    Exact when the kernel has a user of its own. Else a coarse stop for a fork bomb, with room for
    what else the user does; the watchdog counts exactly.
    """
    if owner is not None:
        return limits.processes + OWN_THREADS
    return limits.processes + OWN_THREADS + _threads_of(os.getuid()) + ROOM_FOR_OTHERS


def _threads_of(user: int) -> int:
    count = 0
    for process in psutil.process_iter(["uids", "num_threads"]):
        uids = process.info["uids"]
        if uids is not None and uids.real == user:
            count += process.info["num_threads"] or 1
    return count
