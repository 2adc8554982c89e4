"""What a sandbox said, checked: bytes made into predictions and failures, nothing trusted."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sandboxes.base import JobResult, Outcome
from sela.design.insight import STAGES, Stage
from sela.experiments.experiment import Failure
from sela.harness.modules import STAGE_MARK
from sela.harness.wire import WireError, bytes_to_arrays
from sela.problem.prediction import Prediction
from sela.problem.task import Task

SUM_TOLERANCE = 1e-3
MAX_FAILURE_BYTES = 65536
PARTS = ("labels", "probabilities", "values")


class BadPredictionError(ValueError):
    """Predictions that cannot be scored, and why."""


def unpack_predictions(
    answers: tuple[bytes, ...], lengths: tuple[int, ...], task: Task
) -> tuple[Prediction, ...] | Failure:
    """The checked predictions of each question, or the first reason against one of them."""
    predictions: list[Prediction] = []
    for answer, length in zip(answers, lengths, strict=True):
        if answer[:1] == b"{":
            return unpack_failure(answer)
        try:
            arrays = bytes_to_arrays(answer, names=PARTS)
            predictions.append(check_prediction(arrays, length, task))
        except (WireError, BadPredictionError) as error:
            return Failure("bad_predictions", None, f"The predictions are unusable: {error}.")
    return tuple(predictions)


def check_prediction(arrays: dict[str, NDArray[Any]], length: int, task: Task) -> Prediction:
    """A prediction of `length` rows. Raises BadPredictionError."""
    if not task.is_classification:
        return Prediction(values=_numbers(arrays, "values", (length,)))
    labels = _numbers(arrays, "labels", (length,))
    if not np.all(np.isin(labels, np.arange(len(task.classes)))):
        raise BadPredictionError("some labels are not among the target's classes")
    if "probabilities" not in arrays:
        return Prediction(labels=labels.astype(np.int64))
    probabilities = _numbers(arrays, "probabilities", (length, len(task.classes)))
    if probabilities.size and (probabilities.min() < -SUM_TOLERANCE):
        raise BadPredictionError("some probabilities are negative")
    sums = probabilities.sum(axis=1, keepdims=True)
    if not np.all(np.abs(sums - 1) <= SUM_TOLERANCE):
        raise BadPredictionError("the probabilities of a row do not sum to 1")
    return Prediction(
        labels=labels.astype(np.int64), probabilities=np.clip(probabilities, 0, None) / sums
    )


def unpack_failure(data: bytes) -> Failure:
    """A failure that the harness told of, as text of bounded length."""
    try:
        told = json.loads(data[:MAX_FAILURE_BYTES])
        kind, message, trace = (str(told[key]) for key in ("kind", "message", "trace"))
        stage = told["stage"]
    except (ValueError, KeyError, TypeError):
        return Failure("error", None, "The code failed and its report is unreadable.")
    known: Stage | None = stage if stage in STAGES else None
    return Failure("error", known, f"{kind}: {message}"[:1200], trace[:4000])


def failure_of(result: JobResult, timeout_seconds: float) -> Failure | None:
    """Why a job as a whole has no answers; None when it is ok."""
    if result.outcome is Outcome.OK:
        return None
    stage = last_stage(result.text)
    if result.error is not None:
        message = f"{result.error.type}: {result.error.message}"
        return Failure(str(result.outcome), stage, message[:1200], result.error.traceback[:4000])
    messages = {
        Outcome.TIMED_OUT: f"It ran longer than {timeout_seconds:.0f} s.",
        Outcome.OUT_OF_MEMORY: "It used more memory than a sandbox may.",
        Outcome.OUTPUT_LIMIT: "It gave or printed more than a sandbox may.",
        Outcome.DISK_LIMIT: "It wrote more to disk than a sandbox may.",
    }
    message = messages.get(result.outcome, "Its process died.")
    return Failure(str(result.outcome), stage, message)


def last_stage(text: str) -> Stage | None:
    """The stage that was announced last, which is the one that ran."""
    for line in reversed(text.splitlines()):
        if line.startswith(STAGE_MARK):
            name = line.removeprefix(STAGE_MARK)
            for stage in STAGES:
                if stage == name:
                    return stage
    return None


def without_marks(text: str) -> str:
    """A log as the code printed it."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(STAGE_MARK))


def _numbers(
    arrays: dict[str, NDArray[Any]], name: str, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    if name not in arrays:
        raise BadPredictionError(f"there are no {name}")
    array = arrays[name]
    if array.shape != shape:
        raise BadPredictionError(f"{name} have shape {array.shape}, expected {shape}")
    numbers = array.astype(np.float64)
    if not np.all(np.isfinite(numbers)):
        raise BadPredictionError(f"some {name} are missing or infinite")
    return numbers
