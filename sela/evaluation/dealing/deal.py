"""Deal a table into sealed rows and shared folds, the same for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.errors import DataError, RequestError
from sela.evaluation.dealing.divide import divide
from sela.evaluation.dealing.forward import forward_folds, seal_latest
from sela.evaluation.dealing.structure import Structure, read_structure
from sela.evaluation.dealing.user import seal_user_fold, user_folds
from sela.evaluation.splits import Fold, Rows, Splits
from sela.problem.task import Task

DEFAULT_TEST_FRACTION = 0.2
FEWEST_ROWS_TO_SEAL = 200
REPEATED_BELOW = 1_000
FIVE_FOLDS_UP_TO = 10_000
THREE_FOLDS_UP_TO = 50_000
HOLD_OUT_SHARE = 0.2
MOST_FOLDS = 20
SEALING, SEARCHING, FRESH = 1, 2, 3
"""Streams of random numbers, so that the sealed rows do not depend on the number of folds."""


def deal(
    frame: pd.DataFrame,
    y: NDArray[Any],
    task: Task,
    *,
    seed: int,
    folds: int | None = None,
    test_fraction: float = DEFAULT_TEST_FRACTION,
    group: str | None = None,
    time: str | None = None,
    fold_column: str | None = None,
    has_test_file: bool = False,
    units: NDArray[Any] | None = None,
) -> Splits:
    """Seal a part of the (n, p) rows and deal the rest into folds.

    `units` (n,) names rows that have to stay together, such as duplicates. `has_test_file`: the
    user's own file is the sealed part, and every row here is searched on. Raises DataError or
    RequestError when the data or the wishes cannot be dealt.
    """
    _refuse_options(folds, test_fraction, (group, time, fold_column))
    structure = read_structure(
        frame, y, task, group=group, time=time, fold_column=fold_column, units=units
    )
    fraction = 0.0 if has_test_file or len(y) < FEWEST_ROWS_TO_SEAL else test_fraction
    test = _seal(structure, fraction, _stream(seed, SEALING))
    search = np.setdiff1d(np.arange(len(y)), test)
    count, repeats = _how_many(len(y), len(search), folds)
    rng = _stream(seed, SEARCHING)
    first = _sound_folds(structure, search, y, task, count, folds is not None, rng)
    every = list(first)
    for _ in range(1, repeats if structure.can_repeat else 1):
        every += _folds(structure, search, len(first), rng)
    return Splits(
        scheme=structure.scheme,
        test=test,
        search=search,
        folds=tuple(every),
        folds_per_repeat=len(first),
        seed=seed,
        test_is_file=has_test_file,
        reason=_reason(structure, search, test, len(first), len(every), has_test_file),
    )


def fresh_folds(
    splits: Splits,
    frame: pd.DataFrame,
    y: NDArray[Any],
    task: Task,
    *,
    seed: int,
    group: str | None = None,
    time: str | None = None,
    fold_column: str | None = None,
    units: NDArray[Any] | None = None,
) -> tuple[Fold, ...]:
    """Folds of the same scheme on the searched rows that the search never saw; one repeat.

    A user's own folds are the exception: there are no others, so they come back as they are.
    """
    structure = read_structure(
        frame, y, task, group=group, time=time, fold_column=fold_column, units=units
    )
    rng = _stream(seed, FRESH)
    return _sound_folds(structure, splits.search, y, task, splits.folds_per_repeat, False, rng)


def _refuse_options(folds: int | None, test_fraction: float, columns: Sequence[str | None]) -> None:
    if folds is not None and not 1 <= folds <= MOST_FOLDS:
        raise RequestError(f"{folds} folds: give 1 (a hold-out) to {MOST_FOLDS}.")
    if not 0 <= test_fraction <= 0.5:
        raise RequestError(f"A test fraction of {test_fraction}: give 0 (none) to 0.5.")
    if sum(column is not None for column in columns) > 1:
        raise RequestError("Give one of group, time and fold column: they exclude each other.")


def _seal(structure: Structure, fraction: float, rng: np.random.Generator) -> Rows:
    everything = np.arange(len(structure.strata))
    if structure.user is not None:
        return seal_user_fold(structure.user, fraction, rng)
    if fraction == 0:
        return everything[:0]
    if structure.order is not None:
        return seal_latest(structure.order, fraction)
    if structure.n_units < 5:
        return everything[:0]
    parts = divide(structure.strata, structure.units, (fraction, 1 - fraction), rng)
    return everything[parts == 0]


def _stream(seed: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng((seed % 2**32, purpose))


def _how_many(rows: int, searched: int, folds: int | None) -> tuple[int, int]:
    """Folds in a repeat, and repeats, for a table of so many rows."""
    if folds is not None:
        return folds, 1
    if searched <= FIVE_FOLDS_UP_TO:
        return 5, 2 if rows < REPEATED_BELOW else 1
    return (3, 1) if searched <= THREE_FOLDS_UP_TO else (1, 1)


def _sound_folds(
    structure: Structure,
    search: Rows,
    y: NDArray[Any],
    task: Task,
    count: int,
    is_wish: bool,
    rng: np.random.Generator,
) -> tuple[Fold, ...]:
    """As many folds as wanted, or fewer where the data has not got enough, unless it is a wish."""
    flaws: list[str] = []
    for fewer in [count] if is_wish or structure.user is not None else range(count, 0, -1):
        folds = _folds(structure, search, fewer, rng)
        found = [flaw for fold in folds if (flaw := _flaw(fold, y, task))]
        if folds and not found:
            return folds
        flaws += found
    raise DataError(
        f"{count} {structure.scheme} folds cannot be dealt from {len(search)} rows: "
        f"{flaws[0] if flaws else 'too few groups or moments'}. "
        "Give fewer folds, or another way to split."
    )


def _flaw(fold: Fold, y: NDArray[Any], task: Task) -> str | None:
    """What would make a fold useless: nothing to fit or score, or a single class on a side."""
    for rows, side in ((fold.train, "fitted on"), (fold.valid, "scored")):
        if not len(rows):
            return f"a fold has no rows to be {side}"
        if task.is_classification and len(np.unique(y[rows])) < 2:
            return f"a fold has only one class among the rows to be {side}"
    return None


def _folds(
    structure: Structure, search: Rows, count: int, rng: np.random.Generator
) -> tuple[Fold, ...]:
    if structure.user is not None:
        return user_folds(structure.user, search)
    if structure.order is not None:
        return forward_folds(structure.order, search, count, rng)
    units = np.unique(structure.units[search], return_inverse=True)[1]
    shares = (HOLD_OUT_SHARE, 1 - HOLD_OUT_SHARE) if count == 1 else (1 / count,) * count
    if len(shares) > units.max() + 1:
        return ()
    parts = divide(structure.strata[search], units, shares, rng)
    return tuple(Fold(search[parts != i], search[parts == i]) for i in range(count))


def _reason(
    structure: Structure, search: Rows, test: Rows, count: int, total: int, has_test_file: bool
) -> str:
    folds = "one hold-out" if count == 1 else f"{count} folds"
    again = f", dealt {total // count} times since the table is small" if total > count else ""
    return f"{structure.reason}; {folds} on {len(search)} rows{again}; " + _sealed(
        structure, len(search) + len(test), len(test), has_test_file
    )


def _sealed(structure: Structure, rows: int, sealed: int, has_test_file: bool) -> str:
    if has_test_file:
        return "the user's own file is the sealed test."
    if sealed:
        how = " (the latest)" if structure.order is not None else ""
        return f"{sealed} rows{how} are sealed for the final test."
    if rows < FEWEST_ROWS_TO_SEAL:
        return f"no rows are sealed, since {rows} are too few to spare any."
    return "no rows are sealed."
