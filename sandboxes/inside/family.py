"""Find and end the descendants of this process."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Collection

PATIENCE_SECONDS = 5.0


def end_family(keep: Collection[int] = ()) -> None:
    """Kill every descendant but those to keep, however fast they fork; exit when they win."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while rest := descendants(os.getpid()) - set(keep):
        for pid in rest:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        reap()
        if time.monotonic() > deadline:
            os._exit(1)
    reap()


def reap() -> None:
    """Collect children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def descendants(root: int) -> set[int]:
    """Ids of the living descendants of a process, without those that ended unreaped."""
    children = _children() if sys.platform == "linux" else _children_elsewhere()
    found: set[int] = set()
    waiting = [root]
    while waiting:
        for pid, is_ended in children.get(waiting.pop(), ()):
            waiting.append(pid)
            if not is_ended:
                found.add(pid)
    return found


def _children() -> dict[int, list[tuple[int, bool]]]:
    children: dict[int, list[tuple[int, bool]]] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        children.setdefault(int(parent), []).append((int(name), state in (b"Z", b"X")))
    return children


def _children_elsewhere() -> dict[int, list[tuple[int, bool]]]:
    import psutil

    children: dict[int, list[tuple[int, bool]]] = {}
    for process in psutil.process_iter(["ppid", "status"]):
        ended = process.info["status"] == psutil.STATUS_ZOMBIE
        children.setdefault(process.info["ppid"], []).append((process.pid, ended))
    return children
