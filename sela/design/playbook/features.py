"""Feature engineering: columns made of several columns of one row."""

from __future__ import annotations

from sela.design.playbook.play import Play, named, narrow
from sela.harness.profile import Profile

STRONGEST = '''

def strongest(X, y, count, is_classification):
    """The numbers that matter most to a small forest on at most 4,000 rows."""
    numbers = X.select_dtypes("number")
    rows = np.random.default_rng(0).permutation(len(X))[:4000]
    Forest = ExtraTreesClassifier if is_classification else ExtraTreesRegressor
    if numbers.shape[1] <= count:
        return list(numbers.columns)
    forest = Forest(60, max_depth=8, random_state=0).fit(numbers.iloc[rows].fillna(-999), y[rows])
    return list(numbers.columns[np.argsort(-forest.feature_importances_)[:count]])
'''

RATIOS = (
    '''\
"""Ratios and differences of the five numbers that matter most."""
from itertools import combinations

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
'''
    + STRONGEST
    + """

class Ratios(TransformerMixin, BaseEstimator):
    def __init__(self, is_classification):
        self.is_classification = is_classification

    def fit(self, X, y):
        self.pairs_ = list(combinations(strongest(X, y, 5, self.is_classification), 2))
        return self

    def transform(self, X):
        new = {}
        for a, b in self.pairs_:
            new[f"{a} / {b}"] = X[a] / X[b].where(X[b] != 0)
            new[f"{a} - {b}"] = X[a] - X[b]
        return pd.concat([X, pd.DataFrame(new, index=X.index)], axis=1)


def build(profile):
    return Ratios(profile.is_classification)
"""
)

PRODUCTS = (
    '''\
"""Products of the five numbers that matter most, centred first; and their squares."""
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
'''
    + STRONGEST
    + """

class Products(TransformerMixin, BaseEstimator):
    def __init__(self, is_classification):
        self.is_classification = is_classification

    def fit(self, X, y):
        self.names_ = strongest(X, y, 5, self.is_classification)
        self.middle_ = X[self.names_].median()
        self.spread_ = X[self.names_].std().replace(0, 1)
        return self

    def transform(self, X):
        scaled = ((X[self.names_] - self.middle_) / self.spread_).clip(-10, 10)
        pairs = combinations_with_replacement(self.names_, 2)
        new = {f"{a} x {b}": scaled[a] * scaled[b] for a, b in pairs}
        return pd.concat([X, pd.DataFrame(new, index=X.index)], axis=1)


def build(profile):
    return Products(profile.is_classification)
"""
)

FAMILIES = '''\
"""Sums, largest and spread of columns whose names share a word: areas, counts, readings."""
import re

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class Families(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        families = {}
        for name in X.select_dtypes("number").columns:
            for word in set(WORD.findall(name)):
                if len(word) > 1:
                    families.setdefault(word.lower(), []).append(name)
        sized = {word: names for word, names in families.items() if 2 <= len(names) <= 40}
        self.families_ = dict(sorted(sized.items(), key=lambda pair: -len(pair[1]))[:12])
        return self

    def transform(self, X):
        new = {}
        for word, names in self.families_.items():
            new[f"sum of {word}"] = X[names].sum(axis=1)
            if len(names) > 2:
                new[f"largest {word}"] = X[names].max(axis=1)
                new[f"spread of {word}"] = X[names].std(axis=1)
        return pd.concat([X, pd.DataFrame(new, index=X.index)], axis=1)


def build(profile):
    return Families()
'''

AGES = '''\
"""Years turned into ages: the time between any two of them, and since the first seen."""
from itertools import combinations

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Ages(TransformerMixin, BaseEstimator):
    def __init__(self, years):
        self.years = years

    def fit(self, X, y=None):
        self.pairs_ = list(combinations(self.years, 2))
        return self

    def transform(self, X):
        new = {f"{b} - {a}": X[b] - X[a] for a, b in self.pairs_}
        new |= {f"same {a} and {b}": (X[a] == X[b]).astype(float) for a, b in self.pairs_}
        return pd.concat([X, pd.DataFrame(new, index=X.index)], axis=1)


def build(profile):
    years = [
        c.name for c in profile.columns if c.is_integer and c.minimum > 1700 and c.maximum < 2100
    ]
    return Ages(years[:6])
'''

