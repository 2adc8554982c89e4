"""Fits in a sandbox: what the engine asks of the harness. Errors of the code are data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandboxes.base import Display, Job, JobResult, Outcome, Sandbox
from sela.design.insight import Stage
from sela.experiments.experiment import Failure
from sela.experiments.unpacking import (
    failure_of,
    unpack_failure,
    unpack_predictions,
    without_marks,
)
from sela.harness.dump import MODEL
from sela.harness.fold import FAILURE, FoldRequest
from sela.harness.wire import array_to_bytes, frame_to_bytes
from sela.problem.prediction import Prediction
from sela.problem.task import Task

FINDINGS = "findings.json"
MAX_FINDINGS = 12
FINDING_CHARS = 240
SMOKE_ROWS = 200
SMOKE_ROWS_PER_CLASS = 12
SMOKE_SECONDS = 20.0
EXPLORE_SECONDS = 60.0


@dataclass(frozen=True)
class FitRequest:
    """One pipeline to be fitted on `train`, and frames to be answered for afterwards."""

    task: Task
    code: Mapping[Stage, str]
    """Sources; a stage that is absent is left as it is. EDA is not run."""
    train: pd.DataFrame
    target: NDArray[Any]
    """(n,) codes or values."""
    questions: tuple[pd.DataFrame, ...] = ()
    seed: int = 0
    threads: int = 1
    timeout_seconds: float = 120.0
    keep_model: bool = False
    """Whether the fitted pipeline comes back too, to be asked again elsewhere."""


@dataclass(frozen=True)
class Fit:
    """What came of a fit: a checked prediction for each question, or a failure."""

    outcome: str
    """`ok`, or the failure's outcome."""
    predictions: tuple[Prediction, ...]
    seconds: float
    cpu_seconds: float
    log: str
    failure: Failure | None = None
    model: bytes | None = None
    """The fitted pipeline, when it was to be kept; never loaded by the host."""


@dataclass(frozen=True)
class Exploration:
    """What an EDA module found, as sentences of bounded number and length."""

    findings: tuple[str, ...]
    log: str
    displays: tuple[Display, ...]
    failure: Failure | None
    seconds: float = 0.0


@dataclass(frozen=True)
class MemberCode:
    """One pipeline of a final model."""

    code: Mapping[Stage, str]
    weight: float = 1.0


@dataclass(frozen=True)
class RefitRequest:
    """The final model: one pipeline or a blend, on all the rows it may see."""

    task: Task
    members: tuple[MemberCode, ...]
    train: pd.DataFrame
    target: NDArray[Any]
    questions: tuple[pd.DataFrame, ...] = ()
    cutoff: float | None = None
    """Binary only: the positive label from this averaged probability on."""
    seed: int = 0
    threads: int = 1
    timeout_seconds: float = 600.0


@dataclass(frozen=True)
class Refit:
    """A fitted model as bytes, for `joblib.load` in a place where pickles are trusted."""

    model: bytes | None
    predictions: tuple[Prediction, ...]
    seconds: float
    cpu_seconds: float
    log: str
    failure: Failure | None = None


async def fit_predict(sandbox: Sandbox, request: FitRequest) -> Fit:
    """Fit in the sandbox and answer the questions; nothing the code does raises here."""
    job = Job(
        entry="sela.harness.fold",
        inputs=_inputs(
            request.task,
            request.train,
            request.target,
            request.seed,
            request.threads,
            keep_model=request.keep_model,
        )
        | _sources(request.code),
        questions=tuple(frame_to_bytes(frame) for frame in request.questions),
        timeout_seconds=request.timeout_seconds,
    )
    result = await sandbox.run_job(job)
    said = _said(result, request.questions, request.task, request.timeout_seconds)
    return replace(_fit(result, said), model=result.outputs.get(MODEL))


async def smoke(
    sandbox: Sandbox,
    code: Mapping[Stage, str],
    task: Task,
    train: pd.DataFrame,
    target: NDArray[Any],
    *,
    seed: int = 0,
) -> Failure | None:
    """Try code on a few rows of every class and tell what is wrong with it, if anything."""
    rows = smoke_rows(task, target, seed)
    if "eda" in code:
        explored = await explore(
            sandbox, code["eda"], task, train.iloc[rows], target[rows], SMOKE_SECONDS
        )
        if explored.failure is not None:
            return explored.failure
    request = FitRequest(
        task=task,
        code=code,
        train=train.iloc[rows],
        target=target[rows],
        questions=(train.iloc[rows[:20]], train.iloc[rows[:1]]),
        seed=seed,
        timeout_seconds=SMOKE_SECONDS,
    )
    return (await fit_predict(sandbox, request)).failure


async def explore(
    sandbox: Sandbox,
    code: str,
    task: Task,
    train: pd.DataFrame,
    target: NDArray[Any],
    timeout_seconds: float = EXPLORE_SECONDS,
) -> Exploration:
    """Run an EDA module; `target` holds codes or values, the module sees the labels."""
    job = Job(
        entry="sela.harness.explore",
        inputs={
            **_inputs(task, train, target, seed=0, threads=1, has_labels=True),
            "eda.py": code.encode(),
        },
        timeout_seconds=timeout_seconds,
    )
    result = await sandbox.run_job(job)
    failure = failure_of(result, timeout_seconds) or _reported(result)
    return Exploration(
        findings=() if failure else _sentences(result.outputs.get(FINDINGS, b"{}")),
        log=without_marks(result.text),
        displays=result.displays,
        failure=failure,
        seconds=result.seconds,
    )


