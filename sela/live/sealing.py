"""The seal: how often rows have been scored, whichever search did it."""

from __future__ import annotations

import hashlib

import numpy as np

from sela.live.problem import Problem
from sela.store.protocol import Store

SEALED = "sealed_rows"
"""The event that tells which rows a search scored."""


def fingerprint(problem: Problem) -> str:
    """The same for the same sealed rows, whatever columns, metric or positive class are chosen."""
    _, y = problem.sealed
    task = problem.task
    labels = np.asarray(task.classes, dtype=object)[y] if task.is_classification else y
    return hashlib.sha256("\0".join(map(str, labels)).encode()).hexdigest()


def break_seal(store: Store, search_id: str, problem: Problem, reason: str | None) -> None:
    """Record the use before a single row is scored; RequestError for a second without a reason."""
    store.use_test(search_id, "finalize", override_reason=reason)
    store.add_event(search_id, SEALED, {"fingerprint": fingerprint(problem)})


def other_uses(store: Store, search_id: str, problem: Problem) -> tuple[str, ...]:
    """Ids of other searches here that scored the same rows, one for each use, oldest first."""
    mine = fingerprint(problem)
    return tuple(
        record.id
        for record in reversed(store.searches())
        if record.id != search_id and store.test_uses(record.id)
        for event in store.events(record.id)
        if event.kind == SEALED and event.body["fingerprint"] == mine
    )


def use_notes(store: Store, search_id: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """Who used the rows before, and why they were used again, a sentence each."""
    seen = [f"Search {name} scored the same rows before." for name in dict.fromkeys(others)]
    reasons = [use.override_reason for use in store.test_uses(search_id)]
    return (*seen, *(f"Reopened, for this reason: {reason}" for reason in reasons if reason))
