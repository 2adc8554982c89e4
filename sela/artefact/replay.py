"""Replay: a clean process loads the written model and must say what it said before."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandboxes.base import Job, Sandbox, SandboxProvider
from sela.artefact.manifest import MODEL, read_manifest
from sela.experiments.experiment import Failure
from sela.experiments.fits import predict_with
from sela.experiments.unpacking import failure_of, unpack_predictions
from sela.harness.wire import array_to_bytes, frame_to_bytes
from sela.problem.prediction import Prediction
from sela.problem.task import Task

TOLERANCE = 1e-9
ENTRY = "artefact_refit"


@dataclass(frozen=True)
class Training:
    """The rows that the model was fitted on: features (n, p), and codes or values (n,)."""

    frame: pd.DataFrame
    target: NDArray[Any]


@dataclass(frozen=True)
class ReplayResult:
    """What a clean process made of the folder."""

    is_same: bool
    """The loaded model gives the expected predictions within 1e-9."""
    largest_difference: float | None
    """None when there was nothing to compare."""
    same_after_refit_from_code: bool | None
    """The written pipeline.py, fitted anew, gives them too; None when it was not tried."""
    n_rows: int
    message: str = ""
    """Why it is not the same."""


async def replay(
    provider: SandboxProvider,
    folder: Path,
    rows: pd.DataFrame,
    expected: Prediction,
    *,
    training: Training | None = None,
    timeout_seconds: float = 600.0,
) -> ReplayResult:
    """Load the folder's model in a sandbox and compare; with `training`, also fit its code anew."""
    task = read_manifest(folder).task
    async with provider.lease() as sandbox:
        model = (folder / MODEL).read_bytes()
        fit = await predict_with(sandbox, model, (rows,), task, timeout_seconds)
    if fit.failure is not None:
        return ReplayResult(
            False, None, None, len(rows), f"It cannot be loaded: {fit.failure.message}"
        )
    gap = difference(expected, fit.predictions[0])
    is_same = gap <= TOLERANCE
    message = "" if is_same else f"Loaded again, its predictions differ by up to {gap:.2g}."
    again = None
    if training is not None and is_same:
        async with provider.lease() as sandbox:
            again = await _refit(sandbox, folder, training, rows, task, timeout_seconds)
    if isinstance(again, Failure):
        message = f"Its code cannot be fitted anew: {again.message}"
    same_code = None if training is None or not is_same else (
        isinstance(again, Prediction) and difference(expected, again) <= TOLERANCE
    )  # fmt: skip
    return ReplayResult(is_same, gap, same_code, len(rows), message)


def difference(one: Prediction, other: Prediction) -> float:
    """The largest difference of two predictions of the same rows; infinite when labels differ."""
    if len(one) != len(other):
        return float("inf")
    if one.values is not None and other.values is not None:
        scale = np.maximum(1.0, np.abs(one.values))
        return float(np.max(np.abs(one.values - other.values) / scale, initial=0.0))
    if one.labels is None or other.labels is None or not np.array_equal(one.labels, other.labels):
        return float("inf")
    if one.probabilities is None or other.probabilities is None:
        return 0.0 if one.probabilities is other.probabilities else float("inf")
    return float(np.max(np.abs(one.probabilities - other.probabilities), initial=0.0))


async def _refit(
    sandbox: Sandbox,
    folder: Path,
    training: Training,
    rows: pd.DataFrame,
    task: Task,
    timeout_seconds: float,
) -> Prediction | Failure:
    job = Job(
        entry=ENTRY,
        modules={ENTRY: files("sela.artefact").joinpath("inside.py").read_text(encoding="utf-8")},
        inputs={
            "code.zip": _zip(folder),
            "train.arrow": frame_to_bytes(training.frame),
            "target.npy": array_to_bytes(training.target),
        },
        questions=(frame_to_bytes(rows),),
        timeout_seconds=timeout_seconds,
    )
    result = await sandbox.run_job(job)
    failure = failure_of(result, timeout_seconds)
    if failure is not None:
        return failure
    said = unpack_predictions(result.answers, (len(rows),), task)
    return said if isinstance(said, Failure) else said[0]


def _zip(folder: Path) -> bytes:
    """Every Python file of the folder."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for path in sorted(folder.rglob("*.py")):
            archive.write(path, path.relative_to(folder).as_posix())
    return sink.getvalue()
