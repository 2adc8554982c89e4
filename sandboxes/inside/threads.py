"""End the threads that OpenMP keeps, so that a forked process can start its own.

A child that inherits a used thread pool waits for threads that do not exist in it
(LightGBM #4751, #6137). OpenMP 5.0's `omp_pause_resource_all` lets the pool go.
"""

from __future__ import annotations

import ctypes
import sys

HARD = 2


def pause_threads() -> None:
    """Let go the pools of every OpenMP library that is loaded."""
    if "threadpoolctl" not in sys.modules and "sklearn" not in sys.modules:
        return
    import threadpoolctl

    for pool in threadpoolctl.threadpool_info():
        if pool.get("user_api") == "openmp":
            library = ctypes.CDLL(pool["filepath"])
            if hasattr(library, "omp_pause_resource_all"):
                library.omp_pause_resource_all(HARD)
