"""Metrics as a person writes them."""

from __future__ import annotations

NAMES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "f1_macro": "macro F1",
    "f1_weighted": "weighted F1",
    "mcc": "MCC",
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "log_loss": "log loss",
    "rmse": "RMSE",
    "rmsle": "RMSLE",
    "mae": "MAE",
    "r2": "R²",
    "qwk": "quadratic weighted kappa",
}


def metric_name(metric: str) -> str:
    """The metric as a person writes it."""
    return NAMES.get(metric, metric.replace("_", " "))
