"""End a launched kernel and everything it started."""

from __future__ import annotations

import signal
import subprocess
import time

from sandboxes.inside.family import descendants, freeze, is_living, kill_all, signal_to

WAIT_SECONDS = 2.0
POLL_SECONDS = 0.005


def end_namespace(process: subprocess.Popen[bytes]) -> None:
    """End a process whose death ends a process namespace below it; returns when that is empty."""
    family = descendants(process.pid)
    _kill(process)
    _wait_for(family)


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process and its descendants, which nothing but their descent holds together."""
    if process.poll() is None:
        signal_to(process.pid, signal.SIGSTOP)
        frozen = freeze(process.pid, (), time.monotonic() + WAIT_SECONDS)
        kill_all(frozen)
        _kill(process)
        _wait_for(set(frozen))


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    try:
        process.wait(WAIT_SECONDS)
    except subprocess.TimeoutExpired:
        return


def _wait_for(family: set[int]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while any(is_living(pid) for pid in family) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
