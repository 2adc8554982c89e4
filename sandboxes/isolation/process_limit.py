"""RLIMIT_NPROC where there is no user namespace to count in."""

from __future__ import annotations

import os

import psutil

from sandboxes.base import Limits
from sandboxes.isolation.isolation import owner

ROOM_FOR_OTHERS = 512


def processes_with_others(limits: Limits) -> int:
    """For RLIMIT_NPROC outside a user namespace, which counts all threads of the user.

    A coarse stop for a fork bomb; the watchdog counts exactly.
    """
    user = owner()
    user = os.getuid() if user is None else user
    others = 0
    for process in psutil.process_iter(["uids", "num_threads"]):
        uids = process.info["uids"]
        if uids is not None and uids.real == user:
            others += process.info["num_threads"] or 1
    return others + limits.processes + ROOM_FOR_OTHERS
