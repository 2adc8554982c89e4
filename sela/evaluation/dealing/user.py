"""A user's own fold column: each value is one fold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.errors import DataError
from sela.evaluation.splits import Fold, Rows

MOST_USER_FOLDS = 50
ONLY_FITTED_ON = frozenset(("-1", "-1.0", "train"))
SEALED = frozenset(("test", "holdout", "hold-out", "hold_out"))
SEALED_CODE = -2
FEWEST_FOLDS_TO_SPARE_ONE = 4


def user_codes(column: pd.Series) -> NDArray[np.intp]:
    """Fold codes from 0 in the order of the values.

    -1 (rows only fitted on): missing, -1, `train`; -2 (sealed): `test`, `holdout`. DataError when
    the column does not look like folds.
    """
    words = column.astype(str).str.strip().str.casefold()
    is_fold = column.notna() & ~words.isin(ONLY_FITTED_ON | SEALED)
    codes = np.full(len(column), -1, dtype=np.intp)
    codes[is_fold.to_numpy()], values = pd.factorize(column[is_fold], sort=True)
    codes[words.isin(SEALED).to_numpy()] = SEALED_CODE
    enough = 1 if (codes == -1).any() else 2
    if not enough <= len(values) <= MOST_USER_FOLDS:
        raise DataError(
            f"Column {str(column.name)!r} names {len(values)} folds. A fold column has 2 to "
            f"{MOST_USER_FOLDS} values, one for each fold (-1: never scored, test: sealed)."
        )
    return codes


def seal_user_fold(codes: NDArray[np.intp], fraction: float, rng: np.random.Generator) -> Rows:
    """The rows named as test; else one whole fold, since only whole folds respect what they mean.

    Below four folds none can be spared, and nothing is sealed.
    """
    if fraction == 0 or (codes == SEALED_CODE).any():
        return np.flatnonzero(codes == SEALED_CODE)
    folds, counts = np.unique(codes[codes >= 0], return_counts=True)
    if len(folds) < FEWEST_FOLDS_TO_SPARE_ONE:
        return np.flatnonzero(codes == SEALED_CODE)
    misfit = np.abs(counts / len(codes) - fraction) + 1e-9 * rng.random(len(folds))
    return np.flatnonzero(codes == folds[misfit.argmin()])


def user_folds(codes: NDArray[np.intp], search: Rows) -> tuple[Fold, ...]:
    """One fold for each value among the searched rows."""
    mine = codes[search]
    values = np.unique(mine[mine >= 0])
    return tuple(Fold(search[mine != value], search[mine == value]) for value in values)
