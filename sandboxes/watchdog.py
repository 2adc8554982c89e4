"""Watches what kernels use, in a thread of its own, and ends those that take too much."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from typing import Protocol

from sandboxes.base import Limits, Outcome
from sandboxes.isolation.isolation import OWN_THREADS
from sandboxes.usage import HiddenError, disk_bytes, memory_bytes, tree

LOOK_SECONDS = 0.1
DISK_EVERY = 5
"""Looks at the folder are that much rarer, because they take longer."""

_log = logging.getLogger(__name__)


class Watched(Protocol):
    """A kernel as the watchdog sees it."""

    @property
    def pid(self) -> int: ...
    @property
    def limits(self) -> Limits: ...
    @property
    def is_busy(self) -> bool: ...
    @property
    def given_bytes(self) -> int: ...
    @property
    def path(self) -> Path: ...
    @property
    def is_alive(self) -> bool: ...
    def end_now(self, outcome: Outcome) -> None: ...


class Watchdog:
    """One for each pool. `watch` a kernel when it has started, `forget` it before it is removed."""

    def __init__(self) -> None:
        self._kernels: set[Watched] = set()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, kernel: Watched) -> None:
        """Look at it from now on."""
        with self._lock:
            self._kernels.add(kernel)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
                self._thread.start()

    def forget(self, kernel: Watched) -> None:
        """Look at it no more; waits for a look that is being taken."""
        with self._lock:
            self._kernels.discard(kernel)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        looks = 0
        while not self._stopped.wait(LOOK_SECONDS):
            looks += 1
            for kernel in list(self._kernels):
                with self._lock:
                    if kernel in self._kernels and kernel.is_alive:
                        self._look(kernel, looks)

    def _look(self, kernel: Watched, looks: int) -> None:
        is_long_look = looks % DISK_EVERY == 0
        if not (kernel.is_busy or is_long_look):
            return
        outcome = breach(kernel, is_long_look)
        if outcome is not None:
            start = time.monotonic()
            kernel.end_now(outcome)
            _log.info("Ended a kernel: %s (%.2f s)", outcome, time.monotonic() - start)


def breach(kernel: Watched, with_disk: bool) -> Outcome | None:
    """The limit that a kernel has passed, if any; a fork bomb first, while it is young."""
    limits = kernel.limits
    processes = tree(kernel.pid)
    if len(processes) > limits.processes + OWN_THREADS:
        return Outcome.KILLED
    if memory_bytes(processes, limits.memory_bytes) > limits.memory_bytes:
        return Outcome.OUT_OF_MEMORY
    if with_disk:
        given = kernel.given_bytes + limits.answer_bytes
        try:
            if disk_bytes(kernel.path, processes) > limits.folder_bytes + given:
                return Outcome.DISK_LIMIT
        except HiddenError:
            return Outcome.DISK_LIMIT
    return None
