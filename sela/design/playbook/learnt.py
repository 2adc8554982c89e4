"""Feature engineering: columns learnt from all training rows."""

from __future__ import annotations

from sela.design.playbook.blocks import scaled
from sela.design.playbook.play import Play

NUMBERS = '''

def numbers(*more):
    """The numbers of a frame, imputed and scaled; its categories are left out."""
    steps = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), *more)
    return make_column_transformer((steps, make_column_selector(dtype_include="number")))
'''

BESIDE = '''

class Beside(TransformerMixin, BaseEstimator):
    """The columns of a transformer beside those that were there."""

    def __init__(self, made, name):
        self.made = made
        self.name = name

    def fit(self, X, y=None):
        self.made.fit(X, y)
        return self

    def transform(self, X):
        made = pd.DataFrame(self.made.transform(X), index=X.index).add_prefix(self.name)
        return pd.concat([X, made], axis=1)
'''

_IMPORTS = """import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
{more}from sklearn.compose import make_column_selector, make_column_transformer
{then}from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
"""

CLUSTERS = (
    '''\
"""How far a row is from each of ten typical rows."""
'''
    + _IMPORTS.format(more="from sklearn.cluster import MiniBatchKMeans\n", then="")
    + NUMBERS
    + BESIDE
    + """

def build(profile):
    typical = MiniBatchKMeans(
        min(10, profile.n_rows // 10), n_init=3, batch_size=2048, random_state=profile.seed
    )
    return Beside(numbers(typical), "distance_")
"""
)

COMPONENTS = (
    '''\
"""The directions in which the numbers vary most, beside the numbers."""
'''
    + _IMPORTS.format(more="", then="from sklearn.decomposition import PCA\n")
    + NUMBERS
    + BESIDE
    + """

def build(profile):
    count = max(1, min(10, len(profile.numeric) // 2, profile.n_rows // 4))
    return Beside(numbers(PCA(count, random_state=profile.seed)), "component_")
"""
)

DISCRIMINANTS = (
    '''\
"""The directions that part the classes best, found with a shrunken covariance."""
'''
    + _IMPORTS.format(
        more="",
        then="from sklearn.discriminant_analysis import LinearDiscriminantAnalysis\n",
    )
    + NUMBERS
    + BESIDE
    + """

def build(profile):
    return Beside(numbers(LinearDiscriminantAnalysis(solver="eigen", shrinkage=0.1)), "direction_")
"""
)

OUT_OF_FOLD = '''

class OutOfFold(TransformerMixin, BaseEstimator):
    """A model's prediction as a column: for training rows by a model that never saw them."""

    def __init__(self, model, is_classification, seed):
        self.model = model
        self.is_classification = is_classification
        self.seed = seed

    def fit(self, X, y):
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X, y):
        self.classes_ = np.unique(y)
        seen = None
        for rows, held in KFold(5, shuffle=True, random_state=self.seed).split(X):
            said = self._say(clone(self.model).fit(X.iloc[rows], y[rows]), X.iloc[held])
            seen = np.zeros((len(X), said.shape[1])) if seen is None else seen
            seen[held] = said
        self.model_ = clone(self.model).fit(X, y)
        return self._beside(X, seen)

    def transform(self, X):
        return self._beside(X, self._say(self.model_, X))

    def _say(self, model, X):
        if not self.is_classification:
            return model.predict(X).reshape(-1, 1)
        said = np.zeros((len(X), len(self.classes_)))
        said[:, np.searchsorted(self.classes_, model.classes_)] = model.predict_proba(X)
        return said[:, 1:]

    def _beside(self, X, said):
        columns = [f"said_{i}" for i in range(said.shape[1])]
        return pd.concat([X, pd.DataFrame(said, columns=columns, index=X.index)], axis=1)
'''

LINE_SAYS = (
    '''\
"""What a linear model says, as a column: trees then only learn where it is wrong."""
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import KFold
'''
    + scaled("StandardScaler")
    + OUT_OF_FOLD
    + """

def build(profile):
    line = LogisticRegression(C=0.3, max_iter=200) if profile.is_classification else RidgeCV()
    model = make_pipeline(encoded(StandardScaler()), line)
    return OutOfFold(model, profile.is_classification, profile.seed)
"""
)

NEIGHBOURS_SAY = (
    '''\
"""What the nearest neighbours' targets are, as a column; a row is never its own neighbour."""
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
'''
    + scaled("StandardScaler")
    + OUT_OF_FOLD
    + """

def build(profile):
    Model = KNeighborsClassifier if profile.is_classification else KNeighborsRegressor
    near = Model(min(12, profile.n_rows // 5), weights="distance", n_jobs=profile.threads)
    model = make_pipeline(encoded(StandardScaler()), near)
    return OutOfFold(model, profile.is_classification, profile.seed)
"""
)

FOREST_SAYS = (
    '''\
"""What a forest says, as a column for the model after it."""
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
from sklearn.model_selection import KFold
'''
    + scaled("StandardScaler")
    + OUT_OF_FOLD
    + """

def build(profile):
    Forest = ExtraTreesClassifier if profile.is_classification else ExtraTreesRegressor
    forest = Forest(100, min_samples_leaf=2, random_state=profile.seed, n_jobs=profile.threads)
    model = make_pipeline(encoded(StandardScaler()), forest)
    return OutOfFold(model, profile.is_classification, profile.seed)
"""
)

