"""What a split has to respect: classes in proportion, entities together, time forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sela.errors import DataError
from sela.evaluation.dealing.user import user_codes
from sela.problem.naming import listing, suggestion
from sela.problem.task import Task

TARGET_BINS = 10
ROWS_IN_BIN = 20
LARGEST_MERGED_SHARE = 0.2
"""Of the rows: beyond it, joining groups through duplicates would leave nothing to deal."""


@dataclass(frozen=True)
class Structure:
    """How the rows of a table hang together. All arrays are (n,)."""

    scheme: str
    reason: str
    strata: NDArray[np.intp]
    """Class codes, or bins of a regression's target: to be dealt in proportion."""
    units: NDArray[np.intp]
    """Dense codes of what stays together; every row its own when nothing does."""
    order: NDArray[np.intp] | None = None
    """Ranks in time, equal for the same moment."""
    user: NDArray[np.intp] | None = None
    """The user's own folds, -1 for rows that are only fitted on."""

    @property
    def n_units(self) -> int:
        return int(self.units.max()) + 1

    @property
    def can_repeat(self) -> bool:
        """Whether dealing again gives other folds worth having."""
        return self.order is None and self.user is None


def read_structure(
    frame: pd.DataFrame,
    y: NDArray[Any],
    task: Task,
    *,
    group: str | None,
    time: str | None,
    fold_column: str | None,
    units: NDArray[Any] | None,
) -> Structure:
    """Structure of (n, p) rows; DataError when a named column cannot serve."""
    strata = y.astype(np.intp) if task.is_classification else _bins(y)
    alone = np.arange(len(y))
    if fold_column is not None:
        codes = user_codes(_column(frame, fold_column))
        reason = f"folds as column {fold_column!r} names them"
        return Structure("user", reason, strata, alone, user=codes)
    if time is not None:
        order = _ranks(_column(frame, time))
        reason = f"forward in time by {time!r}: never fitted on what comes later"
        return Structure("time", reason, strata, alone, order=order)
    together = None if units is None else _dense(units)
    if group is not None:
        return _grouped(_column(frame, group), strata, together)
    how = "classes in proportion" if task.is_classification else "the target's range in proportion"
    if together is None or len(np.unique(together)) == len(y):
        return Structure("stratified", how, strata, alone)
    return Structure("stratified+units", f"{how}, duplicates kept together", strata, together)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    names = [str(column) for column in frame.columns]
    if name not in names:
        raise DataError(f"No column {name!r}.{suggestion(name, names)} Columns: {listing(names)}.")
    return pd.Series(frame[name])


def _bins(y: NDArray[Any]) -> NDArray[np.intp]:
    """Bins of equal size along the target, so that each part sees its whole range."""
    bins = int(np.clip(len(y) // ROWS_IN_BIN, 1, TARGET_BINS))
    ranks = np.empty(len(y), dtype=np.intp)
    ranks[np.argsort(y, kind="stable")] = np.arange(len(y))
    return ranks * bins // len(y)


def _ranks(moments: pd.Series) -> NDArray[np.intp]:
    """Ranks of the moments; rows without one come first, where they are only fitted on."""
    is_date = pd.api.types.is_datetime64_any_dtype(moments.dtype)
    if not is_date and not pd.api.types.is_numeric_dtype(moments.dtype):
        raise DataError(
            f"Column {str(moments.name)!r} holds neither dates nor numbers, so it gives no order. "
            "Write it as YYYY-MM-DD."
        )
    if moments.nunique() < 3:
        raise DataError(f"Column {str(moments.name)!r} has fewer than 3 moments to split between.")
    return moments.rank(method="dense", na_option="top").to_numpy().astype(np.intp)


def group_codes(column: Any) -> NDArray[np.intp]:
    """(n,) numbers of the groups of a column; a row without a value is a group of its own."""
    codes, values = pd.factorize(column)
    groups = codes.astype(np.intp)
    groups[codes < 0] = len(values) + np.arange(int((codes < 0).sum()))
    return _dense(groups)


def _grouped(
    column: pd.Series, strata: NDArray[np.intp], duplicates: NDArray[np.intp] | None
) -> Structure:
    groups = group_codes(column)
    if groups.max() == 0:
        raise DataError(f"Column {str(column.name)!r} has one value: there are no groups to split.")
    reason = f"rows of one {str(column.name)!r} kept together"
    if duplicates is not None:
        joined = _joined(groups, duplicates)
        allowed = max(LARGEST_MERGED_SHARE * len(groups), np.bincount(groups).max())
        if np.bincount(joined).max() <= allowed:
            reason += ", and duplicates too" if joined.max() < groups.max() else ""
            return Structure("group+units", reason, strata, joined)
    return Structure("group", reason, strata, groups)


def _joined(groups: NDArray[np.intp], duplicates: NDArray[np.intp]) -> NDArray[np.intp]:
    """Groups that share a duplicate become one: connected components of the two memberships."""
    size = int(groups.max() + duplicates.max()) + 2
    other = duplicates + groups.max() + 1
    links = coo_array((np.ones(len(groups), dtype=np.int8), (groups, other)), shape=(size, size))
    components = connected_components(links, directed=False)[1]
    return _dense(components[groups])


def _dense(codes: NDArray[Any]) -> NDArray[np.intp]:
    return np.unique(codes, return_inverse=True)[1].astype(np.intp)
