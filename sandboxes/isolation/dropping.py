"""Drop a root server's kernel to an unprivileged user before anything of it runs."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sandboxes.folders import KernelFolder
from sandboxes.isolation import drop
from sandboxes.isolation.isolation import Launch, Program, python_paths


def dropped(launch: Launch, program: Program, folder: KernelFolder) -> Launch:
    """The same launch as the folder's owner when we are root, else unchanged.

    What that user could not reach, because a folder above it is private (an interpreter in /root),
    is bound beneath an empty cover in a mount namespace of the kernel's own.
    """
    if folder.owner is None:
        return launch
    readable = [*python_paths(program.python), program.lib]
    needed = [(path, False) for path in readable] + [(folder.path, True)]
    covers = private_ancestors(path for path, _ in needed)
    binds = [
        [str(path), writable]
        for path, writable in needed
        if any(path.is_relative_to(cover) for cover in covers)
    ]
    order = {
        "user": folder.owner,
        "server": os.getpid(),
        "covers": [str(cover) for cover in covers],
        "binds": binds,
        "argv": launch.argv,
    }
    argv = (program.python, "-I", "-S", str(Path(drop.__file__)), json.dumps(order))
    return replace(launch, argv=argv)


def private_ancestors(paths: Iterable[Path]) -> list[Path]:
    """The topmost folders above these that not everybody may pass."""
    found: set[Path] = set()
    for path in paths:
        for ancestor in reversed(path.parents):
            mode = os.stat(ancestor).st_mode
            if not stat.S_IMODE(mode) & stat.S_IXOTH:
                found.add(ancestor)
                break
    return sorted(found)
