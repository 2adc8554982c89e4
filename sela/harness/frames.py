"""Frames at the borders of stages: what comes in, between two stages, and into the model."""

from __future__ import annotations

import inspect
import re
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype
from sklearn.base import BaseEstimator, TransformerMixin

from sela.harness.modules import ContractError

Reading = Literal["number", "date", "string"]
UNSAFE_IN_NAMES = re.compile(r"[^\w\s.()%+\-/=]")


class Intake(TransformerMixin, BaseEstimator):
    """Gives every table the shape of the one it was fitted on.

    Columns are found by name, in any order; extra ones are left out, a missing one is an error.
    Numbers and booleans become floats with NaN, dates naive timestamps, all else `object`
    columns of strings with NaN for what is missing. Infinite values count as missing.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Intake:
        self.readings_: dict[Any, Reading] = {name: _reading(column) for name, column in X.items()}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        absent = [str(name) for name in self.readings_ if name not in X.columns]
        if absent:
            raise ContractError(f"columns are missing: {', '.join(absent)}")
        given = dict(X.items())
        columns = {str(n): _read(given[n], reading) for n, reading in self.readings_.items()}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(X)))


class FrameStep(TransformerMixin, BaseEstimator):
    """A stage's transformer, held to the contract: a frame in, a frame of as many rows out."""

    def __init__(self, transformer: Any) -> None:
        self.transformer = transformer

    def fit(self, X: pd.DataFrame, y: Any = None) -> FrameStep:
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: pd.DataFrame, y: Any = None, **_: Any) -> pd.DataFrame:
        """Fit and transform in one, so that encoders can cross-fit."""
        inner = self.transformer
        if callable(getattr(inner, "fit_transform", None)):
            given = _call_fit(inner.fit_transform, X, y)
        else:
            if callable(getattr(inner, "fit", None)):
                _call_fit(inner.fit, X, y)
            given = inner.transform(X.copy())
        return self._frame(given, X)

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return self._frame(self.transformer.transform(X.copy()), X)

    def _frame(self, given: Any, X: pd.DataFrame) -> pd.DataFrame:
        frame = as_frame(given, self.transformer)
        if len(frame) != len(X):
            raise ContractError(
                f"transform gave {len(frame)} rows for {len(X)}; rows may be dropped or added "
                "only by fit_resample(X, y) in data_preprocessing"
            )
        if not frame.shape[1]:
            raise ContractError("transform gave a frame without columns")
        return frame


class ModelIntake(TransformerMixin, BaseEstimator):
    """Column names that every library takes, and no column without a single value.

    The frame is otherwise left alone.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> ModelIntake:
        names: dict[str, str] = {}
        for name in X.columns:
            safe = UNSAFE_IN_NAMES.sub("_", str(name)) or "_"
            while safe in names.values():
                safe += "_"
            names[str(name)] = safe
        self.names_ = names
        self.empty_ = {str(name): 0.0 for name, column in X.items() if not column.count()}
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        return X.assign(**self.empty_).rename(columns=self.names_)


def as_frame(given: Any, transformer: Any = None) -> pd.DataFrame:
    """A DataFrame with string names, a fresh index and no infinite numbers, of whatever came.

    (n, p) arrays get the transformer's own names for its columns, or `f0`, `f1`, ….
    """
    if isinstance(given, pd.DataFrame):
        frame = given.reset_index(drop=True)
    elif isinstance(given, pd.Series):
        frame = given.reset_index(drop=True).to_frame()
    else:
        array = np.asarray(given.toarray() if hasattr(given, "toarray") else given)
        if array.ndim != 2:
            raise ContractError(f"transform gave {array.ndim} dimensions, a frame has 2")
        frame = pd.DataFrame(array, columns=_names(transformer, array.shape[1]))
    frame.columns = _distinct([str(name) for name in frame.columns])
    return _finite(frame)


def _finite(frame: pd.DataFrame) -> pd.DataFrame:
    """Infinite values become missing; sparse columns become plain ones."""
    for name in frame.columns:
        column = frame[name]
        if isinstance(column.dtype, pd.SparseDtype):
            column = column.sparse.to_dense()
            frame[name] = column
        if pd.api.types.is_float_dtype(column.dtype):
            values = column.to_numpy(dtype=float, na_value=np.nan)
            if np.isinf(values).any():
                frame[name] = np.where(np.isinf(values), np.nan, values)
    return frame


def _names(transformer: Any, width: int) -> list[str]:
    try:
        names = [str(name) for name in transformer.get_feature_names_out()]
    except (AttributeError, ValueError, TypeError):
        names = []
    return names if len(names) == width else [f"f{i}" for i in range(width)]


def _distinct(names: list[str]) -> list[str]:
    seen: set[str] = set()
    for i, name in enumerate(names):
        while name in seen:
            name += "_"
        names[i] = name
        seen.add(name)
    return names


def _call_fit(method: Any, X: pd.DataFrame, y: Any) -> Any:
    """Call with (X, y), or with X alone where the method takes no target."""
    try:
        inspect.signature(method).bind(X, y)
    except TypeError:
        return method(X.copy())
    except ValueError:  # No signature to be read: the usual one is tried.
        pass
    return method(X.copy(), y)


def _reading(series: pd.Series) -> Reading:
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return "date"
    is_number = pd.api.types.is_numeric_dtype(series.dtype)
    if is_number or pd.api.types.is_timedelta64_dtype(series.dtype):
        return "number"
    is_truth = series.dtype == object and infer_dtype(series, skipna=True) == "boolean"
    return "number" if is_truth else "string"


def _read(series: pd.Series, reading: Reading) -> Any:
    if reading == "number":
        return _numbers(series)
    if reading == "date":
        return _dates(series).to_numpy()
    return _strings(series)


def _numbers(series: pd.Series) -> Any:
    if pd.api.types.is_timedelta64_dtype(series.dtype):
        series = series.dt.total_seconds()
    if not pd.api.types.is_numeric_dtype(series.dtype):
        plain = [float(v) if isinstance(v, bool) else v for v in series.tolist()]
        series = pd.Series(pd.to_numeric(pd.Series(plain, dtype=object), errors="coerce"))
    values = series.to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isinf(values), np.nan, values)


def _dates(series: pd.Series) -> pd.Series:
    dates: Any = pd.to_datetime(series, errors="coerce", utc=True)
    return dates.dt.tz_localize(None)


def _strings(series: pd.Series) -> Any:
    values = np.empty(len(series), dtype=object)
    values[:] = [np.nan if _is_missing(v) else _string(v) for v in series.tolist()]
    return values


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value


def _string(value: Any) -> str:
    """A whole float reads as an integer: 1.0 and 1 are one category."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
