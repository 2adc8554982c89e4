"""A prepared problem: the table read, the task defined, the audit done, the splits dealt.

Prepared once, then kept as one blob with the search: a resumed search sees the same rows even when
the file has changed since.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.errors import DataError
from sela.evaluation.dealing import (
    deal,
    fresh_folds,
    group_codes,
    splits_from_bytes,
    splits_to_bytes,
)
from sela.evaluation.splits import Fold, Splits
from sela.harness.profile import Profile, profile_frame
from sela.harness.wire import bytes_to_frame, frame_to_bytes
from sela.live.answers import Finding
from sela.live.own_test import read_own_test
from sela.live.request import SearchRequest
from sela.problem.audit import NONE, audit
from sela.problem.infer import define_task
from sela.problem.naming import listing, suggestion
from sela.problem.table import read_table
from sela.problem.task import Task
from sela.store.codec import from_json, to_json


@dataclass(frozen=True)
class Problem:
    """Everything fixed before the first rollout. `frame` (n, p) and `target` (n,) share their rows.

    `target` holds class codes or floats. A user's own test file is in `test_frame` and
    `test_target`; otherwise the sealed rows are `splits.test` of the frame.
    """

    task: Task
    frame: pd.DataFrame
    target: NDArray[Any]
    splits: Splits
    fresh: tuple[Fold, ...]
    """Folds that the search never sees, for the last look at the best few."""
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    test_frame: pd.DataFrame | None = None
    test_target: NDArray[Any] | None = None
    test_groups: NDArray[np.intp] | None = None
    """Which sealed rows belong together."""

    @property
    def profile(self) -> Profile:
        """Facts about the search rows; the sealed ones stay unseen."""
        rows = self.splits.search
        return profile_frame(
            self.frame.iloc[rows],
            self.target[rows],
            kind=self.task.kind,
            metric=self.task.metric,
            seed=self.splits.seed,
        )

    @property
    def sealed(self) -> tuple[pd.DataFrame, NDArray[Any]]:
        """The rows that only the final estimate may score; empty for a tiny table."""
        if self.test_frame is not None and self.test_target is not None:
            return self.test_frame, self.test_target
        return self.frame.iloc[self.splits.test], self.target[self.splits.test]


def prepare(request: SearchRequest, table: pd.DataFrame | None = None) -> Problem:
    """Read, define, audit and deal; DataError or RequestError say what to do when it cannot be."""
    table = read_table(request.dataset) if table is None else table
    _refuse_unknown_columns(request, table)
    definition = define_task(
        table, request.target, request.metric, request.positive, folds=request.folds
    )
    features = definition.keep(table)
    test = read_own_test(request.test_data, definition.task, features)
    left_out = {*request.drop, *([request.fold_column] if request.fold_column else [])}
    checked = audit(
        features.drop(columns=sorted(left_out)),
        definition.y,
        definition.task,
        test_frame=test.frame if test else None,
        keep=request.keep,
        group=request.group,
        time=request.time,
    )
    is_dealt = request.fold_column is not None
    group = None if is_dealt else _role(request.group, checked.suggested_group)
    time = None if is_dealt else _role(request.time, checked.suggested_time)
    splits = deal(
        features,
        definition.y,
        definition.task,
        seed=request.seed,
        folds=request.folds,
        test_fraction=request.test_fraction,
        has_test_file=test is not None,
        units=checked.units,
        group=group,
        time=time,
        fold_column=request.fold_column,
    )
    fresh = fresh_folds(
        splits,
        features,
        definition.y,
        definition.task,
        seed=request.seed,
        units=checked.units,
        group=group,
        time=time,
        fold_column=request.fold_column,
    )
    sealed = test.frame if test else features.iloc[splits.test]
    kept = _kept(features, {*left_out, *checked.dropped, *([group] if group else [])})
    return Problem(
        task=definition.task,
        frame=features.loc[:, kept],
        target=definition.y,
        splits=splits,
        fresh=fresh,
        findings=checked.findings,
        notes=(*definition.notes, *definition.warnings, *(test.notes if test else ())),
        test_frame=test.frame.loc[:, kept] if test else None,
        test_target=test.target if test else None,
        test_groups=_together(sealed, group, time),
    )


def _together(sealed: pd.DataFrame, group: str | None, time: str | None) -> NDArray[np.intp] | None:
    """Which sealed rows an interval draws together: those of a group, or of a stretch of time.

    Errors of neighbouring moments are alike; a stretch is as long as there are stretches.
    """
    if group is not None:
        return group_codes(sealed[group])
    if time is None or not len(sealed):
        return None
    moments = pd.factorize(sealed[time], sort=True)[0]
    place = np.argsort(np.argsort(moments, kind="stable"), kind="stable")
    return place // max(1, round(len(sealed) ** 0.5))


def _role(asked: str | None, suggested: str | None) -> str | None:
    """The column of a role: the user's, or none when they say so, or what the audit found."""
    if asked is not None:
        return None if asked == NONE else asked
    return suggested


def _refuse_unknown_columns(request: SearchRequest, table: pd.DataFrame) -> None:
    asked = {
        "--group": request.group,
        "--time": request.time,
        "--fold-column": request.fold_column,
        **{f"--drop {c}": c for c in request.drop},
    }
    names = [str(c) for c in table.columns]
    for option, column in asked.items():
        if column not in (None, NONE) and column not in names:
            raise DataError(
                f"{option}: the table has no column {column!r}.{suggestion(column, names)} "
                f"Columns: {listing(names)}."
            )


def _kept(features: pd.DataFrame, left_out: set[str]) -> list[str]:
    kept = [str(c) for c in features.columns if c not in left_out]
    if not kept:
        raise DataError(
            "No column is left to learn from: all were dropped, or say how to split. "
            "Keep one with --keep COLUMN."
        )
    return kept


def pack(problem: Problem) -> bytes:
    """One blob of the whole problem, without pickle."""
    head = {
        "task": to_json(problem.task),
        "findings": [to_json(finding) for finding in problem.findings],
        "notes": problem.notes,
    }
    fresh = replace(problem.splits, folds=problem.fresh)
    parts: dict[str, NDArray[Any]] = {
        "head": _array(json.dumps(head).encode()),
        "frame": _array(frame_to_bytes(problem.frame)),
        "target": problem.target,
        "splits": _array(splits_to_bytes(problem.splits)),
        "fresh": _array(splits_to_bytes(fresh)),
    }
    if problem.test_frame is not None and problem.test_target is not None:
        parts["test_frame"] = _array(frame_to_bytes(problem.test_frame))
        parts["test_target"] = problem.test_target
    if problem.test_groups is not None:
        parts["test_groups"] = problem.test_groups
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **parts)
    return buffer.getvalue()


def unpack(data: bytes) -> Problem:
    """The problem that `pack` wrote."""
    parts = np.load(io.BytesIO(data), allow_pickle=False)
    head = json.loads(parts["head"].tobytes())
    has_test = "test_frame" in parts
    return Problem(
        task=from_json(Task, head["task"]),
        frame=bytes_to_frame(parts["frame"].tobytes()),
        target=parts["target"],
        splits=splits_from_bytes(parts["splits"].tobytes()),
        fresh=splits_from_bytes(parts["fresh"].tobytes()).folds,
        findings=tuple(from_json(Finding, f) for f in head["findings"]),
        notes=tuple(head["notes"]),
        test_frame=bytes_to_frame(parts["test_frame"].tobytes()) if has_test else None,
        test_target=parts["test_target"] if has_test else None,
        test_groups=parts.get("test_groups"),
    )


def _array(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, dtype=np.uint8)
