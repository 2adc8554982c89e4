"""Threads after a fork: a forked process may not use a thread pool that its parent has used."""

from __future__ import annotations

from typing import Any

MAX_OBJECTS = 5000


def single_threaded(model: Any) -> Any:
    """The same model with every `n_jobs` inside it at 1.

    GNU OpenMP hangs in a child whose parent used several threads, so answers use one.
    """
    waiting, seen = [model], set[int]()
    while waiting and len(seen) < MAX_OBJECTS:
        item = waiting.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
        elif hasattr(item, "__dict__") and not isinstance(item, type):
            if getattr(item, "n_jobs", None) is not None:
                item.n_jobs = 1
            waiting.extend(vars(item).values())
    return model
