"""The bench: the table on the host's side, and how some of its rows are fitted and predicted."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sandboxes.base import Sandbox
from sela.design.insight import Stage
from sela.errors import DataError
from sela.evaluation.comparison import mean_valid_share
from sela.evaluation.splits import Fold, Rows, Splits
from sela.experiments import fits
from sela.experiments.fits import Fit, FitRequest
from sela.problem.metrics import UndefinedScoreError, score
from sela.problem.prediction import Prediction
from sela.problem.task import Task

FitPredict = Callable[[Sandbox, FitRequest], Awaitable[Fit]]
"""Fits in a sandbox and answers questions; `fits.fit_predict`, or a double of it."""
PredictWith = Callable[[Sandbox, bytes, tuple[pd.DataFrame, ...], Task], Awaitable[Fit]]
"""Asks a kept model in a job that knows nothing else; `fits.predict_with`, or a double of it."""


@dataclass(frozen=True)
class Bench:
    """A problem ready for fits: features (n, p), host-encoded target (n,), and the splits."""

    task: Task
    frame: pd.DataFrame
    y: NDArray[Any]
    splits: Splits
    seed: int = 0
    threads: int = 1
    timeout_seconds: float = 120.0
    """For one fit and its answers."""
    fit_predict: FitPredict = fits.fit_predict
    predict_with: PredictWith = fits.predict_with

    async def fit(
        self,
        sandbox: Sandbox,
        code: Mapping[Stage, str],
        train: Rows,
        questions: Sequence[pd.DataFrame],
        *,
        target: NDArray[Any] | None = None,
        patience: float = 1.0,
        most_seconds: float | None = None,
        keep_model: bool = False,
    ) -> Fit:
        """Fit on rows of the table, with their own target unless another is given, and answer.

        It may take `patience` times as long as any fit, and no longer than `most_seconds`.
        """
        seconds = self.timeout_seconds * patience
        request = FitRequest(
            task=self.task,
            code=code,
            train=self.rows(train),
            target=self.y[train] if target is None else target,
            questions=tuple(questions),
            seed=self.seed,
            threads=self.threads,
            timeout_seconds=seconds if most_seconds is None else min(seconds, most_seconds),
            keep_model=keep_model,
        )
        return await self.fit_predict(sandbox, request)

    async def ask(self, sandbox: Sandbox, model: bytes, frame: pd.DataFrame) -> Fit:
        """Ask a model that was kept, in a job of its own."""
        return await self.predict_with(sandbox, model, (frame,), self.task)

    def rows(self, index: Rows) -> pd.DataFrame:
        """Features of some rows, numbered from 0: an index would tell their place in the file."""
        return self.frame.iloc[index].reset_index(drop=True)

    def secret_rng(self, *words: int) -> np.random.Generator:
        """Randomness that code in a sandbox cannot foresee: seeded with all labels."""
        return np.random.default_rng([self.seed, zlib.crc32(self.y.tobytes()), *words])

    @cached_property
    def folds(self) -> tuple[Fold, ...]:
        """The folds on which the metric is defined, the same for every candidate."""
        usable = tuple(f for f in self.splits.folds if is_usable(self.task, self.y, f))
        if not usable:
            raise DataError(
                f"{self.task.metric} is undefined on every fold. Choose another metric, or give "
                "fewer folds so that each has rows of every class."
            )
        return usable

    @cached_property
    def repeat_length(self) -> int:
        """How many of the folds belong to the first repeat."""
        first = self.splits.folds[: self.splits.folds_per_repeat]
        return sum(is_usable(self.task, self.y, fold) for fold in first) or len(self.folds)

    @cached_property
    def valid_share(self) -> float:
        """Mean n_valid / n_train of the folds."""
        return mean_valid_share(self.folds)


def is_usable(task: Task, y: NDArray[Any], fold: Fold) -> bool:
    """Whether the metric has a value on a fold, whatever is predicted."""
    try:
        score(task, y[fold.valid], constant_prediction(task, y[fold.train], len(fold.valid)))
    except UndefinedScoreError:
        return False
    return True


def constant_prediction(task: Task, target: NDArray[Any], n_rows: int) -> Prediction:
    """What one says without looking at a row: the class shares, or the mean."""
    if not task.is_classification:
        return Prediction(values=np.full(n_rows, float(np.mean(target))))
    shares = np.bincount(target.astype(np.int64), minlength=len(task.classes)) / len(target)
    labels = np.full(n_rows, int(shares.argmax()), dtype=np.int64)
    return Prediction(labels=labels, probabilities=np.tile(shares, (n_rows, 1)))


def best_constant(task: Task, target: NDArray[Any], n_rows: int) -> Prediction:
    """The answer that scores best on `target` among those that are the same for every row.

    Always saying the rarer class has a better F1 than saying the commoner one.
    """
    if not task.is_classification:
        levels = (np.mean(target), np.median(target))
        said = [Prediction(values=np.full(len(target), float(level))) for level in levels]
    else:
        shares = constant_prediction(task, target, len(target))
        codes = np.arange(len(task.classes))
        said = [replace(shares, labels=np.full(len(target), code)) for code in codes]
    best = max(said, key=lambda one: _worth(task, target, one))
    return best.rows(np.zeros(n_rows, dtype=np.intp))


def _worth(task: Task, target: NDArray[Any], said: Prediction) -> float:
    """The score, greater is better; below all others where the metric has none."""
    try:
        value = score(task, target, said)
    except UndefinedScoreError:
        return -np.inf
    return value if task.greater_is_better else -value