async def refit(sandbox: Sandbox, request: RefitRequest) -> Refit:
    """Fit the final model on all its rows, and predict the questions with it."""
    members = [
        [member.weight, {s: c for s, c in member.code.items() if s != "eda"}]
        for member in request.members
    ]
    plan = {"members": members, "cutoff": request.cutoff}
    job = Job(
        entry="sela.harness.refit",
        inputs={
            **_inputs(
                request.task,
                request.train,
                request.target,
                request.seed,
                request.threads,
                has_labels=True,
            ),
            "members.json": json.dumps(plan).encode(),
        },
        questions=tuple(frame_to_bytes(frame) for frame in request.questions),
        timeout_seconds=request.timeout_seconds,
    )
    result = await sandbox.run_job(job)
    fit = _fit(result, _said(result, request.questions, request.task, request.timeout_seconds))
    model = result.outputs.get(MODEL)
    if fit.failure is None and not model:
        fit = replace(fit, failure=Failure("error", None, "The fitted model did not come back."))
    return Refit(
        model if fit.failure is None else None,
        fit.predictions,
        fit.seconds,
        fit.cpu_seconds,
        fit.log,
        fit.failure,
    )


async def predict_with(
    sandbox: Sandbox,
    model: bytes,
    frames: tuple[pd.DataFrame, ...],
    task: Task,
    timeout_seconds: float = 300.0,
) -> Fit:
    """Load a refitted model in the sandbox and predict each frame."""
    job = Job(
        entry="sela.harness.predict",
        inputs={MODEL: model},
        questions=tuple(frame_to_bytes(frame) for frame in frames),
        timeout_seconds=timeout_seconds,
    )
    result = await sandbox.run_job(job)
    return _fit(result, _said(result, frames, task, timeout_seconds))


def smoke_rows(task: Task, target: NDArray[Any], seed: int) -> NDArray[np.intp]:
    """Positions of some rows in random order, with enough of each class for an inner split."""
    order = np.random.default_rng(seed).permutation(len(target))
    chosen = order[:SMOKE_ROWS]
    if task.is_classification:
        few = [order[target[order] == code] for code in np.unique(target)]
        chosen = np.concatenate([chosen, *(rows[:SMOKE_ROWS_PER_CLASS] for rows in few)])
    return order[np.isin(order, chosen)]


def _inputs(
    task: Task,
    train: pd.DataFrame,
    target: NDArray[Any],
    seed: int,
    threads: int,
    *,
    has_labels: bool = False,
    keep_model: bool = False,
) -> dict[str, bytes]:
    """The inputs that every job has. Labels' names go in only where they must come out."""
    classes = list(task.classes) if has_labels else list(range(len(task.classes)))
    request = FoldRequest(task.kind, task.metric, classes, seed, threads, keep_model)
    encoded = target.astype(np.int64 if task.is_classification else np.float64)
    return {
        "request.json": request.to_bytes(),
        "train.arrow": frame_to_bytes(train),
        "target.npy": array_to_bytes(encoded),
    }


def _sources(code: Mapping[Stage, str]) -> dict[str, bytes]:
    return {f"{stage}.py": source.encode() for stage, source in code.items() if stage != "eda"}


def _said(
    result: JobResult, questions: tuple[pd.DataFrame, ...], task: Task, timeout_seconds: float
) -> tuple[Prediction, ...] | Failure:
    failure = failure_of(result, timeout_seconds) or _reported(result)
    if failure is not None:
        return failure
    if len(result.answers) != len(questions):
        return Failure("bad_predictions", None, "Not every question was answered.")
    return unpack_predictions(result.answers, tuple(len(frame) for frame in questions), task)


def _reported(result: JobResult) -> Failure | None:
    told = result.outputs.get(FAILURE)
    return None if told is None else unpack_failure(told)


def _fit(result: JobResult, said: tuple[Prediction, ...] | Failure) -> Fit:
    failure = said if isinstance(said, Failure) else None
    return Fit(
        outcome=failure.outcome if failure else str(Outcome.OK),
        predictions=() if isinstance(said, Failure) else said,
        seconds=result.seconds,
        cpu_seconds=result.cpu_seconds,
        log=without_marks(result.text),
        failure=failure,
    )


def _sentences(data: bytes) -> tuple[str, ...]:
    """Findings as sentences: `name: value`, bounded in number and length, on one line each."""
    try:
        findings = json.loads(data)
    except ValueError:
        return ()
    if not isinstance(findings, dict):
        return ()
    sentences: list[str] = []
    for key, value in findings.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        name = str(key).replace("_", " ")
        sentences.append(" ".join(f"{name}: {text}".split())[:FINDING_CHARS])
    return tuple(sentences[:MAX_FINDINGS])