SELECTED = '''\
"""Only columns that matter more to a forest than columns of noise do."""
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor


class Selected(TransformerMixin, BaseEstimator):
    def __init__(self, is_classification, seed):
        self.is_classification = is_classification
        self.seed = seed

    def fit(self, X, y):
        rng = np.random.default_rng(self.seed)
        rows = rng.permutation(len(X))[:6000]
        codes = X.iloc[rows].copy()
        for name in codes.select_dtypes("category").columns:
            codes[name] = codes[name].cat.codes
        codes = codes.fillna(-999).to_numpy(dtype=float)
        noise = rng.permuted(codes[:, rng.integers(codes.shape[1], size=10)], axis=0)
        Forest = ExtraTreesClassifier if self.is_classification else ExtraTreesRegressor
        forest = Forest(150, min_samples_leaf=3, max_features=0.3, random_state=self.seed)
        worth = forest.fit(np.hstack([codes, noise]), y[rows]).feature_importances_
        beats_noise = worth[:-10] > np.median(worth[-10:])
        self.names_ = list(X.columns[beats_noise]) or list(X.columns)
        return self

    def transform(self, X):
        return X[self.names_]


def build(profile):
    return Selected(profile.is_classification, profile.seed)
'''

UNCORRELATED = '''\
"""One of any two columns that say nearly the same."""
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin


class Uncorrelated(TransformerMixin, BaseEstimator):
    def __init__(self, limit=0.98):
        self.limit = limit

    def fit(self, X, y=None):
        alike = X.select_dtypes("number").sample(n=min(len(X), 5000), random_state=0).corr().abs()
        above = alike.where(np.triu(np.ones(alike.shape, dtype=bool), k=1))
        self.dropped_ = [name for name in alike.columns if (above[name] > self.limit).any()]
        return self

    def transform(self, X):
        return X.drop(columns=self.dropped_)


def build(profile):
    return Uncorrelated()
'''

VALUE_COUNTS = '''\
"""How often each value of a number occurs: common values and odd ones behave differently."""
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin


class ValueCounts(TransformerMixin, BaseEstimator):
    def __init__(self, names):
        self.names = names

    def fit(self, X, y=None):
        self.counts_ = {name: X[name].value_counts() for name in self.names}
        return self

    def transform(self, X):
        new = {f"{n} seen": X[n].map(counts).fillna(0.0) for n, counts in self.counts_.items()}
        return pd.concat([X, pd.DataFrame(new, index=X.index)], axis=1)


def build(profile):
    numbers = [c for c in profile.columns if c.kind == "numeric"]
    return ValueCounts([c.name for c in numbers if 20 < c.unique < 0.6 * profile.n_rows][:20])
'''

LEARNT = (
    Play(
        id="fe-clusters",
        stage="feature_engineering",
        text="Add the distances of a row to ten typical rows.",
        when=lambda p: 0.47 if len(p.numeric) >= 3 and p.n_rows >= 100 else 0.0,
        code=CLUSTERS,
    ),
    Play(
        id="fe-components",
        stage="feature_engineering",
        text="Add the directions in which the numbers vary most.",
        when=lambda p: 0.53 if len(p.numeric) >= 30 else 0.46 if len(p.numeric) >= 4 else 0.0,
        code=COMPONENTS,
    ),
    Play(
        id="fe-discriminants",
        stage="feature_engineering",
        text="Add the directions that part the classes best.",
        when=lambda p: (
            0.0
            if p.kind != "multiclass" or len(p.numeric) < 6
            else 0.62
            if len(p.numeric) >= 50
            else 0.52
        ),
        code=DISCRIMINANTS,
    ),
    Play(
        id="fe-line-says",
        stage="feature_engineering",
        text="Add what a linear model says, so that trees only learn where it is wrong.",
        when=lambda p: 0.5 if p.n_rows >= 150 else 0.0,
        code=LINE_SAYS,
    ),
    Play(
        id="fe-neighbours-say",
        stage="feature_engineering",
        text="Add what the targets of the nearest other rows are.",
        when=lambda p: (
            (0.5 if p.is_classification else 0.53)
            if 300 <= p.n_rows <= 20000 and p.n_columns <= 100 and p.numeric
            else 0.0
        ),
        code=NEIGHBOURS_SAY,
        cost="m",
    ),
    Play(
        id="fe-forest-says",
        stage="feature_engineering",
        text="Add what a forest says of each row, for the model after it.",
        when=lambda p: (
            0.0 if not 300 <= p.n_rows <= 20000 else 0.5 if p.is_classification else 0.56
        ),
        code=FOREST_SAYS,
        cost="m",
    ),
    Play(
        id="fe-selected",
        stage="feature_engineering",
        text="Keep only columns that matter more than noise does.",
        when=lambda p: 0.53 if p.n_columns >= 60 else 0.49 if p.n_columns >= 12 else 0.0,
        code=SELECTED,
    ),
    Play(
        id="fe-uncorrelated",
        stage="feature_engineering",
        text="Keep one of any two columns that say nearly the same.",
        when=lambda p: 0.5 if len(p.numeric) >= 12 else 0.0,
        code=UNCORRELATED,
    ),
    Play(
        id="fe-value-counts",
        stage="feature_engineering",
        text="Add how often each value of a number occurs.",
        when=lambda p: (
            0.5
            if any(20 < c.unique < 0.6 * p.n_rows and c.kind == "numeric" for c in p.columns)
            else 0.0
        ),
        code=VALUE_COUNTS,
    ),
)
