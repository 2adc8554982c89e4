"""New rows for a model: the columns it was fitted on, in their order and types."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sela.errors import DataError
from sela.problem.naming import listing, suggestion


@dataclass(frozen=True)
class Aligned:
    """Rows with the columns of a reference, and what was done to get there."""

    frame: pd.DataFrame
    notes: tuple[str, ...]


def align(frame: pd.DataFrame, reference: pd.DataFrame) -> Aligned:
    """Give a table, as `read_table` reads it, the columns and types of a reference (rows ignored).

    Extra columns are left out and values that do not fit a column's type become missing, both
    told. Raises DataError that names the missing columns.
    """
    names = [str(name) for name in reference.columns]
    present = [str(name) for name in frame.columns]
    missing = [name for name in names if name not in present]
    if missing:
        raise DataError(
            f"Missing column{'s' * (len(missing) > 1)} {listing(map(repr, missing))}."
            f"{suggestion(missing[0], present)} The model was fitted on {listing(names)}."
        )
    notes: list[str] = []
    extra = [name for name in present if name not in names]
    if extra:
        notes.append(f"Left out {len(extra)} columns the model does not know: {listing(extra)}.")
    columns: dict[str, pd.Series] = {}
    for name in names:
        columns[name] = _as(pd.Series(frame[name]), reference[name].dtype)
        lost = int((columns[name].isna() & frame[name].notna()).sum())
        if lost:
            notes.append(f"{lost} values of {name!r} do not fit its type and count as missing.")
    return Aligned(pd.DataFrame(columns, index=frame.index), tuple(notes))


def _as(series: pd.Series, dtype: object) -> pd.Series:
    kind = pd.api.types
    if kind.is_bool_dtype(dtype):
        return _bools(series)
    if kind.is_datetime64_any_dtype(dtype):
        if kind.is_datetime64_any_dtype(series.dtype):
            return series.astype("datetime64[us]").astype(str(dtype))
        text = series.map(str, na_action="ignore")
        return pd.to_datetime(text, errors="coerce", format="mixed").astype(str(dtype))
    if kind.is_numeric_dtype(dtype):
        if kind.is_datetime64_any_dtype(series.dtype):
            return pd.Series(float("nan"), index=series.index, name=series.name)
        numbers = pd.Series(pd.to_numeric(series, errors="coerce"), index=series.index)
        is_whole = kind.is_integer_dtype(dtype) and bool((numbers == numbers.round()).all())
        return numbers.astype("int64" if is_whole else "float64")
    return _texts(series)


def _bools(series: pd.Series) -> pd.Series:
    """True and False in any spelling; with gaps they stay text, as `read_table` leaves them."""
    if pd.api.types.is_bool_dtype(series.dtype):
        return series
    words = series.map(str, na_action="ignore").str.casefold()
    known = words.map(
        {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}
    )
    return known.astype(bool) if known.notna().all() else known.map(str, na_action="ignore")


def _texts(series: pd.Series) -> pd.Series:
    """Text; whole numbers lose the `.0` that a missing value gave their column."""
    if pd.api.types.is_float_dtype(series.dtype):
        present = series.dropna()
        if (present == present.round()).all():
            series = series.astype("Int64")
    return series.map(str, na_action="ignore").astype("str")
