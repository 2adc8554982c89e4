"""Model training with boosted trees."""

from __future__ import annotations

from sela.design.playbook.play import Play
from sela.harness.profile import Profile

SETTINGS = '''

def settings(profile):
    """Column and row sampling keep the trees different; small data get small trees."""
    n = profile.n_rows
    return {
        "num_leaves": 8 if n < 1500 else 16 if n < 5000 else 31,
        "min_child_samples": 5 if n < 1500 else 15,
        "colsample_bytree": 0.35 if profile.n_columns > 12 and n < 8000 else 0.6,
        "subsample": 0.8,
        "subsample_freq": 1,
        "reg_lambda": 3.0,
        "random_state": profile.seed,
        "n_jobs": profile.threads,
        "force_col_wise": True,
        "verbosity": -1,
    }
'''

STEADY = (
    '''\
"""LightGBM with many small trees that learn slowly and see few columns each."""
import lightgbm as lgb
'''
    + SETTINGS
    + """

def build(profile):
    is_large = profile.n_rows * max(profile.n_classes - 1, 1) > 8000
    rate, trees = (0.05, 250) if is_large else (0.02, 600)
    Model = lgb.LGBMClassifier if profile.is_classification else lgb.LGBMRegressor
    return Model(n_estimators=trees, learning_rate=rate, **settings(profile))
"""
)

STOPPING = '''

class Stopping:
    """Learns the number of trees from held-out rows, then learns again from all rows."""

    def fit(self, X, y):
        rows = np.random.default_rng(self.random_state).permutation(len(y))
        held, kept = np.split(rows, [len(rows) // 7])
        if is_classifier(self):
            held = held[np.isin(y[held], y[kept])]
        most = self.n_estimators
        patience = lgb.early_stopping(60, verbose=False)
        super().fit(
            X.iloc[kept], y[kept], eval_X=X.iloc[held], eval_y=y[held], callbacks=[patience]
        )
        self.n_estimators = int(1.1 * self.best_iteration_) + 1
        super().fit(X, y)
        self.n_estimators = most
        return self


class Classifier(Stopping, lgb.LGBMClassifier):
    pass


class Regressor(Stopping, lgb.LGBMRegressor):
    pass
'''

STOPPED = (
    '''\
"""LightGBM that learns until held-out rows say enough, then again from all rows."""
import lightgbm as lgb
import numpy as np
from sklearn.base import is_classifier
'''
    + STOPPING
    + SETTINGS
    + """

def build(profile):
    rate = 0.03 if profile.n_rows * max(profile.n_classes, 1) < 15000 else 0.06
    Model = Classifier if profile.is_classification else Regressor
    return Model(n_estimators=3000, learning_rate=rate, **settings(profile))
"""
)

DEEP = '''\
"""LightGBM with wide trees and a fixed number of them: it goes on where the loss would stop it."""
import lightgbm as lgb


def build(profile):
    is_large = profile.n_rows > 5000
    Model = lgb.LGBMClassifier if profile.is_classification else lgb.LGBMRegressor
    return Model(
        n_estimators=120 if profile.n_classes > 2 else 250,
        learning_rate=0.1 if profile.n_classes > 2 else 0.06,
        num_leaves=127 if is_large else 63,
        min_child_samples=8,
        colsample_bytree=0.5,
        subsample=0.8,
        subsample_freq=1,
        reg_lambda=1.0,
        random_state=profile.seed,
        n_jobs=profile.threads,
        force_col_wise=True,
        verbosity=-1,
    )
'''

EXTRA = '''\
"""LightGBM with random split points: less variance, and errors of its own kind."""
import lightgbm as lgb


def build(profile):
    n = profile.n_rows
    Model = lgb.LGBMClassifier if profile.is_classification else lgb.LGBMRegressor
    return Model(
        extra_trees=True,
        n_estimators=400 if n < 3000 else 250 if n < 20000 else 700,
        learning_rate=0.05 if n < 3000 else 0.1,
        num_leaves=15 if n < 3000 else 63 if n < 20000 else 127,
        min_child_samples=5,
        colsample_bytree=0.5,
        reg_lambda=1.0,
        random_state=profile.seed,
        n_jobs=profile.threads,
        force_col_wise=True,
        verbosity=-1,
    )
'''

