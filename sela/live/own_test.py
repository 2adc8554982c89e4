"""A user's own test file, which replaces the sealed part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.errors import DataError
from sela.problem.align import align
from sela.problem.naming import listing
from sela.problem.table import read_table
from sela.problem.task import Task


@dataclass(frozen=True)
class OwnTest:
    """Features (n, p) and encoded targets (n,) of the file's rows that have a known target."""

    frame: pd.DataFrame
    target: NDArray[Any]
    notes: tuple[str, ...]


def read_own_test(path: str | None, task: Task, features: pd.DataFrame) -> OwnTest | None:
    """Read the file, with the columns and types of `features`; None without a path.

    DataError when it lacks columns or has no usable row.
    """
    if path is None:
        return None
    table = read_table(path)
    missing = [c for c in (*features.columns, task.target) if c not in table.columns]
    if missing:
        raise DataError(
            f"The test file {path} lacks {listing(missing)}. It needs every column of the data "
            "set, the target included."
        )
    target = encode(task, pd.Series(table[task.target]))
    rows = np.flatnonzero(~np.isnan(target))
    if not len(rows):
        raise DataError(f"No row of {path} has a known {task.target!r}.")
    left_out = len(table) - len(rows)
    notes = (f"{left_out} test rows without a known target were left out.",) if left_out else ()
    kept = target[rows].astype(np.int64) if task.is_classification else target[rows]
    aligned = align(table.iloc[rows].reset_index(drop=True), features)
    return OwnTest(aligned.frame, kept, (*notes, *aligned.notes))


def encode(task: Task, values: pd.Series) -> NDArray[np.float64]:
    """Codes or numbers of a target column as (n,) floats; NaN where it is missing or unknown."""
    if not task.is_classification:
        numbers = np.asarray(pd.to_numeric(values, errors="coerce"), dtype=float)
        return np.where(np.isfinite(numbers), numbers, np.nan)
    codes = {_word(label): float(code) for code, label in enumerate(task.classes)}
    return np.array([codes.get(_word(value), np.nan) for value in values])


def _word(value: object) -> str:
    """A label as both files would write it: 1, 1.0 and "1" are the same."""
    text = str(value).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else str(number)
