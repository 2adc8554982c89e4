"""Controls: what a candidate must survive before it may become the best.

Here are the judgements, on predictions that a sandbox already gave; `experiments.trials` asks for
them. Each control compares what the candidate does with what it could do had it nothing but the
training rows and one row to predict at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.evaluation.comparison import Comparison
from sela.problem.metrics import log_odds, score
from sela.problem.prediction import Prediction
from sela.problem.task import Task

SHUFFLES = 200
PERMUTED_Z = 3.0
"""Each of three fits on permuted labels must exceed it before the candidate is refused."""
NOISE_Z = 5.0
"""One answer decides here, so the bar is higher."""
JUMP_ERRORS = 6.0
SAME_LOG_ODDS = 1e-6
"""Far below a step of a metric of ranks, far above what rounding does."""
SAME_VALUE = 1e-6
REPRODUCED = 0.03
"""Mean change of a probability, share of other labels, or mean change over the target's spread."""
MOVED_SHARE = 0.002
"""Share of rows whose prediction may move with the batch: a value at a tree's very threshold can
fall to the other side when a sum is rounded in another order."""


@dataclass(frozen=True)
class Chance:
    """A score against what the same predictions get on shuffled rows."""

    score: float
    mean: float
    sd: float
    z: float
    """Positive when better than chance; 0 when shuffling changes nothing."""

    def __str__(self) -> str:
        return f"{self.score:.4g} (chance {self.mean:.4g} ± {self.sd:.2g}, z = {self.z:.1f})"


def against_chance(
    task: Task, y: NDArray[Any], prediction: Prediction, rng: np.random.Generator
) -> Chance:
    """Score predictions that should know nothing of `y`, and how unlikely that score is."""
    seen = score(task, y, prediction)
    shuffled = np.array([score(task, rng.permutation(y), prediction) for _ in range(SHUFFLES)])
    mean, sd = float(shuffled.mean()), float(shuffled.std())
    sign = 1.0 if task.greater_is_better else -1.0
    is_constant = sd <= 1e-12 * max(1.0, abs(mean))
    return Chance(seen, mean, sd, 0.0 if is_constant else sign * (seen - mean) / sd)


def mirrored(task: Task, target: NDArray[Any]) -> NDArray[Any]:
    """The target turned round: classes shifted by one, values reflected about their middle.

    What an honest model happened to learn from permuted labels turns round with it; what a model
    reads from elsewhere does not.
    """
    if task.is_classification:
        return (target + 1) % len(task.classes)
    return float(np.max(target)) + float(np.min(target)) - target


def moved_share(before: Prediction, after: Prediction, spread: float) -> float:
    """Share of rows that two answers to the same rows disagree on, beyond rounding.

    `spread` is the standard deviation of a regression's target, the unit of its tolerance.
    """
    moved = np.zeros(len(before), dtype=bool)
    for first, second in (
        (before.labels, after.labels),
        (before.probabilities, after.probabilities),
        (before.values, after.values),
    ):
        if first is None and second is None:
            continue
        if first is None or second is None:
            return 1.0
        moved |= _moves(first, second, spread)
    return float(np.mean(moved))


def _moves(before: NDArray[Any], after: NDArray[Any], spread: float) -> NDArray[np.bool_]:
    if before.dtype.kind in "iu":
        return before != after
    if before.ndim == 2:
        return np.abs(log_odds(before) - log_odds(after)).max(axis=1) > SAME_LOG_ODDS
    return np.abs(before - after) > SAME_VALUE * np.maximum(spread, np.abs(before))


def is_reproduced(before: Prediction, after: Prediction, spread: float) -> bool:
    """Whether a second fit on the same rows predicts as the first did, but for small change."""
    if before.probabilities is not None and after.probabilities is not None:
        return float(np.abs(before.probabilities - after.probabilities).mean()) <= REPRODUCED
    if before.labels is not None and after.labels is not None:
        return float(np.mean(before.labels != after.labels)) <= REPRODUCED
    if before.values is not None and after.values is not None:
        return float(np.abs(before.values - after.values).mean()) <= REPRODUCED * spread
    return False


def tolerated_rows(n_rows: int) -> int:
    """How many of `n_rows` may move: 0.2 %, and at least one."""
    return max(1, int(MOVED_SHARE * n_rows))


def noise_rows(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Rows that mean nothing: each column shuffled on its own, so its marginal is kept."""
    columns = {
        name: frame[name].iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for name in frame.columns
    }
    return pd.DataFrame(columns)


def is_perfect(task: Task, value: float) -> bool:
    """Whether a score is the best that its metric knows."""
    if task.greater_is_better:
        return value >= 1.0 - 1e-9
    return value <= 1e-9


def is_jump(comparison: Comparison | None) -> bool:
    """Whether a candidate leaves the best so far behind by more than is usual."""
    if comparison is None or not math.isfinite(comparison.standard_error):
        return False
    return comparison.is_better(JUMP_ERRORS)
