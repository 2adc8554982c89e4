"""The stage contract in words, for the people and models who write stages."""

# ruff: noqa: E501 — a line is a paragraph of Markdown.

from __future__ import annotations

CONTRACT = '''\
A stage is one small Python module. It runs in a sandbox without network or files.

| stage | the module defines |
|---|---|
| eda | `explore(train, target) -> dict`: findings, name -> number, list or short sentence. Prints and matplotlib figures are kept. Changes nothing in the model. |
| data_preprocessing | `build(profile) -> transformer`; it may also have `fit_resample(X, y) -> (X, y)`, which changes training rows only |
| feature_engineering | `build(profile) -> transformer` |
| model_training | `build(profile) -> estimator` |
| model_evaluation | `build(profile, estimator) -> estimator`: wraps the model, e.g. cut-off tuning, calibration, target transform, bagging |

Rules
- scikit-learn API: a transformer has `fit(X, y)` and `transform(X)` (or `fit_transform`), an estimator `fit(X, y)` and `predict(X)`, a classifier also `predict_proba(X)` and `classes_`. X is a pandas DataFrame; a transformer gives a DataFrame (an array is accepted) of as many rows.
- Fit only in `fit`; learn nothing in `transform` or `predict`. At prediction time rows may come one by one, with missing values and unseen categories; a row's answer may not depend on the other rows.
- The first stage gets: numbers and booleans as float columns with NaN, dates as datetime64, everything else as `object` columns of strings with NaN. The target y is 0..k-1 for a classification (binary: 1 is the positive class) and float for a regression.
- Only data_preprocessing sees strings and dates. What it leaves of them becomes pandas `category` columns and numbers by itself, NaN kept (all of it, when the stage is left as it is), and so after feature_engineering. So the later stages get numbers with NaN and `category` columns: a model must take both, or encode them itself in a Pipeline. A model left as it is is HistGradientBoosting. Columns differ with the stages before: go by `profile`, or check that a name exists.
- `profile` describes the frame that comes into the stage: `columns` (each with `name`, `kind` = numeric|boolean|categorical|date|text|constant, `missing` share, `unique` count, `top_share`, `skew`, `minimum`, `maximum`, `is_integer`), `numeric`, `categorical`, `dates`, `texts` (lists of names), `names(*kinds)`, `column(name)`, `n_rows`, `n_columns`, `n_classes`, `kind` (binary|multiclass|regression), `is_classification`, `metric`, `minority_share`, `target_skew`, `target_minimum`, `target_maximum`, `has_missing`, `seed`, `threads`.
- Use `random_state=profile.seed` and `n_jobs=profile.threads`. A fit may take seconds, not minutes. Top-level code only imports and defines. Only the packages named as installed, and no modules of the standard library that reach files, processes or network.

Example, feature_engineering:
```python
"""Price per area, where both columns are there."""
from sklearn.base import BaseEstimator, TransformerMixin


class PerArea(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        if {"price", "area"} <= set(X.columns):
            X = X.assign(price_per_area=X["price"] / X["area"].where(X["area"] > 0))
        return X


def build(profile):
    return PerArea()
```

Example, model_training (a model that needs plain numbers brings its own encoding):
```python
"""Ridge regression on scaled numbers and one-hot categories."""
from sklearn.compose import make_column_selector as columns
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def build(profile):
    numbers = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler())
    encode = make_column_transformer(
        (numbers, columns(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore", min_frequency=10), columns(dtype_exclude="number")),
    )
    model = LogisticRegression(max_iter=500) if profile.is_classification else RidgeCV()
    return make_pipeline(encode, model)
```
'''
