"""Data preprocessing: what to do about missing values."""

from __future__ import annotations

from sela.design.playbook.play import Play, gappy, named
from sela.harness.profile import Profile

MEDIANS = '''\
"""Gaps in numbers filled with the median, each with a flag; a gap in a category is a level."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Medians(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        numbers = X.select_dtypes("number")
        self.medians_ = numbers.median().fillna(0.0)
        self.flagged_ = [name for name in numbers.columns if numbers[name].isna().any()]
        return self

    def transform(self, X):
        flags = X[self.flagged_].isna().astype(float).add_suffix("_was_missing")
        filled = X.fillna(self.medians_)
        for name in X.select_dtypes(exclude=["number", "datetime"]).columns:
            filled[name] = X[name].fillna("missing")
        return pd.concat([filled, flags], axis=1)


def build(profile):
    return Medians()
'''

ABSENT = '''\
"""A gap means that there is none: zero for amounts, a level of its own for categories."""
from sklearn.base import BaseEstimator, TransformerMixin


class Absent(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        X = X.copy()
        X["absent"] = X.isna().sum(axis=1).astype(float)
        numbers = X.select_dtypes("number").columns
        X[numbers] = X[numbers].fillna(0.0)
        for name in X.select_dtypes(exclude=["number", "datetime"]).columns:
            X[name] = X[name].fillna("none")
        return X


def build(profile):
    return Absent()
'''

GROUP_MEDIANS = '''\
"""Gaps in numbers filled with the median of the rows that share the telling category."""
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class GroupMedians(TransformerMixin, BaseEstimator):
    def __init__(self, groups):
        self.groups = groups

    def fit(self, X, y=None):
        self.fills_ = {}
        for name in X.select_dtypes("number").columns:
            overall = X[name].median()
            by, told = None, 0.05
            for group in (g for g in self.groups if g != name):
                spread = X[name].sub(X.groupby(group)[name].transform("mean")).var()
                share = 1 - spread / X[name].var()
                if share > told:
                    by, told = group, share
            medians = X.groupby(by)[name].median() if by else {}
            self.fills_[name] = (by, dict(medians), 0.0 if np.isnan(overall) else overall)
        return self

    def transform(self, X):
        X = X.copy()
        for name, (by, medians, overall) in self.fills_.items():
            if by:
                X[name] = X[name].fillna(X[by].map(medians))
            X[name] = X[name].fillna(overall)
        return X


def build(profile):
    return GroupMedians([c.name for c in profile.columns if 2 <= c.unique <= 40][:12])
'''

NEIGHBOURS = '''\
"""Gaps in numbers filled from the five most similar rows."""
from sklearn.compose import make_column_transformer
from sklearn.impute import KNNImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler


def build(profile):
    numbers = [c.name for c in profile.columns if c.kind == "numeric" and c.missing < 0.6]
    fill = make_pipeline(RobustScaler(), KNNImputer(weights="distance", keep_empty_features=True))
    encode = make_column_transformer(
        (fill, numbers), remainder="passthrough", verbose_feature_names_out=False
    )
    return encode.set_output(transform="pandas")
'''

CHAINED = '''\
"""Gaps in numbers filled by a regression on the other numbers, in turn."""
from sklearn.compose import make_column_transformer
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer


def build(profile):
    numbers = [c.name for c in profile.columns if c.kind == "numeric" and c.missing < 0.6]
    fill = IterativeImputer(
        max_iter=5,
        n_nearest_features=min(10, max(len(numbers) - 1, 1)),
        random_state=profile.seed,
    )
    encode = make_column_transformer(
        (fill, numbers), remainder="passthrough", verbose_feature_names_out=False
    )
    return encode.set_output(transform="pandas")
'''


def _gaps(p: Profile) -> list[str]:
    return [c.name for c in gappy(p, "numeric")]


GAPS = (
    Play(
        id="dp-median-flag",
        stage="data_preprocessing",
        text=lambda p: f"Fill gaps in {named(_gaps(p))} with the median and flag where they were.",
        when=lambda p: 0.5 if _gaps(p) else 0.0,
        code=MEDIANS,
    ),
    Play(
        id="dp-absent",
        stage="data_preprocessing",
        text=lambda p: (
            f"Read a gap in {named([c.name for c in p.columns if c.missing > 0])} as 'there is "
            "none': zero or a level of its own."
        ),
        when=lambda p: (
            0.5 if sum(c.missing > 0.02 for c in p.columns) >= 3 else 0.48 if p.has_missing else 0
        ),
        code=ABSENT,
        rationale="Gaps that come in blocks usually mean absence, not ignorance.",
    ),
    Play(
        id="dp-group-median",
        stage="data_preprocessing",
        text=lambda p: f"Fill gaps in {named(_gaps(p))} with the median of the telling group.",
        when=lambda p: (
            0.51
            if any(0.02 < c.missing < 0.5 for c in gappy(p, "numeric")) and p.categorical
            else 0.0
        ),
        code=GROUP_MEDIANS,
    ),
    Play(
        id="dp-neighbour-fill",
        stage="data_preprocessing",
        text=lambda p: f"Fill gaps in {named(_gaps(p))} from the five most similar rows.",
        when=lambda p: 0.49 if _gaps(p) and len(p.numeric) >= 3 and p.n_rows <= 5000 else 0.0,
        code=NEIGHBOURS,
        simpler=MEDIANS,
    ),
    Play(
        id="dp-chained-fill",
        stage="data_preprocessing",
        text=lambda p: f"Predict the gaps in {named(_gaps(p))} from the other numbers.",
        when=lambda p: 0.5 if _gaps(p) and 3 <= len(p.numeric) <= 60 and p.n_rows <= 20000 else 0.0,
        code=CHAINED,
        simpler=MEDIANS,
    ),
)
