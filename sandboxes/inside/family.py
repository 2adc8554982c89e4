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
        freeze(os.getpid(), keep, deadline)
        for pid in rest | descendants(os.getpid()) - set(keep):
            signal_to(pid, signal.SIGKILL)
        reap()
        if time.monotonic() > deadline:
            os._exit(1)
    reap()


def freeze(root: int, keep: Collection[int], deadline: float) -> set[int]:
    """Stop every descendant but those to keep, until no new one appears; which they were.

    Stopped processes neither fork nor leave room below the limit for others to fork, so that this
    catches up with a fork bomb where killing would chase it.
    """
    frozen: set[int] = set()
    while new := descendants(root) - frozen - set(keep):
        for pid in new:
            signal_to(pid, signal.SIGSTOP)
        frozen |= new
        if time.monotonic() > deadline:
            break
    return frozen


def signal_to(pid: int, signum: int) -> None:
    """Signal a process that may be gone, or not ours."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signum)


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


def is_living(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    if sys.platform != "linux":
        import psutil

        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (OSError, IndexError):
        return False


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
