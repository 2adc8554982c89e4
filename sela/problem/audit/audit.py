"""Run every kind of check on a table, and say what to leave out and what to keep together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.live.answers import Finding
from sela.problem.align import align
from sela.problem.audit.constant import find_constants
from sela.problem.audit.drift import find_drift
from sela.problem.audit.duplicates import find_duplicates
from sela.problem.audit.future import find_future
from sela.problem.audit.groups import find_groups, is_entity
from sela.problem.audit.identifier import find_identifiers
from sela.problem.audit.independence import Ties
from sela.problem.audit.label_noise import find_label_noise
from sela.problem.audit.proxy import find_proxies
from sela.problem.audit.sketch import sketch
from sela.problem.audit.times import find_time
from sela.problem.task import Task

NONE = "none"
"""Given as group or time, it refuses what the audit would suggest."""


@dataclass(frozen=True)
class Audit:
    """What was found, and what follows from it unless the user says otherwise."""

    findings: tuple[Finding, ...]
    """Gravest first."""
    dropped: tuple[str, ...]
    """Columns to leave out by default; those the user keeps are not among them."""
    units: NDArray[np.intp] | None
    """(n,) ids of rows to keep together, None when every row stands alone."""
    suggested_group: str | None = None
    """An entity column that folds have to respect; None when the user decided, or none is found."""
    suggested_time: str | None = None


def audit(
    frame: pd.DataFrame,
    y: NDArray[Any],
    task: Task,
    *,
    test_frame: pd.DataFrame | None = None,
    keep: Sequence[str] = (),
    group: str | None = None,
    time: str | None = None,
    seed: int = 0,
) -> Audit:
    """Audit the (n, p) features of the rows that have a target, encoded in `y` (n,).

    `keep` names columns that stay whatever is found (`*`: all; `duplicates`: equal rows are dealt
    apart). A `group` or `time` of the user's own stands; `none` for either refuses a suggestion.
    Never leaves out every column. Takes seconds: strength is measured on a sample, duplicates on
    every row.
    """
    kept = set(frame.columns) if "*" in keep else set(keep)
    roles = {name for name in (group, time) if name is not None}
    test = None if test_frame is None else _like(test_frame, frame)
    constants = find_constants(frame, kept)
    whole = sketch(frame.drop(columns=list(constants.columns)), y, task, seed=seed % 2**32)
    identifiers = find_identifiers(whole, kept, roles)
    entities = [n for n, series in frame.items() if n in roles or is_entity(str(n), series)]
    features = whole.without([*identifiers.columns, *map(str, entities)])
    ties = Ties(features)
    proxies = find_proxies(features, ties, kept)
    future = find_future(features.without(proxies.columns), ties, kept)
    telling = {*constants.columns, *identifiers.columns}
    clean = whole.without((*identifiers.columns, *proxies.columns, *future.columns))
    duplicates = find_duplicates(
        frame.drop(columns=sorted(telling)), y, task, test, apart="duplicates" in kept
    )
    timed = None if time == NONE else time
    grouped = None if group == NONE else group
    groups = find_groups(clean, whole, duplicates.units, given=group, timed=timed)
    times = find_time(clean, whole, given=time, grouped=groups.column or grouped)
    noise = find_label_noise(duplicates.units, y, task)
    drift = find_drift(clean, test)
    findings = [
        *constants.findings, *identifiers.findings, *proxies.findings, *future.findings,
        *duplicates.findings, *groups.findings, *times.findings, *noise, *drift,
    ]  # fmt: skip
    dropped = (*constants.dropped, *identifiers.dropped, *proxies.dropped, *future.dropped)
    if frame.shape[1] and len(dropped) == frame.shape[1]:
        everything = (*map(str, frame.columns), *keep)
        return audit(
            frame, y, task, test_frame=test, keep=everything, group=group, time=time, seed=seed
        )
    gravity = {"alarm": 0, "warning": 1, "note": 2}
    return Audit(
        findings=tuple(sorted(findings, key=lambda finding: gravity[finding.severity])),
        dropped=dropped,
        units=duplicates.together,
        suggested_group=groups.column,
        suggested_time=times.column,
    )


def _like(test_frame: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The test file's columns that the data has too, in the data's types."""
    shared = [name for name in frame.columns if name in test_frame.columns]
    return align(test_frame, frame.loc[:, shared]).frame
