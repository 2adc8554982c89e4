"""Forward in time: the latest rows are sealed, and folds are fitted only on what came before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sela.evaluation.splits import Fold, Rows

FIRST_TRAIN_SHARES = (0.35, 0.45)
"""Of the searched rows: the earliest fold is fitted on so much, so that it is no toy. Drawn from
this range, so that fresh folds have other borders."""


def seal_latest(order: NDArray[np.intp], fraction: float) -> Rows:
    """The latest rows, about `fraction` of all; a moment is never cut in two."""
    rows = np.arange(len(order))
    border = _borders(order, rows, np.array([1 - fraction]))[0]
    return rows[order >= border]


def forward_folds(
    order: NDArray[np.intp], search: Rows, count: int, rng: np.random.Generator
) -> tuple[Fold, ...]:
    """Up to `count` folds: each block of time is scored by what was fitted on all before it.

    Fewer where moments are too few to cut between. A hold-out is the last fifth.
    """
    start = 0.8 if count == 1 else rng.uniform(*FIRST_TRAIN_SHARES)
    borders = _borders(order, search, np.linspace(start, 1, count, endpoint=False))
    ends = [*borders[1:], order[search].max() + 1]
    moments = order[search]
    folds = [
        Fold(search[moments < border], search[(moments >= border) & (moments < end)])
        for border, end in zip(borders, ends, strict=True)
    ]
    return tuple(fold for fold in folds if len(fold.train) and len(fold.valid))


def _borders(order: NDArray[np.intp], rows: Rows, shares: NDArray[np.float64]) -> NDArray[np.intp]:
    """The moments at which the given shares of the rows lie before, as near as can be."""
    moments, counts = np.unique(order[rows], return_counts=True)
    before = np.concatenate(([0], np.cumsum(counts)[:-1])) / len(rows)
    nearest = np.abs(before[None, :] - shares[:, None]).argmin(axis=1)
    return moments[np.maximum(nearest, 1)]
