"""Column types a model can live with: dates parsed, clean numbers read, exotic types made plain."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from sela.problem.dates import parse_dates

GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d+(\.\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?")
SAMPLE = 200
GAPS = frozenset(("none", "-", "--", ".", "n.a.", "missing", "unknown", "nan", "null", ""))
"""Words for a missing value in a column that otherwise holds numbers."""


def settle_types(frame: pd.DataFrame, *, decimal_comma: bool = False) -> pd.DataFrame:
    """The same table in plain types: numbers, booleans, strings, and datetimes without zone."""
    settled = {name: _settle(series, decimal_comma) for name, series in frame.items()}
    return pd.DataFrame(settled, index=frame.index)


def _settle(series: pd.Series, decimal_comma: bool) -> pd.Series:
    kind = pd.api.types
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        series = series.astype(dtype.categories.dtype if series.notna().all() else object)
        return _settle(series, decimal_comma)
    if kind.is_bool_dtype(dtype):
        return _text(series) if series.isna().any() else series.astype(bool)
    if kind.is_datetime64_any_dtype(dtype):
        return _without_zone(series)
    if kind.is_timedelta64_dtype(dtype):
        return series.dt.total_seconds()
    if kind.is_complex_dtype(dtype):
        return _text(series)
    if kind.is_numeric_dtype(dtype):
        return _number(series)
    return _settle_objects(series, decimal_comma)


def _number(series: pd.Series) -> pd.Series:
    if pd.api.types.is_extension_array_dtype(series.dtype):
        whole = pd.api.types.is_integer_dtype(series.dtype) and series.notna().all()
        series = series.astype("int64" if whole else "float64")
    if pd.api.types.is_float_dtype(series.dtype) and np.isinf(series.to_numpy()).any():
        return series.replace([np.inf, -np.inf], np.nan)
    return series


def _settle_objects(series: pd.Series, decimal_comma: bool) -> pd.Series:
    present = series.dropna()
    if not len(present):
        return pd.Series(np.nan, index=series.index, name=series.name, dtype="float64")
    inferred = pd.api.types.infer_dtype(present, skipna=True)
    if inferred in ("integer", "floating", "mixed-integer-float", "decimal"):
        return _number(series.astype("float64"))
    if inferred in ("date", "datetime", "datetime64"):
        return _without_zone(pd.to_datetime(series, errors="coerce", utc=True))
    if inferred != "string":
        return _text(series)
    codes, levels = pd.factorize(series)
    distinct = pd.Series(levels)
    for reading in (_clean_numbers(distinct, decimal_comma), parse_dates(distinct)):
        if reading is not None:
            return reading.reindex(codes).set_axis(series.index).rename(series.name)
    return series.astype("str")


def _clean_numbers(distinct: pd.Series, decimal_comma: bool) -> pd.Series | None:
    """Numbers like 1,234.5 (or 1.234,5 where the separator was a semicolon), if all are such.

    Words for "missing" among them become missing.
    """
    pattern = DECIMAL_COMMA if decimal_comma else GROUPED
    stripped = distinct.str.strip()
    is_gap = stripped.str.casefold().isin(GAPS)
    if not all(pattern.fullmatch(text) for text in stripped[~is_gap].head(SAMPLE)):
        return None
    if is_gap.all() or not stripped[~is_gap].str.fullmatch(pattern.pattern).all():
        return None
    if decimal_comma:
        stripped = stripped.str.replace(".", "").str.replace(",", ".")
    return stripped.str.replace(",", "").mask(is_gap, "nan").astype("float64")


def _without_zone(series: pd.Series) -> pd.Series:
    zoned = isinstance(series.dtype, pd.DatetimeTZDtype)
    return series.dt.tz_convert("UTC").dt.tz_localize(None) if zoned else series


def _text(series: pd.Series) -> pd.Series:
    return series.map(str, na_action="ignore").astype("str")
