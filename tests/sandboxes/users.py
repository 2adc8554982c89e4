"""Run a command as an ordinary user, from root: what that user may not pass is covered."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sandboxes.isolation import drop
from sandboxes.isolation.dropping import private_ancestors
from sandboxes.isolation.isolation import python_paths

CHECKOUT = Path(__file__).parents[2]
USER = 54321


def command_as_user(arguments: Sequence[str], scratch: Path) -> list[str]:
    """The command of `python ARGUMENTS` as a user who owns `scratch`; a child of this process."""
    os.chown(scratch, USER, USER)
    needed = [(path, False) for path in (*python_paths(sys.executable), CHECKOUT)]
    needed.append((scratch, True))
    covers = private_ancestors(path for path, _ in needed)
    binds = [
        [str(path), writable]
        for path, writable in needed
        if any(path.is_relative_to(cover) for cover in covers)
    ]
    order = {
        "user": USER,
        "server": os.getpid(),
        "covers": [str(cover) for cover in covers],
        "binds": binds,
        "argv": [sys.executable, *arguments],
    }
    return [sys.executable, "-I", "-S", drop.__file__, json.dumps(order)]
