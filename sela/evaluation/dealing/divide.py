"""Divide rows into parts of given shares: strata in proportion, units whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def divide(
    strata: NDArray[np.intp],
    units: NDArray[np.intp],
    shares: Sequence[float],
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Give each of (n,) rows a part, 0 to len(shares) - 1.

    Every stratum is spread in proportion to the shares as far as whole units allow: large units
    first, each to the part that lacks its rows most, then the single rows to even out.
    """
    totals = np.bincount(strata)
    wanted = np.outer(np.asarray(shares), totals)
    parts = np.full(len(strata), -1, dtype=np.intp)
    filled = _place_units(parts, strata, units, wanted, rng)
    for stratum in rng.permutation(len(totals)):
        rows = np.flatnonzero((parts < 0) & (strata == stratum))
        if len(rows):
            counts = _allot(len(rows), wanted[:, stratum] - filled[:, stratum], wanted, filled, rng)
            parts[rng.permutation(rows)] = np.repeat(np.arange(len(shares)), counts)
            filled[:, stratum] += counts
    return parts


def _place_units(
    parts: NDArray[np.intp],
    strata: NDArray[np.intp],
    units: NDArray[np.intp],
    wanted: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Place the units of two rows and more into `parts`; returns the (parts, strata) counts."""
    filled = np.zeros_like(wanted)
    sizes = np.bincount(units)
    order = np.argsort(units, kind="stable")
    starts = np.concatenate(([0], np.cumsum(sizes)))
    large = rng.permutation(np.flatnonzero(sizes > 1))
    for unit in large[np.argsort(-sizes[large], kind="stable")]:
        rows = order[starts[unit] : starts[unit + 1]]
        met, counts = np.unique(strata[rows], return_counts=True)
        lack = 1 - filled[:, met] / wanted[:, met]
        part = int(np.argmax(lack @ counts + 1e-6 * rng.random(len(wanted))))
        parts[rows] = part
        filled[part, met] += counts
    return filled


def _allot(
    count: int,
    lacking: NDArray[np.float64],
    wanted: NDArray[np.float64],
    filled: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Whole numbers that sum to `count`, as near to what each part lacks as can be.

    Remainders go to the largest fraction, then to the part that is emptiest on the whole.
    """
    need = np.maximum(lacking, 0)
    need = need * count / need.sum() if need.sum() > 0 else np.full(len(need), count / len(need))
    counts = np.floor(need + 1e-9)
    emptiness = 1 - (filled.sum(axis=1) + counts) / wanted.sum(axis=1)
    rank = np.round(need - counts, 6) + 1e-3 * emptiness + 1e-6 * rng.random(len(need))
    counts[np.argsort(-rank)[: int(count - counts.sum())]] += 1
    return counts.astype(np.intp)
