"""The cut-off: from which probability on a row is called positive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sela.problem.metrics import metric, score
from sela.problem.prediction import Prediction
from sela.problem.task import Task

GRID = tuple(round(0.025 * step, 3) for step in range(1, 40))
"""Coarse on purpose: a finer grid follows the noise of the rows it is tuned on."""


COARSE = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)
"""For a walk that compares hundreds of candidates."""

Grid = tuple[float, ...]


def uses_cutoff(task: Task) -> bool:
    """Whether the metric reads the labels of a binary task."""
    return task.kind == "binary" and metric(task.metric).needs == "labels"


def cutoff_curve(
    task: Task,
    targets: Sequence[NDArray[Any]],
    positive: Sequence[NDArray[np.float64]],
    grid: Grid = GRID,
) -> list[float]:
    """Mean score over the folds at each cut-off; `positive` holds each fold's probabilities."""
    folds = list(zip(targets, positive, strict=True))
    return [float(np.mean([score(task, y, _at(p, c)) for y, p in folds])) for c in grid]


def best_cutoff(
    task: Task,
    targets: Sequence[NDArray[Any]],
    positive: Sequence[NDArray[np.float64]],
    grid: Grid = GRID,
) -> tuple[float, float]:
    """The cut-off whose neighbourhood scores best, and the score at it."""
    curve = np.array(cutoff_curve(task, targets, positive, grid))
    smooth = np.convolve(np.pad(curve, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    chosen = int(smooth.argmax() if task.greater_is_better else smooth.argmin())
    return grid[chosen], float(curve[chosen])


def _at(positive: NDArray[np.float64], cutoff: float) -> Prediction:
    return Prediction(labels=(positive >= cutoff).astype(np.int64))
