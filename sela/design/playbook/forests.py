"""Model training with forests."""

from __future__ import annotations

from sela.design.playbook.blocks import CODED
from sela.design.playbook.play import Play

EXTRA_TREES = (
    '''\
"""Extremely randomised trees: robust to noise, unlike boosting in their errors."""
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
'''
    + CODED
    + """

def build(profile):
    is_large = profile.n_rows > 12000
    settings = {
        "n_estimators": 150 if is_large else 300,
        "min_samples_leaf": 3 if is_large or profile.metric == "log_loss" else 1,
        "max_features": 0.5,
        "random_state": profile.seed,
        "n_jobs": profile.threads,
    }
    if profile.is_classification:
        settings["max_features"] = "sqrt"
        return make_pipeline(coded(), ExtraTreesClassifier(**settings))
    return make_pipeline(coded(), ExtraTreesRegressor(**settings))
"""
)

RANDOM_FOREST = (
    '''\
"""A random forest whose leaves hold several rows, so that its shares are smooth."""
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
'''
    + CODED
    + """

def build(profile):
    settings = {
        "n_estimators": 300 if profile.n_rows < 12000 else 120,
        "min_samples_leaf": 2 if profile.n_rows < 5000 else 3,
        "max_samples": min(1.0, 12000 / profile.n_rows),
        "max_features": 0.4,
        "random_state": profile.seed,
        "n_jobs": profile.threads,
    }
    if profile.is_classification:
        settings["max_features"] = "sqrt"
        return make_pipeline(coded(), RandomForestClassifier(**settings))
    return make_pipeline(coded(), RandomForestRegressor(**settings))
"""
)

CAUTIOUS_FOREST = (
    '''\
"""A forest of shallow trees with balanced classes, for few rows and much noise."""
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
'''
    + CODED
    + """

def build(profile):
    settings = {
        "n_estimators": 200,
        "min_samples_leaf": max(3, min(15, profile.n_rows // 150)),
        "max_features": 0.6,
        "random_state": profile.seed,
        "n_jobs": profile.threads,
    }
    if profile.is_classification:
        settings |= {"class_weight": "balanced_subsample", "bootstrap": True}
        return make_pipeline(coded(), ExtraTreesClassifier(**settings))
    return make_pipeline(coded(), ExtraTreesRegressor(**settings))
"""
)

FORESTS = (
    Play(
        id="mt-extra-trees",
        stage="model_training",
        text="Average three hundred extremely randomised trees.",
        when=lambda p: (
            0.55
            if p.n_rows > 20000
            else 0.76
            if p.kind == "multiclass"
            else 0.7
            if p.is_classification
            else 0.64
        ),
        code=EXTRA_TREES,
        rationale="A forest errs elsewhere than boosting does, so the two blend well.",
    ),
    Play(
        id="mt-random-forest",
        stage="model_training",
        text="Grow a random forest with a few rows in every leaf.",
        when=lambda p: 0.52 if p.n_rows > 20000 else 0.64 if p.is_classification else 0.55,
        code=RANDOM_FOREST,
    ),
    Play(
        id="mt-cautious-forest",
        stage="model_training",
        text="Keep the trees of a forest shallow and the classes balanced: few rows, much noise.",
        when=lambda p: 0.6 if p.kind == "binary" and p.n_rows <= 4000 else 0.0,
        code=CAUTIOUS_FOREST,
        cost="m",
    ),
)