ROW_STATS = '''\
"""What a row is like as a whole: mean, spread, extremes and zeros of its scaled numbers."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class RowStats(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.names_ = X.select_dtypes("number").columns
        self.middle_ = X[self.names_].median()
        self.spread_ = X[self.names_].std().replace(0, 1).fillna(1)
        return self

    def transform(self, X):
        scaled = (X[self.names_] - self.middle_) / self.spread_
        new = scaled.agg(["mean", "std", "min", "max", "median"], axis=1).add_prefix("row_")
        new["row_zeros"] = (X[self.names_] == 0).sum(axis=1).astype(float)
        return pd.concat([X, new], axis=1)


def build(profile):
    return RowStats()
'''

ROW_GAPS = '''\
"""How many values a row lacks, and a flag for each column that often lacks one."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Gaps(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        new = X[self.names].isna().astype(float).add_suffix("_is_missing")
        new["missing"] = X.isna().sum(axis=1).astype(float)
        return pd.concat([X, new], axis=1)


def build(profile):
    return Gaps([c.name for c in profile.columns if c.missing > 0.03][:20])
'''

CROSSES = '''\
"""Pairs of categories as one: what two levels mean together."""
from itertools import combinations

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Crosses(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        self.levels_ = {}
        for a, b in combinations(self.names, 2):
            counts = self._cross(X, a, b).value_counts()
            self.levels_[a, b] = sorted(counts.index[counts >= 10][:150])
        return self

    def _cross(self, X, a, b):
        return X[a].astype(str) + " & " + X[b].astype(str)

    def transform(self, X):
        new = {}
        for (a, b), levels in self.levels_.items():
            pair = self._cross(X, a, b)
            pair = pair.where(pair.isin(levels), "other")
            kinds = list(dict.fromkeys([*levels, "other"]))
            new[f"{a} & {b}"] = pd.Categorical(pair, categories=kinds)
        return pd.concat([X, pd.DataFrame(new, index=X.index)], axis=1)


def build(profile):
    few = [c for c in profile.columns if c.kind == "categorical" and 2 <= c.unique <= 25]
    few.sort(key=lambda c: c.top_share)
    return Crosses([c.name for c in few[:4]])
'''

GROUPS = (
    '''\
"""Each number beside its group's usual value: dear for its kind, old for its place."""
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
'''
    + STRONGEST
    + """

class Groups(TransformerMixin, BaseEstimator):
    def __init__(self, groups, is_classification):
        self.groups = groups
        self.is_classification = is_classification

    def fit(self, X, y):
        self.names_ = strongest(X, y, 4, self.is_classification)
        self.medians_ = {
            group: X[self.names_].groupby(X[group].astype(object)).median() for group in self.groups
        }
        self.overall_ = X[self.names_].median()
        return self

    def transform(self, X):
        new = {}
        for group, medians in self.medians_.items():
            for name in self.names_:
                usual = X[group].astype(object).map(medians[name]).astype(float)
                new[f"usual {name} of {group}"] = usual.fillna(self.overall_[name])
                new[f"{name} beside its {group}"] = X[name] - new[f"usual {name} of {group}"]
        return pd.concat([X, pd.DataFrame(new, index=X.index)], axis=1)


def build(profile):
    few = [c for c in profile.columns if c.kind == "categorical" and 3 <= c.unique <= 200]
    few.sort(key=lambda c: -c.unique)
    return Groups([c.name for c in few[:3]], profile.is_classification)
"""
)

LOGS = '''\
"""Long-tailed numbers as logarithms, their sign kept."""
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class Logs(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        values = X[self.names]
        return X.assign(**(np.sign(values) * np.log1p(values.abs())))


def build(profile):
    return Logs([c.name for c in profile.columns if c.kind == "numeric" and abs(c.skew) > 1])
'''

