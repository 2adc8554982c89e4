"""The formulas of the metrics in plain numpy: fast enough for thousands of bootstrap samples.

`y` holds codes (n,) for a classification, floats for a regression. Definitions as in
scikit-learn's function of the same name, with absent classes left out of macro averages.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sela.errors import SelaError

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

SMALLEST_PROBABILITY = 1e-15


class UndefinedScoreError(SelaError):
    """The metric has no value on these rows, such as an AUC where one class is absent."""


def confusion(y: Codes, labels: Codes, k: int) -> Floats:
    """(k, k) counts: true class down, predicted class across."""
    return np.bincount(y * k + labels, minlength=k * k).reshape(k, k).astype(float)


def accuracy(y: Codes, labels: Codes, k: int) -> float:
    """Share of rows that were told right."""
    return float(np.mean(y == labels))


def balanced_accuracy(y: Codes, labels: Codes, k: int) -> float:
    """Mean recall of the classes that occur."""
    counts = confusion(y, labels, k)
    present = counts.sum(axis=1) > 0
    return float(np.mean(np.diag(counts)[present] / counts.sum(axis=1)[present]))


def f1(y: Codes, labels: Codes, k: int) -> float:
    """Of the positive class, code 1."""
    if not np.any(y == 1):
        raise UndefinedScoreError("f1 needs a row of the positive class; these rows have none.")
    return float(_f1_by_class(confusion(y, labels, k))[1])


def f1_macro(y: Codes, labels: Codes, k: int) -> float:
    """Plain mean over the classes that occur or were said."""
    counts = confusion(y, labels, k)
    met = (counts.sum(axis=0) + counts.sum(axis=1)) > 0
    return float(_f1_by_class(counts)[met].mean())


def f1_weighted(y: Codes, labels: Codes, k: int) -> float:
    """Mean over the classes, weighted by how often they occur."""
    counts = confusion(y, labels, k)
    return float(np.average(_f1_by_class(counts), weights=counts.sum(axis=1)))


def _f1_by_class(counts: Floats) -> Floats:
    sums = counts.sum(axis=0) + counts.sum(axis=1)
    return 2 * np.diag(counts) / np.maximum(sums, 1)


def mcc(y: Codes, labels: Codes, k: int) -> float:
    """Matthews correlation, many classes: Gorodkin 2004, eq. 8."""
    counts = confusion(y, labels, k)
    true, said, n = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    if np.count_nonzero(true) < 2:
        raise UndefinedScoreError("mcc needs rows of two classes; these rows have one.")
    spread = (n**2 - (said**2).sum()) * (n**2 - (true**2).sum())
    agreed = np.trace(counts) * n - (true * said).sum()
    return float(agreed / np.sqrt(spread)) if spread > 0 else 0.0


def qwk(y: Codes, labels: Codes, k: int) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968); codes are taken as ranks."""
    counts = confusion(y, labels, k)
    if np.count_nonzero(counts.sum(axis=1)) < 2:
        raise UndefinedScoreError("qwk needs rows of two classes; these rows have one.")
    ranks = np.arange(k)
    weights = (ranks[:, None] - ranks[None, :]) ** 2
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return float(1 - (weights * counts).sum() / (weights * expected).sum())


def roc_auc(y: Codes, probabilities: Floats, k: int) -> float:
    """Of the positive class; for many classes the mean of one against the rest."""
    classes = [1] if k == 2 else list(range(k))
    areas = [area(y == c, probabilities[:, c]) for c in classes if 0 < np.sum(y == c) < len(y)]
    if not areas:
        raise UndefinedScoreError("roc_auc needs rows of two classes; these rows have one.")
    return float(np.mean(areas))


def area(is_class: NDArray[np.bool_], certainty: Floats) -> float:
    """The share of pairs in the right order, ties by half; two searches are cheaper than ranks."""
    below, inside = np.sort(certainty[~is_class]), certainty[is_class]
    wins = np.searchsorted(below, inside, "left").sum()
    ties = np.searchsorted(below, inside, "right").sum()
    return float((wins + ties) / (2 * len(below) * len(inside)))


def average_precision(y: Codes, probabilities: Floats, k: int) -> float:
    """Of the positive class; for many classes the mean of one against the rest."""
    classes = [1] if k == 2 else list(range(k))
    means = [_precision(y == c, probabilities[:, c]) for c in classes if np.any(y == c)]
    if not means:
        raise UndefinedScoreError(
            "average_precision needs a row of the positive class; these rows have none."
        )
    return float(np.mean(means))


def _precision(is_class: NDArray[np.bool_], certainty: Floats) -> float:
    order = np.argsort(-certainty, kind="stable")
    hits = np.cumsum(is_class[order])
    ends = np.append(np.flatnonzero(np.diff(certainty[order])), len(order) - 1)
    gained = np.diff(hits[ends], prepend=0)
    return float((gained * hits[ends] / (ends + 1)).sum() / hits[-1])


def log_loss(y: Codes, probabilities: Floats, k: int) -> float:
    """Mean negative log of the true class's probability, in nats; probabilities are clipped."""
    clipped = np.clip(probabilities, SMALLEST_PROBABILITY, 1.0)
    clipped = clipped / clipped.sum(axis=1, keepdims=True)
    return float(-np.log(clipped[np.arange(len(y)), y]).mean())


def rmse(y: Floats, values: Floats) -> float:
    """Root of the mean squared error, in the target's unit."""
    return float(np.sqrt(np.mean((y - values) ** 2)))


def mae(y: Floats, values: Floats) -> float:
    """Mean absolute error, in the target's unit."""
    return float(np.mean(np.abs(y - values)))


def rmsle(y: Floats, values: Floats) -> float:
    """Predictions below zero count as zero; a target below zero has no such score."""
    if np.any(y < 0):
        raise UndefinedScoreError("rmsle needs targets of zero or more; these rows have less.")
    return rmse(np.log1p(y), np.log1p(np.maximum(values, 0.0)))


def r2(y: Floats, values: Floats) -> float:
    """Share of the variance that is explained."""
    spread = np.sum((y - y.mean()) ** 2)
    if len(y) < 2 or spread == 0:
        raise UndefinedScoreError("r2 needs targets that differ; on these rows they do not.")
    return float(1 - np.sum((y - values) ** 2) / spread)
