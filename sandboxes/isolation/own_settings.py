"""The settings of an inside that sees the same paths as the host."""

from __future__ import annotations

from typing import Any

import psutil

from sandboxes.base import Limits
from sandboxes.folders import KernelFolder
from sandboxes.inside.settings import Settings
from sandboxes.isolation.isolation import Program, owner

ROOM_FOR_OTHERS = 512


def settings_for(program: Program, folder: KernelFolder, **more: Any) -> Settings:
    """Settings with the host's own paths."""
    limits = program.limits
    return Settings(
        lib=str(program.lib),
        run=str(folder.run),
        inbox=str(folder.inbox),
        outbox=str(folder.outbox),
        work=str(folder.work),
        preload=program.preload,
        memory_bytes=limits.memory_bytes,
        file_bytes=limits.file_bytes,
        output_bytes=limits.output_bytes,
        answer_bytes=limits.answer_bytes,
        threads=limits.threads,
        **more,
    )


def processes_with_others(limits: Limits) -> int:
    """For RLIMIT_NPROC outside a user namespace, which counts all threads of the user.

    A coarse stop for a fork bomb; the watchdog counts exactly.
    """
    import os

    user = owner()
    user = os.getuid() if user is None else user
    others = 0
    for process in psutil.process_iter(["uids", "num_threads"]):
        uids = process.info["uids"]
        if uids is not None and uids.real == user:
            others += process.info["num_threads"] or 1
    return others + limits.processes + ROOM_FOR_OTHERS
