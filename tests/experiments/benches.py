"""Benches for tests: a table whose second column tells the label, more or less."""

from collections.abc import Callable
from typing import cast

import numpy as np
import pandas as pd

from sandboxes.base import Sandbox
from sela.evaluation.splits import Fold, Splits
from sela.experiments.bench import Bench
from sela.experiments.fits import FitRequest
from sela.experiments.scripted import ScriptedFits
from sela.problem.prediction import Prediction
from sela.problem.task import Task

BINARY = Task("binary", "y", "roc_auc", True, ("no", "yes"))
REGRESSION = Task("regression", "y", "rmse", False)
NO_SANDBOX = cast(Sandbox, None)
"""Scripted fits never look at it."""


def table(n_rows: int = 200, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows with a number and a noisy hint at the binary label."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n_rows)
    hint = y + rng.normal(0, 1.0, n_rows)
    return pd.DataFrame({"number": np.arange(n_rows), "hint": hint}), y


def splits(n_rows: int, n_test: int = 40, n_folds: int = 5, repeats: int = 1) -> Splits:
    """A sealed part at the end, and seeded random folds on the rest."""
    search = np.arange(n_rows - n_test)
    folds: list[Fold] = []
    for repeat in range(repeats):
        order = np.random.default_rng(repeat).permutation(search)
        for part in np.array_split(order, n_folds):
            valid = np.sort(part)
            folds.append(Fold(np.setdiff1d(search, valid), valid))
    return Splits(
        "random", np.arange(n_rows - n_test, n_rows), search, tuple(folds), n_folds, seed=0
    )


def bench(
    answer: Callable[[FitRequest, pd.DataFrame], Prediction],
    *,
    task: Task = BINARY,
    n_rows: int = 200,
    repeats: int = 1,
) -> Bench:
    """A bench whose fits are scripted."""
    frame, y = table(n_rows)
    target = y if task.is_classification else frame["hint"].to_numpy()
    scripted = ScriptedFits(answer)
    return Bench(
        task,
        frame,
        target,
        splits(n_rows, repeats=repeats),
        fit_predict=scripted.fit_predict,
        predict_with=scripted.predict_with,
    )


def probabilities(positive: np.ndarray) -> Prediction:
    """A binary prediction from the positive class's probabilities."""
    both = np.column_stack([1 - positive, positive])
    return Prediction(both.argmax(axis=1), both)


def honest(request: FitRequest, question: pd.DataFrame) -> Prediction:
    """Learns from the training rows which way the hint points."""
    hint, target = request.train["hint"], request.target
    slope = np.corrcoef(hint, target)[0, 1]
    return probabilities(1 / (1 + np.exp(-slope * question["hint"].to_numpy())))


def clueless(request: FitRequest, question: pd.DataFrame) -> Prediction:
    """The share of positives, whatever the row."""
    return probabilities(np.full(len(question), float(np.mean(request.target))))
