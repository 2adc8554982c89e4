"""Splits: which rows are sealed, and which folds every candidate shares.

The dealing itself is in `dealing`; this is its frozen result, stored with the search.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Fold:
    """Row positions of the table: fitted on `train`, scored on `valid`."""

    train: Rows
    valid: Rows


@dataclass(frozen=True)
class Splits:
    """The sealed test rows, and the folds on the rest.

    `folds` is every repeat's folds, one repeat after another; `folds_per_repeat` tells where a
    repeat ends. `test` is empty when a user's own test file replaces it (then `test_is_file`).
    """

    scheme: str
    """`stratified`, `random`, `group`, `time`, `user` — with `+units` when duplicates are kept
    together."""
    test: Rows
    search: Rows
    folds: tuple[Fold, ...]
    folds_per_repeat: int
    seed: int
    test_is_file: bool = False
    reason: str = ""
    """Why this scheme and this many folds, in one sentence for the report."""