SPIKES = '''\
"""A flag where a number takes its most frequent value: a zero that means 'none', a default."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class Spikes(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        self.values_ = {name: X[name].mode().iloc[0] for name in self.names}
        return self

    def transform(self, X):
        new = {f"{n} is {v:g}": (X[n] == v).astype(float) for n, v in self.values_.items()}
        return pd.concat([X, pd.DataFrame(new, index=X.index)], axis=1)


def build(profile):
    spiky = [c for c in profile.columns if c.kind == "numeric" and c.unique > 5]
    return Spikes([c.name for c in spiky if 0.15 < c.top_share < 0.98][:25])
'''


def _years(p: Profile) -> list[str]:
    return [c.name for c in p.columns if c.is_integer and c.minimum > 1700 and c.maximum < 2100]


def _spiky(p: Profile) -> list[str]:
    numbers = [c for c in p.columns if c.kind == "numeric" and c.unique > 5]
    return [c.name for c in numbers if 0.15 < c.top_share < 0.98]


FEATURES = (
    Play(
        id="fe-ratios",
        stage="feature_engineering",
        text="Add ratios and differences of the five numbers that matter most.",
        when=lambda p: 0.52 if len(p.numeric) >= 3 else 0.0,
        code=RATIOS,
        rationale="A tree needs many splits for what one quotient says.",
    ),
    Play(
        id="fe-products",
        stage="feature_engineering",
        text="Add products and squares of the five numbers that matter most.",
        when=lambda p: 0.49 if len(p.numeric) >= 2 else 0.0,
        code=PRODUCTS,
    ),
    Play(
        id="fe-families",
        stage="feature_engineering",
        text="Sum up columns whose names share a word, and take their largest and spread.",
        when=lambda p: 0.49 if len(p.numeric) >= 6 else 0.0,
        code=FAMILIES,
    ),
    Play(
        id="fe-ages",
        stage="feature_engineering",
        text=lambda p: f"Turn the years {named(_years(p))} into ages.",
        when=lambda p: 0.52 if len(_years(p)) >= 2 else 0.0,
        code=AGES,
    ),
    Play(
        id="fe-row-stats",
        stage="feature_engineering",
        text="Describe each row as a whole: mean, spread, extremes and zeros of its numbers.",
        when=lambda p: 0.52 if len(p.numeric) >= 8 else 0.0,
        code=ROW_STATS,
    ),
    Play(
        id="fe-row-gaps",
        stage="feature_engineering",
        text="Count the values that a row lacks, and flag the columns that often lack one.",
        when=lambda p: 0.49 if any(c.missing > 0.03 for c in p.columns) else 0.0,
        code=ROW_GAPS,
    ),
    Play(
        id="fe-crosses",
        stage="feature_engineering",
        text=lambda p: (
            f"Join pairs of {named([c.name for c in narrow(p, 25)], 4)} to one category."
        ),
        when=lambda p: 0.48 if len(narrow(p, 25)) >= 2 else 0.0,
        code=CROSSES,
    ),
    Play(
        id="fe-groups",
        stage="feature_engineering",
        text="Set each strong number beside the usual value of its group.",
        when=lambda p: (
            (0.51 if p.is_classification else 0.58)
            if len(p.numeric) >= 2
            and any(c.kind == "categorical" and 3 <= c.unique <= 200 for c in p.columns)
            else 0.0
        ),
        code=GROUPS,
    ),
    Play(
        id="fe-logs",
        stage="feature_engineering",
        text="Take logarithms of long-tailed numbers.",
        when=lambda p: 0.48 if any(abs(c.skew) > 1 for c in p.columns) else 0.0,
        code=LOGS,
    ),
    Play(
        id="fe-spikes",
        stage="feature_engineering",
        text=lambda p: f"Flag where {named(_spiky(p))} take their most frequent value.",
        when=lambda p: 0.5 if _spiky(p) else 0.0,
        code=SPIKES,
    ),
)
