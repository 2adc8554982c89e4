"""Data preprocessing: the shape of numbers, dates, columns and rows."""

from __future__ import annotations

from sela.design.playbook.play import Play, named, skewed
from sela.harness.profile import Profile

BELLS = '''\
"""Numbers in the shape of a bell curve (Yeo-Johnson)."""
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import PowerTransformer


def build(profile):
    numbers = [c.name for c in profile.columns if c.kind == "numeric" and c.unique > 5]
    encode = make_column_transformer(
        (PowerTransformer(), numbers), remainder="passthrough", verbose_feature_names_out=False
    )
    return encode.set_output(transform="pandas")
'''

RANKS = '''\
"""Numbers replaced by where they rank, as a normal score: no tail is long any more."""
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import QuantileTransformer


def build(profile):
    numbers = [c.name for c in profile.columns if c.kind == "numeric" and c.unique > 5]
    to_normal = QuantileTransformer(
        n_quantiles=min(500, profile.n_rows),
        output_distribution="normal",
        subsample=20000,
        random_state=profile.seed,
    )
    encode = make_column_transformer(
        (to_normal, numbers), remainder="passthrough", verbose_feature_names_out=False
    )
    return encode.set_output(transform="pandas")
'''

WINSOR = '''\
"""The outermost half per cent of each number pulled in to where the rest ends."""
from sklearn.base import BaseEstimator, TransformerMixin


class Winsor(TransformerMixin, BaseEstimator):
    def __init__(self, names, share=0.005):
        self.names = names
        self.share = share

    def fit(self, X, y=None):
        self.low_ = X[self.names].quantile(self.share)
        self.high_ = X[self.names].quantile(1 - self.share)
        return self

    def transform(self, X):
        return X.assign(**X[self.names].clip(self.low_, self.high_, axis=1))


def build(profile):
    return Winsor([c.name for c in profile.columns if c.kind == "numeric" and c.unique > 20])
'''

DATES = '''\
"""Dates taken apart: year, month, weekday, hour, the season on a circle, the gaps between."""
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Dates(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        self.first_ = {name: X[name].min() for name in self.names}
        return self

    def transform(self, X):
        new = {}
        for name in self.names:
            date = X[name].dt
            new[f"{name}_days"] = (X[name] - self.first_[name]) / pd.Timedelta(days=1)
            for part in ("year", "month", "day", "day_of_week", "hour"):
                new[f"{name}_{part}"] = getattr(date, part).astype(float)
            angle = 2 * np.pi * date.day_of_year / 366
            new[f"{name}_sin"], new[f"{name}_cos"] = np.sin(angle), np.cos(angle)
        for a, b in combinations(self.names, 2):
            new[f"{a} to {b}"] = (X[b] - X[a]) / pd.Timedelta(days=1)
        return pd.concat([X.drop(columns=self.names), pd.DataFrame(new, index=X.index)], axis=1)


def build(profile):
    return Dates(profile.dates)
'''

NO_IDS = '''\
"""Columns that number or name the rows left out: a model can only learn them by heart."""
from sklearn.base import BaseEstimator, TransformerMixin


class Without(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.drop(columns=self.names)


def build(profile):
    n = profile.n_rows
    names = [
        c.name
        for c in profile.columns
        if c.unique >= 0.97 * n and (c.kind == "categorical" or (c.is_integer and c.unique == n))
    ]
    return Without(names if len(names) < profile.n_columns else [])
'''

NO_THIN = '''\
"""Columns left out that are nearly constant or nearly always missing."""
from sklearn.base import BaseEstimator, TransformerMixin


class Without(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X.drop(columns=self.names)


def build(profile):
    thin = [c.name for c in profile.columns if c.top_share > 0.99 or c.missing > 0.95]
    return Without(thin if len(thin) < profile.n_columns else [])
'''

NO_OUTLIERS = '''\
"""Training rows left out whose target lies far beyond all others."""
import numpy as np


class Trimmed:
    def fit_resample(self, X, y):
        low, high = np.quantile(y, [0.005, 0.995])
        reach = 0.5 * (high - low)
        kept = (y >= low - reach) & (y <= high + reach)
        return X[kept], y[kept]


def build(profile):
    return Trimmed()
'''

NO_REPEATS = '''\
"""Rows that occur again and again, with the same answer, count once in training."""


class Once:
    def fit_resample(self, X, y):
        kept = ~X.assign(_y=y).duplicated().to_numpy()
        return X[kept], y[kept]


def build(profile):
    return Once()
'''

