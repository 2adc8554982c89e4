"""Duplicates: the same row more than once, so that a random fold is asked what it was told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.live.answers import Finding
from sela.problem.audit.copies import copy_ids, exact_ids, row_hashes
from sela.problem.audit.label_noise import contradictions
from sela.problem.task import Task

MANY = 0.01
LARGEST_UNIT = 0.2
"""Of the rows: beyond it rows are alike because the columns say little, not because of copies."""
FEWEST_UNITS = 50
MOSTLY = 0.5


@dataclass(frozen=True)
class Duplicates:
    """Ids of equal rows (n,), and those of copies that are to be kept together."""

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
    """Copies in the (n, p) features without identifiers; rows of the test file among them.

    They are kept together unless the user wants them `apart`. Where most equal rows contradict
    each other they are repeated measurements, and only those of one target are copies.
    """
    exact, units = exact_ids(frame), copy_ids(frame)
    across = () if test_frame is None else _across(frame, test_frame)
    is_copy = _has_equal(units)
    if not is_copy.any():
        return Duplicates(across, exact, None)
    share = is_copy.mean()
    together, action, overrule = _decide(units, is_copy, y, task, apart)
    severity = "warning" if share >= MANY else "note"
    finding = Finding("duplicates", (), _evidence(exact, is_copy), action, overrule, severity)
    return Duplicates((finding, *across), exact, together)


def _evidence(exact: NDArray[np.intp], is_copy: NDArray[np.bool_]) -> str:
    equal, n = int(_has_equal(exact).sum()), len(is_copy)
    near = int(is_copy.sum()) - equal
    same = f"{equal} of {n} rows ({equal / n:.1%}) have the same features as another"
    if not near:
        return f"{same}."
    nearly = "differ from another in one column only, or by almost nothing"
    if not equal:
        return f"{near} of {n} rows ({near / n:.1%}) {nearly}."
    return f"{same}; {near} more ({near / n:.1%}) {nearly}."


def _decide(
    units: NDArray[np.intp], is_copy: NDArray[np.bool_], y: NDArray[Any], task: Task, apart: bool
) -> tuple[NDArray[np.intp] | None, str, str]:
    """What to keep together, what to say of it, and how to have it otherwise."""
    sizes = np.bincount(units)
    keep_apart = "`--keep duplicates` deals them apart"
    if sizes.max() > LARGEST_UNIT * len(units) or len(sizes) < FEWEST_UNITS:
        action = (
            "Dealt like other rows: the columns take few values, and "
            f"{sizes.max()} rows are alike in all of them."
        )
        return None, action, "`--group COL` keeps rows together"
    if apart:
        action = "Dealt apart, as asked: scores are too good if new rows are no such copies."
        return None, action, "no `--keep duplicates`"
    if contradictions(units, y, task)[is_copy].mean() <= MOSTLY:
        action = "Kept together: no fold is asked about a row whose copy it was fitted on."
        return units, action, keep_apart
    exact = _and_target(units, y)
    copies = int(_has_equal(exact).sum())
    action = "Most have different targets: repeated measurements, dealt like other rows."
    if not copies:
        return None, action, "`--group COL` keeps rows together"
    return exact, f"{action} {copies} with equal targets are kept together.", keep_apart


def _has_equal(units: NDArray[np.intp]) -> NDArray[np.bool_]:
    return np.bincount(units)[units] > 1


def _and_target(units: NDArray[np.intp], y: NDArray[Any]) -> NDArray[np.intp]:
    """Ids of rows that are equal in features and target."""
    targets = np.unique(y, return_inverse=True)[1]
    pairs = units.astype(np.int64) * (int(targets.max()) + 1) + targets
    return np.unique(pairs, return_inverse=True)[1].astype(np.intp)


def _across(frame: pd.DataFrame, test_frame: pd.DataFrame) -> tuple[Finding, ...]:
    names = list(frame.columns)
    if not set(names) <= set(test_frame.columns):
        return ()
    met = int(np.isin(row_hashes(test_frame.loc[:, names]), row_hashes(frame)).sum())
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
