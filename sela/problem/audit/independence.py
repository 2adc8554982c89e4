"""Whether a column has anything to do with the other columns once the target is known.

A feature of the world is tied to the other features in many ways. A copy of the target, however
noisy, or a value that was recorded because of the outcome, is tied to them through the target
alone: given the target it is independent of them. Measured on 17 public tables, the strongest
honest columns keep an R2 of 0.1 to 0.9, injected copies and outcomes one of 0 or less.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.problem.audit.values import numbers_of, numeric_matrix
from sela.problem.task import Task

ROWS = 2_000
TREES = 30
LEAF_ROWS = 5
MOST_FEATURES = 25
PARTS = 3
WINDOW_SHARE = 0.04
FEWEST_IN_WINDOW = 10


def tie_to_others(series: pd.Series, others: pd.DataFrame, y: NDArray[Any], task: Task) -> float:
    """R2, on rows left aside, of the others (m, q) for what the target leaves of one column (m,).

    0 or less when they are independent given the target. A column with gaps is taken by its gaps.
    """
    values = _values(series)
    rest = values - (_class_means(values, y) if task.is_classification else _smooth(values, y))
    spread = np.sum((rest - rest.mean()) ** 2)
    if spread <= 1e-12 * max(np.sum(values**2), 1e-12) or not others.shape[1]:
        return 0.0
    return float(1 - np.sum((rest - _told(numeric_matrix(others), rest)) ** 2) / spread)


def _values(series: pd.Series) -> NDArray[np.float64]:
    values = numbers_of(series)
    gaps = np.isnan(values)
    if 0.05 <= gaps.mean() <= 0.95:
        return gaps.astype(float)
    return np.where(gaps, np.nanmedian(values), values)


def _told(matrix: NDArray[np.float32], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    from sklearn.ensemble import ExtraTreesRegressor

    told, parts = np.empty(len(rest)), np.arange(len(rest)) % PARTS
    for part in range(PARTS):
        forest = ExtraTreesRegressor(
            TREES,
            min_samples_leaf=LEAF_ROWS,
            max_features=min(matrix.shape[1], max(MOST_FEATURES, matrix.shape[1] // 8)),
            random_state=0,
        )
        forest.fit(matrix[parts != part], rest[parts != part])
        told[parts == part] = forest.predict(matrix[parts == part])
    return told


def _class_means(values: NDArray[np.float64], y: NDArray[Any]) -> NDArray[np.float64]:
    sums, counts = np.bincount(y, weights=values), np.bincount(y)
    return (sums / np.maximum(counts, 1))[y]


def _smooth(values: NDArray[np.float64], y: NDArray[Any]) -> NDArray[np.float64]:
    """Values as a function of the target: a straight line through each row's neighbours in y."""
    order = np.argsort(y, kind="stable")
    half = max(FEWEST_IN_WINDOW, int(WINDOW_SHARE * len(y) / 2))
    x, v = y[order].astype(float), values[order]
    x = (x - x.mean()) / (x.std() or 1.0)
    low = np.clip(np.arange(len(x)) - half, 0, None)
    high = np.clip(np.arange(len(x)) + half + 1, None, len(x))
    n = high - low
    sums = [np.concatenate(([0.0], np.cumsum(t))) for t in (x, v, x * x, x * v)]
    sx, sv, sxx, sxv = (s[high] - s[low] for s in sums)
    spread = np.maximum(sxx - sx * sx / n, 0)
    slope = np.where(spread > 1e-9 * n, (sxv - sx * sv / n) / np.maximum(spread, 1e-12), 0.0)
    smooth = np.empty(len(x))
    smooth[order] = sv / n + slope * (x - sx / n)
    return smooth
