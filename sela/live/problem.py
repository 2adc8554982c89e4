"""A prepared problem: the table read, the task defined, the audit done, the splits dealt.

Prepared once, then kept as one blob with the search: a resumed search sees the same rows even when
the file has changed since.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from sela.errors import DataError
from sela.evaluation.dealing import deal, splits_from_bytes, splits_to_bytes
from sela.evaluation.splits import Splits
from sela.harness.profile import Profile, profile_frame
from sela.live.answers import Finding
from sela.live.request import SearchRequest
from sela.problem.audit import audit
from sela.problem.infer import define_task
from sela.problem.table import read_table
from sela.problem.task import Task


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
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    test_frame: pd.DataFrame | None = None
    test_target: NDArray[Any] | None = None

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


def prepare(request: SearchRequest) -> Problem:
    """Read, define, audit and deal; DataError or RequestError say what to do when it cannot be."""
    table = read_table(request.dataset)
    definition = define_task(
        table, request.target, metric=request.metric, positive=request.positive
    )
    roles = _roles(request, table)
    table = table.iloc[definition.rows].reset_index(drop=True)
    features = table.drop(columns=[request.target])
    test_frame, test_target, test_notes = _own_test(request, definition)
    checked = audit(
        features.drop(columns=[c for c in request.drop if c in features.columns]),
        definition.target,
        definition.task,
        test_frame=test_frame,
        keep=request.keep,
        group=request.group,
        time=request.time,
    )
    splits = deal(
        features,
        definition.target,
        definition.task,
        seed=request.seed,
        folds=request.folds,
        test_fraction=0.0 if test_frame is not None else request.test_fraction,
        group=request.group,
        time=request.time,
        fold_column=request.fold_column,
        own_test=test_frame is not None,
        units=checked.units,
    )
    left_out = {*request.drop, *checked.dropped, *roles}
    kept = [c for c in features.columns if c not in left_out]
    if not kept:
        raise DataError(
            "No column is left to learn from: all are the target, dropped, or roles. "
            "Keep one with --keep COLUMN."
        )
    return Problem(
        task=definition.task,
        frame=features[kept],
        target=definition.target,
        splits=splits,
        findings=checked.findings,
        notes=(*definition.notes, *test_notes),
        test_frame=None if test_frame is None else test_frame[kept],
        test_target=test_target,
    )


def _roles(request: SearchRequest, table: pd.DataFrame) -> tuple[str, ...]:
    """Columns that say how to split and are not learned from: the fold column, and the entity."""
    asked = {"group": request.group, "time": request.time, "fold column": request.fold_column}
    for role, column in asked.items():
        if column is not None and column not in table.columns:
            names = ", ".join(map(str, table.columns[:20]))
            raise DataError(f"The {role} {column!r} is not a column of the table. It has: {names}.")
    unknown = [c for c in request.drop if c not in table.columns]
    if unknown:
        raise DataError(f"Cannot drop {', '.join(unknown)}: the table has no such column.")
    return tuple(c for c in (request.fold_column, request.group) if c is not None)


def _own_test(
    request: SearchRequest, definition: Any
) -> tuple[pd.DataFrame | None, NDArray[Any] | None, tuple[str, ...]]:
    if request.test_data is None:
        return None, None, ()
    table = read_table(request.test_data)
    missing = [c for c in definition.columns if c not in table.columns]
    if missing:
        raise DataError(
            f"The test file {request.test_data} lacks {', '.join(missing[:10])}; it needs every "
            "column of the data set, the target included."
        )
    target, rows = definition.encode(table[request.target])
    dropped = len(table) - len(rows)
    notes = (f"{dropped} test rows without a known target were left out.",) if dropped else ()
    return table.iloc[rows].drop(columns=[request.target]), target, notes


def pack(problem: Problem) -> bytes:
    """One blob of the whole problem, without pickle."""
    parts: dict[str, NDArray[Any]] = {
        "head": _text(
            json.dumps(
                {
                    "task": asdict(problem.task),
                    "findings": [asdict(f) for f in problem.findings],
                    "notes": problem.notes,
                }
            )
        ),
        "frame": _arrow(problem.frame),
        "target": problem.target,
        "splits": np.frombuffer(splits_to_bytes(problem.splits), dtype=np.uint8),
    }
    if problem.test_frame is not None and problem.test_target is not None:
        parts |= {"test_frame": _arrow(problem.test_frame), "test_target": problem.test_target}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **parts)
    return buffer.getvalue()


def unpack(data: bytes) -> Problem:
    """The problem that `pack` wrote."""
    parts = np.load(io.BytesIO(data), allow_pickle=False)
    head = json.loads(parts["head"].tobytes().decode())
    task = head["task"]
    has_test = "test_frame" in parts
    return Problem(
        task=Task(**{**task, "classes": tuple(task["classes"])}),
        frame=_frame(parts["frame"]),
        target=parts["target"],
        splits=splits_from_bytes(parts["splits"].tobytes()),
        findings=tuple(Finding(**{**f, "columns": tuple(f["columns"])}) for f in head["findings"]),
        notes=tuple(head["notes"]),
        test_frame=_frame(parts["test_frame"]) if has_test else None,
        test_target=parts["test_target"] if has_test else None,
    )


def _text(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _arrow(frame: pd.DataFrame) -> NDArray[np.uint8]:
    table = pa.Table.from_pandas(frame.reset_index(drop=True), preserve_index=False)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return np.frombuffer(sink.getvalue(), dtype=np.uint8)


def _frame(data: NDArray[np.uint8]) -> pd.DataFrame:
    return pa.ipc.open_stream(pa.py_buffer(data.tobytes())).read_all().to_pandas()