BALANCED = '''\
"""Training rows of the rare class repeated until there are a third as many as of the other."""
import numpy as np


class Repeated:
    def __init__(self, seed):
        self.seed = seed

    def fit_resample(self, X, y):
        classes, counts = np.unique(y, return_counts=True)
        rare, wanted = classes[counts.argmin()], int(counts.max() / 3)
        rows = np.flatnonzero(y == rare)
        more = np.random.default_rng(self.seed).choice(rows, max(wanted - len(rows), 0))
        chosen = np.concatenate([np.arange(len(y)), more])
        return X.iloc[chosen], y[chosen]


def build(profile):
    return Repeated(profile.seed)
'''

SAMPLED = '''\
"""A random part of the training rows: enough to learn from, and several times as quick."""
import numpy as np

MOST = 20000


class Sampled:
    def __init__(self, seed):
        self.seed = seed

    def fit_resample(self, X, y):
        chosen = np.random.default_rng(self.seed).permutation(len(y))[:MOST]
        return X.iloc[chosen], y[chosen]


def build(profile):
    return Sampled(profile.seed)
'''


def _ids(p: Profile) -> list[str]:
    return [
        c.name
        for c in p.columns
        if c.unique >= 0.97 * p.n_rows
        and (c.kind == "categorical" or (c.is_integer and c.unique == p.n_rows))
    ]


def _thin(p: Profile) -> list[str]:
    return [c.name for c in p.columns if c.top_share > 0.99 or c.missing > 0.95]


SHAPES = (
    Play(
        id="dp-bells",
        stage="data_preprocessing",
        text=lambda p: f"Give {named([c.name for c in skewed(p)])} the shape of a bell curve.",
        when=lambda p: 0.49 if skewed(p) else 0.0,
        code=BELLS,
        rationale="For linear models, kernels and neighbours; trees do not mind.",
    ),
    Play(
        id="dp-ranks",
        stage="data_preprocessing",
        text="Replace numbers by their rank as a normal score.",
        when=lambda p: 0.49 if len(p.numeric) >= 2 and p.n_rows >= 100 else 0.0,
        code=RANKS,
    ),
    Play(
        id="dp-winsor",
        stage="data_preprocessing",
        text=lambda p: f"Pull in the extremes of {named([c.name for c in skewed(p, 3.0)])}.",
        when=lambda p: 0.48 if skewed(p, 3.0) else 0.0,
        code=WINSOR,
    ),
    Play(
        id="dp-date-parts",
        stage="data_preprocessing",
        text=lambda p: f"Take {named(p.dates)} apart: year, month, weekday, season, gaps between.",
        when=lambda p: 0.68 if p.dates else 0.0,
        code=DATES,
    ),
    Play(
        id="dp-no-ids",
        stage="data_preprocessing",
        text=lambda p: f"Leave out {named(_ids(p))}, which only numbers or names the rows.",
        when=lambda p: 0.56 if 0 < len(_ids(p)) < p.n_columns else 0.0,
        code=NO_IDS,
    ),
    Play(
        id="dp-no-thin-columns",
        stage="data_preprocessing",
        text=lambda p: f"Leave out {named(_thin(p))}: nearly constant or nearly always missing.",
        when=lambda p: 0.5 if 0 < len(_thin(p)) < p.n_columns else 0.0,
        code=NO_THIN,
    ),
    Play(
        id="dp-trimmed-target",
        stage="data_preprocessing",
        text="Leave out training rows whose target lies far beyond all others.",
        when=lambda p: 0.45 if not p.is_classification and abs(p.target_skew) > 2 else 0.0,
        code=NO_OUTLIERS,
    ),
    Play(
        id="dp-no-repeats",
        stage="data_preprocessing",
        text="Let rows that repeat with the same answer count once in training.",
        when=lambda p: 0.46 if p.n_columns <= 40 else 0.0,
        code=NO_REPEATS,
    ),
    Play(
        id="dp-rare-class-repeated",
        stage="data_preprocessing",
        text="Repeat training rows of the rare class until it is a third of the other.",
        when=lambda p: (
            0.5 if p.kind == "binary" and p.minority_share < 0.2 and p.metric == "f1" else 0.0
        ),
        code=BALANCED,
    ),
    Play(
        id="dp-sampled-rows",
        stage="data_preprocessing",
        text="Learn from a random 20,000 of the rows, for speed.",
        when=lambda p: 0.45 if p.n_rows * p.n_columns > 4_000_000 else 0.0,
        code=SAMPLED,
    ),
)
