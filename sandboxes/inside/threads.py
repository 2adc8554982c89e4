"""End the threads that OpenMP keeps, so that a forked process can start its own.

A child that inherits a used thread pool waits for threads that do not exist in it
(LightGBM #4751, #6137). OpenMP 5.0's `omp_pause_resource_all` lets the pool go.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from collections.abc import Callable
from contextlib import suppress

HARD = 2


def thread_pools() -> list[Callable[[int], int]]:
    """The pause function of each OpenMP library that is loaded now."""
    if "threadpoolctl" not in sys.modules and "sklearn" not in sys.modules:
        return []
    import threadpoolctl

    pauses: list[Callable[[int], int]] = []
    for pool in threadpoolctl.threadpool_info():
        if pool.get("user_api") == "openmp":
            library = ctypes.CDLL(pool["filepath"])
            with suppress(AttributeError):
                pauses.append(library.omp_pause_resource_all)
    return pauses


def do_without_proc() -> None:
    """Have threadpoolctl, which scikit-learn calls, ask the loader where /proc is hidden."""
    with suppress(ImportError):
        vars(importlib.import_module("threadpoolctl"))["_HAS_PROCFS"] = False
