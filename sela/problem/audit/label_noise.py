"""Label noise: rows with the same features and another target. Nothing can tell them apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sela.live.answers import Finding
from sela.problem.task import Task

MANY = 0.02
SPREAD = 0.1
"""Of the target's standard deviation: from which equal rows contradict each other."""


def contradictions(units: NDArray[np.intp], y: NDArray[Any], task: Task) -> NDArray[np.bool_]:
    """Which of (n,) rows have an equal row, by the ids in `units` (n,), with another target."""
    low = np.full(int(units.max()) + 1, np.inf)
    high = -low
    np.minimum.at(low, units, y)
    np.maximum.at(high, units, y)
    tolerance = 0.0 if task.is_classification else SPREAD * float(np.std(y))
    return (high - low > tolerance)[units]


def find_label_noise(units: NDArray[np.intp], y: NDArray[Any], task: Task) -> list[Finding]:
    """How many rows contradict an equal one, and what that leaves to be reached."""
    rows = int(contradictions(units, y, task).sum())
    if not rows:
        return []
    evidence = f"{rows} of {len(y)} rows ({rows / len(y):.1%}) contradict a row of equal features."
    if task.is_classification:
        evidence += f" No model can be right on more than {_ceiling(units, y):.1%} of these rows."
    severity = "warning" if rows >= MANY * len(y) else "note"
    action = "Kept: new rows will be as contradictory."
    return [Finding("label_noise", (), evidence, action, "a corrected file", severity)]


def _ceiling(units: NDArray[np.intp], y: NDArray[Any]) -> float:
    """The share of rows that are of the commonest class among their equals."""
    k = int(y.max()) + 1
    cells, counts = np.unique(units * k + y, return_counts=True)
    best = np.zeros(int(units.max()) + 1, dtype=int)
    np.maximum.at(best, cells // k, counts)
    return float(best.sum() / len(y))