HGB = '''\
"""Histogram boosting: slow learning, small trees, a share of the columns at each split."""
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


def build(profile):
    n = profile.n_rows
    settings = {
        "learning_rate": 0.04,
        "max_iter": 300 if n * max(profile.n_classes, 1) < 30000 else 150,
        "max_leaf_nodes": 12 if n < 2000 else 31,
        "min_samples_leaf": 10 if n < 2000 else 20,
        "max_features": 0.3 if profile.n_columns > 8 else 0.6,
        "l2_regularization": 3.0,
        "categorical_features": "from_dtype",
        "early_stopping": False,
        "random_state": profile.seed,
    }
    if profile.is_classification:
        return HistGradientBoostingClassifier(**settings)
    return HistGradientBoostingRegressor(**settings)
'''

LINEAR_LEAVES = '''\
"""LightGBM with a linear model in each leaf: smooth where trees have steps."""
import lightgbm as lgb


def build(profile):
    n = profile.n_rows
    return lgb.LGBMRegressor(
        linear_tree=True,
        linear_lambda=1.0,
        n_estimators=250,
        learning_rate=0.04,
        num_leaves=6 if n < 2000 else 16,
        min_child_samples=20,
        colsample_bytree=0.6,
        subsample=0.8,
        subsample_freq=1,
        random_state=profile.seed,
        n_jobs=profile.threads,
        verbosity=-1,
    )
'''

COUNTS = '''\
"""LightGBM with a Poisson likelihood, for a target that cannot fall below zero."""
import lightgbm as lgb


def build(profile):
    return lgb.LGBMRegressor(
        objective="poisson",
        n_estimators=400,
        learning_rate=0.03,
        num_leaves=8 if profile.n_rows < 1500 else 24,
        min_child_samples=10,
        colsample_bytree=0.4,
        subsample=0.8,
        subsample_freq=1,
        random_state=profile.seed,
        n_jobs=profile.threads,
        force_col_wise=True,
        verbosity=-1,
    )
'''

ABSOLUTE = '''\
"""LightGBM that minimises the absolute error, which is what is scored."""
import lightgbm as lgb


def build(profile):
    return lgb.LGBMRegressor(
        objective="mae",
        n_estimators=500,
        learning_rate=0.04,
        num_leaves=16 if profile.n_rows < 3000 else 31,
        min_child_samples=10,
        colsample_bytree=0.5,
        subsample=0.8,
        subsample_freq=1,
        random_state=profile.seed,
        n_jobs=profile.threads,
        force_col_wise=True,
        verbosity=-1,
    )
'''

WEIGHTED = (
    '''\
"""LightGBM in which every class weighs the same, however rare it is."""
import lightgbm as lgb
'''
    + SETTINGS
    + """

def build(profile):
    return lgb.LGBMClassifier(
        class_weight="balanced", n_estimators=300, learning_rate=0.03, **settings(profile)
    )
"""
)

SEARCHED = '''\
"""LightGBM with the best of a dozen settings drawn around the usual ones."""
import lightgbm as lgb
from scipy.stats import loguniform, randint, uniform
from sklearn.model_selection import RandomizedSearchCV


def build(profile):
    Model = lgb.LGBMClassifier if profile.is_classification else lgb.LGBMRegressor
    model = Model(
        n_estimators=200,
        subsample_freq=1,
        random_state=profile.seed,
        n_jobs=profile.threads,
        force_col_wise=True,
        verbosity=-1,
    )
    settings = {
        "learning_rate": loguniform(0.02, 0.15),
        "num_leaves": randint(4, 48),
        "min_child_samples": randint(3, 40),
        "colsample_bytree": uniform(0.2, 0.6),
        "subsample": uniform(0.6, 0.4),
        "reg_lambda": loguniform(0.1, 30),
    }
    loss = "neg_log_loss" if profile.is_classification else "neg_root_mean_squared_error"
    return RandomizedSearchCV(
        model, settings, n_iter=12, scoring=loss, cv=3, random_state=profile.seed
    )
'''


