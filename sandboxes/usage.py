"""What a tree of processes and its folder use, as the host's kernel counts it."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

import psutil

from sandboxes.inside.family import descendants

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
ENTRIES = 200_000
"""More files than any job has a use for."""


class HiddenError(Exception):
    """A folder inside cannot be looked into, or has more entries than are counted."""


def tree(root: int) -> set[int]:
    """A process and its living descendants."""
    found = {root}
    waiting = [root]
    while waiting:
        children = _children(waiting.pop())
        if children is None:
            return found | descendants(root)
        found.update(children)
        waiting.extend(children)
    return found


def memory_bytes(processes: Iterable[int], ceiling: int) -> int:
    """Memory of all: the cheap sum, which counts shared pages often, unless it is above `ceiling`;
    then the exact one, in which each has its part of what it shares."""
    processes = list(processes)
    cheap = sum(_resident(pid) for pid in processes)
    return cheap if cheap <= ceiling else sum(_proportional(pid) for pid in processes)


def disk_bytes(folder: Path, processes: Iterable[int]) -> int:
    """Disk that a folder takes, with files that were unlinked and are still open."""
    return _folder_bytes(folder) + sum(_unlinked_bytes(pid) for pid in processes)


def _children(pid: int) -> list[int] | None:
    """None where this kernel does not tell."""
    found: list[int] = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return [] if os.path.exists("/proc/self/task") else None
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                found += [int(child) for child in file.read().split()]
        except FileNotFoundError:
            if os.path.exists(f"/proc/{pid}/task/{task}"):
                return None
        except OSError:
            continue
    return found


def _resident(pid: int) -> int:
    if sys.platform != "linux":
        return _resident_elsewhere(pid)
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * PAGE_BYTES
    except (OSError, IndexError):
        return 0


def _resident_elsewhere(pid: int) -> int:
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return 0


def _proportional(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        return _resident(pid)
    return 0


def _folder_bytes(folder: Path) -> int:
    total, entries, waiting = 0, 0, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as listing:
                for entry in listing:
                    entries += 1
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise HiddenError(str(error)) from error
        if entries > ENTRIES:
            raise HiddenError(f"more than {ENTRIES} files")
    return total


def _unlinked_bytes(pid: int) -> int:
    total = 0
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return 0
    for name in names:
        try:
            found = os.stat(f"/proc/{pid}/fd/{name}")
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
            total += found.st_blocks * 512
    return total
