"""No wall: a clean environment and rlimits, for tests, and for a user who says `--unsafe`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sandboxes.folders import KernelFolder
from sandboxes.isolation.dropping import dropped
from sandboxes.isolation.isolation import (
    Launch,
    Program,
    environment,
    inside_command,
    settings_for,
)
from sandboxes.isolation.process_limit import process_limit


@dataclass(frozen=True)
class NoIsolation:
    """A kernel that can do what its user can do. A root server's still drops to another user."""

    tier: str = "none"
    has_process_namespace: bool = False
    jobs_share_kernel: bool = True

    def top(self, folder: KernelFolder) -> Path:
        return folder.path

    def launch(self, program: Program, folder: KernelFolder) -> Launch:
        processes = process_limit(program.limits, folder.owner)
        settings = settings_for(
            program, folder.path, lib=program.lib, processes=processes, server=os.getpid()
        )
        path = folder.run / "settings.json"
        settings.save(path)
        env = environment(program.limits, settings.work)
        argv = inside_command(program.python, settings.lib, str(path))
        return dropped(Launch(argv, env), program, folder)
