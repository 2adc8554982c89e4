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
    while rest := _rest(os.getpid(), keep):
        rest |= freeze(os.getpid(), keep, deadline)
        _signal_all(rest, _groups_of(keep), signal.SIGKILL)
        reap()
        if time.monotonic() > deadline:
            os._exit(1)
    reap()


def freeze(root: int, keep: Collection[int], deadline: float) -> dict[int, int]:
    """Stop every descendant but those to keep, until no new one appears; their process groups.

    Stopped processes neither fork nor leave room below the limit for others to fork, so that this
    catches up with a fork bomb where killing would chase it. A signal to a group reaches even
    those that are being forked.
    """
    frozen: dict[int, int] = {}
    while new := {pid: g for pid, g in _rest(root, keep).items() if pid not in frozen}:
        _signal_all(new, _groups_of(keep), signal.SIGSTOP)
        frozen |= new
        if time.monotonic() > deadline:
            break
    return frozen


def kill_all(processes: dict[int, int]) -> None:
    """Kill processes, and the groups that they are in."""
    _signal_all(processes, _groups_of(()), signal.SIGKILL)


def _rest(root: int, keep: Collection[int]) -> dict[int, int]:
    return {pid: group for pid, group in family(root).items() if pid not in keep}


def _groups_of(keep: Collection[int]) -> set[int]:
    """The groups that must not be signalled as a whole."""
    groups = {os.getpgrp()}
    for pid in keep:
        with contextlib.suppress(ProcessLookupError):
            groups.add(os.getpgid(pid))
    return groups


def _signal_all(processes: dict[int, int], spared: Collection[int], signum: int) -> None:
    # To the system, group 0 is one's own and 1 means everybody.
    for group in {g for g in processes.values() if g > 1} - set(spared):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signum)
    for pid in processes:
        signal_to(pid, signum)


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
    return set(family(root))


def family(root: int) -> dict[int, int]:
    """The same, with the process group of each."""
    children = _children() if sys.platform == "linux" else _children_elsewhere()
    found: dict[int, int] = {}
    waiting = [root]
    while waiting:
        for pid, group, is_ended in children.get(waiting.pop(), ()):
            waiting.append(pid)
            if not is_ended:
                found[pid] = group
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


Children = dict[int, list[tuple[int, int, bool]]]
"""Of each parent: process, its group, and whether it has ended."""


def _children() -> Children:
    children: Children = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                state, parent, group = file.read().rpartition(b")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        child = (int(name), int(group), state in (b"Z", b"X"))
        children.setdefault(int(parent), []).append(child)
    return children


def _children_elsewhere() -> Children:
    import psutil

    children: Children = {}
    for process in psutil.process_iter(["ppid", "status"]):
        with contextlib.suppress(OSError):
            ended = process.info["status"] == psutil.STATUS_ZOMBIE
            child = (process.pid, os.getpgid(process.pid), ended)
            children.setdefault(process.info["ppid"], []).append(child)
    return children
