"""Bootstrap intervals: what the score of a fitted model could be on other rows of the same kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sela.evaluation.estimate import Interval
from sela.problem.metrics import UndefinedScoreError, score
from sela.problem.prediction import Prediction
from sela.problem.task import Task

RESAMPLES = 1000
LEVEL = 0.9

Rows = NDArray[np.intp]


def score_interval(
    task: Task, y: NDArray[Any], prediction: Prediction, rng: np.random.Generator
) -> Interval:
    """Interval of the score of (n,) predictions: percentile bootstrap over rows."""
    return _interval(task, y, rng, lambda rows: score(task, y[rows], prediction.rows(rows)))


def gain_interval(
    task: Task,
    y: NDArray[Any],
    prediction: Prediction,
    baseline: Prediction,
    rng: np.random.Generator,
) -> Interval:
    """Interval of the gain over a baseline on the same rows; positive is better."""
    sign = 1.0 if task.greater_is_better else -1.0

    def gain(rows: Rows) -> float:
        ours = score(task, y[rows], prediction.rows(rows))
        return sign * (ours - score(task, y[rows], baseline.rows(rows)))

    return _interval(task, y, rng, gain)


def _interval(
    task: Task, y: NDArray[Any], rng: np.random.Generator, statistic: Callable[[Rows], float]
) -> Interval:
    values: list[float] = []
    for rows in _resamples(task, y, rng):
        try:
            values.append(statistic(rows))
        except UndefinedScoreError:
            continue
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), LEVEL)


def _resamples(task: Task, y: NDArray[Any], rng: np.random.Generator) -> Iterator[Rows]:
    """Rows drawn with replacement; within each class for a classification, as the split was."""
    classes = np.unique(y) if task.is_classification else None
    strata = [np.arange(len(y))] if classes is None else [np.flatnonzero(y == c) for c in classes]
    for _ in range(RESAMPLES):
        yield np.concatenate([rng.choice(rows, len(rows)) for rows in strata])
