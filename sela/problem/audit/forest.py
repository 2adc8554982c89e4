"""How well columns together predict the target: a small forest, since it needs no tuning."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata

from sela.errors import SelaError
from sela.problem.audit.values import numeric_matrix
from sela.problem.formulas import r2, roc_auc
from sela.problem.task import Task

TREES = 30
LEAF_ROWS = 3
FEWEST_FITTED = 10
MOST_FEATURES = 12


def forest_strength(
    frame: pd.DataFrame, y: NDArray[Any], task: Task, parts: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Strength (AUC or R2) on each part of the (m, p) rows, fitted on the others.

    Parts that cannot be scored are left out; none at all gives chance.
    """
    matrix = numeric_matrix(frame)
    scores = [
        told
        for part in np.unique(parts)
        if (told := fitted_strength(matrix, y, task, parts != part, parts == part)) is not None
    ]
    return np.array(scores or [0.5 if task.is_classification else 0.0])


def fitted_strength(
    matrix: NDArray[np.float32],
    y: NDArray[Any],
    task: Task,
    train: NDArray[np.bool_],
    valid: NDArray[np.bool_],
) -> float | None:
    """Fit on some rows and score on others; None when that has no score."""
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    one_class = task.is_classification and len(np.unique(y[train])) < 2
    if one_class or not matrix.shape[1] or train.sum() < FEWEST_FITTED:
        return None
    settings: dict[str, Any] = {"n_estimators": TREES, "min_samples_leaf": LEAF_ROWS}
    settings["random_state"] = 0
    try:
        if not task.is_classification:
            forest = ExtraTreesRegressor(max_features=_features(matrix.shape[1]), **settings)
            return r2(y[valid], forest.fit(matrix[train], y[train]).predict(matrix[valid]))
        forest = ExtraTreesClassifier(**settings).fit(matrix[train], y[train])
        told = np.zeros((int(valid.sum()), len(task.classes)))
        told[:, forest.classes_] = forest.predict_proba(matrix[valid])
        return roc_auc(y[valid], told, len(task.classes))
    except SelaError:
        return None


def steady_target(y: NDArray[Any], task: Task) -> NDArray[Any]:
    """(m,) targets to compare strengths on: ranks of a regression's, whose tails make R2 jump."""
    return y if task.is_classification else rankdata(y)


def _features(columns: int) -> int:
    return max(1, min(MOST_FEATURES, (columns + 1) // 2))
