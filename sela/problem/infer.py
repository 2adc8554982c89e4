"""What is asked of a table: the task's kind, its metric and its labels, inferred and told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sela.errors import DataError, RequestError
from sela.problem.labels import Labels, encode_labels
from sela.problem.metrics import Metric, metric, metric_names
from sela.problem.naming import listing, suggestion
from sela.problem.task import Task, TaskKind

DEFAULT_FOLDS = 5
FEWEST_ROWS = 20
MOST_INTEGER_CLASSES = 10
MOST_CODED_CLASSES = 20
FEWEST_ROWS_A_CLASS = 10
"""On average, for whole numbers to be taken as classes."""
IMBALANCED = 5.0
"""Largest class over smallest, from which accuracy says little."""


@dataclass(frozen=True)
class Definition:
    """A task, its encoded target, and everything that was decided on the way."""

    task: Task
    rows: NDArray[np.intp]
    """Positions in the table of the rows that have a target."""
    y: NDArray[Any]
    """(len(rows),) int64 codes in the order of task.classes, or float64 of a regression."""
    notes: tuple[str, ...]
    """What was inferred, one sentence each."""
    warnings: tuple[str, ...]
    """What a user should know before believing a score."""

    def keep(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The features of the kept rows, numbered from 0 as `y` is."""
        return frame.iloc[self.rows].drop(columns=[self.task.target]).reset_index(drop=True)


def define_task(
    frame: pd.DataFrame,
    target: str,
    metric_name: str | None = None,
    positive: str | None = None,
    *,
    folds: int | None = None,
) -> Definition:
    """Define the task of predicting one column of a table as `read_table` gives it.

    Raises DataError when the table or target cannot be used, RequestError when metric, positive
    label or folds do not suit; each says what to do.
    """
    rule = None if metric_name is None else metric(metric_name)
    series = _target(frame, target)
    rows, notes = _rows_with_target(series)
    kept = series.iloc[rows]
    _refuse_unusable(kept, target, folds or DEFAULT_FOLDS)
    kind, reason = _kind(kept, rule)
    notes.append(reason)
    if kind == "regression":
        return _regression(kept, rows, rule, positive, notes)
    return _classification(kept, kind, rows, rule, positive, folds or DEFAULT_FOLDS, notes)


def _target(frame: pd.DataFrame, target: str) -> pd.Series:
    names = [str(name) for name in frame.columns]
    if target not in names:
        raise DataError(
            f"No column {target!r} to predict.{suggestion(target, names)} "
            f"Columns: {listing(names)}."
        )
    if len(names) == 1:
        raise DataError(f"{target!r} is the only column. Add columns to predict it from.")
    return pd.Series(frame[target])


def _rows_with_target(series: pd.Series) -> tuple[NDArray[np.intp], list[str]]:
    has = series.notna()
    if pd.api.types.is_string_dtype(series.dtype):
        has &= series.astype(str).str.strip() != ""
    elif pd.api.types.is_float_dtype(series.dtype):
        has &= np.isfinite(series)
    rows = np.flatnonzero(has.to_numpy())
    missing = len(series) - len(rows)
    if not missing:
        return rows, []
    return rows, [f"{missing} of {len(series)} rows have no {series.name!r} and were left out."]


def _refuse_unusable(kept: pd.Series, target: str, folds: int) -> None:
    if not len(kept):
        raise DataError(f"Target {target!r} is missing in every row. Choose another column.")
    if kept.nunique() == 1:
        raise DataError(
            f"Target {target!r} is always {str(kept.iloc[0])!r}: nothing to learn. "
            "Choose another column, or add rows with other values."
        )
    fewest = max(FEWEST_ROWS, 2 * folds)
    if len(kept) < fewest:
        raise DataError(
            f"{len(kept)} rows with a target are too few for {folds} folds. "
            f"At least {fewest} are needed."
        )
    if pd.api.types.is_datetime64_any_dtype(kept.dtype):
        raise DataError(
            f"Target {target!r} holds dates. Give a number instead, such as days until then."
        )


def _kind(kept: pd.Series, rule: Metric | None) -> tuple[TaskKind, str]:
    """The kind, and why: the metric decides where it can, then the type, then the values."""
    distinct, name = kept.nunique(), repr(str(kept.name))
    is_number = pd.api.types.is_numeric_dtype(kept.dtype) and kept.dtype != bool
    classes: TaskKind = "binary" if distinct == 2 else "multiclass"
    if not is_number:
        _refuse_text(kept)
        return classes, f"{name} holds {distinct} labels: a {classes} classification."
    if rule is not None and rule.kinds == ("regression",):
        return "regression", f"{name} is a regression, since {rule.name} judges numbers."
    if rule is not None and "regression" not in rule.kinds:
        _refuse_continuous(kept, rule)
        return classes, f"{name} is a {classes} classification, since {rule.name} judges labels."
    if distinct == 2:
        return "binary", f"{name} holds two values: a binary classification."
    if _are_codes(kept):
        return "multiclass", (
            f"{name} holds {distinct} whole numbers, each often: taken as classes. "
            "A metric for numbers (rmse, mae, r2) makes it a regression."
        )
    return "regression", f"{name} holds {distinct} different numbers: a regression."


