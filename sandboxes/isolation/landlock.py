"""Tier B: Landlock and seccomp, for containers and systems without user namespaces.

The kernel shares the machine's processes and network with the server, but may not signal, trace or
read any, nor open a socket that leads out. What it cannot stop is in the hostile suite's table.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from sandboxes.folders import KernelFolder
from sandboxes.inside.settings import Wall
from sandboxes.isolation.dropping import dropped
from sandboxes.isolation.isolation import (
    CONFIGURATION,
    DEVICES,
    SYSTEM,
    WRITABLE_DEVICES,
    Launch,
    Program,
    environment,
    inside_command,
    python_paths,
    settings_for,
)
from sandboxes.isolation.process_limit import process_limit

FACTS = ("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime")
"""Of /proc, what tells of the machine and of no process."""


@dataclass(frozen=True)
class Landlock:
    """Kernels in a Landlock domain with scopes: ABI 6 or newer."""

    tier: str = "B"
    has_process_namespace: bool = False
    jobs_share_kernel: bool = True

    def top(self, folder: KernelFolder) -> Path:
        return folder.path

    def launch(self, program: Program, folder: KernelFolder) -> Launch:
        shown = (folder.run, folder.inbox, folder.outbox, folder.work)
        settings = settings_for(
            program,
            folder.path,
            lib=program.lib,
            processes=process_limit(program.limits, folder.owner),
            server=os.getpid(),
            kernel_wall=_wall(program, "shared", *shown),
            job_wall=_wall(program, "job"),
        )
        path = folder.run / "settings.json"
        settings.save(path)
        argv = inside_command(program.python, settings.lib, str(path))
        launch = Launch(argv, environment(program.limits, settings.work))
        return dropped(launch, program, folder)


def _wall(program: Program, name: str, *writable: Path) -> Wall:
    shown = (*python_paths(program.python), program.lib)
    return Wall(
        readable=(*SYSTEM, *CONFIGURATION, *DEVICES, *FACTS, *map(str, shown)),
        writable=(*WRITABLE_DEVICES, *map(str, writable)),
        seccomp=str(program.lib / "filters" / f"{name}-{platform.machine()}.bpf"),
    )
