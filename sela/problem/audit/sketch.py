"""A sample of the table, and how well columns predict the target on it, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.problem.audit.forest import forest_strength
from sela.problem.audit.strength import PARTS, Strength, column_strength
from sela.problem.task import Task

SAMPLE_ROWS = 6_000
FEWEST_SAMPLED = 1_500
FULL_SAMPLE_COLUMNS = 50
"""Wider tables are measured on fewer rows."""
FOREST_ROWS = 2_000


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
    def measured(self) -> dict[str, Strength]:
        """Of each column alone."""
        return {str(name): self._measure(series) for name, series in self.frame.items()}

    @cached_property
    def strengths(self) -> dict[str, float]:
        """How well each column alone predicts the target."""
        return {name: strength.overall for name, strength in self.measured.items()}

    @cached_property
    def peaks(self) -> dict[str, float]:
        """The same for the class that each column tells best; no other unless there are many."""
        return {name: strength.peak for name, strength in self.measured.items()}

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
        return self._measure(series).overall

    def _measure(self, series: pd.Series) -> Strength:
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
        smaller.__dict__["measured"] = {name: self.measured[name] for name in rest}
        return smaller

    def rows(self, rows: NDArray[np.intp]) -> Sketch:
        """The same of some rows, sampled anew."""
        return sketch(self.frame.iloc[rows], self.y[rows], self.task, seed=self.seed)

    @property
    def strength_name(self) -> str:
        return "AUC" if self.task.is_classification else "R2"


def sketch(frame: pd.DataFrame, y: NDArray[Any], task: Task, *, seed: int) -> Sketch:
    """Draw the sample."""
    rng = np.random.default_rng(seed)
    most = SAMPLE_ROWS * FULL_SAMPLE_COLUMNS // max(frame.shape[1], FULL_SAMPLE_COLUMNS)
    size = min(len(frame), max(most, FEWEST_SAMPLED))
    sample = np.sort(rng.choice(len(frame), size, replace=False)).astype(np.intp)
    return Sketch(frame, y, task, sample, seed)
