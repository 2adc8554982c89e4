"""How well one column alone predicts the target.

One scale for all tasks: the area under the ROC curve (mean of one class against the rest), or R2
for a regression; always on rows that were not fitted on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from sela.errors import SelaError
from sela.problem.audit.values import bin_codes, is_ordered, numbers_of
from sela.problem.formulas import area, r2
from sela.problem.task import Task

PARTS = 3
PRIOR_ROWS = 2.0
"""Rows of the whole table's mean that each bin's mean is mixed with."""
NEXT_ROWS = 20
"""Rows of neighbouring values, about, that a value is told from."""
FEWEST_OF_CLASS = 20
"""Rows, for a class of many to count as the one a column tells best."""


@dataclass(frozen=True)
class Strength:
    """Over all classes, and for the class that is told best (the same unless there are many)."""

    overall: float
    peak: float


def column_strength(series: pd.Series, y: NDArray[Any], task: Task, seed: int) -> Strength:
    """Strength of one (m,) column by the means of the target in its bins.

    For a regression the better of the target and its ranks counts, and of bins and a monotone
    relation, so that a copy of a heavy-tailed target is seen.
    """
    own = bins_strength(bin_codes(series), y, task, seed)
    if task.is_classification:
        return own
    by_rank = bins_strength(bin_codes(series), rankdata(y), task, seed)
    best = max(own.overall, by_rank.overall, _rank_strength(series, y))
    return Strength(best, best)


def bins_strength(bins: NDArray[np.intp], y: NDArray[Any], task: Task, seed: int) -> Strength:
    """Strength of the target's mean in each bin, told for rows left aside."""
    parts = np.random.default_rng(seed).integers(0, PARTS, len(y))
    if task.is_classification:
        return _classes_strength(_told(bins, np.eye(len(task.classes))[y], parts), y, task)
    try:
        told = max(r2(y, _told(bins, y[:, None].astype(float), parts)[:, 0]), 0.0)
    except SelaError:
        told = 0.0
    return Strength(told, told)


def neighbours_strength(values: NDArray[np.intp], y: NDArray[Any], task: Task) -> Strength:
    """Strength of the target's mean at the values next to each row's own, which does not count.

    `values` are codes in the column's order (m,). High where nearness means something.
    """
    is_class = task.is_classification
    targets = np.eye(len(task.classes))[y] if is_class else y[:, None].astype(float)
    rows = np.bincount(values).astype(float)
    sums = np.stack([np.bincount(values, t) for t in targets.T], axis=1)
    reach = int(np.ceil(NEXT_ROWS / 2 / rows.mean()))
    told = _next_to(sums, reach) / np.maximum(_next_to(rows[:, None], reach), 1)
    if is_class:
        return _classes_strength(told[values], y, task)
    strength = max(r2(y, told[values][:, 0]), 0.0)
    return Strength(strength, strength)


def _next_to(sums: NDArray[Any], reach: int) -> NDArray[np.float64]:
    """(v, k) sums over the `reach` values before and after each, without its own."""
    ends = np.concatenate([np.zeros((1, sums.shape[1])), np.cumsum(sums, axis=0)])
    at = np.arange(len(sums))
    low, high = np.maximum(at - reach, 0), np.minimum(at + reach + 1, len(sums))
    return ends[high] - ends[low] - sums


def _classes_strength(told: NDArray[np.float64], y: NDArray[Any], task: Task) -> Strength:
    counts = np.bincount(y, minlength=len(task.classes))
    codes = [1] if task.kind == "binary" else range(len(counts))
    areas = {c: area(y == c, told[:, c]) for c in codes if 0 < counts[c] < len(y)}
    if not areas:
        return Strength(0.5, 0.5)
    overall = float(np.mean(list(areas.values())))
    frequent = [a for c, a in areas.items() if counts[c] >= FEWEST_OF_CLASS]
    return Strength(overall, max([overall, *frequent]))


def _told(
    bins: NDArray[np.intp], targets: NDArray[np.float64], parts: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(m, k) means of the targets in each row's bin, without the rows of its own part."""
    cells = bins * PARTS + parts
    size = (int(bins.max()) + 1) * PARTS
    rows = np.bincount(cells, minlength=size).reshape(-1, PARTS).astype(float)
    sums = np.stack([np.bincount(cells, weights=t, minlength=size) for t in targets.T], axis=1)
    sums = sums.reshape(-1, PARTS, targets.shape[1])
    other_rows = rows.sum(axis=1, keepdims=True) - rows
    other_sums = sums.sum(axis=1, keepdims=True) - sums
    whole_rows = other_rows.sum(axis=0)[None, :, None]
    prior = other_sums.sum(axis=0, keepdims=True) / np.maximum(whole_rows, 1)
    means = (other_sums + PRIOR_ROWS * prior) / (other_rows[:, :, None] + PRIOR_ROWS)
    return means[bins, parts]


def _rank_strength(series: pd.Series, y: NDArray[Any]) -> float:
    values = numbers_of(series)
    present = np.isfinite(values)
    if present.mean() < 0.3 or not is_ordered(series) or np.ptp(values[present]) == 0:
        return 0.0
    ranks = np.corrcoef(rankdata(values[present]), rankdata(y[present]))
    return float(ranks[0, 1] ** 2)