def _searchable(p: Profile) -> float:
    """Twelve settings on three folds are affordable on small tables only."""
    is_rare = p.is_classification and p.minority_share * p.n_rows < 10
    return 0.0 if is_rare or p.n_rows * max(p.n_classes, 1) > 6000 else 0.6


BOOSTING = (
    Play(
        id="mt-lgbm-steady",
        stage="model_training",
        text="Boost many small trees slowly with LightGBM, each seeing a third of the columns.",
        when=lambda p: 0.75 if p.kind == "multiclass" or p.n_rows >= 6000 else 0.85,
        code=STEADY,
        rationale="Slow learning with column sampling was the largest single gain on small tables.",
        requires=("lightgbm",),
    ),
    Play(
        id="mt-lgbm-stopped",
        stage="model_training",
        text="Boost with LightGBM until held-out rows stop improving, then refit on all rows.",
        when=lambda p: (
            0.0 if p.n_rows < 800 else 0.76 if p.n_rows >= 4000 and p.kind != "multiclass" else 0.6
        ),
        code=STOPPED,
        cost="m",
        rationale="The number of trees is then right for the data, not for a habit.",
        requires=("lightgbm",),
    ),
    Play(
        id="mt-lgbm-deep",
        stage="model_training",
        text="Grow wide LightGBM trees that part the classes to the last row.",
        when=lambda p: (
            0.0 if p.n_rows < 1500 or p.kind == "regression" else 0.78 if p.n_classes > 2 else 0.5
        ),
        code=DEEP,
        cost="m",
        requires=("lightgbm",),
    ),
    Play(
        id="mt-lgbm-extra",
        stage="model_training",
        text="Boost trees with random split points: less variance, and errors of another kind.",
        when=lambda p: 0.68,
        code=EXTRA,
        cost="m",
        requires=("lightgbm",),
    ),
    Play(
        id="mt-hgb-prior",
        stage="model_training",
        text="Let histogram boosting learn slowly with small trees and sampled columns.",
        when=lambda p: 0.66,
        code=HGB,
        rationale="The default's trees are too large and its steps too long for most tables.",
    ),
    Play(
        id="mt-lgbm-linear-leaves",
        stage="model_training",
        text="Fit a linear model in each leaf of boosted trees, for a smooth target.",
        when=lambda p: 0.56 if not p.is_classification and len(p.numeric) >= 3 else 0.0,
        code=LINEAR_LEAVES,
        requires=("lightgbm",),
    ),
    Play(
        id="mt-lgbm-poisson",
        stage="model_training",
        text="Boost with a Poisson likelihood: the target is never negative and its spread grows.",
        when=lambda p: (
            0.6
            if not p.is_classification and p.target_minimum >= 0 and p.target_skew > 0.75
            else 0.0
        ),
        code=COUNTS,
        requires=("lightgbm",),
    ),
    Play(
        id="mt-lgbm-absolute",
        stage="model_training",
        text="Minimise the absolute error directly, since it is what is scored.",
        when=lambda p: 0.8 if p.metric == "mae" else 0.0,
        code=ABSOLUTE,
        requires=("lightgbm",),
    ),
    Play(
        id="mt-lgbm-balanced",
        stage="model_training",
        text="Give every class the same weight in boosting, however rare it is.",
        when=lambda p: (
            0.0
            if not p.is_classification or p.metric in ("log_loss", "accuracy")
            else 0.8
            if p.metric in ("balanced_accuracy", "f1_macro", "mcc") and p.minority_share < 0.3
            else 0.6
            if p.minority_share < 0.2
            else 0.0
        ),
        code=WEIGHTED,
        requires=("lightgbm",),
    ),
    Play(
        id="mt-lgbm-searched",
        stage="model_training",
        text="Draw a dozen LightGBM settings around the usual ones, keep the best by inner folds.",
        when=_searchable,
        code=SEARCHED,
        cost="l",
        requires=("lightgbm",),
        simpler=STEADY,
    ),
)
