"""Copies: rows that are another row again, exactly, but for one column, or but for a little noise.

A row number or a loading time hides copies from a comparison of whole rows, and so does a value
that was measured or rounded again. Each way is taken only where it tells copies from rows that are
alike by chance: no more than a few at a time, and far closer than neighbours are.
"""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.util import hash_pandas_object
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sela.problem.audit.values import is_ordered, numbers_of

Ids = NDArray[np.intp]

FEWEST_COLUMNS = 4
"""Fewer that agree prove nothing."""
MOST_ALIKE = 8
"""Rows that are alike but for one column: more of them are rows that say little."""
BY_CHANCE = 1e-3
"""Pairs that would agree in all columns but one if columns were independent, at most."""
MOST_ROWS = 20_000
"""That neighbours are looked for in."""
NEIGHBOURS = 20
CLOSEST = 0.15
"""A copy's distance over that of the tenth neighbour, at most; far less in few dimensions."""
CHANCE_NEAR = 1e-4
"""Of a row, to have a neighbour that close by chance, in as many dimensions as the rows fill."""
LEVEL_DIMENSIONS = 8


def row_hashes(frame: pd.DataFrame) -> NDArray[np.uint64]:
    """(n,) a number for each row, equal for rows that are equal in every column."""
    return _hashes(frame).sum(axis=1, dtype=np.uint64)


def exact_ids(frame: pd.DataFrame) -> Ids:
    """(n,) the same number for rows that are equal in every column, spelling of texts apart."""
    return _ids(row_hashes(frame))


def copy_ids(frame: pd.DataFrame) -> Ids:
    """(n,) the same number for rows that are copies of each other in any of the ways."""
    hashes = _hashes(frame)
    whole = hashes.sum(axis=1, dtype=np.uint64)
    exact = _ids(whole)
    first = np.unique(exact, return_index=True)[1]
    pairs = [*_but_one(frame.iloc[first], hashes[first], whole[first]), _near(frame.iloc[first])]
    return _joined(exact, np.concatenate(pairs))


def _but_one(
    frame: pd.DataFrame, hashes: NDArray[np.uint64], whole: NDArray[np.uint64]
) -> list[NDArray[np.intp]]:
    """Pairs (m, 2) of distinct rows that agree in all columns but one."""
    if frame.shape[1] <= FEWEST_COLUMNS or len(frame) < 2:
        return []
    agreement = np.array([_agreement(hashes[:, at]) for at in range(frame.shape[1])])
    log_pairs = np.log(len(frame)) * 2 - np.log(2)
    found: list[NDArray[np.intp]] = []
    for at in range(frame.shape[1]):
        by_chance = log_pairs + np.log(np.delete(agreement, at)).sum()
        if by_chance < np.log(BY_CHANCE):
            ids = _ids(whole - hashes[:, at])
            if np.bincount(ids).max() <= MOST_ALIKE:
                found.append(_pairs(ids))
    return found


def _near(frame: pd.DataFrame) -> NDArray[np.intp]:
    """Pairs (m, 2) of rows that are far closer than neighbours are elsewhere."""
    from sklearn.neighbors import NearestNeighbors

    none = np.empty((0, 2), dtype=np.intp)
    if not NEIGHBOURS < len(frame) <= MOST_ROWS or frame.shape[1] < FEWEST_COLUMNS:
        return none
    points = points_of(frame)
    gaps, near = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(points).kneighbors(points)
    middle, last = gaps[:, NEIGHBOURS // 2], gaps[:, NEIGHBOURS]
    spread = (middle > 0) & (last > middle)
    if spread.mean() < 0.5:
        return none
    dimensions = np.log(2) / np.median(np.log(last[spread] / middle[spread]))
    limit = min(CLOSEST, (CHANCE_NEAR / (NEIGHBOURS // 2)) ** (1 / dimensions))
    rows, at = np.nonzero(gaps[:, 1:] <= limit * middle[:, None])
    return np.column_stack([rows, near[rows, at + 1]]).astype(np.intp)


def points_of(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Rows as points: numbers in standard deviations, two levels of a text one apart."""
    parts: list[NDArray[np.float64]] = []
    for name, series in frame.items():
        values = numbers_of(series)
        present = np.isfinite(values)
        if not present.any():
            continue
        if is_ordered(series):
            values = (values - values[present].mean()) / (values[present].std() or 1.0)
            parts.append(np.where(present, values, 0.0)[:, None])
            continue
        rng = np.random.default_rng(zlib.crc32(str(name).encode()))
        shape = (int(values[present].max()) + 2, LEVEL_DIMENSIONS)
        levels = rng.normal(0, (2 * LEVEL_DIMENSIONS) ** -0.5, shape)
        parts.append(levels[np.where(present, values, -1).astype(np.intp)])
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(frame), 1))


def _hashes(frame: pd.DataFrame) -> NDArray[np.uint64]:
    """(n, p) a number for each value: 1 and 1.0 are equal, and so are `Yes` and `yes `."""
    columns = [
        hash_pandas_object(_plain(series), index=False).to_numpy()  # pyright: ignore[reportCallIssue]
        * np.uint64(2 * at + 1)
        for at, (_, series) in enumerate(frame.items())
    ]
    return np.column_stack(columns) if columns else np.zeros((len(frame), 1), dtype=np.uint64)


def _plain(series: pd.Series) -> pd.Series:
    kind = pd.api.types
    if kind.is_datetime64_any_dtype(series.dtype):
        return series
    if kind.is_numeric_dtype(series.dtype):
        return series.astype("float64")
    return series.astype(object).map(lambda v: v.strip().casefold() if isinstance(v, str) else v)


def _agreement(values: NDArray[np.uint64]) -> float:
    """The share of pairs of rows that agree."""
    counts = np.unique_counts(values).counts
    return float(np.sum((counts / len(values)) ** 2))


def _ids(values: NDArray[np.uint64]) -> Ids:
    return np.unique(values, return_inverse=True)[1].astype(np.intp)


def _pairs(ids: Ids) -> NDArray[np.intp]:
    """Each row with the first of its number, where they are not the same."""
    first = np.unique(ids, return_index=True)[1][ids]
    rows = np.flatnonzero(first != np.arange(len(ids)))
    return np.column_stack([rows, first[rows]])


def _joined(ids: Ids, pairs: NDArray[np.intp]) -> Ids:
    """Numbers joined along pairs of them."""
    count = int(ids.max()) + 1
    ones = np.ones(len(pairs), dtype=np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.intp)[ids]
