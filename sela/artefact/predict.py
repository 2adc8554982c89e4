"""Predictions from an exported folder: the model is loaded in the sandbox only."""

from __future__ import annotations

import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sandboxes.base import SandboxProvider
from sela.artefact.manifest import MODEL, Manifest, digest, read_manifest
from sela.artefact.schema import InputColumn, conform
from sela.errors import DataError, RequestError
from sela.experiments.fits import predict_with
from sela.live.answers import PredictAnswer
from sela.problem.prediction import Prediction
from sela.problem.table import read_table
from sela.problem.task import Task

ROWS_AT_ONCE = 50_000


@dataclass(frozen=True)
class Predicted:
    """A row for each given one: `prediction` and, of a classifier, `probability_<class>`."""

    table: pd.DataFrame
    notes: tuple[str, ...]


async def predict(provider: SandboxProvider, folder: Path, frame: pd.DataFrame) -> Predicted:
    """Predict rows with a folder's model. Raises DataError for a table that does not fit."""
    manifest = read_manifest(folder)
    model = _model(folder)
    predicted = await predict_rows(provider, model, frame, manifest.task, manifest.columns)
    if digest(model) == manifest.model_sha256:
        return predicted
    warning = (
        f"{MODEL} is not the file that was exported: its SHA-256 differs from scores.json. "
        "The scores there may not be this model's."
    )
    return Predicted(predicted.table, (warning, *predicted.notes))


async def predict_rows(
    provider: SandboxProvider,
    model: bytes,
    frame: pd.DataFrame,
    task: Task,
    columns: tuple[InputColumn, ...],
    *,
    timeout_seconds: float = 600.0,
    rows_at_once: int = ROWS_AT_ONCE,
) -> Predicted:
    """Predict rows with a fitted model's bytes, in a sandbox."""
    fitting = await asyncio.to_thread(conform, frame, columns, target=task.target)
    starts = range(0, len(fitting.frame), rows_at_once)
    parts = tuple(fitting.frame.iloc[i : i + rows_at_once] for i in starts)
    async with provider.lease() as sandbox:
        fit = await predict_with(sandbox, model, parts, task, timeout_seconds)
    if fit.failure is not None:
        raise DataError(f"The pipeline could not predict these rows: {fit.failure.message}")
    tables = [prediction_table(p, task) for p in fit.predictions]
    empty = prediction_table(Prediction(np.empty(0, int), None, np.empty(0)), task)
    return Predicted(pd.concat(tables, ignore_index=True) if tables else empty, fitting.notes)


async def predict_file(
    provider: SandboxProvider, folder: Path, dataset: str, output: Path
) -> PredictAnswer:
    """Predict a file's rows with a folder's model and write a CSV."""
    table = await asyncio.to_thread(read_table, dataset)
    predicted = await predict(provider, folder, table)
    return await asyncio.to_thread(write_predictions, predicted, output)


def prediction_table(prediction: Prediction, task: Task) -> pd.DataFrame:
    """A prediction in the task's own labels."""
    if not task.is_classification:
        return pd.DataFrame({"prediction": prediction.values})
    labels = prediction.labels if prediction.labels is not None else np.empty(0, int)
    columns: dict[str, object] = {"prediction": [task.classes[code] for code in labels]}
    if prediction.probabilities is not None:
        shares = prediction.probabilities.T
        columns |= {f"probability_{c}": s for c, s in zip(task.classes, shares, strict=True)}
    return pd.DataFrame(columns)


def write_predictions(predicted: Predicted, output: Path) -> PredictAnswer:
    """Write the CSV, whole or not at all."""
    if not output.parent.is_dir():
        raise RequestError(f"The folder {output.parent} does not exist. Choose another output.")
    handle, name = tempfile.mkstemp(prefix=f".{output.name}-", dir=output.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as sink:
            predicted.table.to_csv(sink, index=False)
        mask = os.umask(0o077)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, output)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise RequestError(f"{output} cannot be written: {error}.") from error
    names = tuple(map(str, predicted.table.columns))
    return PredictAnswer(str(output), len(predicted.table), names, predicted.notes)


def _model(folder: Path) -> bytes:
    path = folder / MODEL
    if not path.is_file():
        raise DataError(f"{folder} has no {MODEL}. Export the pipeline again.")
    return path.read_bytes()


__all__ = ["Manifest", "Predicted", "predict", "predict_file", "predict_rows", "write_predictions"]
