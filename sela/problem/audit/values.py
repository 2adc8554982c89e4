"""Columns as numbers, and in bins."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MOST_BINS = 64
FEWEST_ROWS_IN_BIN = 8


def bin_codes(series: pd.Series) -> NDArray[np.intp]:
    """(m,) bin of each value: at most 64, missing ones a bin of their own."""
    values = numbers_of(series)
    present = np.isfinite(values)
    codes = np.full(len(values), -1, dtype=np.intp)
    distinct, inverse, counts = np.unique(values[present], return_inverse=True, return_counts=True)
    most = int(np.clip(len(values) // FEWEST_ROWS_IN_BIN, 2, MOST_BINS))
    if len(distinct) <= most:
        codes[present] = inverse
    elif is_ordered(series):
        middle = np.cumsum(counts) - counts / 2
        codes[present] = (middle * most / counts.sum()).astype(np.intp)[inverse]
    else:
        rank = np.empty(len(distinct), dtype=np.intp)
        rank[np.argsort(-counts, kind="stable")] = np.arange(len(distinct))
        codes[present] = np.minimum(rank, most - 1)[inverse]
    codes[~present] = codes.max() + 1
    return codes


def numbers_of(series: pd.Series) -> NDArray[np.float64]:
    """A column as floats: dates as time, text as codes in sorted order, missing as NaN."""
    kind = pd.api.types
    if kind.is_datetime64_any_dtype(series.dtype):
        days = series.astype("datetime64[ns]").astype("int64").to_numpy() / 8.64e13
        return np.where(series.isna(), np.nan, days)
    if kind.is_numeric_dtype(series.dtype):
        return series.to_numpy(dtype=float, na_value=np.nan)
    codes = pd.factorize(series, sort=True)[0].astype(float)
    return np.where(codes < 0, np.nan, codes)


def numeric_matrix(frame: pd.DataFrame) -> NDArray[np.float32]:
    """A frame as (n, p) floats for a forest, missing as NaN."""
    if not frame.shape[1]:
        return np.empty((len(frame), 0), dtype=np.float32)
    columns = [numbers_of(series) for _, series in frame.items()]
    most = np.finfo(np.float32).max
    return np.clip(np.column_stack(columns), -most, most).astype(np.float32)


def is_ordered(series: pd.Series) -> bool:
    """Whether nearness of its values means something: numbers and dates."""
    kind = pd.api.types
    return kind.is_numeric_dtype(series.dtype) or kind.is_datetime64_any_dtype(series.dtype)
