"""The metrics: by scikit-learn's names, or a Python file with a scorer of the user's own."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sela.errors import RequestError
from sela.problem import formulas
from sela.problem.formulas import UndefinedScoreError
from sela.problem.naming import suggestion
from sela.problem.own_metric import absolute, is_own, load_own
from sela.problem.prediction import Prediction
from sela.problem.task import Task, TaskKind

__all__ = ["Metric", "UndefinedScoreError", "metric", "metric_names", "score"]

Needs = Literal["labels", "probabilities", "values"]
BINARY: tuple[TaskKind, ...] = ("binary",)
CLASSES: tuple[TaskKind, ...] = ("binary", "multiclass")
NUMBERS: tuple[TaskKind, ...] = ("regression",)


@dataclass(frozen=True)
class Metric:
    """How predictions are judged. `worst` and `best` bound its values (infinite when unbounded)."""

    name: str
    greater_is_better: bool
    kinds: tuple[TaskKind, ...]
    needs: Needs
    """What it reads for a classification; a regression always gives `values`."""
    worst: float
    best: float
    compute: Callable[..., float]
    """(y, labels or (n, k) probabilities, k) -> float; (y, values) -> float; or a user's own."""
    is_own: bool = False


def metric(name: str) -> Metric:
    """The metric of that name, or of a file `path.py[:function]`, named by its absolute path.

    A name may be spelled freely: `F1 weighted` is `f1_weighted`.
    Raises RequestError with the nearest names when there is none. A file is run in this process:
    it has to be the user's own.
    """
    plain = re.sub(r"[\s-]+", "_", name.strip().lower())
    if plain in METRICS:
        return METRICS[plain]
    if is_own(name):
        own = load_own(name)
        kinds = {"values": NUMBERS, None: (*CLASSES, *NUMBERS)}.get(own.needs, CLASSES)
        worst, best = (-np.inf, np.inf) if own.greater_is_better else (np.inf, -np.inf)
        needs = own.needs or "labels"
        own_name, better = absolute(name), own.greater_is_better
        return Metric(own_name, better, kinds, needs, worst, best, own.function, is_own=True)
    raise RequestError(
        f"No metric {name!r}.{suggestion(name, METRICS)} Known: {', '.join(METRICS)}, "
        "or a Python file with a scorer: path.py:function."
    )


RANKED = ("roc_auc", "average_precision")
RANK_STEP = 1e-4
"""In log odds."""
SAME_RANKS = 1e-3
"""Of the score, which honest rows closer than a step may change."""


def metric_names(kind: TaskKind) -> list[str]:
    """The built-in metrics that suit a kind of task."""
    return [m.name for m in METRICS.values() if kind in m.kinds]


def score(task: Task, y: NDArray[Any], prediction: Prediction) -> float:
    """Judge predictions of (n,) targets by the task's metric, in its own unit.

    Raises UndefinedScoreError when the metric has no value on these rows, and RequestError when
    the prediction lacks what the metric reads.
    """
    rule = metric(task.metric)
    if not task.is_classification:
        value = _compute(rule, y.astype(float), _needed(prediction.values, "values", rule))
    else:
        value = _score_classes(task, rule, y.astype(np.int64), prediction)
    if not np.isfinite(value):
        raise UndefinedScoreError(f"{rule.name} gave {value} on these rows.")
    return float(value)


def _score_classes(task: Task, rule: Metric, y: NDArray[Any], prediction: Prediction) -> float:
    if rule.needs == "probabilities":
        answer = _needed(prediction.probabilities, "probabilities", rule)
        if rule.name in RANKED:
            return _ranked(rule, y, answer)
    else:
        answer = _needed(_labels(prediction), "labels", rule)
    if not rule.is_own:
        return rule.compute(y, answer, len(task.classes))
    if rule.needs == "probabilities":
        return _compute(rule, y, answer[:, 1] if task.kind == "binary" else answer)
    classes = np.asarray(task.classes)
    return _compute(rule, classes[y], classes[answer.astype(np.int64)])


def _ranked(rule: Metric, y: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float:
    """The score, unless it lives on differences that are too small to be real.

    A metric of ranks reads a score that is hidden far behind the decimal point, below what the
    controls compare. Where whole steps of the log odds give another score, theirs counts. Where
    a step begins depends on the targets, so that nobody without these can aim at it.
    """
    k = probabilities.shape[1]
    begin = zlib.crc32(y.tobytes()) / 2**32
    steps = np.floor(log_odds(probabilities) / RANK_STEP + begin)
    exact, coarse = rule.compute(y, probabilities, k), rule.compute(y, steps, k)
    return exact if abs(exact - coarse) <= SAME_RANKS else coarse


def log_odds(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of probabilities; those of 0 and 1 are finite."""
    inside = np.clip(probabilities, 1e-300, 1 - 1e-12)
    return np.log(inside) - np.log1p(-inside)


def _compute(rule: Metric, y: NDArray[Any], answer: NDArray[Any]) -> float:
    if not rule.is_own:
        return rule.compute(y, answer)
    try:
        return float(rule.compute(y, answer))
    except Exception as error:  # The scorer is foreign code: anything may come.
        raise UndefinedScoreError(f"{rule.name}: {type(error).__name__}: {error}") from error


def _labels(prediction: Prediction) -> NDArray[np.int64] | None:
    if prediction.labels is None and prediction.probabilities is not None:
        return prediction.probabilities.argmax(axis=1)
    return prediction.labels


def _needed(part: NDArray[Any] | None, name: str, rule: Metric) -> NDArray[Any]:
    if part is None:
        raise RequestError(f"{rule.name} reads {name}, and the pipeline gave none.")
    return part


METRICS: dict[str, Metric] = {
    m.name: m
    for m in (
        Metric("accuracy", True, CLASSES, "labels", 0, 1, formulas.accuracy),
        Metric("balanced_accuracy", True, CLASSES, "labels", 0, 1, formulas.balanced_accuracy),
        Metric("f1", True, BINARY, "labels", 0, 1, formulas.f1),
        Metric("f1_macro", True, CLASSES, "labels", 0, 1, formulas.f1_macro),
        Metric("f1_weighted", True, CLASSES, "labels", 0, 1, formulas.f1_weighted),
        Metric("mcc", True, CLASSES, "labels", -1, 1, formulas.mcc),
        Metric("roc_auc", True, CLASSES, "probabilities", 0, 1, formulas.roc_auc),
        Metric(
            "average_precision", True, CLASSES, "probabilities", 0, 1, formulas.average_precision
        ),
        Metric("log_loss", False, CLASSES, "probabilities", np.inf, 0, formulas.log_loss),
        Metric("rmse", False, NUMBERS, "values", np.inf, 0, formulas.rmse),
        Metric("rmsle", False, NUMBERS, "values", np.inf, 0, formulas.rmsle),
        Metric("mae", False, NUMBERS, "values", np.inf, 0, formulas.mae),
        Metric("r2", True, NUMBERS, "values", -np.inf, 1, formulas.r2),
        Metric("qwk", True, CLASSES, "labels", -1, 1, formulas.qwk),
    )
}
