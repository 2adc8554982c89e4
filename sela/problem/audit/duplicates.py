"""Duplicates: the same features more than once, so that a random fold is asked what it was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.util import hash_pandas_object

from sela.live.answers import Finding
from sela.problem.audit.label_noise import contradictions
from sela.problem.task import Task

MANY = 0.01
LARGEST_UNIT = 0.2
"""Of the rows: beyond it rows are alike because the columns say little, not because of copies."""
FEWEST_UNITS = 50
MOSTLY = 0.5


@dataclass(frozen=True)
class Duplicates:
    """Ids of equal rows (n,), and the same when they are to be kept together."""

    findings: tuple[Finding, ...]
    units: NDArray[np.intp]
    together: NDArray[np.intp] | None


def find_duplicates(
    frame: pd.DataFrame,
    y: NDArray[Any],
    task: Task,
    test_frame: pd.DataFrame | None,
    *,
    apart: bool = False,
) -> Duplicates:
    """Equal rows of the (n, p) features without identifiers; rows of the test file among them.

    Copies are kept together unless the user wants them `apart`. Rows that are equal but mostly
    contradict each other are repeated measurements, not copies: they are dealt like others.
    """
    hashes = _hashes(frame)
    units = np.unique(hashes, return_inverse=True)[1].astype(np.intp)
    across = () if test_frame is None else _across(hashes, frame, test_frame)
    is_copy = np.bincount(units)[units] > 1
    if not is_copy.any():
        return Duplicates(across, units, None)
    reason = _no_copies(units, is_copy, contradictions(units, y, task))
    share = is_copy.mean()
    evidence = f"{is_copy.sum()} of {len(y)} rows ({share:.1%}) have the same features as another."
    severity = "warning" if share >= MANY else "note"
    overrule = "`--keep duplicates` deals them apart"
    if reason is not None:
        action, overrule = f"Dealt like other rows: {reason}.", "`--group COL` keeps rows together"
    elif apart:
        action = "Dealt apart, as asked: scores are too good if new rows are no such copies."
        overrule = "no `--keep duplicates`"
    else:
        action = "Kept together: no fold is asked about a row whose copy it was fitted on."
    finding = Finding("duplicates", (), evidence, action, overrule, severity)
    together = None if apart or reason is not None else units
    return Duplicates((finding, *across), units, together)


def _no_copies(
    units: NDArray[np.intp], is_copy: NDArray[np.bool_], contradicts: NDArray[np.bool_]
) -> str | None:
    """Why equal rows are not copies of one another, if they are not."""
    sizes = np.bincount(units)
    if sizes.max() > LARGEST_UNIT * len(units) or len(sizes) < FEWEST_UNITS:
        return f"the columns take few values, and {sizes.max()} rows are alike in all of them"
    if contradicts[is_copy].mean() > MOSTLY:
        return "most have different targets, so they are repeated measurements and no copies"
    return None


def _hashes(frame: pd.DataFrame) -> NDArray[np.uint64]:
    """(n,) one number for equal rows, whether a column holds whole numbers as ints or floats."""
    if not frame.shape[1]:
        return np.arange(len(frame), dtype=np.uint64)
    numbers = frame.select_dtypes(["number"]).columns
    plain = frame.astype(dict.fromkeys(numbers, "float64"))
    return hash_pandas_object(plain, index=False).to_numpy()  # pyright: ignore[reportCallIssue]


def _across(
    hashes: NDArray[np.uint64], frame: pd.DataFrame, test_frame: pd.DataFrame
) -> tuple[Finding, ...]:
    names = list(frame.columns)
    if not set(names) <= set(test_frame.columns):
        return ()
    met = int(np.isin(_hashes(test_frame.loc[:, names]), hashes).sum())
    if not met:
        return ()
    share = met / len(test_frame)
    evidence = (
        f"{met} of {len(test_frame)} rows of the test file ({share:.1%}) are in the data too."
    )
    action = "Tested as they are: the test score is too good if new rows will not be such copies."
    severity = "warning" if share >= MANY else "note"
    finding = Finding("duplicates", (), evidence, action, "a test file without them", severity)
    return (finding,)
