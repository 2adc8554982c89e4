"""The profile: deterministic facts about the frame that comes into a stage.

A stage's `build(profile)` gets one; the server shows the one of the whole table. Computed on the
training rows at hand, so that it tells nothing of rows to be predicted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ColumnKind = Literal["numeric", "boolean", "categorical", "date", "text", "constant"]

TEXT_MEAN_LENGTH = 30
TEXT_UNIQUE_SHARE = 0.5


@dataclass(frozen=True)
class ColumnProfile:
    """Facts about one column. `skew`, `minimum` and `maximum` are NaN unless it is numeric."""

    name: str
    kind: ColumnKind
    missing: float
    """Share of missing values, 0 to 1."""
    unique: int
    """Distinct values that are not missing."""
    top_share: float
    """Share of the most frequent value among those not missing."""
    skew: float
    minimum: float
    maximum: float
    is_integer: bool
    """Numeric, and every value is a whole number."""


@dataclass(frozen=True)
class Profile:
    """Facts about a frame and its target."""

    columns: tuple[ColumnProfile, ...]
    n_rows: int
    kind: Literal["binary", "multiclass", "regression"]
    metric: str
    n_classes: int
    """0 for a regression."""
    minority_share: float
    """Share of the rarest class; NaN for a regression."""
    target_skew: float
    """NaN for a classification, as are the two below."""
    target_minimum: float
    target_maximum: float
    seed: int = 0
    threads: int = 1

    def names(self, *kinds: ColumnKind) -> list[str]:
        """The columns of these kinds, in order; all columns without an argument."""
        return [c.name for c in self.columns if not kinds or c.kind in kinds]

    def column(self, name: str) -> ColumnProfile:
        """The facts of one column; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def numeric(self) -> list[str]:
        """Numeric columns."""
        return self.names("numeric")

    @property
    def categorical(self) -> list[str]:
        """Categorical and boolean columns."""
        return self.names("categorical", "boolean")

    @property
    def dates(self) -> list[str]:
        return self.names("date")

    @property
    def texts(self) -> list[str]:
        return self.names("text")

    @property
    def n_columns(self) -> int:
        return len(self.columns)

    @property
    def is_classification(self) -> bool:
        return self.kind != "regression"

    @property
    def has_missing(self) -> bool:
        return any(c.missing > 0 for c in self.columns)


def profile_frame(
    frame: pd.DataFrame,
    target: NDArray[Any],
    *,
    kind: Literal["binary", "multiclass", "regression"],
    metric: str,
    seed: int = 0,
    threads: int = 1,
) -> Profile:
    """Profile (n, p) rows and their (n,) target, which for a classification holds codes."""
    columns = tuple(_column(str(name), column) for name, column in frame.items())
    values = np.asarray(target)
    if kind == "regression":
        values = values.astype(float)
        shape = (0, np.nan, _skew(values), float(values.min()), float(values.max()))
    else:
        counts = np.unique(values, return_counts=True)[1]
        shape = (len(counts), float(counts.min() / len(values)), np.nan, np.nan, np.nan)
    return Profile(columns, len(frame), kind, metric, *shape, seed=seed, threads=threads)


def _column(name: str, series: pd.Series) -> ColumnProfile:
    present = series.dropna()
    counts = present.value_counts()
    unique = len(counts)
    top_share = float(counts.iloc[0] / len(present)) if unique else 1.0
    kind = _kind(present, unique)
    numbers = present.to_numpy(dtype=float) if kind == "numeric" else np.empty(0)
    numbers = numbers[np.isfinite(numbers)]
    skew, low, high = np.nan, np.nan, np.nan
    if len(numbers):
        skew, low, high = _skew(numbers), float(numbers.min()), float(numbers.max())
    return ColumnProfile(
        name=name,
        kind=kind,
        missing=1.0 - len(present) / max(len(series), 1),
        unique=unique,
        top_share=top_share,
        skew=skew,
        minimum=low,
        maximum=high,
        is_integer=bool(len(numbers)) and bool(np.all(numbers == np.round(numbers))),
    )


def _kind(present: pd.Series, unique: int) -> ColumnKind:
    if unique <= 1:
        return "constant"
    if pd.api.types.is_bool_dtype(present.dtype):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(present.dtype):
        return "date"
    if pd.api.types.is_numeric_dtype(present.dtype):
        return "numeric"
    lengths = present.astype(str).str.len()
    is_text = lengths.mean() > TEXT_MEAN_LENGTH and unique > TEXT_UNIQUE_SHARE * len(present)
    return "text" if is_text else "categorical"


def _skew(values: NDArray[Any]) -> float:
    spread = float(values.std())
    if len(values) < 3 or spread == 0:
        return 0.0
    return float((((values - values.mean()) / spread) ** 3).mean())
