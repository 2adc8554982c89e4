"""End a launched kernel and everything it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time

from sandboxes.inside.family import descendants

POLITE_SECONDS = 1.0
POLL_SECONDS = 0.005


def end_tree(process: subprocess.Popen[bytes]) -> None:
    """End it; returns when no process of it is left. Blocks for about a second at the most.

    The supervisor inside kills its whole family on SIGTERM; a process namespace dies with its
    first process. What is still there after that is killed one by one.
    """
    family = descendants(process.pid)
    if process.poll() is None:
        process.terminate()
        _wait(process, POLITE_SECONDS)
    family |= descendants(process.pid)
    if process.poll() is None:
        process.kill()
    _wait(process, POLITE_SECONDS)
    for pid in family:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
