"""The parts of the diagnostics that unseen rows and their predictions are enough for."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sela.evaluation.cutoff import GRID, best_cutoff, cutoff_curve, uses_cutoff
from sela.evaluation.diagnostics import CalibrationBin, Confusion, Residuals, ThresholdCurve
from sela.problem.prediction import Prediction
from sela.problem.task import Task

MAX_POINTS = 200
MAX_PAIRS = 500
BINS = 10
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

Floats = NDArray[np.float64]
Points = tuple[tuple[float, float], ...]


def confusion(task: Task, y: NDArray[Any], prediction: Prediction) -> Confusion | None:
    """Counts by true and predicted class; None for a regression."""
    if prediction.labels is None:
        return None
    k = len(task.classes)
    counts = np.bincount(y.astype(np.int64) * k + prediction.labels, minlength=k * k)
    rows = tuple(tuple(int(n) for n in row) for row in counts.reshape(k, k))
    return Confusion(tuple(str(label) for label in task.classes), rows)


def threshold_curve(task: Task, y: NDArray[Any], prediction: Prediction) -> ThresholdCurve | None:
    """The score at each cut-off; None unless the metric reads the labels of a binary task."""
    if not uses_cutoff(task) or prediction.probabilities is None:
        return None
    positive = [prediction.probabilities[:, 1]]
    curve = cutoff_curve(task, [y], positive)
    best, _ = best_cutoff(task, [y], positive)
    return ThresholdCurve(task.metric, tuple(zip(GRID, curve, strict=True)), best)


def roc(task: Task, y: NDArray[Any], prediction: Prediction) -> Points:
    """(false positive rate, true positive rate) by falling cut-off; empty unless binary."""
    if task.kind != "binary" or prediction.probabilities is None:
        return ()
    hits, misses = _cumulated(y, prediction.probabilities[:, 1])
    return _points(misses / max(misses[-1], 1), hits / max(hits[-1], 1))


def precision_recall(task: Task, y: NDArray[Any], prediction: Prediction) -> Points:
    """(recall, precision) by falling cut-off; empty unless binary."""
    if task.kind != "binary" or prediction.probabilities is None:
        return ()
    hits, misses = _cumulated(y, prediction.probabilities[:, 1])
    said = np.maximum(hits + misses, 1)
    return _points((hits / max(hits[-1], 1))[1:], (hits / said)[1:])


def calibration(task: Task, y: NDArray[Any], prediction: Prediction) -> tuple[CalibrationBin, ...]:
    """Ten bins of equally many rows, by predicted probability; empty unless binary."""
    if task.kind != "binary" or prediction.probabilities is None:
        return ()
    positive = prediction.probabilities[:, 1]
    parts = np.array_split(np.argsort(positive, kind="stable"), BINS)
    return tuple(
        CalibrationBin(float(positive[rows].mean()), float(np.mean(y[rows] == 1)), len(rows))
        for rows in parts
        if len(rows)
    )


def residuals(
    y: NDArray[Any], prediction: Prediction, rng: np.random.Generator
) -> Residuals | None:
    """Some (predicted, actual) pairs and the quantiles of actual - predicted; regression only."""
    if prediction.values is None:
        return None
    values = prediction.values
    rows = rng.permutation(len(y))[:MAX_PAIRS]
    pairs = tuple((float(values[row]), float(y[row])) for row in rows)
    levels = np.quantile(y - values, QUANTILES)
    return Residuals(pairs, tuple((q, float(v)) for q, v in zip(QUANTILES, levels, strict=True)))


def _cumulated(y: NDArray[Any], positive: Floats) -> tuple[Floats, Floats]:
    """True and false positives at each distinct cut-off, from "none" to "all"."""
    order = np.argsort(-positive, kind="stable")
    is_last = np.append(np.diff(positive[order]) != 0, True)
    hits = np.cumsum(y[order] == 1)[is_last]
    misses = np.cumsum(y[order] != 1)[is_last]
    return np.append(0.0, hits), np.append(0.0, misses)


def _points(x: Floats, y: Floats) -> Points:
    """At most MAX_POINTS of them, evenly taken, both ends kept."""
    count = min(len(x), MAX_POINTS)
    kept = np.unique(np.linspace(0, len(x) - 1, count).round().astype(int))
    return tuple((float(x[i]), float(y[i])) for i in kept)
