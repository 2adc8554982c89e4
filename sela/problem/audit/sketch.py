"""A sample of the table, binned, and how well columns predict the target from it.

Strength is one scale for all tasks: the area under the ROC curve (mean of one class against the
rest), or R2 for a regression; always on rows that were not fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from sela.errors import SelaError
from sela.problem.audit.forest import forest_strength
from sela.problem.audit.values import bin_codes, is_ordered, numbers_of
from sela.problem.formulas import r2, roc_auc
from sela.problem.task import Task

SAMPLE_ROWS = 6_000
FOREST_ROWS = 2_000
PARTS = 3
FEWEST_OF_CLASS = 20
PRIOR_ROWS = 2.0
"""Rows of the whole table's mean that each bin's mean is mixed with."""


@dataclass(frozen=True)
class Sketch:
    """All rows of the columns at hand, and a sample of them that measures are taken on."""

    frame: pd.DataFrame
    """(n, p), all rows."""
    y: NDArray[Any]
    task: Task
    sample: NDArray[np.intp]
    """Row positions, ascending."""
    seed: int

    @cached_property
    def strengths(self) -> dict[str, float]:
        """Of each column alone."""
        return {str(name): self.strength_of(series) for name, series in self.frame.items()}

    @cached_property
    def peaks(self) -> dict[str, float]:
        """Of each column alone, for the class it tells best; its strength unless there are many."""
        if self.task.kind != "multiclass":
            return self.strengths
        y = self.y[self.sample]
        return {
            str(name): class_strength(series.iloc[self.sample], y, self.task, self.seed)
            for name, series in self.frame.items()
        }

    def strength_text(self, name: str) -> str:
        """`AUC 0.912`, with the best class's where that is much more."""
        own, peak = self.strengths[name], self.peaks[name]
        best = f" ({peak:.3f} for its best class)" if peak > own + 0.05 else ""
        return f"{self.strength_name} {own:.3f}{best}"

    def column(self, name: str) -> pd.Series:
        """All rows of one column."""
        return pd.Series(self.frame[name])

    def strength_of(self, series: pd.Series) -> float:
        """How well one (n,) column alone predicts the target."""
        return column_strength(series.iloc[self.sample], self.y[self.sample], self.task, self.seed)

    def together(self, names: Sequence[str]) -> float:
        """How well some columns together predict the target: a small forest, three folds."""
        if not names:
            return 0.5 if self.task.is_classification else 0.0
        rng = np.random.default_rng(self.seed)
        rows = rng.permutation(self.sample)[:FOREST_ROWS]
        parts = np.arange(len(rows)) % PARTS
        sampled = self.frame.loc[:, list(names)].iloc[rows]
        return float(np.mean(forest_strength(sampled, self.y[rows], self.task, parts)))

    def without(self, names: Sequence[str]) -> Sketch:
        """The same without some columns; strengths already measured are kept."""
        rest = [name for name in self.frame.columns if name not in set(names)]
        smaller = replace(self, frame=self.frame[rest])
        smaller.__dict__["strengths"] = {name: self.strengths[name] for name in rest}
        smaller.__dict__["peaks"] = {name: self.peaks[name] for name in rest}
        return smaller

    @property
    def strength_name(self) -> str:
        return "AUC" if self.task.is_classification else "R2"


def sketch(frame: pd.DataFrame, y: NDArray[Any], task: Task, *, seed: int) -> Sketch:
    """Draw the sample."""
    rng = np.random.default_rng(seed)
    size = min(len(frame), SAMPLE_ROWS)
    sample = np.sort(rng.choice(len(frame), size, replace=False)).astype(np.intp)
    return Sketch(frame, y, task, sample, seed)


def column_strength(series: pd.Series, y: NDArray[Any], task: Task, seed: int) -> float:
    """Strength of one (m,) column by the means of the target in its bins.

    For a regression the better of the target and its ranks counts, and of bins and a monotone
    relation, so that a copy of a heavy-tailed target is seen.
    """
    bins = bin_codes(series)
    own = bins_strength(bins, y, task, seed)
    if task.is_classification:
        return own
    by_rank = bins_strength(bins, rankdata(y), task, seed)
    return max(own, by_rank, _rank_strength(series, y))


def class_strength(series: pd.Series, y: NDArray[Any], task: Task, seed: int) -> float:
    """Largest AUC of one class against the rest, by the means in a column's bins."""
    told = _told(bin_codes(series), np.eye(len(task.classes))[y], _parts(y, seed))
    areas = [0.5]
    for code in np.flatnonzero(np.bincount(y) >= FEWEST_OF_CLASS):
        pair = np.column_stack([-told[:, code], told[:, code]])
        areas.append(roc_auc((y == code).astype(np.int64), pair, 2))
    return max(areas)


def bins_strength(bins: NDArray[np.intp], y: NDArray[Any], task: Task, seed: int) -> float:
    """Strength of the target's mean in each bin, told for rows left aside."""
    parts = _parts(y, seed)
    try:
        if task.is_classification:
            targets = np.eye(len(task.classes))[y]
            return roc_auc(y, _told(bins, targets, parts), len(task.classes))
        return max(r2(y, _told(bins, y[:, None].astype(float), parts)[:, 0]), 0.0)
    except SelaError:
        return 0.5 if task.is_classification else 0.0


def _parts(y: NDArray[Any], seed: int) -> NDArray[np.intp]:
    return np.random.default_rng(seed).integers(0, PARTS, len(y))


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
    if present.mean() < 0.95 or not is_ordered(series) or np.ptp(values[present]) == 0:
        return 0.0
    ranks = np.corrcoef(rankdata(values[present]), rankdata(y[present]))
    return float(ranks[0, 1] ** 2)
