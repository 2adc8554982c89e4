"""Whether a column has anything to do with the other columns once the target is known.

A feature of the world is tied to the other features in many ways. A copy of the target, however
noisy, or a value that was recorded because of the outcome, is tied to them through the target
alone: given the target it is independent of them. Measured on 17 public tables, the strongest
honest columns keep an R2 of 0.1 to 0.9, injected copies and outcomes one of 0 or less.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from sela.problem.audit.sketch import Sketch
from sela.problem.audit.values import is_ordered, numbers_of, numeric_matrix
from sela.problem.task import Task

ROWS = 2_000
CLEARLY_TIED = 0.1
BY_CHANCE = 11.0
"""Over the rows, what the squared correlation with the closest of a dozen unrelated columns hardly
exceeds; the ties of a small table are judged by it alone."""
FEW_ROWS = 1_000
NEARLY_UNTIED = 0.03
MANY_GAPS, MOST_GAPS = 0.05, 0.7
REFERENCES = 3
TREES = 25
LEAF_ROWS = 5
MOST_FEATURES = 16
PARTS = 3
WINDOW_SHARE = 0.04
FEWEST_IN_WINDOW = 10


class Ties:
    """How much the other columns tell of each beyond what the target tells of it, in R2."""

    def __init__(self, sketch: Sketch) -> None:
        rows = np.random.default_rng(sketch.seed).permutation(sketch.sample)[:ROWS]
        frame, y = sketch.frame.iloc[rows], sketch.y[rows]
        self._names = [str(name) for name in frame.columns]
        self._matrix = numeric_matrix(frame)
        self._rests = _rests(frame, y, sketch.task)
        self._linear = _linear(self._rests)
        few = BY_CHANCE / len(rows) if len(rows) < FEW_ROWS else CLEARLY_TIED
        self._clearly = min(CLEARLY_TIED, max(few, NEARLY_UNTIED))

    def of(self, name: str) -> float:
        """0 or less when it is independent of the others given the target."""
        at = self._names.index(name)
        if self._linear[at] >= self._clearly or len(self._names) < 2:
            return float(self._linear[at])
        rest = self._rests[:, at]
        if not rest.any():
            return 0.0
        told = _told(np.delete(self._matrix, at, axis=1), rest)
        return float(1 - np.sum((rest - told) ** 2) / np.sum((rest - rest.mean()) ** 2))

    def tied(self, names: Sequence[str]) -> int:
        """How many of some columns are clearly tied; the first few are tried harder."""
        linear = [self._linear[self._names.index(name)] >= CLEARLY_TIED for name in names]
        if sum(linear) >= 2:
            return sum(linear)
        return sum(self.of(name) >= CLEARLY_TIED for name in names[:REFERENCES])


def _rests(frame: pd.DataFrame, y: NDArray[Any], task: Task) -> NDArray[np.float64]:
    """(m, p) what the target leaves of each column; zeros where it leaves nothing."""
    rests = np.zeros(frame.shape)
    for at, (_, series) in enumerate(frame.items()):
        values, present = _values(series, y, task)
        v, t = values[present], y[present]
        rest = np.zeros(len(values))
        rest[present] = v - (_class_means(v, t) if task.is_classification else _smooth(v, t))
        if rest.std() > 1e-6 * max(values.std(), 1e-12):
            rests[:, at] = rest
    return rests


def _linear(rests: NDArray[np.float64]) -> NDArray[np.float64]:
    """(p,) largest squared correlation of what is left of each column with what is of another."""
    centred = rests - rests.mean(axis=0)
    centred /= np.maximum(np.linalg.norm(centred, axis=0), 1e-12)
    squares = (centred.T @ centred) ** 2
    np.fill_diagonal(squares, 0.0)
    return squares.max(axis=0, initial=0.0)


def _values(
    series: pd.Series, y: NDArray[Any], task: Task
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """A column as (m,) numbers, and which rows have one that counts.

    Texts count by the mean target of their level. Where most values are missing, or what is
    there tells less of the target than that it is there, it counts which are.
    """
    values = numbers_of(series)
    present = np.isfinite(values)
    if _gaps_tell_more(values, present, y, task):
        return present.astype(float), np.ones(len(values), dtype=bool)
    if not is_ordered(series) and task.kind != "multiclass":
        codes = np.where(present, values, -1).astype(np.intp) + 1
        values = (np.bincount(codes, y) / np.maximum(np.bincount(codes), 1))[codes]
    return np.where(present, values, np.median(values[present])), present


def _gaps_tell_more(
    values: NDArray[np.float64], present: NDArray[np.bool_], y: NDArray[Any], task: Task
) -> bool:
    gaps = 1 - present.mean()
    if gaps < MANY_GAPS:
        return False
    if gaps > MOST_GAPS or present.sum() < 2:
        return True
    numbers = rankdata(y)
    by_gap = abs(_correlation(present.astype(float), numbers))
    return by_gap >= abs(_correlation(rankdata(values[present]), numbers[present]))


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.corrcoef(a, b)[0, 1]) if np.ptp(a) and np.ptp(b) else 0.0


def _told(matrix: NDArray[np.float32], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    from sklearn.ensemble import ExtraTreesRegressor

    told, parts = np.empty(len(rest)), np.arange(len(rest)) % PARTS
    for part in range(PARTS):
        forest = ExtraTreesRegressor(
            TREES,
            min_samples_leaf=LEAF_ROWS,
            max_features=max(1, min(MOST_FEATURES, (matrix.shape[1] + 1) // 2)),
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