def _refuse_text(kept: pd.Series) -> None:
    distinct = kept.nunique()
    if distinct > max(FEWEST_ROWS, len(kept) // 2):
        raise DataError(
            f"Target {str(kept.name)!r} has {distinct} different texts in {len(kept)} rows, such "
            f"as {kept.iloc[0]!r}. For classes group them; for a regression make it a plain number."
        )


def _refuse_continuous(kept: pd.Series, rule: Metric) -> None:
    distinct = kept.nunique()
    if distinct > max(MOST_CODED_CLASSES, len(kept) // 4):
        raise RequestError(
            f"{rule.name} judges classes, but {str(kept.name)!r} holds {distinct} different "
            f"numbers. Choose one of {', '.join(metric_names('regression'))}."
        )


def _are_codes(kept: pd.Series) -> bool:
    values = np.unique(kept.to_numpy(dtype=float))
    if np.any(values != np.round(values)) or len(kept) < FEWEST_ROWS_A_CLASS * len(values):
        return False
    is_run = values[0] in (0, 1) and values[-1] - values[0] == len(values) - 1
    return len(values) <= (MOST_CODED_CLASSES if is_run else MOST_INTEGER_CLASSES)


def _regression(
    kept: pd.Series,
    rows: NDArray[np.intp],
    rule: Metric | None,
    positive: str | None,
    notes: list[str],
) -> Definition:
    name, y = str(kept.name), kept.to_numpy(dtype=float)
    if positive is not None:
        raise RequestError(f"A positive label ({positive!r}) needs two classes; {name!r} has none.")
    if rule is None:
        rule = metric("rmse")
        notes.append("Judged by rmse, the usual choice for a regression.")
    if rule.name == "rmsle" and y.min() < 0:
        raise RequestError(
            f"rmsle needs targets of zero or more, and {name!r} goes down to {y.min():g}. "
            "Choose rmse or mae."
        )
    task = Task("regression", name, rule.name, rule.greater_is_better)
    return Definition(task, rows, y, tuple(notes), ())


def _classification(
    kept: pd.Series,
    kind: TaskKind,
    rows: NDArray[np.intp],
    rule: Metric | None,
    positive: str | None,
    folds: int,
    notes: list[str],
) -> Definition:
    labels = encode_labels(kept, positive)
    if rule is None:
        rule, reason = _default_metric(kind, labels)
        notes.append(reason)
    _refuse_unsuitable(rule, kind, str(kept.name))
    if kind == "binary":
        notes.append(f"Positive label: {labels.classes[1]!r} ({labels.reason}).")
    warnings = _rare_classes(labels, folds)
    task = Task(kind, str(kept.name), rule.name, rule.greater_is_better, labels.classes)
    return Definition(task, rows, labels.codes, tuple(notes), tuple(warnings))


def _default_metric(kind: TaskKind, labels: Labels) -> tuple[Metric, str]:
    if kind == "binary":
        return metric("roc_auc"), "Judged by roc_auc, which needs no cut-off and bears imbalance."
    ratio = labels.counts.max() / labels.counts.min()
    if ratio <= IMBALANCED:
        return metric("accuracy"), "Judged by accuracy: the classes are of similar size."
    if labels.counts.min() < FEWEST_ROWS_A_CLASS:
        reason = f"the largest class is {ratio:.0f} times the smallest, which has too few to weigh."
        return metric("f1_weighted"), f"Judged by f1_weighted: {reason}"
    reason = f"the largest class is {ratio:.0f} times the smallest, and each counts alike."
    return metric("f1_macro"), f"Judged by f1_macro: {reason}"


def _refuse_unsuitable(rule: Metric, kind: TaskKind, target: str) -> None:
    if kind not in rule.kinds:
        raise RequestError(
            f"{rule.name} does not judge a {kind} task such as {target!r}. "
            f"Choose one of {', '.join(metric_names(kind))}."
        )


def _rare_classes(labels: Labels, folds: int) -> list[str]:
    """Refuse when not even two classes fill the folds; warn of the classes that do not."""
    rare = [(c, int(n)) for c, n in zip(labels.classes, labels.counts, strict=True) if n < folds]
    if len(labels.classes) - len(rare) < 2:
        label, count = max(rare, key=lambda pair: pair[1])
        raise DataError(
            f"Class {label!r} has {count} row{'s' * (count != 1)}, too few for {folds} folds. "
            "Give fewer folds, or more rows of it."
        )
    return [
        f"Class {label!r} has only {count} row{'s' * (count != 1)}: "
        "some folds lack it, and its score is mostly chance."
        for label, count in rare
    ]
