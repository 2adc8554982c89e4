"""What "as is" means in each stage: plain source, shown and exported like any other.

Together they are the baseline: they cope with any frame and any target, and tune nothing.
"""

from __future__ import annotations

DATA_PREPROCESSING = '''\
"""Categories as categories, dates as numbers; missing stays missing."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

MAX_LEVELS = 200


class Native(TransformerMixin, BaseEstimator):
    """For models that read missing values and pandas categories by themselves."""

    def __init__(self, constants=(), texts=()):
        self.constants = constants
        self.texts = texts

    def fit(self, X, y=None):
        self.levels_ = {}
        for name in X.select_dtypes(exclude=["number", "datetime"]).columns:
            counts = X[name].value_counts()
            self.levels_[name] = sorted(counts.index[counts >= 3][:MAX_LEVELS])
        return self

    def transform(self, X):
        columns = {}
        for name in X.columns:
            column = X[name]
            if name in self.constants:
                continue
            if name in self.texts:
                columns[f"{name}_chars"] = column.str.len().astype(float)
                columns[f"{name}_words"] = column.str.count(r"\\s+").astype(float)
            elif name in self.levels_:
                levels = self.levels_[name]
                if levels:
                    known = column.astype(object).where(column.isin(levels))
                    columns[name] = pd.Categorical(known, categories=levels)
            elif pd.api.types.is_datetime64_any_dtype(column.dtype):
                columns[name] = (column - pd.Timestamp(2000, 1, 1)) / pd.Timedelta(days=1)
                columns[f"{name}_month"] = column.dt.month.astype(float)
                columns[f"{name}_weekday"] = column.dt.day_of_week.astype(float)
            else:
                columns[name] = column.astype(float)
        return pd.DataFrame(columns or {"nothing": 0.0}, index=X.index)


def build(profile):
    return Native(profile.names("constant"), profile.texts)
'''

FEATURE_ENGINEERING = '''\
"""The columns as they are."""
from sklearn.preprocessing import FunctionTransformer


def build(profile):
    return FunctionTransformer(feature_names_out="one-to-one")
'''

MODEL_TRAINING = '''\
"""Gradient boosting with scikit-learn's default settings."""
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


def build(profile):
    settings = {
        "categorical_features": "from_dtype",
        "early_stopping": False,
        "random_state": profile.seed,
    }
    if not profile.is_classification:
        return HistGradientBoostingRegressor(**settings)
    if profile.n_classes < 2:
        return DummyClassifier()
    return HistGradientBoostingClassifier(**settings)
'''

MODEL_EVALUATION = '''\
"""The model as it is."""


def build(profile, estimator):
    return estimator
'''

DEFAULTS = {
    "data_preprocessing": DATA_PREPROCESSING,
    "feature_engineering": FEATURE_ENGINEERING,
    "model_training": MODEL_TRAINING,
    "model_evaluation": MODEL_EVALUATION,
}
"""Stage -> source, for every stage that changes predictions."""
